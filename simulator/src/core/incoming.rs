//! Calls that phones make to the modem: paging, RING, call waiting.

use super::{Core, Event, Leg};
use crate::at::{Failure, ResultCode};
use crate::phone::{Cause, PhoneEvent, Presentation};
use crate::profile::ClipShape;
use crate::snapshot::{CallState, Direction};

impl Core {
    pub(crate) fn phone_calls(&mut self, from: String, presentation: Presentation) {
        if self.phone(&from).calling.is_some() || self.leg_of(&from).is_some() {
            return; // It is already in a call.
        }
        let attempt = self.next_serial();
        self.phone(&from).calling = Some((attempt, presentation));
        self.later(self.config.network.paging, Event::Paged(from, attempt));
    }

    /// A phone's call has found the modem, or not.
    pub(crate) fn paged(&mut self, phone: &str, attempt: u64) {
        let calling = &mut self.phone(phone).calling;
        let Some((_, presentation)) = calling.take_if(|(a, _)| *a == attempt) else { return };
        if !self.power.registered || !self.power.talks() {
            return self.refuse_caller(phone, Cause::Unreachable);
        }
        let waits = !self.legs.is_empty();
        let another = self
            .legs
            .iter()
            .any(|leg| matches!(leg.state, CallState::Incoming | CallState::Waiting));
        if waits && (another || !self.call_waiting) {
            return self.refuse_caller(phone, Cause::Busy);
        }
        let Some(index) = self.new_index(Direction::Incoming) else {
            return self.refuse_caller(phone, Cause::Busy);
        };
        self.add_incoming(phone, presentation, index, waits);
    }

    fn refuse_caller(&mut self, phone: &str, cause: Cause) {
        self.event(PhoneEvent::Ended { phone: phone.to_string(), cause });
    }

    fn add_incoming(&mut self, phone: &str, how: Presentation, index: u8, waits: bool) {
        let serial = self.next_serial();
        let kind = self.config.profile.table.national_kind;
        self.counters.incoming += 1;
        self.legs.push(Leg {
            serial,
            index,
            phone: phone.to_string(),
            direction: Direction::Incoming,
            state: if waits { CallState::Waiting } else { CallState::Incoming },
            multiparty: false,
            shown: self.config.network.numbering.show(phone, how, kind),
            born: self.now,
            began: None,
            answered: None,
            rings: 0,
            hidden: false,
        });
        self.event(PhoneEvent::RingBack { phone: phone.to_string() });
        self.later(self.config.network.rings_for, Event::FarRelease(serial, Cause::NoAnswer));
        if waits {
            self.say_waiting(serial);
        } else {
            self.ring(serial);
        }
    }

    fn say_waiting(&mut self, serial: u64) {
        let Some(leg) = self.leg(serial) else { return };
        if self.settings.ccwa {
            let line = format!("+CCWA: \"{}\",{},1", leg.shown.digits, leg.shown.kind);
            self.urc(&line);
        }
        self.report_row(serial);
    }

    /// RING and what follows each one (27.007 §7.6: `+CLIP` after every RING).
    pub(crate) fn ring(&mut self, serial: u64) {
        let (crc, clip) = (self.settings.crc, self.settings.clip);
        let shape = self.config.profile.lines.clip;
        let Some(leg) = self.leg_mut(serial) else { return };
        if leg.state != CallState::Incoming {
            return;
        }
        leg.rings += 1;
        let (rings, shown) = (leg.rings, leg.shown.clone());
        if crc {
            self.call_line("+CRING: VOICE", false);
        } else {
            self.call_code(ResultCode::Ring);
        }
        if clip {
            let tail = match shape {
                ClipShape::Full => ",,,\"\",",
                ClipShape::NoAlpha => ",,,,",
            };
            self.urc(&format!(
                "+CLIP: \"{}\",{}{tail}{}",
                shown.digits, shown.kind, shown.validity
            ));
        }
        if rings == 1 {
            self.report_row(serial);
        }
        let every = self.config.profile.lines.ring_every;
        self.later(every.max(super::sound::FRAME_TIME), Event::Ring(serial));
        let s0 = u32::from(self.settings.s0);
        if s0 > 0 && rings >= s0 {
            self.connect(serial);
        }
    }

    /// `ATA`: takes the call that rings.
    pub(crate) fn answer(&mut self) -> Result<(), Failure> {
        let ringing = self.in_state(CallState::Incoming);
        let serial = ringing.first().ok_or(Failure::Call(ResultCode::NoCarrier))?;
        self.connect(*serial);
        Ok(())
    }

    /// With no other call left, one that waits begins to ring.
    pub(crate) fn promote_waiting(&mut self) {
        let busy = self.legs.iter().any(|leg| leg.state != CallState::Waiting);
        if busy {
            return;
        }
        for serial in self.in_state(CallState::Waiting) {
            if let Some(leg) = self.leg_mut(serial) {
                leg.state = CallState::Incoming;
                leg.rings = 0;
            }
            self.ring(serial);
        }
    }
}
