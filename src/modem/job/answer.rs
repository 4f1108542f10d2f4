//! `ATA`, until the call is active.

use super::{CONFIRM, Done, LOOK, Outcome, Step, Task};
use crate::clock::Mono;
use crate::modem::at::FinalCode;
use crate::modem::calls::{CallKey, CallTable};
use crate::modem::command::call::Stat;
use crate::modem::command::{Command, call};
use std::time::Duration;

/// A modem that says no while the call still rings is asked again.
const TRIES: u8 = 3;

#[derive(Debug)]
pub(super) struct Answer {
    call: CallKey,
    sent: u8,
    /// When it said `OK`.
    accepted_at: Option<Mono>,
}

impl Answer {
    pub(super) fn new(call: CallKey) -> Answer {
        Answer { call, sent: 0, accepted_at: None }
    }

    fn send(&mut self) -> Step {
        self.sent += 1;
        Step::Send(call::Answer.request())
    }
}

impl Task for Answer {
    fn follow(&mut self, now: Mono, outcome: Outcome, calls: &CallTable) -> Step {
        match outcome {
            Outcome::Begun | Outcome::Waited => self.send(),
            Outcome::Answer(code) => {
                self.accepted_at = (code == FinalCode::Ok).then_some(now);
                Step::Look(Duration::ZERO)
            }
            Outcome::Looked => match (calls.stat(self.call), self.accepted_at) {
                (Some(Stat::Active | Stat::Held), _) => Step::Finish(Done::Answered(true)),
                (Some(_), Some(at)) if now < at + CONFIRM => Step::Look(LOOK),
                (Some(_), None) if self.sent < TRIES => Step::Wait(LOOK * 3),
                _ => Step::Finish(Done::Answered(false)),
            },
        }
    }
}
