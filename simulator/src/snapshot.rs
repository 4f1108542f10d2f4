//! What a test may look at: the truth behind the AT port.

use crate::Mono;
use crate::phone::millis;
use serde::Serialize;

/// Who set a call up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The modem dialled (27.007 `<dir>` 0).
    Outgoing,
    /// The phone called (27.007 `<dir>` 1).
    Incoming,
}

/// State of a call, 27.007 §7.18 `<stat>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// 0
    Active,
    /// 1
    Held,
    /// 2
    Dialing,
    /// 3
    Alerting,
    /// 4
    Incoming,
    /// 5
    Waiting,
}

impl CallState {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

/// One call between the modem and a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LegView {
    /// Its id in `+CLCC`.
    pub index: u8,
    /// The phone.
    pub phone: String,
    /// Who called.
    pub direction: Direction,
    /// Its true state.
    pub state: CallState,
    /// Part of a multiparty call.
    pub multiparty: bool,
    /// When it was set up.
    #[serde(with = "millis", rename = "since_ms")]
    pub since: Mono,
    /// When it was answered.
    #[serde(with = "millis::option", rename = "answered_ms")]
    pub answered: Option<Mono>,
    /// It hears what is written to the PCM port.
    pub hears_box: bool,
    /// The phones it hears.
    pub hears: Vec<String>,
}

/// All calls of the modem.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// In the order of their set-up.
    pub legs: Vec<LegView>,
}

impl Calls {
    /// The leg of a phone.
    pub fn leg(&self, phone: &str) -> Option<&LegView> {
        self.legs.iter().find(|leg| leg.phone == phone)
    }

    /// Whether `listener` hears `speaker`.
    pub fn hears(&self, listener: &str, speaker: &str) -> bool {
        self.leg(listener).is_some_and(|leg| leg.hears.iter().any(|p| p == speaker))
    }
}

/// What has happened so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Command lines taken.
    pub command_lines: u64,
    /// Commands answered with an error.
    pub errors: u64,
    /// Unsolicited lines.
    pub urcs: u64,
    /// Calls received.
    pub incoming: u64,
    /// Calls dialled.
    pub outgoing: u64,
    /// Calls of either kind that were answered.
    pub answered: u64,
    /// Merges that the network made.
    pub merges: u64,
    /// Service codes dialled (`*21*...#` and the like): a masking box never should.
    pub service_codes: u64,
    /// Data calls tried (`ATD` without `;`).
    pub data_calls: u64,
    /// Messages that the network took.
    pub texts_sent: u64,
    /// Restarts, wanted or not.
    pub restarts: u64,
    /// Octets taken at the audio port.
    pub uplink_octets: u64,
    /// Octets that the audio port lost: no call, not registered, or more than it holds.
    pub uplink_lost: u64,
    /// Octets given at the audio port.
    pub downlink_octets: u64,
    /// Octets lost on the AT port: typed while nothing listened.
    pub input_lost: u64,
    /// Faults that came to pass on the wire.
    pub faults: u64,
}
