//! What is counted and measured as it happens, for Prometheus: by lines, boards and the webhook's
//! sender. What can be asked for at any time is not kept here: [`crate::status`] and the store know.
//!
//! Labels have few values, all known beforehand: a line, an outcome, a pin. Never a telephone number,
//! an order or a call.

use crate::order::TextState;
use crate::record::{CallRecord, Outcome};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Bounds for an AT command's answer: most come within 50 ms, a dial may take seconds.
const ROUND_TRIP_S: [f64; 12] =
    [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// Bounds for what a caller waits before the other phone is dialled: words, a hold.
const LAST_KEY_TO_DIAL_S: [f64; 12] =
    [0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 30.0];
/// Bounds for what leg B waits before it is merged: an announcement, perhaps a key, a merge.
const LEG_B_ANSWER_TO_MERGE_S: [f64; 12] =
    [1.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 30.0];

/// Bounds for a commit: two fsyncs, on an SD card or a disk.
const COMMIT_S: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// The pins that a board may press.
const PINS: [&str; 2] = ["PWRKEY", "RESET"];

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLine {
    line: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCall {
    line: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPress {
    line: String,
    pin: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfText {
    state: &'static str,
}

type Histograms = Family<OfLine, Histogram, fn() -> Histogram>;

/// Counters and histograms since the start of the process. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    calls: Family<OfCall, Counter>,
    last_key_to_dial: Histograms,
    leg_b_answer_to_merge: Histograms,
    at_round_trip: Histograms,
    board_presses: Family<OfPress, Counter>,
    texts: Family<OfText, Counter>,
    /// Posts to the webhook.
    pub webhook_attempts: Counter,
    /// Those that were not taken.
    pub webhook_failures: Counter,
    /// Records that were posted for the last time, and not taken.
    pub webhook_given_up: Counter,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            calls: Family::default(),
            last_key_to_dial: Histograms::new_with_constructor(|| {
                Histogram::new(LAST_KEY_TO_DIAL_S)
            }),
            leg_b_answer_to_merge: Histograms::new_with_constructor(|| {
                Histogram::new(LEG_B_ANSWER_TO_MERGE_S)
            }),
            at_round_trip: Histograms::new_with_constructor(|| Histogram::new(ROUND_TRIP_S)),
            board_presses: Family::default(),
            texts: Family::default(),
            webhook_attempts: Counter::default(),
            webhook_failures: Counter::default(),
            webhook_given_up: Counter::default(),
        }
    }
}

impl Metrics {
    /// A line that exists has all its figures from the start: an alarm must not depend on one that is
    /// absent until it is too late.
    pub fn add_line(&self, name: &str) {
        for outcome in Outcome::ALL {
            drop(self.calls.get_or_create(&of_call(name, outcome)));
        }
        for histograms in [&self.last_key_to_dial, &self.leg_b_answer_to_merge, &self.at_round_trip]
        {
            drop(histograms.get_or_create(&of_line(name)));
        }
        for pin in PINS {
            drop(self.board_presses.get_or_create(&OfPress { line: name.to_owned(), pin }));
        }
    }

    /// A call has its record.
    pub fn call(&self, record: &CallRecord) {
        self.calls.get_or_create(&of_call(&record.line, record.outcome)).inc();
        let measured = [
            (record.last_key_to_dial_ms, &self.last_key_to_dial),
            (record.leg_b_answer_to_merge_ms, &self.leg_b_answer_to_merge),
        ];
        for (ms, histograms) in measured {
            if let Some(ms) = ms {
                let seconds = Duration::from_millis(ms).as_secs_f64();
                histograms.get_or_create(&of_line(&record.line)).observe(seconds);
            }
        }
    }

    /// A line's modem has answered a command.
    pub fn round_trip(&self, line: &str, took: Duration) {
        self.at_round_trip.get_or_create(&of_line(line)).observe(took.as_secs_f64());
    }

    /// A board has pressed a key of its modem.
    pub fn press(&self, line: &str, pin: &'static str) {
        self.board_presses.get_or_create(&OfPress { line: line.to_owned(), pin }).inc();
    }

    /// A short message about an order has come into a state.
    pub fn text(&self, state: TextState) {
        self.texts.get_or_create(&OfText { state: state.name() }).inc();
    }

    /// Adds all of it to what is shown.
    pub fn register(&self, registry: &mut Registry) {
        for state in TextState::ALL {
            drop(self.texts.get_or_create(&OfText { state: state.name() }));
        }
        let help = "Short messages about orders by the state that they came into";
        registry.register("texts", help, self.texts.clone());
        registry.register("calls", "Calls that have their record", self.calls.clone());
        let help = "From the last key of the order number to the dialling of the other phone";
        let histograms = self.last_key_to_dial.clone();
        registry.register_with_unit("last_key_to_dial", help, Unit::Seconds, histograms);
        let help = "From the answer of the other phone to the confirmed merge";
        let histograms = self.leg_b_answer_to_merge.clone();
        registry.register_with_unit("leg_b_answer_to_merge", help, Unit::Seconds, histograms);
        let help = "From an AT command to its final result code";
        let histograms = self.at_round_trip.clone();
        registry.register_with_unit("at_round_trip", help, Unit::Seconds, histograms);
        let help = "Presses of the modem's power and reset keys by its board";
        registry.register("board_presses", help, self.board_presses.clone());
        let help = "Call records posted to the webhook, each attempt counted";
        registry.register("webhook_attempts", help, self.webhook_attempts.clone());
        let help = "Attempts that the webhook's receiver did not take";
        registry.register("webhook_failures", help, self.webhook_failures.clone());
        let help = "Call records that the webhook's receiver never took: given up";
        registry.register("webhook_given_up", help, self.webhook_given_up.clone());
    }
}

/// The store's commits. Clones count together.
#[derive(Debug, Clone)]
pub struct Commits {
    times: Histogram,
    failures: Counter,
}

impl Default for Commits {
    fn default() -> Commits {
        Commits { times: Histogram::new(COMMIT_S), failures: Counter::default() }
    }
}

impl Commits {
    /// A commit has ended, well or not.
    pub fn count(&self, took: Duration, is_on_disk: bool) {
        if is_on_disk {
            self.times.observe(took.as_secs_f64());
        } else {
            self.failures.inc();
        }
    }

    /// Adds them to what is shown.
    pub fn register(&self, registry: &mut Registry) {
        let help = "From a commit's first octet to its being on the disk twice";
        let times = self.times.clone();
        registry.register_with_unit("store_commit_duration", help, Unit::Seconds, times);
        let help = "Commits that the disk did not take";
        registry.register("store_commit_failures", help, self.failures.clone());
    }
}

fn of_line(line: &str) -> OfLine {
    OfLine { line: line.to_owned() }
}

fn of_call(line: &str, outcome: Outcome) -> OfCall {
    OfCall { line: line.to_owned(), outcome: outcome.name() }
}
