//! Calls that the modem dials (M3 §2.2.2).

use super::{Core, Event, Leg};
use crate::at::{Failure, ResultCode};
use crate::phone::{Behaviour, Cause, PhoneEvent};
use crate::profile::Service;
use crate::snapshot::{CallState, Direction};
use std::time::Duration;

/// Signs that `ATD` passes over (M3 §2.2.2).
const IGNORED: &str = ",TPW!@tpw -().";
/// How many dialled numbers are remembered for inspection.
const REMEMBERED: usize = 256;

impl Core {
    /// `ATD<number>[I|i][G|g]`: what follows is `;` or nothing. Returns the call's serial.
    pub(crate) fn dial(&mut self, text: &str, voice: bool) -> Result<u64, Failure> {
        self.usable()?;
        if !voice {
            self.counters.data_calls += 1;
            return Err(Failure::Call(ResultCode::NoCarrier));
        }
        let (text, hidden) = self.modifiers(text);
        let digits: String = text.chars().filter(|c| !IGNORED.contains(*c)).collect();
        let fits = |c: char| c.is_ascii_digit() || "*#+ABC".contains(c);
        if digits.is_empty() || digits.len() > 40 || !digits.chars().all(fits) {
            return Err(Failure::Plain);
        }
        self.remember(&digits);
        if digits.starts_with(['*', '#']) {
            self.counters.service_codes += 1;
            return Err(Failure::Call(ResultCode::NoCarrier));
        }
        if !self.power.registered {
            self.last_release = "No network service";
            return Err(Failure::Call(ResultCode::NoCarrier));
        }
        self.make_room()?;
        self.add_outgoing(digits, hidden)
    }

    fn modifiers<'a>(&self, mut text: &'a str) -> (&'a str, bool) {
        let mut hidden = self.settings.clir == 1;
        loop {
            if let Some(rest) = text.strip_suffix(['G', 'g']) {
                text = rest;
            } else if let Some(rest) = text.strip_suffix('I') {
                (text, hidden) = (rest, true);
            } else if let Some(rest) = text.strip_suffix('i') {
                (text, hidden) = (rest, false);
            } else {
                return (text, hidden);
            }
        }
    }

    fn remember(&mut self, digits: &str) {
        if self.dialled.len() == REMEMBERED {
            self.dialled.pop_front();
        }
        self.dialled.push_back(digits.to_string());
    }

    /// Only one call may be set up at a time; an active one is held first, where the firmware
    /// does that.
    fn make_room(&mut self) -> Result<(), Failure> {
        let busy = self.legs.iter().any(|leg| {
            leg.is_connecting() || matches!(leg.state, CallState::Incoming | CallState::Waiting)
        });
        if busy {
            return Err(Failure::Cme(3));
        }
        if !self.any_in(CallState::Active) {
            return Ok(());
        }
        let services = &self.config.profile.services;
        let can_hold = services.dial_holds && services.hold == Service::Granted;
        if !can_hold || self.any_in(CallState::Held) {
            return Err(Failure::Call(ResultCode::NoCarrier));
        }
        for serial in self.in_state(CallState::Active) {
            self.set_state(serial, CallState::Held);
        }
        Ok(())
    }

    fn add_outgoing(&mut self, digits: String, hidden: bool) -> Result<u64, Failure> {
        let index = self.new_index(Direction::Outgoing).ok_or(Failure::Cme(3))?;
        let serial = self.next_serial();
        let phone = self.config.network.numbering.reach(&digits);
        let kind = if digits.starts_with('+') { 145 } else { 129 };
        self.counters.outgoing += 1;
        self.legs.push(Leg {
            serial,
            index,
            phone,
            direction: Direction::Outgoing,
            state: CallState::Dialing,
            multiparty: false,
            shown: crate::number::Shown { digits, kind, validity: 0 },
            born: self.now,
            began: None,
            answered: None,
            rings: 0,
            hidden,
        });
        if self.config.profile.lines.cgev {
            self.urc("+CGEV: NW ACT 8,10");
        }
        self.report_row(serial);
        self.later(self.config.network.setup, Event::Reached(serial));
        Ok(serial)
    }

    /// The network has found the far phone, or knows that it will not.
    pub(crate) fn reached(&mut self, serial: u64) {
        let Some(leg) = self.leg(serial) else { return };
        let (phone, hidden) = (leg.phone.clone(), leg.hidden);
        let engaged = self.legs.iter().any(|l| l.phone == phone && l.serial != serial);
        let calling = self.phone(&phone).calling.is_some();
        let behaviour = self.phone(&phone).behaviour.clone();
        if engaged || calling || phone == self.config.own_number || behaviour == Behaviour::Busy {
            return self.fail(serial, ResultCode::Busy, "User busy");
        }
        if behaviour == Behaviour::Unreachable {
            return self.fail(serial, ResultCode::NoCarrier, "No user responding");
        }
        let shown = (!hidden).then(|| self.config.own_number.clone());
        self.event(PhoneEvent::Ringing { phone, shown });
        if self.config.profile.table.alerting {
            self.set_state(serial, CallState::Alerting);
        } else if let Some(leg) = self.leg_mut(serial) {
            leg.state = CallState::Alerting;
        }
        if self.config.profile.lines.false_begin {
            self.say_begin(serial);
            self.dial_settled(serial, Ok(()));
        }
        match behaviour {
            Behaviour::AnswerAfter(after) | Behaviour::Voicemail { after } => {
                self.later(after, Event::Answered(serial));
            }
            Behaviour::Reject => {
                self.later(Duration::from_secs(1), Event::FarRelease(serial, Cause::HungUp));
            }
            _ => {}
        }
        self.later(self.config.network.rings_for, Event::FarRelease(serial, Cause::NoAnswer));
    }

    pub(crate) fn answered(&mut self, serial: u64) {
        let Some(leg) = self.leg(serial) else { return };
        if leg.answered.is_some() {
            return;
        }
        let phone = leg.phone.clone();
        self.connect(serial);
        self.dial_settled(serial, Ok(()));
        if matches!(self.phone(&phone).behaviour, Behaviour::Voicemail { .. }) {
            self.phone_says(&phone, Duration::from_secs(6));
            self.later(Duration::from_secs(40), Event::FarRelease(serial, Cause::HungUp));
        }
    }
}
