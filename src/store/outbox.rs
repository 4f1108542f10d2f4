//! The outbox: records that the webhook has not taken yet.

use super::row::Kind;
use super::{Store, StoreError, unreadable};
use crate::record::CallRecord;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use ulid::Ulid;

/// Waits are shorter than this; an attempt planned for later was planned by a clock that has been
/// set back since, and is due.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(2);
/// Octets of an error that are kept.
const ERROR_OCTETS: usize = 200;

/// A record that waits for the webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What is to be delivered.
    pub record: CallRecord,
    /// Attempts that failed.
    pub attempts: u32,
    /// Since when it waits: the end of the call; or, if the clock could not be trusted then, about
    /// the first attempt.
    pub first_at: Timestamp,
    /// When it is to be tried next.
    pub next_at: Timestamp,
    /// Why the last attempt failed; empty before the first.
    pub last_error: String,
}

/// A delivery as it is kept. The record is in its own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) attempts: u32,
    pub(super) first_at: Timestamp,
    pub(super) next_at: Timestamp,
    pub(super) last_error: String,
}

impl Waiting {
    pub(super) fn new(record: &CallRecord) -> Waiting {
        let at = record.ended_at.unwrap_or(record.started_at);
        Waiting { attempts: 0, first_at: at, next_at: at, last_error: String::new() }
    }

    pub(super) fn read(payload: &[u8]) -> Option<Waiting> {
        serde_json::from_slice(payload).ok()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| bad())
    }
}

impl Store {
    /// At most `limit` deliveries whose time has come, longest due first.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        let absurd = now.checked_add(WAIT_MAX).unwrap_or(Timestamp::MAX);
        let due: Vec<Ulid> = self.0.shared.read(|state| {
            let due = &state.index.due;
            let come = due.range(..=(now, Ulid::from(u128::MAX)));
            let never = due.range((absurd, Ulid::nil())..);
            come.chain(never).take(limit).map(|(_, id)| *id).collect()
        })?;
        let mut deliveries = Vec::new();
        for id in due {
            // Either may be gone since.
            let Some(record) = self.record(id)? else { continue };
            let Some(waiting) = self.get(Kind::Outbox, &id.to_bytes())? else { continue };
            let waiting = Waiting::read(&waiting).ok_or_else(bad)?;
            let Waiting { attempts, first_at, next_at, last_error } = waiting;
            deliveries.push(Delivery { record, attempts, first_at, next_at, last_error });
        }
        Ok(deliveries)
    }

    /// Notes that an attempt failed, and when the next one is. False if the delivery is gone.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn outbox_retry(
        &self,
        id: Ulid,
        next_at: Timestamp,
        error: &str,
    ) -> Result<bool, StoreError> {
        let end = (0..=ERROR_OCTETS).rev().find(|end| error.is_char_boundary(*end)).unwrap_or(0);
        let error = error.get(..end).unwrap_or(error).to_owned();
        self.0.writer.write(move |tx| {
            let id = id.to_bytes();
            let Some(waiting) = tx.get(Kind::Outbox, &id)? else { return Ok(false) };
            let mut waiting = Waiting::read(&waiting).ok_or_else(bad)?;
            if waiting.attempts == 0 {
                let record = tx.get(Kind::Record, &id)?;
                let record = record.map(|record| super::calls::read(&record)).transpose()?;
                if record.is_some_and(|record| !record.clock_trusted) {
                    waiting.first_at = next_at;
                }
            }
            waiting.attempts = waiting.attempts.saturating_add(1);
            waiting.next_at = next_at;
            waiting.last_error = error;
            tx.put(Kind::Outbox, &id, &waiting.write()?)?;
            Ok(true)
        })
    }

    /// The webhook has taken it. False if it had been taken before. The record stays.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn outbox_done(&self, id: Ulid) -> Result<bool, StoreError> {
        self.0.writer.write(move |tx| tx.delete(Kind::Outbox, &id.to_bytes()))
    }

    /// Puts a record into the outbox once more, due at once. False if there is no such record.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn outbox_again(&self, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
        self.write_noted(move |tx| {
            let id = id.to_bytes();
            if tx.get(Kind::Record, &id)?.is_none() {
                return Ok(false);
            }
            let last_error = String::new();
            let waiting = Waiting { attempts: 0, first_at: now, next_at: now, last_error };
            tx.put(Kind::Outbox, &id, &waiting.write()?)?;
            Ok(true)
        })
    }

    /// Gives a delivery up, after [`crate::limits::OUTBOX_AGE`]. False if it is gone. The record
    /// stays.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn outbox_drop(&self, id: Ulid) -> Result<bool, StoreError> {
        self.outbox_done(id)
    }

    /// Since when the oldest record waits for the webhook.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn outbox_oldest(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut oldest = None;
        self.walk(Kind::Outbox, &[], |_, payload| {
            oldest = Some(Waiting::read(payload).ok_or_else(bad)?.first_at);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(oldest)
    }

    /// How many records wait for the webhook.
    pub fn outbox_len(&self) -> u64 {
        self.count(Kind::Outbox)
    }
}

fn bad() -> StoreError {
    unreadable("a delivery")
}
