//! `ATD`. Whether leg B rings, answers or is gone shows in the call table afterwards.

use super::{Done, Outcome, Step, Task};
use crate::clock::Mono;
use crate::modem::at::FinalCode;
use crate::modem::calls::CallTable;
use crate::modem::command::{Command, call};
use crate::number::Dialable;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Dial(Dialable);

impl Dial {
    pub(super) fn new(number: Dialable) -> Dial {
        Dial(number)
    }
}

impl Task for Dial {
    fn follow(&mut self, _now: Mono, outcome: Outcome, calls: &CallTable) -> Step {
        match outcome {
            Outcome::Begun | Outcome::Waited => {
                let mut request = call::Dial::new(&self.0).request();
                request.expect.other_calls = !calls.is_empty();
                Step::Send(request)
            }
            Outcome::Answer(FinalCode::Ok) => Step::Finish(Done::Dialling(true)),
            // Refused, or the answer was lost, or it was about another call: the table tells.
            Outcome::Answer(_) => Step::Look(Duration::ZERO),
            Outcome::Looked => Step::Finish(Done::Dialling(calls.outgoing().is_some())),
        }
    }
}
