//! Calls that end: who hears of it, and which lines are said in which order.

use super::{Core, Leg};
use crate::at::{Failure, ResultCode};
use crate::phone::{Cause, PhoneEvent};
use crate::profile::{Failed, Missed, NoCarrier};
use crate::snapshot::{CallState, Direction};

/// Who ended a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Us,
    Far,
}

impl Core {
    /// The modem ends calls; their phones learn `cause`. What that means for the others is
    /// [`Core::after_release`]'s.
    pub(crate) fn release(&mut self, calls: &[u64], cause: Cause) {
        let legs: Vec<Leg> =
            calls.iter().filter_map(|serial| self.take_leg(*serial, cause)).collect();
        for leg in &legs {
            self.last_release = "Client ended call";
            self.say_end(leg, By::Us);
        }
    }

    /// The far end or the network ends a call, if it is still in the state that this is about.
    pub(crate) fn far_release(&mut self, serial: u64, cause: Cause) {
        let Some(leg) = self.leg(serial) else { return };
        let answered = leg.answered.is_some();
        if answered && cause == Cause::NoAnswer {
            return;
        }
        let outgoing = leg.direction == Direction::Outgoing;
        if !answered && outgoing && leg.began.is_none() {
            let (code, why) = match cause {
                Cause::NoAnswer => (ResultCode::NoAnswer, "User alerting, no answer"),
                Cause::HungUp => (ResultCode::Busy, "Call rejected"),
                _ => (ResultCode::NoCarrier, "Network ended call"),
            };
            return self.fail_with(serial, code, why, cause);
        }
        let held = leg.state == CallState::Held;
        self.last_release = "Normal call clearing";
        let Some(leg) = self.take_leg(serial, cause) else { return };
        if leg.direction == Direction::Incoming && !answered {
            self.say_missed(&leg);
        } else {
            self.say_end(&leg, By::Far);
        }
        if held && self.settings.cssu && self.config.profile.services.held_release_notice {
            self.urc("+CSSU: 5");
        }
        self.after_release();
    }

    /// A dialled call that did not come to be.
    pub(crate) fn fail(&mut self, serial: u64, code: ResultCode, why: &'static str) {
        self.fail_with(serial, code, why, Cause::NoAnswer);
    }

    fn fail_with(&mut self, serial: u64, code: ResultCode, why: &'static str, cause: Cause) {
        self.last_release = why;
        let Some(leg) = self.take_leg(serial, cause) else { return };
        self.report_gone(&leg);
        let failed = self.config.profile.lines.failed;
        if failed == Failed::EndNoCarrier {
            self.end_line(&leg, false);
        }
        let shown = match failed {
            Failed::ByCause | Failed::Both => code,
            Failed::NoCarrier | Failed::EndNoCarrier => ResultCode::NoCarrier,
        };
        if !self.dial_settled(serial, Err(shown)) {
            self.call_code(shown);
        }
        if failed == Failed::Both && shown != ResultCode::NoCarrier {
            self.call_code(ResultCode::NoCarrier);
        }
        self.after_release();
    }

    /// Takes a call off the table without a word at the port (an aborted `ATD`).
    pub(crate) fn drop_silently(&mut self, serial: u64) {
        if self.take_leg(serial, Cause::Released).is_some() {
            self.after_release();
        }
    }

    /// All calls are gone with the module or the network.
    pub(crate) fn lose_calls(&mut self, say: bool) {
        self.last_release = "Network ended call";
        while let Some(leg) = self.legs.first() {
            let serial = leg.serial;
            let Some(leg) = self.take_leg(serial, Cause::Lost) else { break };
            if say {
                self.say_end(&leg, By::Far);
                self.dial_settled(serial, Err(ResultCode::NoCarrier));
            }
        }
        let callers: Vec<String> = self.phones_calling();
        for phone in callers.into_iter().filter(|_| !say) {
            self.phone(&phone).calling = None;
            self.event(PhoneEvent::Ended { phone, cause: Cause::Unreachable });
        }
    }

