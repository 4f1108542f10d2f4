//! The call table, reconciled from `AT+CLCC`: the only truth about calls.

use super::command::call::{Direction, Row, Rows, Stat};
use crate::clock::Mono;
use crate::limits::CALLS;
use heapless::Vec;
use std::time::Duration;

/// Which call: the index of `+CLCC` and its direction. Never a number, never an unsolicited line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// 1 to 7.
    pub index: u8,
    /// Who called.
    pub direction: Direction,
}

impl CallKey {
    fn of(row: &Row) -> CallKey {
        CallKey { index: row.index, direction: row.direction }
    }
}

/// What a look at the calls showed to be different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A call that was not there.
    New(Row),
    /// A call that stands elsewhere than before.
    Moved {
        /// Which.
        call: CallKey,
        /// Where it stands now.
        to: Stat,
    },
    /// A call that is no more.
    Gone(CallKey),
}

#[derive(Debug, Clone)]
struct Entry {
    row: Row,
    since: Mono,
    /// The last look did not show it; one more such look and it is gone.
    missing: bool,
    /// SIMCom's report of stat 6 named this very call.
    ended: bool,
}

/// A call that has ended and whose row lingers in the list.
#[derive(Debug, Clone)]
struct Tomb {
    row: Row,
    until: Mono,
}

/// The calls that exist.
#[derive(Debug, Clone, Default)]
pub struct CallTable {
    calls: Vec<Entry, CALLS>,
    tombs: Vec<Tomb, CALLS>,
    end_was_told: bool,
}

/// A call that was dialled may be missing from lists this long, although it was reported.
const LATE_ROW: Duration = Duration::from_secs(5);
/// The row of a call that has ended may stay in lists this long.
const LINGERING_ROW: Duration = Duration::from_secs(8);

impl CallTable {
    /// The calls.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.calls.iter().map(|entry| &entry.row)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Where a call stands; `None` when it does not exist.
    pub fn stat(&self, call: CallKey) -> Option<Stat> {
        self.rows().find(|row| CallKey::of(row) == call).map(|row| row.stat)
    }

    /// A call that waits while the line is busy (row 16).
    pub fn waiting(&self) -> Option<CallKey> {
        self.rows().find(|row| row.stat == Stat::Waiting).map(CallKey::of)
    }

    /// An incoming call that rings.
    pub fn ringing(&self) -> Option<&Row> {
        self.rows().find(|row| row.stat == Stat::Incoming)
    }

    /// A call that we dialled.
    pub fn outgoing(&self) -> Option<CallKey> {
        self.rows().find(|row| row.direction == Direction::Outgoing).map(CallKey::of)
    }

    /// Whether a call is being set up, so that the next look should come soon.
    pub fn in_motion(&self) -> bool {
        self.calls
            .iter()
            .any(|entry| entry.missing || !matches!(entry.row.stat, Stat::Active | Stat::Held))
    }

    /// Whether a call was missing in the last look, which the next one has to confirm.
    pub fn in_doubt(&self) -> bool {
        self.calls.iter().any(|entry| entry.missing)
    }

    /// The modem told of some call's end: a call that the next look does not show is gone.
    pub fn end_was_told(&mut self) {
        self.end_was_told = true;
    }

    /// Whether it did since the last look.
    pub fn is_end_told(&self) -> bool {
        self.end_was_told
    }

    /// Forgets everything: the modem was lost.
    pub fn clear(&mut self) {
        *self = CallTable::default();
    }

    /// A report of stat 6 named this call: with it a lingering row is no life.
    pub fn call_ended(&mut self, call: CallKey) {
        self.end_was_told = true;
        if let Some(entry) = self.calls.iter_mut().find(|e| CallKey::of(&e.row) == call) {
            entry.ended = true;
        }
    }

    /// Takes the rows of a whole list and tells what is different.
    pub fn reconcile(&mut self, now: Mono, rows: Rows) -> Vec<Change, 16> {
        let mut changes = Vec::new();
        let mut tell = |change| {
            let _at_most_two_per_call = changes.push(change);
        };
        let told = std::mem::take(&mut self.end_was_told);
        let tombs = &mut self.tombs;
        tombs.retain(|tomb| {
            now < tomb.until && rows.0.iter().any(|row| row.key() == tomb.row.key())
        });
        self.calls.retain_mut(|entry| {
            let key = CallKey::of(&entry.row);
            let seen = rows.0.iter().find(|row| CallKey::of(row) == key);
            let gone = match seen {
                Some(row) if is_another_call(&entry.row, row) => true,
                Some(row) if entry.ended && was_connected(row.stat) => {
                    let _room = tombs.push(Tomb { row: row.clone(), until: now + LINGERING_ROW });
                    true
                }
                Some(_) => false,
                None if is_late(entry, now) && !told => {
                    entry.missing = true;
                    false
                }
                None => told || entry.ended || std::mem::replace(&mut entry.missing, true),
            };
            if gone {
                tell(Change::Gone(key));
            }
            !gone
        });
        for row in rows.0 {
            let key = CallKey::of(&row);
            if self.tombs.iter().any(|tomb| is_row_of(&row, &tomb.row)) {
                continue;
            }
            let known = self.calls.iter_mut().find(|entry| CallKey::of(&entry.row) == key);
            if let Some(entry) = known {
                entry.missing = false;
                if entry.row.stat != row.stat {
                    tell(Change::Moved { call: key, to: row.stat });
                }
                entry.row = row;
            } else {
                tell(Change::New(row.clone()));
                let entry = Entry { row, since: now, missing: false, ended: false };
                let _more_calls_than_exist = self.calls.push(entry);
            }
        }
        changes
    }
}

