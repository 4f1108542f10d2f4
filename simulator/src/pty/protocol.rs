//! Requests and reports, and their JSON lines.

use crate::phone::millis;
use crate::profile::Service;
use crate::{Calls, Counters, Fault, Mono, PhoneAction, PhoneEvent, Power};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

/// What can be asked of a running simulator.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A fault on command: `{"inject":"lost_ok"}`, `{"inject":{"hang":5000}}`.
    Inject(Fault),
    /// Whether the network merges calls, from now on: `{"multiparty":"granted"}`,
    /// `{"multiparty":{"refused":0}}`.
    Multiparty(Service),
    /// The board: `{"power":"key_down"}`.
    Power(Power),
    /// Writes what a phone hears to a WAV file, until its call ends.
    Record {
        /// The phone.
        phone: String,
        /// The file.
        file: PathBuf,
    },
    /// The phone speaks a WAV file (8 kHz, mono, 16 bit).
    Play {
        /// The phone.
        phone: String,
        /// The file.
        file: PathBuf,
    },
    /// Asks for [`Happening::State`]: `"query"`.
    Query,
    /// Ends the simulation: `"stop"`.
    Stop,
    /// The calls as they are, for a program in the same process.
    #[serde(skip)]
    Calls(SyncSender<Calls>),
    /// A line that could not be read; it is reported as an error.
    #[serde(skip)]
    Unreadable(String),
    /// Somebody uses a phone: `{"call":{"from":"+61255501111"}}`.
    #[serde(untagged)]
    Phone(PhoneAction),
}

impl Request {
    /// Reads one JSON line.
    pub fn read(line: &str) -> Self {
        serde_json::from_str(line)
            .unwrap_or_else(|error| Self::Unreadable(format!("{error}: {line}")))
    }
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Since the start.
    #[serde(with = "millis", rename = "at_ms")]
    pub at: Mono,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

impl Report {
    /// One JSON line, without its end.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }
}

/// What a running simulator reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The ports vanished (`true`) or came back (`false`).
    PortsGone(bool),
    /// A program opened (`true`) or closed a port.
    AtOpen(bool),
    /// The same of the audio port.
    AudioOpen(bool),
    /// The answer to a query.
    State(Box<State>),
    /// A recording was finished.
    Recorded {
        /// The phone.
        phone: String,
        /// The file.
        file: PathBuf,
    },
    /// A request that could not be done.
    Error(String),
    /// A phone notices something.
    #[serde(untagged)]
    Phone(PhoneEvent),
}

/// The truth behind the ports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    /// All calls.
    pub calls: Calls,
    /// Between `AT+CPCMREG=1` and `=0`.
    pub audio_on: bool,
    /// The network knows the modem.
    pub registered: bool,
    /// The ports exist.
    pub ports: bool,
    /// What happened so far.
    pub counters: Counters,
}
