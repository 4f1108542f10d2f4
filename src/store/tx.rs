//! A transaction: what one job reads and changes. Jobs of one commit see each other's changes; a
//! job that fails leaves none.

use super::book::{Book, BookError};
use super::entry::Change;
use super::error::StoreError;
use super::index::Index;
use super::row::{self, KEY_OCTETS, Kind, Totals, VALUE_OCTETS};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A changed row: as it was before the commit, and as it will be. Both are sealed.
pub(super) struct Changed {
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
}

/// What a job found of a row in the changes before it.
enum Before {
    Unchanged,
    Changed(Option<Vec<u8>>),
}

/// The changes of one commit as they come together.
pub(super) struct Tx<'a> {
    book: &'a Book,
    pub(super) index: &'a Index,
    /// The number of this commit.
    seq: u64,
    changes: BTreeMap<Vec<u8>, Changed>,
    /// A row was read that cannot be believed.
    damaged: Cell<bool>,
    /// What the running job has changed, and how it was before.
    undo: Vec<(Vec<u8>, Before)>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(book: &'a Book, index: &'a Index, seq: u64) -> Tx<'a> {
        Tx {
            book,
            index,
            seq,
            changes: BTreeMap::new(),
            damaged: Cell::new(false),
            undo: Vec::new(),
        }
    }

    /// The payload of a row.
    pub(super) fn get(&self, kind: Kind, id: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let key = kind.key(id);
        if let Some(changed) = self.changes.get(&key) {
            return changed.new.as_deref().map(|value| payload_of(&key, value)).transpose();
        }
        let value = self.read(&key)?;
        value.map(|value| payload_of(&key, &value)).transpose()
    }

    /// The sealed value of a row of the book, checked.
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.book.get(key).map_err(|error| store_error(&error)).and_then(|value| {
            value.as_deref().map(|value| payload_of(key, value)).transpose()?;
            Ok(value.map(|value| value.to_vec()))
        });
        if matches!(read, Err(StoreError::Damaged(_))) {
            self.damaged.set(true);
        }
        read
    }

    /// Whether the book gave something that cannot be believed.
    pub(super) fn found_damage(&self) -> bool {
        self.damaged.get()
    }

    /// Writes a row. One that says the same already is left as it is.
    pub(super) fn put(&mut self, kind: Kind, id: &[u8], payload: &[u8]) -> Result<(), StoreError> {
        if payload.len() > VALUE_OCTETS {
            return Err(StoreError::TooLarge { what: "octets of a value", limit: VALUE_OCTETS });
        }
        let key = kind.key(id);
        if key.len() > KEY_OCTETS {
            return Err(StoreError::TooLarge { what: "octets of a key", limit: KEY_OCTETS });
        }
        let value = row::seal(&key, self.seq, payload);
        self.set(key, Some(value))
    }

    /// Deletes a row. Says whether it was there.
    pub(super) fn delete(&mut self, kind: Kind, id: &[u8]) -> Result<bool, StoreError> {
        if self.get(kind, id)?.is_none() {
            return Ok(false);
        }
        self.set(kind.key(id), None)?;
        Ok(true)
    }

    fn set(&mut self, key: Vec<u8>, new: Option<Vec<u8>>) -> Result<(), StoreError> {
        if let Some(changed) = self.changes.get_mut(&key) {
            let before = std::mem::replace(&mut changed.new, new);
            self.undo.push((key, Before::Changed(before)));
            return Ok(());
        }
        let old = self.read(&key)?;
        self.undo.push((key.clone(), Before::Unchanged));
        self.changes.insert(key, Changed { old, new });
        Ok(())
    }

    /// How many rows of a kind there are, those of this transaction counted.
    pub(super) fn count(&self, kind: Kind) -> u64 {
        let of_kind = self.changes.iter().filter(|(key, _)| Kind::of(key) == Some(kind));
        of_kind.fold(self.index.count(kind), |count, (_, changed)| {
            let came = u64::from(changed.new.is_some());
            count.wrapping_add(came).wrapping_sub(u64::from(changed.old.is_some()))
        })
    }

    /// The id of the first row of a kind.
    pub(super) fn first(&self, kind: Kind) -> Result<Option<Vec<u8>>, StoreError> {
        let mut first = None;
        let walked = self.book.walk(&kind.key(&[]), |key, _| {
            if Kind::of(key) != Some(kind) {
                return Ok(ControlFlow::Break(()));
            }
            if self.changes.get(key).is_some_and(|changed| changed.new.is_none()) {
                return Ok(ControlFlow::Continue(()));
            }
            first = Some(key[1..].to_vec());
            Ok(ControlFlow::Break(()))
        });
        walked.map_err(|error| store_error(&error))?;
        let new = self.changes.iter().find_map(|(key, changed)| {
            let is_new = Kind::of(key) == Some(kind) && changed.new.is_some();
            is_new.then(|| key[1..].to_vec())
        });
        Ok(match (first, new) {
            (Some(first), Some(new)) => Some(first.min(new)),
            (first, new) => first.or(new),
        })
    }

    /// Whether the running job has changed anything.
    pub(super) fn job_changed(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Ends a job: its changes stay, or all of them go.
    pub(super) fn end_job(&mut self, keep: bool) {
        let undo = std::mem::take(&mut self.undo);
        if keep {
            return;
        }
        for (key, before) in undo.into_iter().rev() {
            match before {
                Before::Unchanged => drop(self.changes.remove(&key)),
                Before::Changed(new) => {
                    if let Some(changed) = self.changes.get_mut(&key) {
                        changed.new = new;
                    }
                }
            }
        }
    }

    /// How many rows are changed so far.
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes, for journal and book.
    pub(super) fn into_changes(self) -> Changes {
        Changes(self.changes)
    }
}

/// The changes of a commit, complete.
pub(super) struct Changes(BTreeMap<Vec<u8>, Changed>);

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In key order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.0.iter().map(|(key, changed)| (&key[..], changed.new.as_deref()))
    }

    /// What the book adds up to after them.
    pub(super) fn totals(&self, mut totals: Totals) -> Totals {
        let crc = |key: &[u8], value: &Option<Vec<u8>>| {
            value.as_deref().and_then(|value| row::unseal(key, value).ok()).map(|value| value.crc)
        };
        for (key, changed) in &self.0 {
            crc(key, &changed.old).inspect(|crc| totals.remove(*crc));
            crc(key, &changed.new).inspect(|crc| totals.add(*crc));
        }
        totals
    }

    /// Tells the index.
    pub(super) fn note_in(&self, index: &mut Index) {
        let payload = |key: &[u8], value: &Option<Vec<u8>>| {
            value.as_deref().and_then(|value| payload_of(key, value).ok())
        };
        for (key, changed) in &self.0 {
            let (old, new) = (payload(key, &changed.old), payload(key, &changed.new));
            index.change(key, old.as_deref(), new.as_deref());
        }
    }
}

/// The payload of a sealed value.
pub(super) fn payload_of(key: &[u8], value: &[u8]) -> Result<Vec<u8>, StoreError> {
    match row::unseal(key, value) {
        Ok(sealed) => Ok(sealed.payload.to_vec()),
        Err(bad) => Err(StoreError::Damaged(bad.to_string())),
    }
}

pub(super) fn store_error(error: &BookError) -> StoreError {
    match error {
        BookError::Io(error) => StoreError::io(error),
        other => StoreError::Damaged(other.to_string()),
    }
}