/// Dialled so short a time ago that lists need not show it yet.
fn is_late(entry: &Entry, now: Mono) -> bool {
    entry.row.direction == Direction::Outgoing && now < entry.since + LATE_ROW
}

/// A row that may linger: a call that rings at us is looked at afresh each time.
fn was_connected(stat: Stat) -> bool {
    !matches!(stat, Stat::Incoming | Stat::Waiting)
}

/// A row is an ended call's as long as nothing in it has changed.
fn is_row_of(row: &Row, ended: &Row) -> bool {
    row.key() == ended.key() && row.stat == ended.stat && row.number == ended.number
}

impl Row {
    /// Which call it is about.
    pub fn key(&self) -> CallKey {
        CallKey::of(self)
    }
}

/// Indices are used again: a call that was talking does not ring, and does not change its number.
fn is_another_call(old: &Row, new: &Row) -> bool {
    let talking = |stat| matches!(stat, Stat::Active | Stat::Held);
    let renumbered = !old.number.is_empty() && !new.number.is_empty() && old.number != new.number;
    (talking(old.stat) && !talking(new.stat)) || (renumbered && !talking(new.stat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modem::command::call::ListCalls;
    use atat::AtatCmd;

    fn look(table: &mut CallTable, list: &str) -> Vec<Change, 16> {
        table.reconcile(Duration::from_secs(9), ListCalls.parse(Ok(list.as_bytes())).unwrap())
    }

    const A: CallKey = CallKey { index: 1, direction: Direction::Incoming };

    #[test]
    fn a_call_is_new_then_moves_then_is_gone() {
        let mut table = CallTable::default();
        let new = look(&mut table, "+CLCC: 1,1,4,0,0,\"0255501234\",129");
        assert!(matches!(&new[..], [Change::New(row)] if row.stat == Stat::Incoming));
        let moved = look(&mut table, "+CLCC: 1,1,0,0,0");
        assert_eq!(moved[..], [Change::Moved { call: A, to: Stat::Active }]);
        table.end_was_told();
        assert_eq!(look(&mut table, "")[..], [Change::Gone(A)]);
    }

    #[test]
    fn a_row_lost_once_without_a_word_is_a_doubt_and_not_an_end() {
        let mut table = CallTable::default();
        look(&mut table, "+CLCC: 1,1,0,0,0");
        assert!(look(&mut table, "").is_empty() && table.in_doubt());
        assert!(look(&mut table, "+CLCC: 1,1,0,0,0").is_empty() && !table.in_doubt());
        look(&mut table, "");
        assert_eq!(look(&mut table, "")[..], [Change::Gone(A)]);
    }

    #[test]
    fn the_lingering_row_of_a_call_that_was_reported_ended_is_no_life() {
        let mut table = CallTable::default();
        look(&mut table, "+CLCC: 1,1,0,0,0,\"0255501234\",129");
        table.call_ended(A);
        let lingering = "+CLCC: 1,1,0,0,0,\"0255501234\",129";
        assert_eq!(look(&mut table, lingering)[..], [Change::Gone(A)]);
        assert!(look(&mut table, lingering).is_empty() && table.is_empty());
        let again = look(&mut table, "+CLCC: 1,1,4,0,0,\"0255501234\",129");
        assert!(matches!(&again[..], [Change::New(_)]), "the next caller uses the index again");
    }

    #[test]
    fn a_dialled_call_that_was_reported_may_be_late_in_the_list() {
        let mut table = CallTable::default();
        look(&mut table, "+CLCC: 2,0,2,0,0");
        assert!(look(&mut table, "").is_empty());
        assert!(look(&mut table, "").is_empty());
        assert!(table.outgoing().is_some());
    }

    #[test]
    fn an_index_used_again_is_another_call() {
        let mut table = CallTable::default();
        look(&mut table, "+CLCC: 1,1,0,0,0,\"0255501234\",129");
        let changes = look(&mut table, "+CLCC: 1,1,4,0,0,\"0255505678\",129");
        assert!(matches!(&changes[..], [Change::Gone(A), Change::New(_)]));
    }

    #[test]
    fn a_number_that_vanishes_after_the_answer_changes_nothing() {
        let mut table = CallTable::default();
        look(&mut table, "+CLCC: 2,1,0,0,0,\"+61255501234\",145");
        assert!(look(&mut table, "+CLCC: 2,1,0,0,1,\"\"").is_empty());
    }
}
