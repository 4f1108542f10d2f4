//! Row 12a: leg B hears who calls, may have to press a key, and is merged with leg A.

use super::connect::Target;
use super::masked_call::MaskedCall;
use super::prompts;
use super::state::{Stage, State, waits};
use super::take_back;
use super::talk::Talking;
use super::{Gone, Input, Leg, MergeService, Output};
use crate::clock::{Mono, Now};

/// Leg B has answered.
pub(super) fn begin(call: &mut MaskedCall, now: Now, target: Target) -> State {
    let accepted = !call.settings.accept_key;
    target.answers(call, accepted);
    call.leg_b_answered(now);
    let announcement = prompts::announcement(&call.settings, &target);
    if announcement.items.is_empty() {
        return Merging::begin(call, now, target);
    }
    call.say_to_leg_b(announcement, matches!(target, Target::Callee { .. }));
    Announcing { target, accepted, announced_until: now.mono + waits::UTTERANCE }.into()
}

/// Leg B, alone, hears who calls.
pub(super) struct Announcing {
    target: Target,
    /// A key was pressed, or none is needed.
    accepted: bool,
    announced_until: Mono,
}

impl Stage for Announcing {
    fn deadline(&self) -> Option<Mono> {
        Some(self.announced_until)
    }

    fn input(mut self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Said => self.timeout(call, now),
            Input::Key(Leg::B, _) => {
                self.accepted = true;
                self.target.answers(call, true);
                self.into()
            }
            Input::Gone(Leg::B, _) => self.target.is_lost(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        if self.accepted {
            return Merging::begin(call, now, self.target);
        }
        let accept_until = now.mono + call.settings.accept_key_wait;
        Accepting { target: self.target, accept_until }.into()
    }
}

/// `accept_key`: leg B is to press a key, which no voice mail does.
pub(super) struct Accepting {
    target: Target,
    accept_until: Mono,
}

impl Stage for Accepting {
    fn deadline(&self) -> Option<Mono> {
        Some(self.accept_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Key(Leg::B, _) => {
                self.target.answers(call, true);
                Merging::begin(call, now, self.target)
            }
            Input::Gone(Leg::B, _) => self.timeout(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        self.target.is_lost(call, now)
    }
}

/// The legs are being merged.
pub(super) struct Merging {
    target: Target,
    /// Leg B has gone meanwhile: whether the two had been joined before, the modem's answer tells.
    leg_b_gone: Option<Gone>,
    merge_until: Mono,
}

impl Merging {
    fn begin(call: &mut MaskedCall, now: Now, target: Target) -> State {
        call.ask(Output::Merge);
        Merging { target, leg_b_gone: None, merge_until: now.mono + waits::MERGE }.into()
    }

    fn failed(self, call: &mut MaskedCall, now: Now) -> State {
        match self.leg_b_gone {
            Some(_) => self.target.is_lost(call, now),
            None => take_back::merge_refused(call, now),
        }
    }
}

impl Stage for Merging {
    fn deadline(&self) -> Option<Mono> {
        Some(self.merge_until)
    }

    fn input(mut self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Merged => {
                call.ask(Output::MergeService(MergeService::Works));
                call.merged(now, self.target.connected());
                let talking = Talking::begin(call, now, &self.target);
                match self.leg_b_gone {
                    Some(gone) => talking.input(call, now, Input::Gone(Leg::B, gone)),
                    None => talking,
                }
            }
            Input::MergeRefused | Input::MergeLost => self.failed(call, now),
            Input::Gone(Leg::B, gone) => {
                self.leg_b_gone = Some(gone);
                self.into()
            }
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        self.failed(call, now)
    }
}
