//! The states of a conversation: one struct each, which owns its deadlines.

use super::Input;
use super::arrive::{Answering, Checking, Noticing, Ringing, Settling};
use super::close::{Ending, Parting};
use super::connect::{Alerting, Dialling, Holding, Telling};
use super::entry::Entering;
use super::introduce::{Accepting, Announcing, Merging};
use super::look_up::{Barred, LookingUp};
use super::masked_call::MaskedCall;
use super::take_back::{Releasing, Retrieving};
use super::talk::Talking;
use crate::clock::{Mono, Now};

/// How long a conversation waits for an answer before it goes on without. They are backstops: the
/// line has its own, shorter time-outs for what it asks the modem.
pub(super) mod waits {
    use std::time::Duration;

    /// For the store to say whether a caller is locked out; none = not.
    pub const LOCK_OUT: Duration = Duration::from_secs(1);
    /// For the modem to answer leg A.
    pub const ANSWER: Duration = Duration::from_secs(20);
    /// For the sound of leg A, and the order of a direct connection; then without.
    pub const SOUND: Duration = Duration::from_secs(5);
    /// For an utterance to end: longer than any.
    pub const UTTERANCE: Duration = Duration::from_secs(60);
    /// For the store to look an order up.
    pub const LOOK_UP: Duration = Duration::from_secs(5);
    /// For a locked-out caller to press `#` after the words that say so.
    pub const BARRED: Duration = Duration::from_secs(4);
    /// For the network to hold leg A.
    pub const HOLD: Duration = Duration::from_secs(30);
    /// For the modem to take the number of leg B.
    pub const DIAL: Duration = Duration::from_secs(30);
    /// For the network to merge the legs.
    pub const MERGE: Duration = Duration::from_secs(30);
    /// For the network to give leg A back.
    pub const RETRIEVE: Duration = Duration::from_secs(30);
    /// For a leg that we end to be gone ("Never" 4).
    pub const GONE: Duration = Duration::from_secs(5);
    /// From the warning tone to the end of a limited conversation.
    pub const WARNING: Duration = Duration::from_secs(60);
}

/// What a state does. What holds in every state is in `conversation`.
pub(super) trait Stage: Into<State> {
    /// When [`Stage::timeout`] is wanted.
    fn deadline(&self) -> Option<Mono>;

    /// Something happened. What a state does not know it ignores: late answers are no news.
    fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State;

    /// The deadline has passed.
    fn timeout(self, call: &mut MaskedCall, now: Now) -> State;
}

macro_rules! states {
    ($($(#[$doc:meta])* $state:ident $phase:literal,)*) => {
        /// Where a conversation stands.
        pub(super) enum State {
            $($(#[$doc])* $state($state),)*
            /// The record is out: nothing happens any more.
            Over,
        }

        impl State {
            /// One word for status.
            pub(super) fn phase(&self) -> &'static str {
                match self {
                    $(State::$state(_) => $phase,)*
                    State::Over => "over",
                }
            }

            pub(super) fn deadline(&self) -> Option<Mono> {
                match self {
                    $(State::$state(stage) => stage.deadline(),)*
                    State::Over => None,
                }
            }

            pub(super) fn input(self, call: &mut MaskedCall, now: Now, input: Input) -> State {
                match self {
                    $(State::$state(stage) => stage.input(call, now, input),)*
                    State::Over => State::Over,
                }
            }

            pub(super) fn timeout(self, call: &mut MaskedCall, now: Now) -> State {
                match self {
                    $(State::$state(stage) => stage.timeout(call, now),)*
                    State::Over => State::Over,
                }
            }
        }

        $(impl From<$state> for State {
            fn from(stage: $state) -> State {
                State::$state(stage)
            }
        })*
    };
}

states! {
    /// Row 1: leg A rings; who is it?
    Ringing "ringing",
    /// Row 10c: is the caller locked out?
    Checking "ringing",
    /// Row 1: leg A is being answered.
    Answering "answering",
    /// Row 1: leg A is answered, the sound settles.
    Settling "answering",
    /// `recording_notice`: leg A hears it.
    Noticing "greeting",
    /// Rows 2-7: an order number is being keyed.
    Entering "entry",
    /// Rows 8-10: an order is being looked up.
    LookingUp "looking_up",
    /// Row 10c: a locked-out caller hears so and may press `#`.
    Barred "locked_out",
    /// Rows 11 and 13: the caller hears whom the call goes to.
    Telling "connecting",
    /// Rows 11 and 13: leg A is being put on hold.
    Holding "holding",
    /// Rows 11 and 13: leg B is being dialled.
    Dialling "dialling",
    /// Rows 11 and 13: leg B rings, as far as we know.
    Alerting "alerting",
    /// Row 12a: leg B hears who calls.
    Announcing "announcing",
    /// `accept_key`: leg B is to press a key.
    Accepting "accepting",
    /// Rows 12a and 13: the legs are being merged.
    Merging "merging",
    /// Row 14: the two talk.
    Talking "talking",
    /// Rows 12b and 12d: leg B is being ended.
    Releasing "releasing",
    /// Rows 12b and 12d: leg A is being taken back.
    Retrieving "retrieving",
    /// The caller hears the last words.
    Parting "parting",
    /// Every leg is being ended.
    Ending "ending",
}
