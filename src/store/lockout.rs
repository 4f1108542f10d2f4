//! The lock-out of call-flow row 10c: who fails three entries in one call has to wait, longer each
//! time.
//!
//! How long somebody has waited is told by the monotonic clock. Only across a restart does wall
//! time count, and a clock that went backwards there costs at most one full wait, from the first
//! look on.

use super::row::Kind;
use super::{Store, StoreError, unreadable};
use crate::clock::{Mono, Now};
use crate::number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

/// Telephones that are remembered at most; the longest silent go.
pub const LOCKOUTS: usize = 10_000;
/// After the first failed call.
const FIRST: Duration = Duration::from_secs(60);
/// At most.
const LONGEST: Duration = Duration::from_secs(3600);
/// After this long without a failed call, nothing is held against anybody.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);

/// A telephone's failed calls as they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) calls: u32,
    /// When the last one was.
    pub(super) at: Timestamp,
}

impl Failed {
    pub(super) fn read(payload: &[u8]) -> Option<Failed> {
        serde_json::from_slice(payload).ok()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| unreadable("a lock-out"))
    }

    fn wait(self) -> Duration {
        let doublings = self.calls.saturating_sub(1).min(10);
        (FIRST * (1 << doublings)).min(LONGEST)
    }
}

/// Since when, on the monotonic clock, a telephone's last failed call is how old.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    failed: Failed,
    mono: Mono,
    age: Duration,
}

/// The pins of this process.
pub(super) type Seen = HashMap<Vec<u8>, Pin>;

impl Store {
    /// Until when this telephone is locked out; `None` if it is not.
    ///
    /// # Errors
    /// Only while a book that failed is closed.
    pub fn lockout_until(
        &self,
        phone: &PhoneNumber,
        now: Now,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some((failed, age)) = self.failed(phone, now)? else { return Ok(None) };
        let left = failed.wait().saturating_sub(age);
        let until = now.wall.checked_add(left).unwrap_or(Timestamp::MAX);
        Ok((!left.is_zero()).then_some(until))
    }

    /// Counts a call with three failed entries, and says until when its telephone is locked out: 60
    /// s, doubled by each further such call up to an hour. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn count_failed_call(
        &self,
        phone: &PhoneNumber,
        now: Now,
    ) -> Result<Timestamp, StoreError> {
        let remembered = self.failed(phone, now)?.is_some();
        let id = phone.e164().as_bytes().to_vec();
        let key = id.clone();
        let failed = self.0.writer.write(move |tx| {
            let before = tx.get(Kind::Lockout, &id)?.and_then(|payload| Failed::read(&payload));
            let calls = before.filter(|_| remembered).map_or(0, |failed| failed.calls);
            let failed = Failed { calls: calls.saturating_add(1), at: now.wall };
            tx.put(Kind::Lockout, &id, &failed.write()?)?;
            if tx.count(Kind::Lockout) > LOCKOUTS as u64 {
                let known = tx.index.failed.iter().filter(|(other, _)| **other != id);
                let oldest = known.min_by_key(|(_, failed)| failed.at).map(|(id, _)| id.clone());
                oldest.map_or(Ok(false), |oldest| tx.delete(Kind::Lockout, &oldest))?;
            }
            Ok(failed)
        })?;
        let pin = Pin { failed, mono: now.mono, age: Duration::ZERO };
        self.seen().insert(key, pin);
        Ok(now.wall.checked_add(failed.wait()).unwrap_or(Timestamp::MAX))
    }

    /// Forgets a telephone's failed calls, after a success. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn forget_failed_calls(&self, phone: &PhoneNumber) -> Result<(), StoreError> {
        let id = phone.e164().as_bytes().to_vec();
        self.seen().remove(&id);
        // Nearly always there is nothing to forget, and no disk to wait for.
        if self.0.shared.read(|state| !state.index.failed.contains_key(&id))? {
            return Ok(());
        }
        self.0.writer.write(move |tx| tx.delete(Kind::Lockout, &id)).map(|_| ())
    }

    /// Deletes what is a day old, by a trusted clock.
    pub(super) fn purge_failed_calls(&self, now: Now) -> Result<(), StoreError> {
        let old: Vec<Vec<u8>> = self.0.shared.read(|state| {
            let is_old = |failed: &Failed| age_by_wall(*failed, now) > FORGOTTEN;
            let old = state.index.failed.iter().filter(|(_, failed)| is_old(failed));
            old.map(|(id, _)| id.clone()).collect()
        })?;
        if old.is_empty() {
            return Ok(());
        }
        self.seen().retain(|id, _| !old.contains(id));
        self.0
            .writer
            .write(move |tx| old.iter().try_for_each(|id| tx.delete(Kind::Lockout, id).map(|_| ())))
    }

    /// A telephone's failed calls and the age of the last one, unless they are forgotten.
    fn failed(
        &self,
        phone: &PhoneNumber,
        now: Now,
    ) -> Result<Option<(Failed, Duration)>, StoreError> {
        let id = phone.e164().as_bytes();
        let failed = self.0.shared.read(|state| state.index.failed.get(id).copied())?;
        let Some(failed) = failed else { return Ok(None) };
        let mut seen = self.seen();
        let pinned = seen.get(id).filter(|pin| pin.failed == failed).copied();
        let pin = pinned.unwrap_or_else(|| {
            let pin = Pin { failed, mono: now.mono, age: age_by_wall(failed, now) };
            seen.insert(id.to_vec(), pin);
            pin
        });
        let age = pin.age + now.mono.saturating_sub(pin.mono);
        Ok((age <= FORGOTTEN).then_some((failed, age)))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn age_by_wall(failed: Failed, now: Now) -> Duration {
    let age: SignedDuration = now.wall.duration_since(failed.at);
    Duration::try_from(age).unwrap_or(Duration::ZERO)
}
