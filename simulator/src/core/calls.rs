//! The call table: ids, states, rows of `+CLCC` (27.007 §7.18).

use super::Core;
use crate::Mono;
use crate::number::Shown;
use crate::phone::PhoneEvent;
use crate::profile::{Indices, RowReports};
use crate::snapshot::{CallState, Direction};

/// One call between the modem and a phone.
#[derive(Debug)]
pub(crate) struct Leg {
    /// Names the call for as long as the simulation runs.
    pub serial: u64,
    /// Its id in `+CLCC`.
    pub index: u8,
    pub phone: String,
    pub direction: Direction,
    pub state: CallState,
    pub multiparty: bool,
    pub shown: Shown,
    pub born: Mono,
    /// When BEGIN was said: the far phone was picked up, but for profiles that lie.
    pub began: Option<Mono>,
    /// When the far phone was picked up.
    pub answered: Option<Mono>,
    pub rings: u32,
    /// The far phone is not shown our number.
    pub hidden: bool,
}

impl Leg {
    /// Active, and the far phone really is off its hook.
    pub(crate) fn talks(&self) -> bool {
        self.state == CallState::Active && self.answered.is_some()
    }

    pub(crate) fn is_connecting(&self) -> bool {
        matches!(self.state, CallState::Dialing | CallState::Alerting)
    }
}

/// A row that is still listed after its call.
#[derive(Debug)]
pub(crate) struct Tomb {
    pub row: String,
    pub index: u8,
    pub until: Mono,
}

/// State 6 of `+CLCC`: only ever reported, never listed.
const DISCONNECTED: u8 = 6;
/// Ids end at 7 (22.030).
const LAST_INDEX: u8 = 7;

