//! Row 14: the two talk, for as long as they like or `max_talk` lets them.

use super::connect::Target;
use super::masked_call::MaskedCall;
use super::state::{Stage, State, waits};
use super::{Input, Leg, Output};
use super::{close, take_back};
use crate::clock::{Mono, Now};
use crate::record::EndedBy;

/// The two talk.
pub(super) struct Talking {
    leg_b: EndedBy,
    warning_at: Option<Mono>,
    talk_until: Option<Mono>,
}

impl Talking {
    pub fn begin(call: &MaskedCall, now: Now, target: &Target) -> State {
        let talk_until = call.settings.max_talk.map(|limit| now.mono + limit);
        let warning_at = talk_until.map(|end| end.saturating_sub(waits::WARNING).max(now.mono));
        Talking { leg_b: target.ends_call(), warning_at, talk_until }.into()
    }
}

impl Stage for Talking {
    fn deadline(&self) -> Option<Mono> {
        self.warning_at.or(self.talk_until)
    }

    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
        match input {
            Input::Gone(Leg::B, gone) => {
                let ended_by = close::ended_by(gone, self.leg_b);
                close::hang_up(call, now, ended_by)
            }
            Input::MergeLost => take_back::merge_lost(call, now),
            _ => self.into(),
        }
    }

    fn timeout(mut self, call: &mut MaskedCall, now: Now) -> State {
        if self.warning_at.take().is_some() {
            call.ask(Output::WarningTone);
            return self.into();
        }
        close::hang_up(call, now, EndedBy::Box)
    }
}
