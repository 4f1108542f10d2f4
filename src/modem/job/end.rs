//! Ending calls: `AT+CHLD=1x` for one of several, `AT+CHUP` for the last or all; harder means where a
//! call does not go.

use super::{Done, LOOK, Outcome, Step, Task};
use crate::clock::Mono;
use crate::modem::at::{FinalCode, Request};
use crate::modem::calls::{CallKey, CallTable};
use crate::modem::command::Command;
use crate::modem::command::call::{CallHold, HangUp, Stat};
use std::time::Duration;

/// A call that was ended may linger in the table this long before another means is tried.
const LINGER: Duration = Duration::from_millis(3500);
/// Means tried before the modem counts as stuck.
const MEANS: u8 = 6;

#[derive(Debug)]
pub(super) struct End {
    /// The only call that is to end; all of them where there is none.
    only: Option<CallKey>,
    tried: u8,
    /// When the last means was taken by the modem; none after a refusal.
    taken_at: Option<Mono>,
}

impl End {
    pub(super) fn one(call: CallKey) -> End {
        End { only: Some(call), tried: 0, taken_at: None }
    }

    pub(super) fn all() -> End {
        End { only: None, tried: 0, taken_at: None }
    }

    fn is_done(&self, calls: &CallTable) -> bool {
        match self.only {
            Some(call) => calls.stat(call).is_none(),
            // A call that was just dialled may not show yet: all are asked to end, whatever shows.
            None => calls.is_empty() && self.tried > 0,
        }
    }

    /// The next means. Where other calls live, only `AT+CHLD=1x` leaves them alone; harder means follow
    /// when it is refused, but never against a caller who rings.
    fn means(&mut self, calls: &CallTable) -> Request {
        self.tried += 1;
        let one_of_several = self.only.filter(|_| calls.len() > 1);
        let Some(call) = one_of_several else {
            let index = calls.rows().next().map_or(1, |row| row.index);
            let by_index = self.tried == 2;
            return if by_index { CallHold::release(index).request() } else { HangUp.request() };
        };
        let harder = calls.ringing().is_none() && calls.waiting().is_none();
        match (self.tried, calls.stat(call)) {
            (2, Some(Stat::Held)) if harder => CallHold::REJECT_WAITING.request(),
            (2, Some(Stat::Active)) if harder => CallHold::RELEASE_ACTIVE.request(),
            (2.., _) if harder => HangUp.request(),
            _ => CallHold::release(call.index).request(),
        }
    }
}

impl Task for End {
    fn follow(&mut self, now: Mono, outcome: Outcome, calls: &CallTable) -> Step {
        match outcome {
            Outcome::Looked if self.is_done(calls) => Step::Finish(Done::Ended(true)),
            Outcome::Looked if self.taken_at.is_some_and(|at| now < at + LINGER) => {
                Step::Look(LOOK)
            }
            Outcome::Looked if self.tried == MEANS => Step::Finish(Done::Ended(false)),
            Outcome::Looked => Step::Send(self.means(calls)),
            Outcome::Answer(code) => {
                self.taken_at = (code == FinalCode::Ok).then_some(now);
                Step::Look(Duration::ZERO)
            }
            Outcome::Begun | Outcome::Waited => Step::Look(Duration::ZERO),
        }
    }
}
