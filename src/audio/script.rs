//! What is to be said: phrases of a prompt pack, digits, silences and tones, in order.

use crate::language::Language;
use crate::limits::SCRIPT_ITEMS;
use heapless::Vec;

/// A phrase that every prompt pack has; its name is the file's name in the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phrase {
    /// Row 2: greets and asks for the order number.
    Greeting,
    /// Row 3: `#` reaches an operator.
    OperatorHint,
    /// Row 7: asks again for the order number.
    AskAgain,
    /// Row 7: goodbye to a caller who never entered anything.
    GoodbyeNoInput,
    /// Row 7 and 10c: goodbye after a failed entry.
    GoodbyeFailed,
    /// Row 10a: not found; check the number in the text message, key it again.
    OrderNotFound,
    /// Row 10b: call from the phone used for the order.
    PhoneNotFound,
    /// Row 10b for a withheld number: calls without caller id cannot be connected.
    NumberWithheld,
    /// Rows 10a and 10b under `uniform_refusal`.
    EntryRefused,
    /// Spoken after a refusal where an operator is configured: or press `#`.
    OrOperator,
    /// Row 10c: locked out, try later.
    LockedOut,
    /// Row 11: stay on the line, connecting to the courier.
    ConnectingCourier,
    /// Row 11: stay on the line, connecting to the customer.
    ConnectingCustomer,
    /// `direct_connect`: to talk about another order, key its number now.
    OrAnotherOrder,
    /// Row 12a: a courier calls you about order...
    CourierCalls,
    /// Row 12a: a customer calls you about order...
    CustomerCalls,
    /// `accept_key`: press any key to take the call.
    PressAnyKey,
    /// Row 12b: the other party is unavailable, try again in some minutes.
    CalleeUnavailable,
    /// Row 12d: the connection failed.
    ConnectionFailed,
    /// Row 13: calling an operator.
    ConnectingOperator,
    /// Row 13: operators are busy, call later.
    OperatorBusy,
    /// `recording_notice`: this conversation is recorded.
    RecordingNotice,
}

impl Phrase {
    /// Every phrase, in the order of the conversation.
    pub const ALL: [Phrase; 22] = [
        Phrase::Greeting,
        Phrase::OperatorHint,
        Phrase::AskAgain,
        Phrase::GoodbyeNoInput,
        Phrase::GoodbyeFailed,
        Phrase::OrderNotFound,
        Phrase::PhoneNotFound,
        Phrase::NumberWithheld,
        Phrase::EntryRefused,
        Phrase::OrOperator,
        Phrase::LockedOut,
        Phrase::ConnectingCourier,
        Phrase::ConnectingCustomer,
        Phrase::OrAnotherOrder,
        Phrase::CourierCalls,
        Phrase::CustomerCalls,
        Phrase::PressAnyKey,
        Phrase::CalleeUnavailable,
        Phrase::ConnectionFailed,
        Phrase::ConnectingOperator,
        Phrase::OperatorBusy,
        Phrase::RecordingNotice,
    ];

    /// Its name in a prompt pack: file `name.wav`, manifest entry `name`.
    pub fn name(self) -> &'static str {
        match self {
            Phrase::Greeting => "greeting",
            Phrase::OperatorHint => "operator_hint",
            Phrase::AskAgain => "ask_again",
            Phrase::GoodbyeNoInput => "goodbye_no_input",
            Phrase::GoodbyeFailed => "goodbye_failed",
            Phrase::OrderNotFound => "order_not_found",
            Phrase::PhoneNotFound => "phone_not_found",
            Phrase::NumberWithheld => "number_withheld",
            Phrase::EntryRefused => "entry_refused",
            Phrase::OrOperator => "or_operator",
            Phrase::OrAnotherOrder => "or_another_order",
            Phrase::LockedOut => "locked_out",
            Phrase::ConnectingCourier => "connecting_courier",
            Phrase::ConnectingCustomer => "connecting_customer",
            Phrase::CourierCalls => "courier_calls",
            Phrase::CustomerCalls => "customer_calls",
            Phrase::PressAnyKey => "press_any_key",
            Phrase::CalleeUnavailable => "callee_unavailable",
            Phrase::ConnectionFailed => "connection_failed",
            Phrase::ConnectingOperator => "connecting_operator",
            Phrase::OperatorBusy => "operator_busy",
            Phrase::RecordingNotice => "recording_notice",
        }
    }
}

/// One thing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A phrase of the pack.
    Phrase(Phrase),
    /// A digit, 0 to 9, spoken alone.
    Digit(u8),
    /// Silence, in ms.
    Pause(u16),
    /// The warning tone before the end of a limited conversation.
    WarningTone,
}

/// An utterance: items one after the other, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// What is said.
    pub items: Vec<Item, SCRIPT_ITEMS>,
    /// In which language; `None`: the site's.
    pub language: Option<Language>,
}

impl Script {
    /// An utterance of these items; what does not fit is left out.
    pub fn new(items: impl IntoIterator<Item = Item>) -> Script {
        Script { items: items.into_iter().take(SCRIPT_ITEMS).collect(), language: None }
    }

    /// One phrase.
    pub fn phrase(phrase: Phrase) -> Script {
        Script::new([Item::Phrase(phrase)])
    }

    /// The same in a language; `None`: the site's.
    #[must_use]
    pub fn spoken_in(mut self, language: Option<Language>) -> Script {
        self.language = language;
        self
    }

    /// Adds an item.
    #[must_use]
    pub fn then(mut self, item: Item) -> Script {
        let _full = self.items.push(item);
        self
    }

    /// Adds a number digit by digit.
    #[must_use]
    pub fn digits(mut self, digits: &str) -> Script {
        for b in digits.bytes().filter(u8::is_ascii_digit) {
            self = self.then(Item::Digit(b - b'0'));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_stands_in_all_at_its_own_place() {
        for (place, phrase) in Phrase::ALL.into_iter().enumerate() {
            assert_eq!(phrase as usize, place, "{phrase:?}");
        }
    }
}
