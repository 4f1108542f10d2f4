//! Short messages: the prompt of `AT+CMGS`, what the network makes of it, and the SIM's memory
//! (27.005 §3, M3 §9).

use super::{Core, Event, Kind};
use crate::at::Failure;
use crate::phone::{Behaviour, Presentation};
use crate::sms::{self, Report};
use crate::{Mono, PhoneEvent};
use std::collections::{BTreeMap, VecDeque};

/// From the network's taking a message to its report.
const REPORT_AFTER: Mono = Mono::from_secs(3);
/// Messages that the network keeps for a memory that is full.
const WAITING: usize = 100;

/// A message in the SIM's memory.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub read: bool,
    pub length: usize,
    pub pdu: String,
}

/// Messages in the SIM, and those that wait for room.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    pub stored: BTreeMap<u8, Stored>,
    waiting: VecDeque<(usize, String)>,
    reference: u8,
    /// Refuse the next one with this code.
    pub refuse: Option<u16>,
    /// The next one gets no answer for so long.
    pub silence: Option<Mono>,
    full_told: bool,
}

impl Core {
    /// Room in the SIM's memory.
    pub(crate) fn places(&self) -> usize {
        usize::from(self.config.sim.messages)
    }

    /// Why no message can be sent now.
    pub(crate) fn texts_usable(&self) -> Result<(), Failure> {
        match self.usable() {
            Err(Failure::Cme(10)) => Err(Failure::Cms(310)),
            Err(Failure::Cme(11 | 12)) => Err(Failure::Cms(311)),
            Err(Failure::Cme(14)) => Err(Failure::Cms(314)),
            Err(_) => Err(Failure::Cms(302)),
            Ok(()) if !self.power.sms_done => Err(Failure::Cms(314)),
            Ok(()) => Ok(()),
        }
    }

    /// What was typed at the prompt goes to the network; the answer comes when that has taken it.
    pub(crate) fn text_typed(&mut self, serial: u64) {
        let silence = self.texts.silence.take();
        let after = silence.unwrap_or(self.config.network.text);
        self.later(after, Event::TextTaken(serial, silence.is_some()));
    }

    /// The network has taken a message, or not: its reference, or why not.
    pub(crate) fn take_text(&mut self, typed: &[u8], length: usize) -> Result<u8, Failure> {
        let Some(text) = sms::read_submit(typed, length) else { return Err(Failure::Cms(304)) };
        if let Some(code) = self.texts.refuse.take() {
            return Err(Failure::Cms(code));
        }
        if !self.power.registered {
            return Err(Failure::Cms(331));
        }
        self.counters.texts_sent += 1;
        let reference = self.texts.reference;
        self.texts.reference = reference.wrapping_add(1);
        let phone = self.config.network.numbering.reach(&text.to);
        let reached = self.phone(&phone).behaviour != Behaviour::Unreachable;
        if reached {
            let from = self.config.own_number.clone();
            let part = text.part;
            self.event(PhoneEvent::Text { phone, from, text: text.text, part });
        }
        if text.wants_report {
            // 0: received by the phone. 48: congestion of the phone's side, still trying.
            let status = if reached { 0x00 } else { 0x30 };
            let report = Report { reference, address: text.address, status };
            self.later(REPORT_AFTER, Event::TextReport(report));
        }
        Ok(reference)
    }

    /// `<mt>` and `<ds>` of `AT+CNMI` (27.005 §3.4.1).
    fn indications(&self) -> (u8, u8) {
        let set = self.settings.remembered.iter().find(|(name, _)| name == "+CNMI");
        let value = set.map_or("2,1,0,0,0", |(_, value)| value.as_str());
        let field = |n: usize| value.split(',').nth(n).and_then(|v| v.trim().parse().ok());
        (field(1).unwrap_or(0), field(3).unwrap_or(0))
    }

    pub(crate) fn text_report(&mut self, report: &Report) {
        if self.indications().1 == 1 && self.power.talks() {
            let (length, pdu) = sms::report(report, self.stamp());
            self.urc(&format!("+CDS: {length}\r\n{pdu}"));
        }
    }

    /// A phone sends a message to the modem's number.
    pub(crate) fn phone_texts(&mut self, from: &str, text: &str) {
        let kind = self.config.profile.table.national_kind;
        let shown = self.config.network.numbering.show(from, Presentation::International, kind);
        let message = sms::deliver(&shown, text, self.stamp());
        if self.texts.waiting.len() < WAITING {
            self.texts.waiting.push_back(message);
        }
        self.give_texts();
    }

    /// The network gives what waits, as long as there is room.
    pub(crate) fn give_texts(&mut self) {
        while self.power.registered && self.power.talks() && !self.texts.waiting.is_empty() {
            let (mt, _) = self.indications();
            if mt == 2 {
                let Some((length, pdu)) = self.texts.waiting.pop_front() else { return };
                self.urc(&format!("+CMT: ,{length}\r\n{pdu}"));
                continue;
            }
            let places = u8::try_from(self.places()).unwrap_or(u8::MAX);
            let free = (0..places).find(|place| !self.texts.stored.contains_key(place));
            let Some(place) = free else {
                if !std::mem::replace(&mut self.texts.full_told, true) {
                    self.urc("+SMS FULL");
                }
                return;
            };
            let Some((length, pdu)) = self.texts.waiting.pop_front() else { return };
            self.texts.stored.insert(place, Stored { read: false, length, pdu });
            if mt == 1 {
                self.urc(&format!("+CMTI: \"SM\",{place}"));
            }
        }
    }

    /// Messages were deleted: there is room again.
    pub(crate) fn texts_deleted(&mut self) {
        self.texts.full_told = false;
        self.give_texts();
    }

    /// TP-SCTS: wall time in swapped digits.
    fn stamp(&self) -> [u8; 7] {
        let clock = &self.config.network.clock;
        let digits: Vec<u8> =
            clock.cclk(self.now).bytes().filter(u8::is_ascii_digit).map(|d| d - b'0').collect();
        let mut stamp = [0; 7];
        for (octet, two) in stamp.iter_mut().zip(digits.chunks(2)) {
            *octet = two[1] << 4 | two[0];
        }
        // The sign of the zone is bit 3 of its octet.
        stamp[6] |= if clock.quarters < 0 { 8 } else { 0 };
        stamp
    }

    /// `> ` without an end of line (27.005 §3.5.1).
    pub(crate) fn prompt(&mut self) {
        self.say(Kind::Info, b"\r\n> ".to_vec());
    }
}
