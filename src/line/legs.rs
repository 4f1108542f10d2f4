//! Which call of the modem is which leg of the conversation.

use crate::call::{Gone, Leg};
use crate::modem::calls::{CallKey, CallTable};
use crate::modem::command::call::Stat;

/// The legs of one conversation.
#[derive(Debug, Clone, Copy)]
pub struct Legs {
    /// The caller's call.
    pub a: CallKey,
    /// Whether leg A still exists, as far as the conversation was told.
    pub a_lives: bool,
    /// Leg B.
    pub b: LegB,
    /// The two are merged.
    pub merged: bool,
    /// The legs that we asked to end.
    ending: [bool; 2],
}

/// Leg B, which is wanted before the call table shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegB {
    /// Not dialled, or gone.
    None,
    /// `ATD` is on its way or taken; no row yet. `unwanted`: to be ended as soon as it shows.
    Dialled {
        /// It was asked to end before it showed.
        unwanted: bool,
    },
    /// It exists.
    Call {
        /// Which call.
        key: CallKey,
        /// It was active once.
        answered: bool,
    },
}

impl Legs {
    /// The legs of a call that begins to ring.
    pub fn new(a: CallKey) -> Legs {
        Legs { a, a_lives: true, b: LegB::None, merged: false, ending: [false; 2] }
    }

    /// Leg B is dialled, another one perhaps than before.
    pub fn dial(&mut self) {
        self.b = LegB::Dialled { unwanted: false };
        self.ending[Leg::B as usize] = false;
        self.merged = false;
    }

    /// We end this leg.
    pub fn end(&mut self, leg: Leg) {
        self.ending[leg as usize] = true;
    }

    /// How a leg went that is gone now.
    pub fn how(&self, leg: Leg) -> Gone {
        if self.ending[leg as usize] { Gone::Ended } else { Gone::FarEnd }
    }

    /// Which leg this call is.
    pub fn leg_of(&self, call: CallKey) -> Option<Leg> {
        match self.b {
            _ if self.a_lives && self.a == call => Some(Leg::A),
            LegB::Call { key, .. } if key == call => Some(Leg::B),
            _ => None,
        }
    }

    /// Leg B's call, once it shows.
    pub fn b_call(&self) -> Option<CallKey> {
        match self.b {
            LegB::Call { key, .. } => Some(key),
            LegB::None | LegB::Dialled { .. } => None,
        }
    }

    /// Whose keys are heard now: the only active leg's. In a merged call nobody can tell, and nobody needs
    /// to. Before leg B is dialled it can only be the caller, whatever the table shows so far.
    pub fn heard(&self, calls: &CallTable) -> Option<Leg> {
        let active = |call| calls.stat(call) == Some(Stat::Active);
        match self.b {
            LegB::None => Some(Leg::A),
            LegB::Dialled { .. } => None,
            LegB::Call { key, .. } => match (self.a_lives && active(self.a), active(key)) {
                (true, false) => Some(Leg::A),
                (false, true) => Some(Leg::B),
                _ => None,
            },
        }
    }
}
