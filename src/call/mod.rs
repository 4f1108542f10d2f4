//! The conversation: what a caller and a callee experience, from the first ring to the record.
//!
//! Pure: no AT, octets, ttys or HTTP. One [`Conversation`] is one masked call. It is given
//! `(now, Input)`, mutates once, and is then drained of [`Output`]s; every output that asks for
//! something comes back as an input, so nothing is fired and forgotten.
//!
//! The contract, shared by every pure machine of the house:
//! - `handle_input(now, input)` never blocks, never panics on what comes from outside;
//! - `poll_output()` until it says `None`;
//! - `poll_timeout()` says when `handle_timeout(now)` is wanted; every deadline has a name.
//!
//! Where to look:
//!
//! | file | room |
//! |---|---|
//! | `conversation` | the machine: what holds in every state (a leg gone, modem lost, stop) |
//! | `state` | the states, one struct each, and the names of the waits |
//! | `arrive` | row 1: ring, caller id, lock-out, answer, sound, recording notice |
//! | `entry` | rows 2-7: prompts, keys, silence |
//! | `look_up` | rows 8-10: whose order is it, refusals, lock-out |
//! | `connect` | rows 11, 13: tell the caller, hold, dial, ring |
//! | `introduce` | row 12a: announce to leg B, its key, merge |
//! | `talk` | row 14 and the limit of talking |
//! | `take_back` | rows 12b, 12d: leg B goes, leg A comes back |
//! | `close` | last words, hanging up, the record |
//! | `masked_call` | what all states share: legs, record, outputs |
//! | `prompts` | which words for which situation |
//!
//! Where call-flow leaves room, the conversation does this:
//! - A caller id that comes after the wait is still taken, and the lock-out asked then.
//! - Who withholds a number is never counted for the lock-out: it would lock out all who do.
//! - Keys pressed before the sound is ready, or during the recording notice, are acted upon
//!   afterwards; the notice is the one prompt that no key stops.
//! - `#` also counts during a goodbye, as no leg B was dialled; the operator is called once per call.
//!   Pressed while leg A is being held, it brings leg A back to hear that the operator is called.
//! - The silences of row 7 are counted over the whole call.
//! - `direct_connect` says whom the call goes to and that another order may be keyed now; any digit
//!   or `*` in that time declines and counts as the entry's first key. It is no entry in the record.
//! - `accept_key` and `recording_notice` hold for the operator too, who hears nothing else. A key
//!   during the announcement accepts at its end. Until a key has come, `sub_available` is `No`.
//! - A hold or merge that is never confirmed counts as refused; a store that does not answer ends
//!   the call as `interrupted`, with the words for a failed connection.
//! - A merge undone while they talked raises the alarm, but the call was `connected`.

mod arrive;
mod close;
mod connect;
mod conversation;
mod entry;
mod introduce;
mod look_up;
mod masked_call;
mod prompts;
mod settings;
mod state;
mod take_back;
mod talk;

pub use conversation::Conversation;
pub use settings::Settings;

use crate::audio::script::Script;
use crate::number::{CallerId, Dialable};
use crate::order::{Order, OrderNumber};
use crate::record::CallRecord;

/// Leg A is the caller; leg B the callee or the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "see the enum")]
pub enum Leg {
    A,
    B,
}

/// A key of a telephone (ITU-T Q.23; `A`-`D` are no use here and never reported).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// `0` to `9`.
    Digit(u8),
    /// `*`
    Star,
    /// `#`
    Pound,
}

/// Why a leg is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Its phone hung up, was busy, refused, or could not be reached.
    FarEnd,
    /// We ended it.
    Ended,
}

