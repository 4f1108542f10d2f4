//! The wire between the modem's lines and the reader's octets.

use super::{Fault, Faults};
use crate::Mono;
use crate::core::{Chunk, Kind};
use crate::profile::Port;
use crate::random::Random;
use crate::snapshot::Counters;
use std::collections::BTreeMap;
use std::time::Duration;

/// Lines that may come at any moment and mean nothing for calls.
const CHATTER: [&str; 4] = [
    "\r\n+CTZV: +40,0\r\n",
    "\r\n+CGEV: NW MODIFY 1,0\r\n",
    "\r\n^CIEV: 1,0\r\n",
    "\r\n+NITZ: 26/03/02,09:00:00+40,0\r\n",
];
const GLUE: Duration = Duration::from_millis(15);
const OCTET: Duration = Duration::from_micros(100);

/// Delays, cuts, loses, doubles and soils what the modem says.
#[derive(Debug)]
pub(crate) struct Injector {
    faults: Faults,
    random: Random,
    wanted: Vec<Fault>,
    octets: bool,
    chatter: bool,
    queue: BTreeMap<(Mono, u64), Vec<u8>>,
    serial: u64,
    /// Nothing leaves before what left last; answers also wait for a late answer.
    wire_free: Mono,
    answers_free: Mono,
    glued_until: Mono,
    hung_until: Mono,
}

impl Injector {
    pub(crate) fn new(faults: Faults, seed: u64, port: &Port) -> Self {
        Self {
            faults,
            random: Random::new(seed ^ 0xFA17),
            wanted: Vec::new(),
            octets: port.octets,
            chatter: port.chatter,
            queue: BTreeMap::new(),
            serial: 0,
            wire_free: Mono::ZERO,
            answers_free: Mono::ZERO,
            glued_until: Mono::ZERO,
            hung_until: Mono::ZERO,
        }
    }

    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    pub(crate) fn want(&mut self, fault: Fault) {
        if self.wanted.len() < 64 {
            self.wanted.push(fault);
        }
    }

    fn happens(&mut self, fault: &Fault, probability: fn(&Faults) -> f64) -> bool {
        if let Some(at) = self.wanted.iter().position(|w| w == fault) {
            self.wanted.remove(at);
            return true;
        }
        self.random.chance(probability(&self.faults))
    }

    pub(crate) fn duplicates_key(&mut self) -> bool {
        self.happens(&Fault::DuplicateKey, |f| f.duplicate_key)
    }

    /// What befalls the modem as a whole at the begin of a command line.
    pub(crate) fn on_command(&mut self) -> Option<Fault> {
        let faults = &self.faults;
        if self.random.chance(faults.hang) {
            Some(Fault::Hang(faults.hang_time()))
        } else if self.random.chance(faults.reboot) {
            Some(if self.random.chance(0.5) { Fault::Reboot } else { Fault::Crash })
        } else if self.random.chance(faults.ports_gone) {
            Some(Fault::PortsGone(faults.ports_time()))
        } else {
            None
        }
    }

    pub(crate) fn hang(&mut self, until: Mono) {
        self.hung_until = self.hung_until.max(until);
        self.queue.clear();
    }

    pub(crate) fn is_hung(&self, now: Mono) -> bool {
        now < self.hung_until
    }

    /// The ports vanished: what was on its way is lost.
    pub(crate) fn reset(&mut self, now: Mono) {
        self.queue.clear();
        (self.wire_free, self.answers_free, self.glued_until) = (now, now, now);
    }

    /// One line of the modem, on its way to the reader.
    pub(crate) fn accept(&mut self, chunk: Chunk, counters: &mut Counters) {
        let Chunk { at: now, kind, octets } = chunk;
        if self.is_hung(now) {
            counters.faults += 1;
            return;
        }
        let late = match kind {
            Kind::Urc => {
                if self.happens(&Fault::LostUrc, |f| f.lost_urc) {
                    counters.faults += 1;
                    return;
                }
                if self.happens(&Fault::DuplicateUrc, |f| f.duplicate_urc) {
                    counters.faults += 1;
                    self.send(now, octets.clone(), None);
                }
                None
            }
            Kind::Final => match self.final_fault(now, counters) {
                Some(late) => late,
                None => return,
            },
            Kind::Info => {
                self.maybe_chatter(now, counters);
                Some(now)
            }
            Kind::Echo | Kind::Raw => Some(now),
        };
        self.send(now, octets, late.filter(|late| *late > now || now < self.answers_free));
    }

