//! Ending calls: `AT+CHLD=1x` for one of several, `AT+CHUP` for the last or all; harder means where a
//! call does not go.

use super::{Done, LOOK, Outcome, Step, Task};
use crate::clock::Mono;
use crate::modem::at::Request;
use crate::modem::calls::{CallKey, CallTable};
use crate::modem::command::Command;
use crate::modem::command::call::{CallHold, HangUp, Stat};
use std::time::Duration;

/// A call that was ended may linger in the table this long before a harder means is tried.
const LINGER: Duration = Duration::from_millis(1200);
/// Means tried before the modem counts as stuck.
const MEANS: u8 = 6;

#[derive(Debug)]
pub(super) struct End {
    /// The only call that is to end; all of them where there is none.
    only: Option<CallKey>,
    tried: u8,
    tried_at: Mono,
}

impl End {
    pub(super) fn one(call: CallKey) -> End {
        End { only: Some(call), tried: 0, tried_at: Duration::ZERO }
    }

    pub(super) fn all() -> End {
        End { only: None, tried: 0, tried_at: Duration::ZERO }
    }

    fn is_done(&self, calls: &CallTable) -> bool {
        match self.only {
            Some(call) => calls.stat(call).is_none(),
            // A call that was just dialled may not show yet: all are asked to end, whatever shows.
            None => calls.is_empty() && self.tried > 0,
        }
    }

    /// The next means. A call still being set up is never ended by its index first where others live:
    /// but it is the only way that leaves the held one alone, so it comes first all the same, and
    /// `AT+CHLD=1` (active ones) before what ends everybody.
    fn means(&mut self, calls: &CallTable) -> Request {
        self.tried += 1;
        let one_of_several = self.only.filter(|_| calls.len() > 1);
        match (self.tried, one_of_several) {
            (1, Some(call)) => CallHold::release(call.index).request(),
            (2, Some(call)) if calls.stat(call) == Some(Stat::Held) => {
                CallHold::REJECT_WAITING.request()
            }
            (2, Some(_)) => CallHold::RELEASE_ACTIVE.request(),
            (2, None) => {
                let index = calls.rows().next().map_or(1, |row| row.index);
                CallHold::release(index).request()
            }
            _ => HangUp.request(),
        }
    }
}

impl Task for End {
    fn follow(&mut self, now: Mono, outcome: Outcome, calls: &CallTable) -> Step {
        match outcome {
            Outcome::Looked if self.is_done(calls) => Step::Finish(Done::Ended(true)),
            Outcome::Looked if self.tried > 0 && now < self.tried_at + LINGER => Step::Look(LOOK),
            Outcome::Looked if self.tried == MEANS => Step::Finish(Done::Ended(false)),
            Outcome::Looked => Step::Send(self.means(calls)),
            Outcome::Answer(_) => {
                self.tried_at = now;
                Step::Look(Duration::ZERO)
            }
            Outcome::Begun | Outcome::Waited => Step::Look(Duration::ZERO),
        }
    }
}
