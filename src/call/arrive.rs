//! Row 1: a call comes in and is answered.

use super::entry::{Entering, Tries};
use super::look_up::Barred;
use super::masked_call::MaskedCall;
use super::state::{Stage, State, waits};
use super::{Input, Key, Leg, Output};
use super::{close, connect, prompts};
use crate::clock::{Mono, Now};
use crate::limits::ORDER_DIGITS;
use crate::number::CallerId;
use crate::order::Order;
use crate::record::{EndedBy, Outcome};

pub(super) struct Ringing {
    caller_id_until: Mono,
}

impl Ringing {
    pub fn begin(call: &MaskedCall, now: Now) -> State {
        Ringing { caller_id_until: now.mono + call.settings.caller_id_wait }.into()
    }
}

impl Stage for Ringing {
    fn deadline(&self) -> Option<Mono> {
        Some(self.caller_id_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::CallerId(CallerId::Number(number)) => {
                call.caller_is(number);
                Checking { lock_out_until: now.mono + waits::LOCK_OUT }.into()
            }
            Input::CallerId(CallerId::Withheld) => Answering::begin(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        Answering::begin(call, now)
    }
}

pub(super) struct Checking {
    lock_out_until: Mono,
}

impl Stage for Checking {
    fn deadline(&self) -> Option<Mono> {
        Some(self.lock_out_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::LockedOut(_) => Answering::begin(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        Answering::begin(call, now)
    }
}

pub(super) struct Answering {
    answer_until: Mono,
}

impl Answering {
    fn begin(call: &mut MaskedCall, now: Now) -> State {
        call.ask(Output::Answer);
        Answering { answer_until: now.mono + waits::ANSWER }.into()
    }
}

impl Stage for Answering {
    fn deadline(&self) -> Option<Mono> {
        Some(self.answer_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Answered => Settling::begin(call, now),
            _ => self.into(),
        }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        call.record.outcome = Outcome::ModemLost;
        close::hang_up(call, now, EndedBy::Box)
    }
}

/// Keys from the moment of answer, before anybody listens for an order number.
#[derive(Default)]
struct Keyed {
    digits: heapless::String<ORDER_DIGITS>,
    operator: bool,
}

impl Keyed {
    fn key(&mut self, call: &mut MaskedCall, now: Now, key: Key) {
        match key {
            Key::Digit(digit) => {
                let room = self.digits.len() < call.settings.order_digits;
                if let (true, Some(digit)) = (room, char::from_digit(digit.into(), 10)) {
                    let _full = self.digits.push(digit);
                    call.last_key = Some(now.mono);
                }
            }
            Key::Star => self.digits.clear(),
            Key::Pound => self.operator = true,
        }
    }
}

pub(super) struct Settling {
    keyed: Keyed,
    sound_ready: bool,
    /// `direct_connect`: the question is out.
    order_awaited: bool,
    order: Option<Order>,
    settle_until: Mono,
}

impl Settling {
    fn begin(call: &mut MaskedCall, now: Now) -> State {
        call.answered(now);
        let direct = call.settings.direct_connect && !call.locked_out;
        let caller = call.caller.clone().filter(|_| direct);
        let order_awaited = caller.is_some();
        if let Some(number) = caller {
            call.ask(Output::LookUpByCaller(CallerId::Number(number)));
        }
        Settling {
            keyed: Keyed::default(),
            sound_ready: false,
            order_awaited,
            order: None,
            settle_until: now.mono + waits::SOUND,
        }
        .into()
    }

    fn settled(self, call: &mut MaskedCall, now: Now) -> State {
        if call.settings.record {
            call.ask(Output::StartRecording);
        }
        if call.settings.recording_notice {
            call.say(prompts::recording_notice());
            let notice_until = now.mono + waits::UTTERANCE;
            return Noticing { keyed: self.keyed, order: self.order, notice_until }.into();
        }
        listen(call, now, self.keyed, self.order, None)
    }
}

impl Stage for Settling {
    fn deadline(&self) -> Option<Mono> {
        Some(self.settle_until)
    }

    fn input(mut self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::SoundReady => self.sound_ready = true,
            Input::LookedUpByCaller(order) if self.order_awaited => {
                self.order_awaited = false;
                self.order = order;
            }
            Input::Key(Leg::A, key) => self.keyed.key(call, now, key),
            _ => {}
        }
        if self.sound_ready && !self.order_awaited { self.settled(call, now) } else { self.into() }
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        self.settled(call, now)
    }
}

/// The one prompt that a key does not stop: who is recorded must have been told. Keys count all the
/// same, and are acted upon at its end.
pub(super) struct Noticing {
    keyed: Keyed,
    order: Option<Order>,
    notice_until: Mono,
}

impl Stage for Noticing {
    fn deadline(&self) -> Option<Mono> {
        Some(self.notice_until)
    }

    fn input(mut self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Key(Leg::A, key) => self.keyed.key(call, now, key),
            Input::Said => return self.timeout(call, now),
            _ => {}
        }
        self.into()
    }

    fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
        listen(call, now, self.keyed, self.order, Some(now.mono))
    }
}

/// The call is up: greets, unless the caller is locked out, was faster, or has just the one order.
fn listen(
    call: &mut MaskedCall,
    now: Now,
    keyed: Keyed,
    order: Option<Order>,
    prompt_ended: Option<Mono>,
) -> State {
    if keyed.operator
        && let Some(calling) = connect::call_operator(call, now)
    {
        return calling;
    }
    if call.locked_out {
        return Barred::begin(call, now);
    }
    if !keyed.digits.is_empty() {
        let quiet_since = call.last_key.max(prompt_ended).unwrap_or(now.mono);
        return Entering::keyed(call, now, Tries::default(), keyed.digits, quiet_since);
    }
    let direct = order.and_then(|order| {
        let party = order.party_of(call.caller.as_ref()?)?;
        Some((order, party))
    });
    match direct {
        Some((order, party)) => {
            call.order_was_found(true);
            call.caller_is_party(&order, party);
            call.progress();
            connect::offer(call, now, &order, party)
        }
        None => Entering::greet(call, now),
    }
}
