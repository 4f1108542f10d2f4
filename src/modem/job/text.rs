//! Short messages: sent once, and never a second time in doubt.

use super::{Done, Outcome, Step, Task};
use crate::clock::Mono;
use crate::modem::at::{Answer, Failure, FinalCode};
use crate::modem::calls::CallTable;
use crate::modem::command::Command;
use crate::modem::command::text::{DeleteMessage, SendMessage, reference};
use crate::modem::pdu::Submit;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextSent {
    /// The network has it; its reference, which a status report names.
    Taken(Option<u8>),
    /// The network or the modem refused it: it has not gone out.
    Refused(Failure),
    /// It was typed, and nobody knows what became of it: it must not be sent again.
    Unknown,
    /// It never came to be typed: it may be sent later.
    NotSent,
}

/// `+CMS ERROR: 332`, network timeout: it may have gone out.
const NETWORK_TIMEOUT: u16 = 332;
/// Codes that pass (24.011 annex E-2: 38 out of order, 41 temporary failure, 42 congestion, 47 no
/// resources; 27.005 section 3.2.5: 314 SIM busy, 331 no network service).
const PASSING: [u16; 6] = [38, 41, 42, 47, 314, 331];

impl TextSent {
    /// Whether it is known not to have gone out, for a reason that passes.
    pub fn may_be_sent_again(self) -> bool {
        match self {
            TextSent::Refused(Failure::Cms(code)) => PASSING.contains(&code),
            TextSent::NotSent => true,
            TextSent::Refused(_) | TextSent::Taken(_) | TextSent::Unknown => false,
        }
    }
}

/// `AT+CMGS`, once.
#[derive(Debug)]
pub(super) struct Send {
    submit: Submit,
    reference: Option<u8>,
    was_typed: bool,
}

impl Send {
    pub(super) fn new(submit: Submit) -> Send {
        Send { submit, reference: None, was_typed: false }
    }
}

impl Task for Send {
    fn hear(&mut self, answer: &Answer) {
        self.reference = reference(&answer.info);
        self.was_typed = answer.was_typed;
    }

    fn follow(&mut self, _now: Mono, outcome: Outcome, _calls: &CallTable) -> Step {
        Step::Finish(Done::TextSent(match outcome {
            Outcome::Begun | Outcome::Looked | Outcome::Waited => {
                return Step::Send(SendMessage::request(&self.submit));
            }
            Outcome::Answer(FinalCode::Ok) if self.was_typed => TextSent::Taken(self.reference),
            // Its end was lost, and its reference says that the network has it.
            Outcome::Answer(_) if self.reference.is_some() => TextSent::Taken(self.reference),
            Outcome::Answer(FinalCode::Failed(
                Failure::Timeout | Failure::Cms(NETWORK_TIMEOUT),
            )) if self.was_typed => TextSent::Unknown,
            Outcome::Answer(FinalCode::Failed(Failure::Timeout) | FinalCode::Ok) => {
                TextSent::NotSent
            }
            Outcome::Answer(FinalCode::Failed(failure)) => TextSent::Refused(failure),
        }))
    }
}

/// `AT+CMGD`.
#[derive(Debug)]
pub(super) struct Delete {
    pub(super) place: u8,
}

impl Task for Delete {
    fn follow(&mut self, _now: Mono, outcome: Outcome, _calls: &CallTable) -> Step {
        match outcome {
            Outcome::Answer(code) => {
                Step::Finish(Done::TextDeleted(self.place, code == FinalCode::Ok))
            }
            Outcome::Begun | Outcome::Looked | Outcome::Waited => {
                Step::Send(DeleteMessage { place: self.place }.request())
            }
        }
    }
}
