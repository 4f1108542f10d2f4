//! Calls: those still open, and the records of those that ended.

use super::index::ulid_of;
use super::outbox::Waiting;
use super::row::Kind;
use super::tx::Tx;
use super::{Store, StoreError, unreadable};
use crate::limits::CALL_RECORDS;
use crate::record::CallRecord;
use jiff::Timestamp;
use std::ops::ControlFlow;
use ulid::Ulid;

impl Store {
    /// Keeps what is known of a call that is still open, so that a crash ends in a record of it
    /// ([`Store::open_calls`]). It is on disk a moment later: a line that has sound to play cannot
    /// wait. Nothing happens if the call has its record already.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Stopped`]: it will not be kept.
    pub fn progress(&self, record: &CallRecord) -> Result<(), StoreError> {
        let (id, payload) = (record.call_id.to_bytes(), write(record)?);
        self.0.writer.post(move |tx| {
            if tx.get(Kind::Record, &id)?.is_none() {
                tx.put(Kind::OpenCall, &id, &payload)?;
            }
            Ok(())
        })
    }

    /// Stores the record of a call that ended, puts it into the outbox if it is to be delivered,
    /// and removes the open call: one transaction, on disk when this returns. A call has one
    /// record: a second one of the same `call_id` changes nothing. The oldest go beyond
    /// [`CALL_RECORDS`].
    ///
    /// # Errors
    /// As [`Store::put_order`]; ask again, it does no harm.
    pub fn add_record(&self, record: &CallRecord, deliver: bool) -> Result<(), StoreError> {
        let (id, payload) = (record.call_id.to_bytes(), write(record)?);
        let waiting = deliver.then(|| Waiting::new(record));
        self.0.writer.write(move |tx| {
            tx.delete(Kind::OpenCall, &id)?;
            if tx.get(Kind::Record, &id)?.is_some() {
                return Ok(());
            }
            tx.put(Kind::Record, &id, &payload)?;
            if let Some(waiting) = waiting {
                tx.put(Kind::Outbox, &id, &waiting.write()?)?;
            }
            drop_oldest(tx, CALL_RECORDS)
        })
    }

    /// The calls that have no record yet: at a start, those that a crash cut off.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn open_calls(&self) -> Result<Vec<CallRecord>, StoreError> {
        // What was told before is seen: progress does not wait for itself.
        self.flush()?;
        let mut calls = Vec::new();
        self.walk(Kind::OpenCall, &[], |_, payload| {
            calls.push(read(payload)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(calls)
    }

    /// One call record.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn record(&self, id: Ulid) -> Result<Option<CallRecord>, StoreError> {
        let payload = self.get(Kind::Record, &id.to_bytes())?;
        payload.map(|payload| read(&payload)).transpose()
    }

    /// At most `limit` call records, oldest first by their ULID: those of calls that began at
    /// `since` or later (to the millisecond, by the clock of then), after the one named.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn records(
        &self,
        since: Option<Timestamp>,
        after: Option<Ulid>,
        limit: usize,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let since = since.map_or(0, |at| u64::try_from(at.as_millisecond()).unwrap_or(0));
        let from = Ulid::from_parts(since, 0).max(after.unwrap_or_default());
        let mut records = Vec::new();
        self.walk(Kind::Record, &from.to_bytes(), |id, payload| {
            if records.len() >= limit {
                return Ok(ControlFlow::Break(()));
            }
            if after.is_none() || ulid_of(id) != after {
                records.push(read(payload)?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(records)
    }
}

/// Deletes the oldest records beyond so many, and their deliveries.
fn drop_oldest(tx: &mut Tx<'_>, keep: usize) -> Result<(), StoreError> {
    while tx.count(Kind::Record) > keep as u64 {
        let Some(oldest) = tx.first(Kind::Record)? else { break };
        tx.delete(Kind::Record, &oldest)?;
        tx.delete(Kind::Outbox, &oldest)?;
    }
    Ok(())
}

pub(super) fn write(record: &CallRecord) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(|_| unreadable("a call record"))
}

pub(super) fn read(payload: &[u8]) -> Result<CallRecord, StoreError> {
    serde_json::from_slice(payload).map_err(|_| unreadable("a call record"))
}