    /// `None`: the result is lost. `Some`: it comes, perhaps late.
    fn final_fault(&mut self, now: Mono, counters: &mut Counters) -> Option<Option<Mono>> {
        if self.happens(&Fault::LostOk, |f| f.lost_ok) {
            counters.faults += 1;
            return None;
        }
        self.maybe_chatter(now, counters);
        let wanted = self.wanted.iter().position(|w| matches!(w, Fault::LateOk(_)));
        let late = match wanted.map(|at| self.wanted.remove(at)) {
            Some(Fault::LateOk(late)) => late,
            _ if self.random.chance(self.faults.late_ok) => self.faults.late_time(),
            _ => return Some(Some(now)),
        };
        counters.faults += 1;
        Some(Some(now + late))
    }

    fn maybe_chatter(&mut self, now: Mono, counters: &mut Counters) {
        if self.chatter || self.happens(&Fault::UrcInAnswer, |f| f.urc_in_answer) {
            counters.faults += 1;
            let line = CHATTER[self.random.below(CHATTER.len())];
            self.send(now, line.as_bytes().to_vec(), None);
        }
    }

    /// Puts octets on the wire. `late` is set for an answer that must wait.
    fn send(&mut self, now: Mono, mut octets: Vec<u8>, late: Option<Mono>) {
        if self.happens(&Fault::Garbage, |f| f.garbage) {
            let mut garbage: Vec<u8> = Vec::new();
            for _ in 0..1 + self.random.below(4) {
                garbage.push(self.random.next() as u8);
            }
            octets.splice(0..0, garbage);
        }
        let Some(late) = late else {
            let begin = now.max(self.wire_free).max(self.glued_until.min(now + GLUE));
            self.wire_free = self.put(begin, octets);
            return;
        };
        let begin = late.max(self.answers_free).max(self.wire_free);
        self.answers_free = self.put(begin, octets);
    }

    /// Cuts and schedules; returns when the wire is free again.
    fn put(&mut self, begin: Mono, octets: Vec<u8>) -> Mono {
        if self.octets {
            let mut when = begin;
            for octet in octets {
                self.push(when, vec![octet]);
                when += OCTET;
            }
            return when;
        }
        if self.happens(&Fault::Split, |f| f.split) {
            let mut when = begin;
            let mut rest = octets;
            while !rest.is_empty() {
                let cut = 1 + self.random.below(rest.len());
                let tail = rest.split_off(cut);
                self.push(when, rest);
                rest = tail;
                when += Duration::from_millis(1);
            }
            return when;
        }
        let mut begin = begin;
        if self.happens(&Fault::Glue, |f| f.glue) {
            begin += GLUE;
            self.glued_until = begin;
        }
        self.push(begin, octets);
        begin
    }

    fn push(&mut self, when: Mono, octets: Vec<u8>) {
        self.serial += 1;
        self.queue.insert((when, self.serial), octets);
    }

    pub(crate) fn next_time(&self) -> Option<Mono> {
        self.queue.keys().next().map(|(when, _)| *when)
    }

    /// The next read of whoever listens. What was glued comes at once.
    pub(crate) fn pop_due(&mut self, now: Mono) -> Option<Vec<u8>> {
        let entry = self.queue.first_entry()?;
        let when = entry.key().0;
        if when > now {
            return None;
        }
        let mut octets = entry.remove();
        while when == self.glued_until && self.next_time() == Some(when) {
            octets.extend(self.queue.pop_first().map(|(_, more)| more).unwrap_or_default());
        }
        Some(octets)
    }
}
