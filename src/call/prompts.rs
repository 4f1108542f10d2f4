//! Which words for which situation.

use super::Settings;
use super::connect::Target;
use crate::audio::script::{Item, Phrase, Script};
use crate::order::Party;

/// Why an entry is refused.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// Row 10a.
    OrderNotFound,
    /// Row 10b.
    PhoneNotFound,
    /// Row 10b: the caller hides the number.
    NumberWithheld,
}

pub(super) fn recording_notice() -> Script {
    Script::phrase(Phrase::RecordingNotice)
}

pub(super) fn greeting() -> Script {
    Script::phrase(Phrase::Greeting)
}

pub(super) fn operator_hint() -> Script {
    Script::phrase(Phrase::OperatorHint)
}

pub(super) fn ask_again(settings: &Settings) -> Script {
    or_operator(settings, Phrase::AskAgain)
}

/// Rows 7 and 10c: to a caller with so many failed entries.
pub(super) fn goodbye(failed: u32) -> Script {
    Script::phrase(if failed == 0 { Phrase::GoodbyeNoInput } else { Phrase::GoodbyeFailed })
}

pub(super) fn refusal(settings: &Settings, refusal: Refusal) -> Script {
    let phrase = match refusal {
        _ if settings.uniform_refusal => Phrase::EntryRefused,
        Refusal::OrderNotFound => Phrase::OrderNotFound,
        Refusal::PhoneNotFound => Phrase::PhoneNotFound,
        Refusal::NumberWithheld => Phrase::NumberWithheld,
    };
    or_operator(settings, phrase)
}

pub(super) fn locked_out(settings: &Settings) -> Script {
    or_operator(settings, Phrase::LockedOut)
}

pub(super) fn connecting(target: &Target) -> Script {
    Script::phrase(match target {
        Target::Callee { party, .. } => connecting_to(*party),
        Target::Operator(_) => Phrase::ConnectingOperator,
    })
}

/// `direct_connect`: whom the call goes to, how to decline, and a moment to do so.
pub(super) fn offer(callee: Party) -> Script {
    const MOMENT_MS: u16 = 1_500;
    Script::phrase(connecting_to(callee))
        .then(Item::Phrase(Phrase::OrAnotherOrder))
        .then(Item::Pause(MOMENT_MS))
}

/// Row 12a: what leg B alone hears. Nothing for an operator, unless a switch asks for it.
pub(super) fn announcement(settings: &Settings, target: &Target) -> Script {
    let mut script = Script::default();
    if settings.recording_notice {
        script = script.then(Item::Phrase(Phrase::RecordingNotice));
    }
    if let Target::Callee { party, order, .. } = target {
        let who_calls = match party {
            Party::Courier => Phrase::CustomerCalls,
            Party::Customer => Phrase::CourierCalls,
        };
        script = script.then(Item::Phrase(who_calls)).digits(order.as_str());
    }
    if settings.accept_key {
        script = script.then(Item::Phrase(Phrase::PressAnyKey));
    }
    script
}

/// Rows 12b and 13.
pub(super) fn unavailable(target: &Target) -> Script {
    match target {
        Target::Callee { .. } => callee_unavailable(),
        Target::Operator(_) => Script::phrase(Phrase::OperatorBusy),
    }
}

pub(super) fn callee_unavailable() -> Script {
    Script::phrase(Phrase::CalleeUnavailable)
}

pub(super) fn connection_failed() -> Script {
    Script::phrase(Phrase::ConnectionFailed)
}

fn connecting_to(callee: Party) -> Phrase {
    match callee {
        Party::Courier => Phrase::ConnectingCourier,
        Party::Customer => Phrase::ConnectingCustomer,
    }
}

/// Speaks of the operator only where there is one.
fn or_operator(settings: &Settings, phrase: Phrase) -> Script {
    let script = Script::phrase(phrase);
    match settings.operator {
        Some(_) => script.then(Item::Phrase(Phrase::OrOperator)),
        None => script,
    }
}
