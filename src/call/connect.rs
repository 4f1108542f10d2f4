//! Rows 11 and 13: the caller is told, put on hold, and leg B is dialled.

use super::close::Parting;
use super::entry::{Entering, Tries};
use super::introduce;
use super::masked_call::MaskedCall;
use super::prompts;
use super::state::{Stage, State, waits};
use super::take_back::{self, After};
use super::{Input, Key, Leg, MergeService, Output};
use crate::audio::script::Script;
use crate::clock::{Mono, Now};
use crate::number::Dialable;
use crate::order::{Order, OrderNumber, Party};
use crate::record::{EndedBy, Outcome};

/// Who leg B is.
#[derive(Clone)]
pub(super) enum Target {
    /// The other party of the order.
    Callee {
        party: Party,
        order: OrderNumber,
        number: Dialable,
    },
    Operator(Dialable),
}

impl Target {
    pub fn connected(&self) -> Outcome {
        match self {
            Target::Callee { .. } => Outcome::Connected,
            Target::Operator(_) => Outcome::OperatorConnected,
        }
    }

    pub fn unavailable(&self) -> Outcome {
        match self {
            Target::Callee { .. } => Outcome::CalleeUnavailable,
            Target::Operator(_) => Outcome::OperatorUnavailable,
        }
    }

    pub fn ends_call(&self) -> EndedBy {
        match self {
            Target::Callee { .. } => EndedBy::Callee,
            Target::Operator(_) => EndedBy::Operator,
        }
    }

    /// Notes whether leg B answered.
    pub fn answers(&self, call: &mut MaskedCall, answers: bool) {
        let (field, text) = match (self, answers) {
            (Target::Callee { .. }, true) => (&mut call.record.sub_available, "Yes"),
            (Target::Callee { .. }, false) => (&mut call.record.sub_available, "No"),
            (Target::Operator(_), true) => (&mut call.record.call_operator, "Operator is free"),
            (Target::Operator(_), false) => (&mut call.record.call_operator, "Operator is busy"),
        };
        text.clone_into(field);
    }

    /// Rows 12b and 13: leg B is lost before the merge.
    pub fn is_lost(&self, call: &mut MaskedCall, now: Now) -> State {
        call.record.outcome = self.unavailable();
        take_back::begin(call, now, After::Part(prompts::unavailable(self)))
    }
}

/// Row 11: from the order that the caller, who is this party of it, has keyed.
pub(super) fn connect(call: &mut MaskedCall, now: Now, order: &Order, caller: Party) -> State {
    begin(call, now, order, caller, None)
}

/// `direct_connect`: the same without keying; the first digit, or `*`, declines.
pub(super) fn offer(call: &mut MaskedCall, now: Now, order: &Order, caller: Party) -> State {
    begin(call, now, order, caller, Some(prompts::offer(caller.other())))
}

fn begin(
    call: &mut MaskedCall,
    now: Now,
    order: &Order,
    caller: Party,
    offer: Option<Script>,
) -> State {
    let party = caller.other();
    match Dialable::new(order.phone(party), &call.settings.countries) {
        Ok(number) => {
            let target = Target::Callee { party, order: order.number.clone(), number };
            Telling::begin(call, now, target, offer)
        }
        Err(reason) => {
            log::warn!("order {}: the {party:?} may not be dialled: {reason}", order.number);
            call.record.sub_available = "No".to_owned();
            call.record.outcome = Outcome::CalleeUnavailable;
            Parting::begin(call, now, prompts::callee_unavailable())
        }
    }
}

/// Row 13; `None` without an operator, or when the caller has asked before.
pub(super) fn call_operator(call: &mut MaskedCall, now: Now) -> Option<State> {
    let number = call.wants_operator()?;
    Some(Telling::begin(call, now, Target::Operator(number), None))
}

/// The caller hears to the end whom the call goes to: a held leg hears nothing.
pub(super) struct Telling {
    target: Target,
    /// `direct_connect`: it is an offer.
    offered: bool,
    told_until: Mono,
}

impl Telling {
    pub fn begin(call: &mut MaskedCall, now: Now, target: Target, offer: Option<Script>) -> State {
        let offered = offer.is_some();
        call.say(offer.unwrap_or_else(|| prompts::connecting(&target)));
        Telling { target, offered, told_until: now.mono + waits::UTTERANCE }.into()
    }
}

impl Stage for Telling {
    fn deadline(&self) -> Option<Mono> {
        Some(self.told_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Said => self.timeout(call, now),
            Input::Key(Leg::A, Key::Pound) => {
                call_operator(call, now).unwrap_or_else(|| self.into())
            }
            Input::Key(Leg::A, key) if self.offered => {
                call.ask(Output::Hush);
                Entering::keying(call, now, Tries::default(), key)
            }
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        call.ask(Output::Hold);
        Holding { target: self.target, instead: None, hold_until: now.mono + waits::HOLD }.into()
    }
}

/// Leg A is being put on hold.
pub(super) struct Holding {
    target: Target,
    /// The caller asked for the operator meanwhile.
    instead: Option<Dialable>,
    hold_until: Mono,
}

impl Stage for Holding {
    fn deadline(&self) -> Option<Mono> {
        Some(self.hold_until)
    }

    fn input(mut self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Held => match self.instead {
                Some(operator) => take_back::begin(call, now, After::CallOperator(operator)),
                None => Dialling::begin(call, now, self.target),
            },
            Input::HoldRefused => self.timeout(call, now),
            Input::Key(Leg::A, Key::Pound) => {
                self.instead = self.instead.or_else(|| call.wants_operator());
                self.into()
            }
            _ => self.into(),
        }
    }

    /// Row 12d.
    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        call.record.outcome = Outcome::MergeRefused;
        call.ask(Output::MergeService(MergeService::Refused));
        Parting::without_operator(call, now, prompts::connection_failed())
    }
}

/// Leg B is being dialled.
pub(super) struct Dialling {
    target: Target,
    dial_until: Mono,
}

impl Dialling {
    fn begin(call: &mut MaskedCall, now: Now, target: Target) -> State {
        target.answers(call, false);
        match &target {
            Target::Callee { number, .. } => {
                call.note_dial_time(now);
                call.dial(number.clone());
            }
            Target::Operator(number) => call.dial(number.clone()),
        }
        Dialling { target, dial_until: now.mono + waits::DIAL }.into()
    }
}

impl Stage for Dialling {
    fn deadline(&self) -> Option<Mono> {
        Some(self.dial_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Dialling => {
                let ring_until = now.mono + call.settings.ring_timeout;
                Alerting { target: self.target, ring_until }.into()
            }
            Input::LegBAnswered => introduce::begin(call, now, self.target),
            Input::DialRefused => {
                call.dial_was_refused();
                self.target.is_lost(call, now)
            }
            Input::Gone(Leg::B, _) => self.target.is_lost(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        self.target.is_lost(call, now)
    }
}

/// Leg B rings, as far as we know.
pub(super) struct Alerting {
    target: Target,
    ring_until: Mono,
}

impl Stage for Alerting {
    fn deadline(&self) -> Option<Mono> {
        Some(self.ring_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::LegBAnswered => introduce::begin(call, now, self.target),
            Input::Gone(Leg::B, _) => self.target.is_lost(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        self.target.is_lost(call, now)
    }
}
