//! The audit log: who changed what, and when. An entry is written by the same commit as the change
//! that it tells of; the oldest go when there are [`AUDIT_ENTRIES`].

use super::row::Kind;
use super::tx::Tx;
use super::{Store, StoreError, unreadable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use ulid::Ulid;

/// Entries that are kept.
pub const AUDIT_ENTRIES: u64 = 20_000;
/// Octets of the texts of an entry at most; more is cut off.
const TEXT_OCTETS: usize = 256;

/// A change. Telephone numbers in it are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Sorts by time.
    pub id: Ulid,
    /// When.
    pub at: Timestamp,
    /// The name of the token, or of the door, that somebody came by.
    pub by: String,
    /// What was done: `order.put`, `token.create`, ...
    pub what: String,
    /// To which.
    pub target: String,
    /// What people may want to know besides.
    pub detail: String,
}

impl AuditEntry {
    /// An entry of now.
    pub fn new(at: Timestamp, by: &str, what: &str, target: &str, detail: &str) -> AuditEntry {
        let ms = u64::try_from(at.as_millisecond()).unwrap_or(0);
        let id = next_id(Ulid::from_parts(ms, rand::random()));
        let [by, what, target, detail] = [by, what, target, detail].map(cut);
        AuditEntry { id, at, by, what, target, detail }
    }

    pub(super) fn read(payload: &[u8]) -> Option<AuditEntry> {
        serde_json::from_slice(payload).ok()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| unreadable("an audit entry"))
    }
}

/// Entries of one millisecond keep their order.
fn next_id(new: Ulid) -> Ulid {
    static LAST: Mutex<Ulid> = Mutex::new(Ulid::nil());
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let same_ms = new.timestamp_ms() == last.timestamp_ms();
    let after = last.increment().filter(|_| same_ms && new <= *last);
    *last = after.unwrap_or(new);
    *last
}

fn cut(text: &str) -> String {
    let end = (0..=TEXT_OCTETS.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text[..end.unwrap_or(0)].to_owned()
}

/// Adds an entry to a commit.
pub(super) fn add(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), StoreError> {
    if tx.count(Kind::Audit) >= AUDIT_ENTRIES
        && let Some(oldest) = tx.first(Kind::Audit)?
    {
        tx.delete(Kind::Audit, &oldest)?;
    }
    tx.put(Kind::Audit, &entry.id.to_bytes(), &entry.write()?)
}

impl Store {
    /// The same store, whose changes of orders and tokens are noted in the audit log as this entry
    /// says. What changes nothing is not noted.
    #[must_use]
    pub fn audited(&self, entry: AuditEntry) -> Store {
        Store(self.0.clone(), Some(std::sync::Arc::new(entry)))
    }

    /// Notes an entry by itself. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn note_audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.0.writer.write(move |tx| add(tx, &entry))
    }

    /// Runs a job whose changes are noted, if somebody asked for that.
    pub(super) fn write_noted<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let entry = self.1.clone();
        self.0.writer.write(move |tx| {
            let done = job(tx)?;
            if let Some(entry) = entry
                && tx.job_changed()
            {
                add(tx, &entry)?;
            }
            Ok(done)
        })
    }

    /// At most `limit` entries before an id, newest first.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn audit_newest(
        &self,
        before: Option<Ulid>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.map(|id| id.to_bytes());
        let mut newest = VecDeque::new();
        self.walk(Kind::Audit, &[0; 16], |id, payload| {
            if before.is_some_and(|before| id >= &before[..]) {
                return Ok(ControlFlow::Break(()));
            }
            newest.push_back(payload.to_vec());
            if newest.len() > limit {
                newest.pop_front();
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let newest = newest.iter().rev().map(|payload| AuditEntry::read(payload));
        newest.map(|entry| entry.ok_or_else(|| unreadable("an audit entry"))).collect()
    }

    /// At most `limit` entries since a moment and after an id, oldest first.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn audit(
        &self,
        since: Option<Timestamp>,
        after: Option<Ulid>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let ms = |at: Timestamp| u64::try_from(at.as_millisecond()).unwrap_or(0);
        let since = since.map(|at| Ulid::from_parts(ms(at), 0));
        let from = since.max(after).map_or([0; 16], |id| id.to_bytes());
        let mut entries = Vec::new();
        self.walk(Kind::Audit, &from, |id, payload| {
            if entries.len() >= limit {
                return Ok(ControlFlow::Break(()));
            }
            if after.is_none_or(|after| after.to_bytes() != id) {
                let entry = AuditEntry::read(payload);
                entries.push(entry.ok_or_else(|| unreadable("an audit entry"))?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(entries)
    }
}
