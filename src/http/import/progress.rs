//! How far the import is that runs, or ran last. It is in the store too, so that one that a power cut
//! ended is known as such.

use crate::store::Store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// The setting that it is kept in.
const SETTING: &str = "import";
/// Rows after which it is written down again.
const NOTE_ROWS: u64 = 50_000;

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Rows are read and checked; nothing is stored yet.
    Checking,
    /// Rows are being stored.
    Storing,
    /// It was done.
    Done,
    /// It was refused, or failed.
    Failed,
    /// The box stopped in the middle. Running it again gives the same book.
    Interrupted,
}

/// How far it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Progress {
    /// What it is doing.
    pub state: State,
    /// Whose token began it.
    pub by: String,
    /// When.
    pub started_at: Timestamp,
    /// Rows that were checked so far.
    pub checked: u64,
    /// Rows that are to be stored, once all were checked.
    pub to_store: Option<u64>,
    /// Rows that are stored.
    pub stored: u64,
}

/// The one that runs.
#[derive(Default)]
pub struct Watch(Mutex<Option<Progress>>);

impl Watch {
    /// How far it is, or how the last one ended.
    pub fn see(&self, store: &Store) -> Option<Progress> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        running.or_else(|| {
            let text = store.setting(SETTING).ok()??;
            let mut last: Progress = serde_json::from_str(&text).ok()?;
            if matches!(last.state, State::Checking | State::Storing) {
                last.state = State::Interrupted;
            }
            Some(last)
        })
    }

    /// A new one begins.
    pub fn begin(&self, by: &str, now: Timestamp) {
        let by = by.to_owned();
        let (state, started_at) = (State::Checking, now);
        let new = Progress { state, by, started_at, checked: 0, to_store: None, stored: 0 };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
    }

    /// It is further.
    pub fn tell(&self, change: impl FnOnce(&mut Progress)) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.as_mut() {
            change(running);
        }
    }

    /// So many rows are stored; written down now and then.
    pub fn stored(&self, rows: u64, store: &Store) {
        let mut note = false;
        self.tell(|progress| {
            note = progress.stored == 0 || progress.stored / NOTE_ROWS != rows / NOTE_ROWS;
            progress.stored = rows;
        });
        if note {
            self.note(store);
        }
    }

    /// Writes it down.
    pub fn note(&self, store: &Store) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = running.and_then(|running| serde_json::to_string(&running).ok());
        if let Some(Err(error)) = text.map(|text| store.set_setting(SETTING, &text)) {
            log::warn!("the progress of an import was not noted: {error}");
        }
    }
}
