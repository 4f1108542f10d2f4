//! The machine: takes inputs to the state, and does what holds in every state.

use super::arrive::Ringing;
use super::close;
use super::masked_call::MaskedCall;
use super::state::State;
use super::{Input, Leg, Output, Settings};
use crate::clock::{Mono, Now};
use crate::number::CallerId;
use crate::record::{EndedBy, Outcome};
use std::sync::Arc;
use ulid::Ulid;

/// One masked call, from the first ring of leg A to its record.
pub struct Conversation {
    call: MaskedCall,
    state: State,
}

impl Conversation {
    /// A conversation with a caller whose leg begins to ring now.
    pub fn new(settings: Arc<Settings>, call_id: Ulid, now: Now) -> Conversation {
        let mut call = MaskedCall::new(settings, call_id, now);
        call.progress();
        let state = Ringing::begin(&call, now);
        Conversation { call, state }
    }

    /// Something happened. Drain [`Conversation::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        let state = std::mem::replace(&mut self.state, State::Over);
        self.state = step(&mut self.call, state, now, input);
    }

    /// Time has passed. Does nothing before [`Conversation::poll_timeout`].
    pub fn handle_timeout(&mut self, now: Now) {
        if self.state.deadline().is_some_and(|deadline| deadline <= now.mono) {
            let state = std::mem::replace(&mut self.state, State::Over);
            log::debug!("call {}: {}: deadline", self.call.record.call_id, state.phase());
            self.state = state.timeout(&mut self.call, now);
        }
    }

    /// What is to be done next; `None` once all is said.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.call.next_output()
    }

    /// When [`Conversation::handle_timeout`] is wanted.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.state.deadline()
    }

    /// Whether the record is out: nothing more will come.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Where the conversation stands, in one word, for status.
    pub fn phase(&self) -> &'static str {
        self.state.phase()
    }
}

fn step(call: &mut MaskedCall, state: State, now: Now, input: Input) -> State {
    let closing = matches!(state, State::Ending(_));
    match input {
        _ if matches!(state, State::Over) => State::Over,
        Input::ModemLost => {
            if !closing {
                call.record.outcome = Outcome::ModemLost;
            }
            call.ended_by(EndedBy::Network);
            close::finish(call, now)
        }
        Input::Stop if closing => state,
        Input::Stop => {
            call.record.outcome = Outcome::Interrupted;
            close::hang_up(call, now, EndedBy::Box)
        }
        Input::Gone(leg, _) if !call.leg_is_gone(leg) => state,
        Input::Gone(Leg::A, gone) if !closing => {
            let ended_by = close::ended_by(gone, EndedBy::Caller);
            close::hang_up(call, now, ended_by)
        }
        Input::CallerId(CallerId::Number(number))
            if call.caller.is_none() && !matches!(state, State::Ringing(_)) =>
        {
            call.caller_is(number);
            state
        }
        Input::RecordingStarted => {
            call.recording_runs();
            state
        }
        Input::LockedOut(locked_out) => {
            call.locked_out = locked_out;
            state.input(call, now, input)
        }
        input => state.input(call, now, input),
    }
}
