//! Hold, retrieve, merge, refuse: `AT+CHLD` (27.007 section 7.13, 22.030 section 6.5.5).

use super::{CONFIRM, Done, LOOK, Outcome, Step, Task};
use crate::clock::Mono;
use crate::modem::at::{Failure, FinalCode};
use crate::modem::calls::{CallKey, CallTable};
use crate::modem::command::Command;
use crate::modem::command::call::{CallHold, Stat};
use std::time::Duration;

/// After a refused retrieve: the network may need a moment to let go of the other leg.
const RETRY: Duration = Duration::from_millis(700);
const RETRIEVES: u8 = 3;
/// Tries at refusing a waiting call before it is left alone.
const REFUSALS: u8 = 3;

/// `AT+CHLD=2` until the call stands as wanted: held, or active again. A waiting call is refused first,
/// because `AT+CHLD=2` would answer it.
#[derive(Debug)]
pub(super) struct Swap {
    call: CallKey,
    wanted: Stat,
    refusals: u8,
    swaps: u8,
    /// The swap was taken, then.
    accepted_at: Option<Mono>,
    refused: bool,
}

impl Swap {
    pub(super) fn new(call: CallKey, wanted: Stat) -> Swap {
        Swap { call, wanted, refusals: 0, swaps: 0, accepted_at: None, refused: false }
    }

    fn finish(&self, good: bool) -> Step {
        let held = self.wanted == Stat::Held;
        Step::Finish(if held { Done::Held(good) } else { Done::Retrieved(good) })
    }

    fn looked(&mut self, now: Mono, calls: &CallTable) -> Step {
        if calls.in_doubt() {
            return Step::Look(LOOK);
        }
        match calls.stat(self.call) {
            None => return self.finish(false),
            Some(stat) if stat == self.wanted => return self.finish(true),
            Some(_) => {}
        }
        if let Some(at) = self.accepted_at {
            return if now < at + CONFIRM { Step::Look(LOOK) } else { self.finish(false) };
        }
        if calls.waiting().is_some() {
            if self.refusals == REFUSALS {
                return self.finish(false);
            }
            self.refusals += 1;
            return Step::Send(CallHold::REJECT_WAITING.request());
        }
        let swaps = if self.wanted == Stat::Active { RETRIEVES } else { 1 };
        if self.swaps == swaps {
            return self.finish(false);
        }
        if std::mem::take(&mut self.refused) {
            return Step::Look(RETRY);
        }
        self.swaps += 1;
        Step::Send(CallHold::SWAP.request())
    }
}

impl Task for Swap {
    fn follow(&mut self, now: Mono, outcome: Outcome, calls: &CallTable) -> Step {
        match outcome {
            Outcome::Looked => self.looked(now, calls),
            Outcome::Answer(code) if self.swaps > 0 => {
                self.accepted_at = (code == FinalCode::Ok).then_some(now);
                self.refused = code != FinalCode::Ok;
                Step::Look(Duration::ZERO)
            }
            Outcome::Begun | Outcome::Waited | Outcome::Answer(_) => Step::Look(Duration::ZERO),
        }
    }
}

/// `AT+CHLD=0` for a call that waits.
#[derive(Debug)]
pub(super) struct RefuseWaiting {
    call: CallKey,
    refusals: u8,
}

impl RefuseWaiting {
    pub(super) fn new(call: CallKey) -> RefuseWaiting {
        RefuseWaiting { call, refusals: 0 }
    }
}

impl Task for RefuseWaiting {
    fn follow(&mut self, _now: Mono, outcome: Outcome, calls: &CallTable) -> Step {
        match outcome {
            Outcome::Looked if calls.stat(self.call) != Some(Stat::Waiting) => {
                Step::Finish(Done::WaitingRefused)
            }
            Outcome::Looked if self.refusals == REFUSALS => Step::Finish(Done::WaitingRefused),
            Outcome::Looked => {
                self.refusals += 1;
                Step::Send(CallHold::REJECT_WAITING.request())
            }
            Outcome::Answer(_) => Step::Look(LOOK),
            Outcome::Begun | Outcome::Waited => Step::Look(Duration::ZERO),
        }
    }
}

/// `AT+CHLD=3` until both calls are active: some firmwares do not set the multiparty flag, but two
/// active calls that are not one conversation cannot be. Where the second is gone by then, the first
/// tells: nothing but the merge took it from hold.
#[derive(Debug)]
pub(super) struct Merge {
    /// The held one, the active one.
    legs: [CallKey; 2],
    /// What the modem said to it, and when; `None` while, or where, it says nothing.
    answer: Option<(FinalCode, Mono)>,
}

impl Merge {
    pub(super) fn new(held: CallKey, active: CallKey) -> Merge {
        Merge { legs: [held, active], answer: None }
    }
}

impl Task for Merge {
    fn follow(&mut self, now: Mono, outcome: Outcome, calls: &CallTable) -> Step {
        match outcome {
            Outcome::Begun | Outcome::Waited => Step::Send(CallHold::MERGE.request()),
            Outcome::Answer(code) => {
                let silence = FinalCode::Failed(Failure::Timeout);
                self.answer = Some((code, now)).filter(|(code, _)| *code != silence);
                Step::Look(Duration::ZERO)
            }
            // A leg may be gone, which is no refusal.
            Outcome::Looked if calls.in_doubt() => Step::Look(LOOK),
            Outcome::Looked => {
                let stats = self.legs.map(|leg| calls.stat(leg));
                let joined = stats == [Some(Stat::Active); 2];
                let refused = self.answer.is_some_and(|(code, _)| code != FinalCode::Ok);
                let were_joined = stats == [Some(Stat::Active), None] && !refused;
                if joined || were_joined {
                    return Step::Finish(Done::Merged(true));
                }
                let waits = self.answer.is_some_and(|(_, at)| !refused && now < at + CONFIRM);
                if waits && !stats.contains(&None) {
                    return Step::Look(LOOK);
                }
                Step::Finish(Done::Merged(false))
            }
        }
    }
}
