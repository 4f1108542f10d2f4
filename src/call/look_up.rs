//! Rows 8 to 10: whose order is it, and what is said to those whose it is not.

use super::close::{self, Parting};
use super::entry::{Entering, Tries};
use super::masked_call::MaskedCall;
use super::prompts::{self, Refusal};
use super::state::{Stage, State, waits};
use super::{Input, Key, Leg, Output, connect};
use crate::clock::{Mono, Now};
use crate::order::{Order, OrderNumber};
use crate::record::{EndedBy, Outcome};

/// An order is being looked up.
pub(super) struct LookingUp {
    tries: Tries,
    number: OrderNumber,
    look_up_until: Mono,
}

impl LookingUp {
    pub fn begin(call: &mut MaskedCall, now: Now, tries: Tries, number: OrderNumber) -> State {
        call.looks_up(&number);
        call.ask(Output::LookUp(number.clone()));
        LookingUp { tries, number, look_up_until: now.mono + waits::LOOK_UP }.into()
    }

    fn found(self, call: &mut MaskedCall, now: Now, order: &Order) -> State {
        call.order_was_found(true);
        let party = call.caller.as_ref().and_then(|caller| order.party_of(caller));
        let Some(party) = party else {
            call.caller_is_stranger(order);
            let withheld = call.caller.is_none();
            let refusal = if withheld { Refusal::NumberWithheld } else { Refusal::PhoneNotFound };
            return self.refuse(call, now, refusal);
        };
        call.caller_is_party(order, party);
        call.progress();
        connect::connect(call, now, order, party)
    }

    fn not_found(self, call: &mut MaskedCall, now: Now) -> State {
        call.order_was_found(false);
        self.refuse(call, now, Refusal::OrderNotFound)
    }

    /// Rows 10a and 10b; the last one is row 10c.
    fn refuse(mut self, call: &mut MaskedCall, now: Now, refusal: Refusal) -> State {
        call.record.outcome = match refusal {
            Refusal::OrderNotFound => Outcome::OrderNotFound,
            Refusal::PhoneNotFound | Refusal::NumberWithheld => Outcome::PhoneNotFound,
        };
        call.progress();
        self.tries.failed += 1;
        if self.tries.failed >= call.settings.max_entries.max(1) {
            call.count_attempt(false);
            return Parting::begin(call, now, prompts::goodbye(self.tries.failed));
        }
        let words = prompts::refusal(&call.settings, refusal);
        Entering::again(call, now, self.tries, words)
    }
}

impl Stage for LookingUp {
    fn deadline(&self) -> Option<Mono> {
        Some(self.look_up_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::LookedUp(None) => self.not_found(call, now),
            Input::LookedUp(Some(order)) if order.number == self.number => {
                self.found(call, now, &order)
            }
            Input::Key(Leg::A, Key::Pound) => {
                connect::call_operator(call, now).unwrap_or_else(|| self.into())
            }
            Input::LockedOut(true) => Barred::begin(call, now),
            _ => self.into(),
        }
    }

    /// The store is stuck: nobody can say whether there is such an order, so nobody is accused.
    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        log::error!("call {}: the order book does not answer", call.record.call_id);
        call.record.outcome = Outcome::Interrupted;
        Parting::begin(call, now, prompts::connection_failed())
    }
}

/// Row 10c: a locked-out caller hears so and may press `#`, during the words and a moment longer.
pub(super) struct Barred {
    said: bool,
    until: Mono,
}

impl Barred {
    pub fn begin(call: &mut MaskedCall, now: Now) -> State {
        call.record.outcome = Outcome::LockedOut;
        call.say(prompts::locked_out(&call.settings));
        Barred { said: false, until: now.mono + waits::UTTERANCE }.into()
    }
}

impl Stage for Barred {
    fn deadline(&self) -> Option<Mono> {
        Some(self.until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Key(Leg::A, Key::Pound) => {
                connect::call_operator(call, now).unwrap_or_else(|| self.into())
            }
            Input::Said => self.timeout(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        if self.said || call.settings.operator.is_none() {
            return close::hang_up(call, now, EndedBy::Box);
        }
        Barred { said: true, until: now.mono + waits::BARRED }.into()
    }
}