    fn take_leg(&mut self, serial: u64, cause: Cause) -> Option<Leg> {
        let at = self.legs.iter().position(|leg| leg.serial == serial)?;
        let leg = self.legs.remove(at);
        self.bury(&leg);
        let rang = leg.direction == Direction::Incoming || leg.state != CallState::Dialing;
        if rang {
            self.silence(&leg.phone);
            self.phone(&leg.phone).mouth.shut();
            self.event(PhoneEvent::Ended { phone: leg.phone.clone(), cause });
        }
        if self.config.profile.lines.cgev && leg.direction == Direction::Outgoing {
            self.urc("+CGEV: NW DEACT 8,10");
        }
        Some(leg)
    }

    fn end_line(&mut self, leg: &Leg, first: bool) {
        let lines = &self.config.profile.lines;
        if !lines.voice_call {
            return;
        }
        let (head, gap) =
            if lines.compact { ("VOICE CALL:END", ":") } else { ("VOICE CALL: END", ": ") };
        let text = match leg.began {
            None => head.to_string(),
            Some(began) => {
                let s = (self.now - began).as_secs();
                let (h, m, s) = (s / 3600 % 100, s / 60 % 60, s % 60);
                format!("{head}{gap}{h:02}{m:02}{s:02}")
            }
        };
        self.call_line(&text, first);
    }

    fn say_end(&mut self, leg: &Leg, by: By) {
        let lines = self.config.profile.lines.clone();
        if lines.row_first {
            self.report_gone(leg);
        }
        self.end_line(leg, lines.end_before_ok);
        let no_carrier = match lines.no_carrier {
            NoCarrier::Never => false,
            NoCarrier::FarEnd => by == By::Far,
            NoCarrier::Always => true,
        };
        if no_carrier {
            self.call_code(ResultCode::NoCarrier);
        }
        if !lines.row_first {
            self.report_gone(leg);
        }
    }

    fn say_missed(&mut self, leg: &Leg) {
        let missed = self.config.profile.lines.missed;
        let line = |core: &Self| {
            let time = core.config.network.clock.missed(core.now);
            format!("MISSED_CALL: {time} {}", leg.shown.digits).trim_end().to_string()
        };
        match missed {
            Missed::Line => self.urc(&line(self)),
            Missed::RowAndLine => {
                self.report_gone(leg);
                self.urc(&line(self));
            }
            Missed::End => {
                self.end_line(leg, false);
                self.call_code(ResultCode::NoCarrier);
                self.report_gone(leg);
            }
            Missed::NoCarrier => self.call_code(ResultCode::NoCarrier),
        }
    }

    /// What the end of one call means for the others.
    pub(crate) fn after_release(&mut self) {
        let parts: Vec<u64> =
            self.legs.iter().filter(|leg| leg.multiparty).map(|leg| leg.serial).collect();
        if let ([last], true) = (&parts[..], self.config.profile.services.multiparty_clears) {
            self.set_multiparty(*last, false);
        }
        let up = self.legs.iter().any(|leg| leg.state == CallState::Active || leg.is_connecting());
        if !up && self.config.profile.services.resume_held {
            for serial in self.in_state(CallState::Held) {
                self.set_state(serial, CallState::Active);
            }
        }
        self.promote_waiting();
        if !self.legs.iter().any(|leg| leg.answered.is_some()) {
            self.settings.muted = false;
        }
    }

    /// `AT+CHUP`, and `ATH` with `+CVHU=0`: ends every call.
    pub(crate) fn hang_up_all(&mut self) -> Result<(), Failure> {
        let all: Vec<u64> = self
            .legs
            .iter()
            .filter(|leg| leg.state != CallState::Waiting)
            .map(|leg| leg.serial)
            .collect();
        self.release(&all, Cause::Released);
        self.after_release();
        Ok(())
    }
}
