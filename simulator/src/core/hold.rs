//! Hold, swap, merge: `AT+CHLD` (27.007 §7.13, 22.030 §6.5.5, M3 §5.2.10).

use super::Core;
use crate::at::Failure;
use crate::phone::Cause;
use crate::profile::{ReleaseConnecting, Service};
use crate::snapshot::CallState;

/// Most remote parties of a multiparty call (22.084).
const PARTIES: usize = 5;
/// 27.007 §9.2: operation not allowed.
const NOT_ALLOWED: Failure = Failure::Cme(3);

fn refusal(code: u16) -> Failure {
    if code == 0 { Failure::Plain } else { Failure::Cme(code) }
}

impl Core {
    pub(crate) fn chld(&mut self, operation: &str) -> Result<(), Failure> {
        self.usable()?;
        if self.legs.is_empty() {
            return Err(NOT_ALLOWED);
        }
        let mut signs = operation.chars();
        let (kind, index) = (signs.next(), signs.as_str());
        match (kind, index) {
            (Some('0'), "") => self.release_held_or_waiting(),
            (Some('1'), "") => self.release_active(),
            (Some('2'), "") => self.hold_or_swap(),
            (Some('3'), "") => self.merge(),
            (Some('4'), "") => self.transfer(),
            (Some('1'), index) => self.release_one(self.by_index(index)?),
            (Some('2'), index) => self.hold_all_but(self.by_index(index)?),
            _ => Err(Failure::Plain),
        }
    }

    fn by_index(&self, index: &str) -> Result<u64, Failure> {
        let index: u8 = index.parse().map_err(|_| Failure::Plain)?;
        self.legs.iter().find(|leg| leg.index == index).map(|leg| leg.serial).ok_or(NOT_ALLOWED)
    }

    fn release_held_or_waiting(&mut self) -> Result<(), Failure> {
        let waiting = [self.in_state(CallState::Waiting), self.in_state(CallState::Incoming)];
        if let Some(serial) = waiting.concat().first() {
            self.release(&[*serial], Cause::Busy);
            self.after_release();
            return Ok(());
        }
        let held = self.in_state(CallState::Held);
        if held.is_empty() {
            return Err(NOT_ALLOWED);
        }
        self.release(&held, Cause::Released);
        self.after_release();
        Ok(())
    }

    fn release_active(&mut self) -> Result<(), Failure> {
        let up: Vec<u64> = self
            .legs
            .iter()
            .filter(|leg| leg.state == CallState::Active || leg.is_connecting())
            .map(|leg| leg.serial)
            .collect();
        let held = self.in_state(CallState::Held);
        let waiting = self.in_state(CallState::Waiting);
        if up.is_empty() && held.is_empty() && waiting.is_empty() {
            return Err(NOT_ALLOWED);
        }
        self.release(&up, Cause::Released);
        if let Some(serial) = waiting.first() {
            self.connect(*serial);
        } else {
            held.into_iter().for_each(|serial| self.set_state(serial, CallState::Active));
        }
        self.after_release();
        Ok(())
    }

    fn release_one(&mut self, serial: u64) -> Result<(), Failure> {
        let connecting = self.leg(serial).is_some_and(super::Leg::is_connecting);
        match self.config.profile.services.release_connecting {
            ReleaseConnecting::Refused if connecting => return Err(NOT_ALLOWED),
            ReleaseConnecting::Hangs if connecting => {
                self.forget_commands();
                self.wedged = true;
                return Ok(());
            }
            _ => {}
        }
        self.release(&[serial], Cause::Released);
        self.after_release();
        Ok(())
    }

    /// Whether the network holds calls just now. `Ok(false)`: it says so and does not.
    fn hold_service(&mut self) -> Result<bool, Failure> {
        if std::mem::take(&mut self.refuse_hold) {
            return Err(Failure::Plain);
        }
        match self.config.profile.services.hold {
            Service::Granted => Ok(true),
            Service::Ignored => Ok(false),
            Service::Refused(code) => Err(refusal(code)),
        }
    }

    fn hold_or_swap(&mut self) -> Result<(), Failure> {
        let active = self.in_state(CallState::Active);
        let held = self.in_state(CallState::Held);
        let waiting = self.in_state(CallState::Waiting);
        let connecting = self.legs.iter().any(super::Leg::is_connecting);
        let nothing = active.is_empty() && held.is_empty() && waiting.is_empty();
        let no_room = !waiting.is_empty() && !active.is_empty() && !held.is_empty();
        if connecting || nothing || no_room {
            return Err(NOT_ALLOWED);
        }
        if !self.hold_service()? {
            return Ok(());
        }
        active.into_iter().for_each(|serial| self.set_state(serial, CallState::Held));
        if let Some(serial) = waiting.first() {
            self.connect(*serial);
        } else {
            held.into_iter().for_each(|serial| self.set_state(serial, CallState::Active));
        }
        Ok(())
    }

    fn hold_all_but(&mut self, chosen: u64) -> Result<(), Failure> {
        let state = self.leg(chosen).map(|leg| leg.state);
        let held = self.in_state(CallState::Held);
        let active = self.in_state(CallState::Active);
        let allowed = match state {
            Some(CallState::Active) => held.is_empty(),
            Some(CallState::Held) => active.is_empty() || held.len() == 1,
            _ => false,
        };
        if !allowed || self.legs.iter().any(super::Leg::is_connecting) {
            return Err(NOT_ALLOWED);
        }
        if !self.hold_service()? {
            return Ok(());
        }
        for serial in active.into_iter().filter(|serial| *serial != chosen) {
            self.set_state(serial, CallState::Held);
        }
        self.set_multiparty(chosen, false);
        self.set_state(chosen, CallState::Active);
        let rest = self.in_state(CallState::Held);
        if let [last] = rest[..] {
            self.set_multiparty(last, false);
        }
        Ok(())
    }

    fn merge(&mut self) -> Result<(), Failure> {
        let active = self.in_state(CallState::Active);
        let held = self.in_state(CallState::Held);
        let all = [active.clone(), held.clone()].concat();
        let connecting = self.legs.iter().any(super::Leg::is_connecting);
        let really = self.legs.iter().filter(|l| all.contains(&l.serial));
        let picked_up = really.clone().all(|leg| leg.answered.is_some());
        if active.is_empty() || held.is_empty() || connecting || !picked_up || all.len() > PARTIES {
            return Err(NOT_ALLOWED);
        }
        if std::mem::take(&mut self.refuse_merge) {
            return Err(Failure::Plain);
        }
        let ignored = std::mem::take(&mut self.ignore_merge);
        match self.config.profile.services.multiparty {
            Service::Refused(code) => return Err(refusal(code)),
            Service::Ignored => return Ok(()),
            Service::Granted if ignored => return Ok(()),
            Service::Granted => {}
        }
        self.counters.merges += 1;
        for serial in &all {
            if let Some(leg) = self.leg_mut(*serial) {
                leg.multiparty = true;
            }
        }
        for serial in active {
            self.report_row(serial);
        }
        for serial in held {
            self.set_state(serial, CallState::Active);
        }
        Ok(())
    }

    /// Connects the two others and drops out. Where it is granted, both leave the simulation.
    fn transfer(&mut self) -> Result<(), Failure> {
        let (active, held) = (self.in_state(CallState::Active), self.in_state(CallState::Held));
        if active.is_empty() || held.is_empty() {
            return Err(NOT_ALLOWED);
        }
        match self.config.profile.services.transfer {
            Service::Refused(code) => Err(refusal(code)),
            Service::Ignored => Ok(()),
            Service::Granted => self.hang_up_all(),
        }
    }
}
