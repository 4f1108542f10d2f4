//! The call record: what is kept and reported about one masked call (call-flow, "The call record").

use crate::clock::Now;
use crate::order::Party;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// The furthest thing that happened in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the documentation: call-flow lists them")]
pub enum Outcome {
    Connected,
    OperatorConnected,
    NoInput,
    OrderNotFound,
    PhoneNotFound,
    CalleeUnavailable,
    OperatorUnavailable,
    CallerHungUp,
    MergeRefused,
    LockedOut,
    ModemLost,
    Interrupted,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 12] = [
        Outcome::Connected,
        Outcome::OperatorConnected,
        Outcome::NoInput,
        Outcome::OrderNotFound,
        Outcome::PhoneNotFound,
        Outcome::CalleeUnavailable,
        Outcome::OperatorUnavailable,
        Outcome::CallerHungUp,
        Outcome::MergeRefused,
        Outcome::LockedOut,
        Outcome::ModemLost,
        Outcome::Interrupted,
    ];

    /// Its name in records, as serde writes it.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Connected => "connected",
            Outcome::OperatorConnected => "operator_connected",
            Outcome::NoInput => "no_input",
            Outcome::OrderNotFound => "order_not_found",
            Outcome::PhoneNotFound => "phone_not_found",
            Outcome::CalleeUnavailable => "callee_unavailable",
            Outcome::OperatorUnavailable => "operator_unavailable",
            Outcome::CallerHungUp => "caller_hung_up",
            Outcome::MergeRefused => "merge_refused",
            Outcome::LockedOut => "locked_out",
            Outcome::ModemLost => "modem_lost",
            Outcome::Interrupted => "interrupted",
        }
    }
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum EndedBy {
    Caller,
    Callee,
    Operator,
    Box,
    Network,
}

/// A direction in which a call had no sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSound {
    /// Nothing was heard from the phones.
    Received,
    /// Nothing could be said to them.
    Sent,
    /// Neither.
    Both,
}

/// How the sound of a call was. A frame is 20 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallSound {
    /// In which direction there was none at all.
    pub missing: Option<NoSound>,
    /// 8000 or 16000 Hz; `None` if the call was too short to tell.
    pub rate_hz: Option<u32>,
    /// Samples per second as counted.
    pub measured_hz: Option<u32>,
    /// Mean level of what was received, without its pauses; `None` if there was nothing but silence.
    pub received_dbm0: Option<i16>,
    /// Level of its loudest frame.
    pub loudest_dbm0: Option<i16>,
    /// Frames received.
    pub frames_received: u64,
    /// Those of them that were clipped.
    pub frames_clipped: u64,
    /// Silences of more than 1 s in what was received.
    pub silent_stretches: u32,
    /// The longest of all its silences.
    pub longest_silence_ms: u64,
    /// Frames sent.
    pub frames_sent: u64,
    /// Those of them that were late.
    pub frames_late: u64,
    /// Those of them that the port did not take.
    pub frames_dropped: u64,
}