/// What happens to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Who is calling: `+CLIP` or the number in `AT+CLCC`.
    CallerId(CallerId),
    /// The answer to [`Output::LockedOut`]: is this caller locked out?
    LockedOut(bool),
    /// Leg A is active: answer to [`Output::Answer`].
    Answered,
    /// Leg A can hear us and we can hear it (the sound port runs), or there will be no sound.
    SoundReady,
    /// Answer to [`Output::StartRecording`]: it runs. Not sent where it could not be started.
    RecordingStarted,
    /// A key pressed by this leg.
    Key(Leg, Key),
    /// The utterance was heard to its end: answer to [`Output::Say`]. Not sent for one that was
    /// stopped or replaced.
    Said,
    /// Answer to [`Output::LookUp`]: the order if it is there and has not expired.
    LookedUp(Option<Order>),
    /// Answer to [`Output::LookUpByCaller`]: the only live order of this caller, if there is exactly
    /// one.
    LookedUpByCaller(Option<Order>),
    /// Answer to [`Output::Hold`].
    Held,
    /// Answer to [`Output::Hold`]: the network does not hold.
    HoldRefused,
    /// Answer to [`Output::Dial`]: the modem took `ATD` (its `OK`); `ring_timeout` counts from here.
    Dialling,
    /// Answer to [`Output::Dial`]: an hourly limit of the dialling guard was hit, nothing was dialled.
    DialRefused,
    /// Leg B is active.
    LegBAnswered,
    /// Answer to [`Output::Merge`]: both legs hear each other.
    Merged,
    /// Answer to [`Output::Merge`]: the network does not merge.
    MergeRefused,
    /// The merge was undone while they talked: a leg is held again.
    MergeLost,
    /// Answer to [`Output::Retrieve`]: leg A is active again.
    Retrieved,
    /// Answer to [`Output::Retrieve`]: leg A cannot be had back.
    RetrieveFailed,
    /// A leg is gone, also as the answer to [`Output::End`]. A dial that fails at once is leg B gone.
    Gone(Leg, Gone),
    /// The modem was lost: no leg exists any more as far as we can tell.
    ModemLost,
    /// The box stops: end everything, write the record.
    Stop,
}

/// What a conversation wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Ask whether this caller is locked out (row 10c). Only ever asked about a number.
    LockedOut(CallerId),
    /// Answer leg A.
    Answer,
    /// Record the call from now to its end.
    StartRecording,
    /// Say this to whoever is active, from now; it replaces what is being said.
    Say(Script),
    /// Stop talking at once (barge-in).
    Hush,
    /// Look an order up; asked within the same moment, answered as fast as the store can.
    LookUp(OrderNumber),
    /// `direct_connect`: is this caller party to exactly one live order? Only asked about a number.
    LookUpByCaller(CallerId),
    /// Put leg A on hold.
    Hold,
    /// Dial leg B. Only ever a number that passed the guard.
    Dial(Dialable),
    /// Merge the legs.
    Merge,
    /// Make leg A the active one; leg B is gone or goes.
    Retrieve,
    /// End a leg.
    End(Leg),
    /// A warning tone into the conversation (`max_talk_minutes`).
    WarningTone,
    /// Raise or clear the alarm of row 12d.
    MergeService(MergeService),
    /// A failed call of this caller, for the lock-out; or a success, which forgets it. Only ever said
    /// of a number: those who withhold theirs cannot be told apart.
    CountAttempt {
        /// Who.
        caller: CallerId,
        /// Whether the caller is a party of the order that was looked up.
        success: bool,
    },
    /// The record so far, kept in case that we never get to finish it: sent when leg A rings and at
    /// each milestone (answered, looked up, leg B answered, merged). It says `interrupted`, so that
    /// it is the right record as it stands if the box dies now.
    Progress(Box<CallRecord>),
    /// The call's one record. The last output: the conversation is over.
    Record(Box<CallRecord>),
}

/// What is known of the operator's merge service, for status and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeService {
    /// No merge was tried yet.
    #[default]
    Unknown,
    /// The last merge worked.
    Works,
    /// The last merge (or hold) was refused.
    Refused,
}