impl Core {
    pub(crate) fn leg(&self, serial: u64) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.serial == serial)
    }

    pub(crate) fn leg_mut(&mut self, serial: u64) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.serial == serial)
    }

    pub(crate) fn leg_of(&self, phone: &str) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.phone == phone)
    }

    /// Serials of the calls in this state.
    pub(crate) fn in_state(&self, state: CallState) -> Vec<u64> {
        self.legs.iter().filter(|leg| leg.state == state).map(|leg| leg.serial).collect()
    }

    pub(crate) fn any_in(&self, state: CallState) -> bool {
        self.legs.iter().any(|leg| leg.state == state)
    }

    /// The id of a new call; none when all seven are taken.
    pub(crate) fn new_index(&mut self, direction: Direction) -> Option<u8> {
        let first = match (self.config.profile.table.indices, direction) {
            (Indices::Lowest, _) => 1,
            (Indices::From { outgoing, .. }, Direction::Outgoing) => outgoing,
            (Indices::From { incoming, .. }, Direction::Incoming) => incoming,
            (Indices::Rolling, _) => self.last_index % LAST_INDEX + 1,
        };
        let now = self.now;
        self.tombs.retain(|tomb| tomb.until > now);
        let taken = |index: &u8| {
            self.legs.iter().any(|leg| leg.index == *index)
                || self.tombs.iter().any(|tomb| tomb.index == *index)
        };
        let index = (first..=LAST_INDEX).chain(1..first).find(|index| !taken(index))?;
        self.last_index = index;
        Some(index)
    }

    /// The state that the module shows for a call.
    fn shown_state(&self, leg: &Leg) -> u8 {
        match leg.state {
            CallState::Alerting if !self.config.profile.table.alerting => CallState::Dialing.code(),
            state => state.code(),
        }
    }

    fn row(&self, leg: &Leg, state: u8) -> String {
        let table = &self.config.profile.table;
        let dir = u8::from(leg.direction == Direction::Incoming);
        let mpty = u8::from(leg.multiparty);
        let head = format!("+CLCC: {},{dir},{state},0,{mpty}", leg.index);
        let forgotten =
            table.forgets_number && leg.answered.is_some() && leg.direction == Direction::Incoming;
        if (leg.shown.digits.is_empty() && table.omit_number) || forgotten {
            return if forgotten { format!("{head},\"\"") } else { head };
        }
        let number = format!("{head},\"{}\",{}", leg.shown.digits, leg.shown.kind);
        match table.fields {
            0..=7 => number,
            8 | 9 => format!("{number},\"\""),
            _ => format!("{number},\"\",,{}", leg.shown.validity),
        }
    }

    /// What `AT+CLCC` lists.
    pub(crate) fn rows(&self) -> Vec<String> {
        let late = self.config.profile.table.late;
        let listed =
            |leg: &&Leg| leg.direction == Direction::Incoming || self.now >= leg.born + late;
        let mut rows: Vec<(u8, String)> = self
            .legs
            .iter()
            .filter(listed)
            .map(|leg| (leg.index, self.row(leg, self.shown_state(leg))))
            .collect();
        let dead = self.tombs.iter().filter(|tomb| tomb.until > self.now);
        rows.extend(dead.map(|tomb| (tomb.index, tomb.row.clone())));
        rows.sort();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn reports_rows(&self) -> bool {
        self.settings.clcc && self.config.profile.table.reports != RowReports::None
    }

    /// Reports a call's change of state, with `AT+CLCC=1`.
    pub(crate) fn report_row(&mut self, serial: u64) {
        if !self.reports_rows() {
            return;
        }
        let Some(leg) = self.leg(serial) else { return };
        let text = if self.config.profile.table.reports == RowReports::Table {
            self.rows().join("\r\n")
        } else {
            self.row(leg, self.shown_state(leg))
        };
        if !text.is_empty() {
            self.urc(&text);
        }
    }

    /// Reports that a call is no more, and lets its row linger.
    pub(crate) fn report_gone(&mut self, leg: &Leg) {
        if self.reports_rows() {
            let row = self.row(leg, DISCONNECTED);
            self.urc(&row);
        }
    }

    pub(crate) fn bury(&mut self, leg: &Leg) {
        let lingers = self.config.profile.table.lingers;
        if !lingers.is_zero() && self.tombs.len() < usize::from(LAST_INDEX) {
            let row = self.row(leg, self.shown_state(leg));
            self.tombs.push(Tomb { row, index: leg.index, until: self.now + lingers });
        }
    }

    /// Changes a call's state, tells the phone, and reports it.
    pub(crate) fn set_state(&mut self, serial: u64, state: CallState) {
        let Some(leg) = self.leg_mut(serial) else { return };
        let before = std::mem::replace(&mut leg.state, state);
        if before == state {
            return;
        }
        let phone = leg.phone.clone();
        match (before, state) {
            (_, CallState::Held) => {
                self.silence(&phone);
                self.event(PhoneEvent::OnHold { phone });
            }
            (CallState::Held, CallState::Active) => self.event(PhoneEvent::Retrieved { phone }),
            _ => {}
        }
        self.report_row(serial);
        self.wake_sound();
    }

    pub(crate) fn set_multiparty(&mut self, serial: u64, multiparty: bool) {
        let Some(leg) = self.leg_mut(serial) else { return };
        if std::mem::replace(&mut leg.multiparty, multiparty) != multiparty {
            self.report_row(serial);
        }
    }

    /// The far phone is picked up, or we pick up: BEGIN, state 0.
    pub(crate) fn connect(&mut self, serial: u64) {
        let now = self.now;
        let Some(leg) = self.leg_mut(serial) else { return };
        leg.answered = Some(now);
        let phone = leg.phone.clone();
        let already = leg.began.is_some();
        self.counters.answered += 1;
        self.event(PhoneEvent::Connected { phone: phone.clone() });
        if let Some(after) = self.phone(&phone).hang_up_after {
            self.later(after, super::Event::FarRelease(serial, crate::Cause::HungUp));
        }
        if !already {
            self.say_begin(serial);
        }
        self.wake_sound();
    }

    /// BEGIN, the row with state 0 and what goes with them.
    pub(crate) fn say_begin(&mut self, serial: u64) {
        let now = self.now;
        if self.legs.iter().all(|leg| leg.began.is_none()) {
            self.first_of_call();
        }
        let Some(leg) = self.leg_mut(serial) else { return };
        leg.began = Some(now);
        let (digits, kind) = (leg.shown.digits.clone(), leg.shown.kind);
        let outgoing = leg.direction == Direction::Outgoing;
        let lines = self.config.profile.lines.clone();
        if lines.voice_call {
            let text = if lines.compact { "VOICE CALL:BEGIN" } else { "VOICE CALL: BEGIN" };
            self.call_line(text, lines.begin_before_ok);
        }
        self.set_state(serial, CallState::Active);
        if outgoing && (self.settings.colp || lines.colp_unasked) {
            let tail = if lines.colp_unasked { "" } else { ",,," };
            self.urc(&format!("+COLP: \"{digits}\",{kind}{tail}"));
        }
    }

    /// The PCM port's account of a new call.
    fn first_of_call(&mut self) {
        let pcm = &self.config.profile.pcm;
        let spared = pcm.first_call_good && self.calls_since_start == 0;
        self.pcm_refusals = if spared { 0 } else { pcm.refusals };
        if self.pcm.registered && pcm.dies_unless_stopped {
            self.pcm.dead = true;
        }
        self.calls_since_start += 1;
    }
}