/// One masked call, as the API shows it and the webhook posts it. The first eight fields keep the
/// names and meanings of the cloud tutorial; an empty string means "did not come up".
///
/// Its `Debug` form tells which call it is, and no more: a record holds telephone numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The digits looked up last.
    pub order_number: String,
    /// `Order is found`, `Order is not found`.
    pub order_search: String,
    /// `Phone number is found`, `Phone number is not found`.
    pub phone_search: String,
    /// `Courier`, `Customer`: who the caller is.
    pub sub_status: String,
    /// `Yes`, `No`: did leg B answer.
    pub sub_available: String,
    /// `Yes`: the operator was asked for.
    pub need_operator: String,
    /// `Operator is free`, `Operator is busy`.
    pub call_operator: String,
    /// URL path of the recording.
    pub call_record: String,

    /// Which call this is; also the webhook's idempotency key.
    pub call_id: Ulid,
    /// Name of the line.
    pub line: String,
    /// The furthest thing that happened.
    pub outcome: Outcome,
    /// When leg A began to ring.
    pub started_at: Timestamp,
    /// When the box answered leg A.
    pub answered_at: Option<Timestamp>,
    /// When leg B answered.
    pub leg_b_answered_at: Option<Timestamp>,
    /// When the two legs were merged.
    pub merged_at: Option<Timestamp>,
    /// When the last leg was gone.
    pub ended_at: Option<Timestamp>,
    /// False when the box had no trusted time.
    pub clock_trusted: bool,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// Look-ups made in this call.
    pub entries: u32,
    /// The caller's number was nearly that of a party of the keyed order: the last 8 digits agree.
    pub near_miss: bool,
    /// No number came with the call.
    pub caller_withheld: bool,
    /// From the last key of the order number to `ATD`, in ms.
    pub last_key_to_dial_ms: Option<u64>,
    /// From leg B's answer to the confirmed merge, in ms.
    pub leg_b_answer_to_merge_ms: Option<u64>,
    /// How the sound was; `None` where it never began, or the line has none.
    #[serde(default)]
    pub sound: Option<CallSound>,

    /// The caller's number, E.164. Never serialised unless asked for: see `webhook.include_numbers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_number: Option<String>,
    /// The number that was dialled, E.164. The same holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callee_number: Option<String>,
}

impl std::fmt::Debug for CallRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallRecord")
            .field("call_id", &self.call_id)
            .field("order_number", &self.order_number)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl CallRecord {
    /// The record of a call that begins to ring now, to be told further as the call goes on.
    pub fn begin(call_id: Ulid, line: &str, now: Now) -> CallRecord {
        CallRecord {
            order_number: String::new(),
            order_search: String::new(),
            phone_search: String::new(),
            sub_status: String::new(),
            sub_available: String::new(),
            need_operator: String::new(),
            call_operator: String::new(),
            call_record: String::new(),
            call_id,
            line: line.to_owned(),
            outcome: Outcome::CallerHungUp,
            started_at: now.wall,
            answered_at: None,
            leg_b_answered_at: None,
            merged_at: None,
            ended_at: None,
            clock_trusted: now.trusted,
            ended_by: EndedBy::Caller,
            entries: 0,
            near_miss: false,
            caller_withheld: false,
            last_key_to_dial_ms: None,
            leg_b_answer_to_merge_ms: None,
            sound: None,
            caller_number: None,
            callee_number: None,
        }
    }

    /// Notes who the caller is.
    pub fn set_party(&mut self, party: Party) {
        self.sub_status = match party {
            Party::Courier => "Courier",
            Party::Customer => "Customer",
        }
        .to_owned();
    }

    /// The record as somebody may see it who may not see telephone numbers.
    pub fn without_numbers(mut self) -> CallRecord {
        self.caller_number = None;
        self.callee_number = None;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_record_of_before_there_was_sound_in_it_is_read() {
        let record = CallRecord::begin(Ulid::nil(), "line1", Now::simulated(Duration::ZERO));
        let mut row = serde_json::to_value(&record).expect("texts and numbers");
        assert_eq!(row["sound"], serde_json::Value::Null);
        row.as_object_mut().expect("an object").remove("sound");
        let read: CallRecord = serde_json::from_value(row).expect("an older row");
        assert!(read == record);
    }

    #[test]
    fn the_sound_of_a_call_is_kept_in_its_row() {
        let mut record = CallRecord::begin(Ulid::nil(), "line1", Now::simulated(Duration::ZERO));
        let missing = Some(NoSound::Received);
        record.sound = Some(CallSound { missing, frames_sent: 500, ..CallSound::default() });
        let row = serde_json::to_string(&record).expect("texts and numbers");
        assert!(row.contains(r#""missing":"received""#), "{row}");
        assert!(serde_json::from_str::<CallRecord>(&row).expect("its own row") == record);
    }

    #[test]
    fn an_outcome_has_one_name_for_records_and_metrics() {
        for outcome in Outcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
        }
    }
}
