//! What the box says about itself: written by the lines, read by people and programs.

use crate::call::MergeService;
use crate::metrics::Metrics;
use crate::record::CallSound;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What a line is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Opening the port, talking to the modem, reading the SIM.
    #[default]
    Starting,
    /// Waiting for the network.
    Searching,
    /// Takes calls.
    Ready,
    /// In a call.
    Busy,
    /// Getting a lost modem back.
    Recovering,
    /// Cannot go on without a person; see `fault`.
    Fault,
}

impl LineState {
    /// All of them, with their names as serde writes them.
    pub const ALL: [(LineState, &str); 6] = [
        (LineState::Starting, "starting"),
        (LineState::Searching, "searching"),
        (LineState::Ready, "ready"),
        (LineState::Busy, "busy"),
        (LineState::Recovering, "recovering"),
        (LineState::Fault, "fault"),
    ];
}

/// What a line counts, and what that is: [`LineStatus::counters`] has no other names.
pub const COUNTERS: [(&str, &str); 20] = [
    ("calls", "Calls that have their record"),
    ("calls_without_received_sound", "Calls in which nothing but silence came from the modem"),
    ("calls_without_sent_sound", "Calls in which the audio port took nothing"),
    ("calls_without_sound", "Calls for which the modem gave no sound"),
    ("dialling_limited", "Calls not dialled because of an hourly limit"),
    ("merge_refused", "Calls in which the network refused hold or merge"),
    ("modem_reopens", "Ports opened anew to get a modem back"),
    ("modem_resets", "Modules restarted by command to get a modem back"),
    ("modem_restarts", "Restarts of a module by itself"),
    ("port_losses", "Times that an AT port went away"),
    ("power_key_presses", "Power cycles asked of the board to get a modem back"),
    ("sound_clipped_frames", "Frames of 20 ms received with samples at full scale"),
    ("sound_dropped_frames", "Frames of 20 ms that the audio port did not take"),
    ("sound_late_frames", "Frames of 20 ms that were missing when the modem wanted them"),
    ("sound_received_frames", "Frames of 20 ms received"),
    ("sound_sent_frames", "Frames of 20 ms sent"),
    ("sound_silences", "Silences of more than 1 s in what was received"),
    ("under_voltage", "Warnings of the modem that its supply voltage is too low"),
    ("usb_reauthorisations", "Modems taken off the USB bus and back"),
    ("waiting_refused", "Calls that waited and were refused"),
];

/// One line, as `GET /api/v1/status` shows it. No telephone number ever.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LineStatus {
    /// Name of the line.
    pub name: String,
    /// What it is doing.
    pub state: LineState,
    /// Why it cannot take calls, in plain words with what to do; `None` when it can.
    pub fault: Option<String>,
    /// Maker and model of the modem, and its firmware.
    pub modem: Option<String>,
    /// Registered network, as `+COPS` names it.
    pub operator: Option<String>,
    /// Signal in dBm (27.007 section 8.5), `None` when unknown.
    pub signal_dbm: Option<i16>,
    /// Legs that exist now.
    pub legs: u8,
    /// Where the conversation stands, one word; `None` without a call.
    pub call: Option<&'static str>,
    /// What is known of the merge service.
    pub merge: MergeService,
    /// How the sound of the last call was that had any.
    pub last_call_sound: Option<CallSound>,
    /// Counters since start, by Prometheus name without the `maskline_` prefix and `_total` suffix.
    pub counters: BTreeMap<&'static str, u64>,
}

impl LineStatus {
    /// Whether the line takes calls: ready, or busy with one.
    pub fn takes_calls(&self) -> bool {
        matches!(self.state, LineState::Ready | LineState::Busy)
    }

    /// Adds one to a counter of [`COUNTERS`].
    pub fn count(&mut self, counter: &'static str) {
        self.count_many(counter, 1);
    }

    /// Adds so many to it.
    pub fn count_many(&mut self, counter: &'static str, many: u64) {
        debug_assert!(COUNTERS.iter().any(|(name, _)| *name == counter), "{counter} is not listed");
        if many > 0 {
            *self.counters.entry(counter).or_default() += many;
        }
    }
}

/// How recordings are, as `GET /api/v1/status` shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordingsStatus {
    /// Calls that are recorded now.
    pub running: u64,
    /// Recordings that are kept.
    pub files: u64,
    /// Octets of all of them.
    pub size_on_disk: u64,
    /// Those that are still to be made small.
    pub to_convert: u64,
    /// Since the start: recordings that were cut off.
    pub cut_off: u64,
    /// Since the start: 20 ms blocks that were lost because the disk was too slow.
    pub dropped_blocks: u64,
    /// Why calls are not recorded, with what to do; `None` while they can be.
    pub fault: Option<String>,
}

/// The lines' board of notices, shared between their threads and whoever reads; and what is counted
/// beside it.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Notices>);

#[derive(Debug, Default)]
struct Notices {
    lines: Mutex<BTreeMap<String, LineStatus>>,
    /// Counts the changes.
    changes: watch::Sender<u64>,
    metrics: Metrics,
}

impl Board {
    /// Posts the state of a line.
    pub fn post(&self, status: LineStatus) {
        let mut lines = self.lines();
        if lines.get(&status.name) != Some(&status) {
            lines.insert(status.name.clone(), status);
            drop(lines);
            self.0.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
        }
    }

    /// All lines by name.
    pub fn all(&self) -> Vec<LineStatus> {
        self.lines().values().cloned().collect()
    }

    /// What is counted and measured as it happens.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Tells when anything has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, LineStatus>> {
        self.0.lines.lock().expect("nobody panics while posting")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_name_for_status_and_metrics() {
        for (state, name) in LineState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), name);
        }
    }
}
