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
/// Deliveries that are made due at once by one request.
const ALL_ROWS: usize = 4000;
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
    /// Somebody asked for it: it does not wait behind others of its line.
    pub by_hand: bool,
}

/// A delivery as it is kept. The record is in its own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) attempts: u32,
    pub(super) first_at: Timestamp,
    pub(super) next_at: Timestamp,
    pub(super) last_error: String,
    #[serde(default)]
    pub(super) by_hand: bool,
}

impl Waiting {
    pub(super) fn new(record: &CallRecord) -> Waiting {
        let at = record.ended_at.unwrap_or(record.started_at);
        Waiting::since(at)
    }

    fn since(at: Timestamp) -> Waiting {
        let last_error = String::new();
        Waiting { attempts: 0, first_at: at, next_at: at, last_error, by_hand: false }
    }

    fn delivery_of(self, record: CallRecord) -> Delivery {
        let Waiting { attempts, first_at, next_at, last_error, by_hand } = self;
        Delivery { record, attempts, first_at, next_at, last_error, by_hand }
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
            deliveries.push(Waiting::read(&waiting).ok_or_else(bad)?.delivery_of(record));
        }
        Ok(deliveries)
    }

    /// The delivery of a record, if it waits.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn outbox_of(&self, id: Ulid) -> Result<Option<Delivery>, StoreError> {
        let Some(waiting) = self.get(Kind::Outbox, &id.to_bytes())? else { return Ok(None) };
        let waiting = Waiting::read(&waiting).ok_or_else(bad)?;
        Ok(self.record(id)?.map(|record| waiting.delivery_of(record)))
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
            waiting.by_hand = false;
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

    /// Has a record delivered at once, because somebody asked for it: one that waits, or one that was
    /// delivered, once more. False if there is no such record.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn outbox_again(&self, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
        self.write_noted(move |tx| {
            let id = id.to_bytes();
            if tx.get(Kind::Record, &id)?.is_none() {
                return Ok(false);
            }
            let waits = tx.get(Kind::Outbox, &id)?;
            let waits = waits.map(|waits| Waiting::read(&waits).ok_or_else(bad)).transpose()?;
            let mut waiting = waits.unwrap_or_else(|| Waiting::since(now));
            (waiting.next_at, waiting.by_hand) = (now, true);
            tx.put(Kind::Outbox, &id, &waiting.write()?)?;
            Ok(true)
        })
    }

    /// Makes what waits due at once, those that are due first first. Says how many these are.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn outbox_all_again(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.write_noted(move |tx| {
            let due: Vec<Ulid> = tx.index.due.iter().take(ALL_ROWS).map(|(_, id)| *id).collect();
            let mut count = 0;
            for id in due {
                let id = id.to_bytes();
                let Some(waiting) = tx.get(Kind::Outbox, &id)? else { continue };
                let mut waiting = Waiting::read(&waiting).ok_or_else(bad)?;
                waiting.next_at = now;
                tx.put(Kind::Outbox, &id, &waiting.write()?)?;
                count += 1;
            }
            Ok(count)
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
