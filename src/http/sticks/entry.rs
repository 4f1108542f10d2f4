//! A file from a stick, as staff see it.

use crate::http::import::Summary;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody has to confirm it.
    Waiting,
    /// Its rows are being stored.
    Importing,
    /// They are.
    Imported,
    /// Somebody did not want it.
    Refused,
    /// It could not be imported; see `problem`.
    Failed,
}

impl State {
    /// Whether nothing more will happen to it.
    pub fn is_decided(self) -> bool {
        matches!(self, State::Imported | State::Refused | State::Failed)
    }
}

/// A file from a stick.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Sorts by time.
    pub id: Ulid,
    /// Its name on the stick.
    pub file: String,
    /// Where the stick is, such as `sda`.
    pub device: String,
    /// What is in it.
    pub sha256: String,
    /// Its size.
    pub octets: u64,
    /// Whether the site's key has signed it.
    pub signed: bool,
    /// When it came.
    pub arrived_at: Timestamp,
    /// What became of it.
    pub state: State,
    /// When that was decided.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<String>,
    /// What its import did, or would do while it waits.
    pub report: Option<Summary>,
    /// Why it failed, with what to do.
    pub problem: Option<String>,
}
