//! Rows 12b, 12d and 13: there is no conversation; leg B goes and leg A comes back.

use super::close::{self, Parting};
use super::connect::{Target, Telling};
use super::masked_call::MaskedCall;
use super::prompts;
use super::state::{Stage, State, waits};
use super::{Input, Leg, MergeService, Output};
use crate::audio::script::Script;
use crate::clock::{Mono, Now};
use crate::number::Dialable;
use crate::record::{EndedBy, Outcome};

/// What follows when the caller hears us again.
pub(super) enum After {
    /// The last words.
    Part(Script),
    /// The operator, asked for while leg A was being held.
    CallOperator(Dialable),
}

/// Takes leg A back, and ends leg B first where it is there.
pub(super) fn begin(call: &mut MaskedCall, now: Now, after: After) -> State {
    if !call.has_leg_b() {
        return Retrieving::begin(call, now, after);
    }
    call.end(Leg::B);
    Releasing { after, gone_until: now.mono + waits::GONE }.into()
}

/// Row 12d: the network does not merge.
pub(super) fn merge_refused(call: &mut MaskedCall, now: Now) -> State {
    call.record.outcome = Outcome::MergeRefused;
    merge_lost(call, now)
}

/// Row 12d after a merge that worked for a while: what happened, happened.
pub(super) fn merge_lost(call: &mut MaskedCall, now: Now) -> State {
    call.ask(Output::MergeService(MergeService::Refused));
    begin(call, now, After::Part(prompts::connection_failed()))
}

/// Leg B is being ended.
pub(super) struct Releasing {
    after: After,
    gone_until: Mono,
}

impl Stage for Releasing {
    fn deadline(&self) -> Option<Mono> {
        Some(self.gone_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Gone(Leg::B, _) => Retrieving::begin(call, now, self.after),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        Retrieving::begin(call, now, self.after)
    }
}

/// Leg A is being taken back.
pub(super) struct Retrieving {
    after: After,
    retrieve_until: Mono,
}

impl Retrieving {
    fn begin(call: &mut MaskedCall, now: Now, after: After) -> State {
        call.ask(Output::Retrieve);
        Retrieving { after, retrieve_until: now.mono + waits::RETRIEVE }.into()
    }
}

impl Stage for Retrieving {
    fn deadline(&self) -> Option<Mono> {
        Some(self.retrieve_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match (input, self.after) {
            (Input::Retrieved, After::Part(words)) => Parting::begin(call, now, words),
            (Input::Retrieved, After::CallOperator(number)) => {
                Telling::begin(call, now, Target::Operator(number), None)
            }
            (Input::RetrieveFailed, after) => Retrieving { after, ..self }.timeout(call, now),
            (_, after) => Retrieving { after, ..self }.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        if let After::CallOperator(_) = self.after {
            call.record.outcome = Outcome::OperatorUnavailable;
        }
        close::hang_up(call, now, EndedBy::Box)
    }
}
