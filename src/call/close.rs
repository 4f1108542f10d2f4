//! Last words, hanging up, and the record (rows 14 and 15).

use super::masked_call::MaskedCall;
use super::state::{Stage, State, waits};
use super::{Gone, Input, Key, Leg, Output, connect};
use crate::audio::script::Script;
use crate::clock::{Mono, Now};
use crate::record::EndedBy;

/// Who ended a call whose leg is gone: whoever has that phone, unless it was us.
pub(super) fn ended_by(gone: Gone, phone: EndedBy) -> EndedBy {
    match gone {
        Gone::FarEnd => phone,
        Gone::Ended => EndedBy::Box,
    }
}

/// Ends every leg; the record follows when they are gone.
pub(super) fn hang_up(call: &mut MaskedCall, now: Now, who: EndedBy) -> State {
    call.ended_by(who);
    call.end(Leg::A);
    call.end(Leg::B);
    if call.has_legs() {
        Ending { gone_until: now.mono + waits::GONE }.into()
    } else {
        finish(call, now)
    }
}

/// Row 15: exactly one record, and nothing after it.
pub(super) fn finish(call: &mut MaskedCall, now: Now) -> State {
    let record = call.final_record(now);
    call.ask(Output::Record(record));
    State::Over
}

/// The caller hears the last words.
pub(super) struct Parting {
    /// Row 5: `#` counts until leg B is dialled.
    operator: bool,
    words_until: Mono,
}

impl Parting {
    pub fn begin(call: &mut MaskedCall, now: Now, words: Script) -> State {
        call.say(words);
        let operator = !call.leg_b_was_dialled();
        Parting { operator, words_until: now.mono + waits::UTTERANCE }.into()
    }

    /// The last words where no operator can be called either.
    pub fn without_operator(call: &mut MaskedCall, now: Now, words: Script) -> State {
        call.say(words);
        Parting { operator: false, words_until: now.mono + waits::UTTERANCE }.into()
    }
}

impl Stage for Parting {
    fn deadline(&self) -> Option<Mono> {
        Some(self.words_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Said => self.timeout(call, now),
            Input::Key(Leg::A, Key::Pound) if self.operator => {
                connect::call_operator(call, now).unwrap_or_else(|| self.into())
            }
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        hang_up(call, now, EndedBy::Box)
    }
}

/// Every leg is being ended.
pub(super) struct Ending {
    gone_until: Mono,
}

impl Stage for Ending {
    fn deadline(&self) -> Option<Mono> {
        Some(self.gone_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Gone(..) if !call.has_legs() => finish(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        log::warn!("call {}: a leg does not end", call.record.call_id);
        finish(call, now)
    }
}
