//! What a modem is asked while nothing happens: is it alive, how is the signal, is it registered.

use super::Event;
use super::Modem;
use super::at::{FinalCode, Request};
use super::command::Command;
use super::command::call::ListCalls;
use super::command::network::{
    Domain, GetLteRegistration, GetOperator, GetRegistration, GetSignal, Registration,
    operator_name, signal_dbm,
};
use crate::clock::Mono;
use atat::AtatCmd;
use std::time::Duration;

/// A sign of life, which is also a look for calls that nobody told of.
const ALIVE: Duration = Duration::from_secs(15);
/// Signal, registration, name of the network.
const NETWORK: Duration = Duration::from_secs(60);

/// A question of the timetable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// `AT+CLCC`
    Calls,
    /// `AT+CSQ`
    Signal,
    /// `AT+CREG?`
    Circuit,
    /// `AT+CEREG?`
    Lte,
    /// `AT+COPS?`
    Operator,
}

const ROUND: [Care; 4] = [Care::Signal, Care::Circuit, Care::Lte, Care::Operator];

impl Care {
    pub(super) fn request(self) -> Request {
        match self {
            Care::Calls => ListCalls.request(),
            Care::Signal => GetSignal.request(),
            Care::Circuit => GetRegistration.request(),
            Care::Lte => GetLteRegistration.request(),
            Care::Operator => GetOperator.request(),
        }
    }
}

/// When what is asked next.
#[derive(Debug, Default)]
pub(super) struct Timetable {
    alive_at: Option<Mono>,
    round_at: Option<Mono>,
    in_round: usize,
}

impl Timetable {
    /// From now on; the network is asked about at once.
    pub(super) fn begin(&mut self, now: Mono) {
        *self = Timetable { alive_at: Some(now + ALIVE), round_at: Some(now), in_round: 0 };
    }

    pub(super) fn due(&self) -> Option<Mono> {
        self.alive_at.into_iter().chain(self.round_at).min()
    }

    pub(super) fn take_due(&mut self, now: Mono) -> Option<Care> {
        if self.round_at.is_some_and(|at| at <= now) {
            let care = ROUND[self.in_round];
            self.in_round = (self.in_round + 1) % ROUND.len();
            if self.in_round == 0 {
                self.round_at = Some(now + NETWORK);
            }
            return Some(care);
        }
        if self.alive_at.is_some_and(|at| at <= now) {
            self.alive_at = Some(now + ALIVE);
            return Some(Care::Calls);
        }
        None
    }
}

impl Modem {
    pub(super) fn cared(&mut self, care: Care, code: FinalCode, line: &str) {
        let registration = |parsed: Result<Registration, atat::Error>| {
            Some(parsed.unwrap_or(Registration::Unknown(4))).filter(|_| code == FinalCode::Ok)
        };
        let octets = line.as_bytes();
        match care {
            Care::Calls => {}
            Care::Signal => self.events.push_back(Event::Signal(signal_dbm(line))),
            Care::Operator => {
                if let Some(name) = operator_name(line) {
                    self.events.push_back(Event::Operator(name));
                }
            }
            Care::Circuit => {
                if let Some(found) = registration(GetRegistration.parse(Ok(octets))) {
                    self.registered(|facts| facts.set_registration(Domain::Circuit, found));
                }
            }
            Care::Lte => {
                if let Some(found) = registration(GetLteRegistration.parse(Ok(octets))) {
                    self.registered(|facts| facts.set_registration(Domain::Lte, found));
                }
            }
        }
    }
}
