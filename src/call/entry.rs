//! Rows 2 to 7: asking for an order number and hearing it keyed.

use super::close::Parting;
use super::look_up::{Barred, LookingUp};
use super::masked_call::MaskedCall;
use super::state::{Stage, State, waits};
use super::{Input, Key, Leg, Output};
use super::{connect, prompts};
use crate::audio::script::Script;
use crate::clock::{Mono, Now};
use crate::limits::ORDER_DIGITS;
use crate::order::OrderNumber;
use crate::record::Outcome;

/// What a caller has tried so far.
#[derive(Default)]
pub(super) struct Tries {
    /// Entries that were refused (rows 10a and 10b).
    pub failed: u32,
    /// Times that nothing was keyed (row 7).
    silences: u32,
}

/// An order number is being keyed.
pub(super) struct Entering {
    tries: Tries,
    digits: heapless::String<ORDER_DIGITS>,
    voice: Voice,
}

enum Voice {
    /// A prompt is being said; the first key stops it. Only the greeting may bring the hint.
    Speaking { may_hint: bool, prompt_until: Mono },
    /// We listen.
    Quiet { hint_at: Option<Mono>, entry_until: Mono },
}

impl Entering {
    /// Row 2.
    pub fn greet(call: &mut MaskedCall, now: Now) -> State {
        Entering::ask(call, now, Tries::default(), prompts::greeting(), true)
    }

    /// Back to entry after a refusal.
    pub fn again(call: &mut MaskedCall, now: Now, tries: Tries, refusal: Script) -> State {
        Entering::ask(call, now, tries, refusal, false)
    }

    /// Somebody who keyed before being asked.
    pub fn keyed(
        call: &mut MaskedCall,
        now: Now,
        tries: Tries,
        digits: heapless::String<ORDER_DIGITS>,
        quiet_since: Mono,
    ) -> State {
        let entry_until = quiet_since + call.settings.entry;
        let voice = Voice::Quiet { hint_at: None, entry_until };
        Entering { tries, digits, voice }.look_up_if_complete(call, now)
    }

    /// Somebody who presses this key instead of listening.
    pub fn keying(call: &mut MaskedCall, now: Now, tries: Tries, key: Key) -> State {
        let voice = Voice::Quiet { hint_at: None, entry_until: now.mono + call.settings.entry };
        Entering { tries, digits: heapless::String::new(), voice }.key(call, now, key)
    }

    fn ask(call: &mut MaskedCall, now: Now, tries: Tries, script: Script, may_hint: bool) -> State {
        call.say(script);
        let voice = Voice::Speaking { may_hint, prompt_until: now.mono + waits::UTTERANCE };
        Entering { tries, digits: heapless::String::new(), voice }.into()
    }

    fn key(mut self, call: &mut MaskedCall, now: Now, key: Key) -> State {
        match key {
            Key::Pound => {
                return connect::call_operator(call, now).unwrap_or_else(|| self.into());
            }
            Key::Star => self.digits.clear(),
            Key::Digit(digit) => {
                let Some(digit) = char::from_digit(digit.into(), 10) else { return self.into() };
                let _full = self.digits.push(digit);
                call.last_key = Some(now.mono);
            }
        }
        if let Voice::Speaking { .. } = self.voice {
            call.ask(Output::Hush);
        }
        self.voice = Voice::Quiet { hint_at: None, entry_until: now.mono + call.settings.entry };
        self.look_up_if_complete(call, now)
    }

    /// Row 4.
    fn look_up_if_complete(self, call: &mut MaskedCall, now: Now) -> State {
        if self.digits.len() >= call.settings.order_digits.clamp(1, ORDER_DIGITS) {
            self.look_up(call, now)
        } else {
            self.into()
        }
    }

    fn look_up(self, call: &mut MaskedCall, now: Now) -> State {
        let number = OrderNumber::new(&self.digits).expect("1 to ORDER_DIGITS digits were keyed");
        LookingUp::begin(call, now, self.tries, number)
    }

    /// The prompt has ended: rows 3 and 7 count from here.
    fn prompt_ended(mut self, call: &MaskedCall, now: Now, may_hint: bool) -> State {
        let hint = may_hint && call.settings.operator.is_some();
        self.voice = Voice::Quiet {
            hint_at: hint.then(|| now.mono + call.settings.hint),
            entry_until: now.mono + call.settings.entry,
        };
        self.into()
    }

    /// Row 3.
    fn hint(self, call: &mut MaskedCall, now: Now) -> State {
        Entering::ask(call, now, self.tries, prompts::operator_hint(), false)
    }

    /// Row 7.
    fn silence(mut self, call: &mut MaskedCall, now: Now) -> State {
        if !self.digits.is_empty() {
            return self.look_up(call, now);
        }
        self.tries.silences += 1;
        if self.tries.silences == 1 {
            let ask_again = prompts::ask_again(&call.settings);
            return Entering::ask(call, now, self.tries, ask_again, false);
        }
        if self.tries.failed == 0 {
            call.record.outcome = Outcome::NoInput;
        }
        Parting::begin(call, now, prompts::goodbye(self.tries.failed))
    }
}

impl Stage for Entering {
    fn deadline(&self) -> Option<Mono> {
        match self.voice {
            Voice::Speaking { prompt_until, .. } => Some(prompt_until),
            Voice::Quiet { hint_at: Some(hint_at), entry_until } => Some(hint_at.min(entry_until)),
            Voice::Quiet { hint_at: None, entry_until } => Some(entry_until),
        }
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match (input, &self.voice) {
            (Input::Key(Leg::A, key), _) => self.key(call, now, key),
            (Input::Said, &Voice::Speaking { may_hint, .. }) => {
                self.prompt_ended(call, now, may_hint)
            }
            (Input::LockedOut(true), _) => Barred::begin(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        match self.voice {
            Voice::Speaking { may_hint, .. } => self.prompt_ended(call, now, may_hint),
            Voice::Quiet { hint_at: Some(hint_at), entry_until } if hint_at < entry_until => {
                self.hint(call, now)
            }
            Voice::Quiet { .. } => self.silence(call, now),
        }
    }
}
