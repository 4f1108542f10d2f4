//! The store: orders, call records and their delivery, tokens, settings. It never loses what it
//! acknowledged, and it never serves what it cannot vouch for.
//!
//! In the store's folder, under `book/`:
//! - `sled/` is the book, in which everything is looked up;
//! - `snapshot-N` holds every row as of commit N, `journal-N` every commit after it: the log.
//!
//! A write is acknowledged when it is on the disk twice, in the journal and in the book, each by a
//! real fsync; writes that wait at the same time share these. At a start both are read in full.
//! Each value has a checksum, commits are numbered, and the totals of the book have to be those
//! that the last commit foretells; so a damaged copy is known as such, is moved aside to
//! `damaged-*` (never deleted), and made again from the other. `status` tells of it for as long as
//! that folder is there.
//!
//! The rooms, from the bottom: `row` and `frame` (what octets mean), `entry`, `snapshot`,
//! `journal`, `log` (one copy), `book` (the other), `settle` and `mend` (comparing and mending),
//! `tx`, `writer`, `compact` (changing), `index` (finding); then one file per noun, and `backup`
//! and `line` (all of it, as text).

mod aside;
mod audit;
mod backup;
mod book;
mod calls;
mod compact;
mod entry;
mod error;
mod files;
mod frame;
mod index;
mod journal;
mod line;
mod lockout;
mod log;
mod mend;
mod orders;
mod outbox;
mod packed;
mod row;
mod settings;
mod settle;
mod shared;
mod snapshot;
#[cfg(test)]
mod tests;
mod texts;
mod tokens;
mod tx;
mod writer;

pub use audit::{AUDIT_ENTRIES, AuditEntry};
pub use backup::{Report, export, restore, verify};
pub use error::{ExportError, OpenError, RestoreError, StoreError};
pub use lockout::LOCKOUTS;
pub use orders::{BATCH_ORDERS, Put};
pub use outbox::Delivery;
pub use settings::{SETTING_KEY_OCTETS, SETTING_OCTETS};
pub use texts::{OrderText, TEXT_PEERS, TEXTS_WAITING, TextPeer};
pub use tokens::{Account, NewAccount, Role, TOKEN_NAME_OCTETS, TOKENS, Token};

use crate::metrics::Commits;
use lockout::Seen;
use row::Kind;
use serde::Serialize;
use shared::Shared;
use std::fs::{File, TryLockError};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use writer::Writer;

/// The name of the file by whose lock a second process is kept out.
const LOCK_FILE: &str = "store.lock";

/// An open store. Cloning it is cheap; the clones are one store, and when the last of them is gone
/// it is closed.
#[derive(Clone)]
pub struct Store(Arc<Inner>, Option<Arc<AuditEntry>>);

struct Inner {
    // Before `shared`: the writer ends first.
    writer: Writer,
    shared: Arc<Shared>,
    /// When, on the monotonic clock, telephones failed.
    seen: Mutex<Seen>,
}

/// How the store is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreStatus {
    /// Orders that are kept, those expired and not yet purged included.
    pub orders: u64,
    /// Call records that are kept.
    pub records: u64,
    /// Records that wait for the webhook.
    pub outbox: u64,
    /// Octets on disk, without what was moved aside.
    pub size_on_disk: u64,
    /// Octets that are free on that disk, for whoever may use them; `None` where it cannot be asked.
    #[serde(skip)]
    pub free_on_disk: Option<u64>,
    /// False where something stored may be missing, or nothing can be stored at present.
    pub healthy: bool,
    /// What people should know: what was damaged, what was done, where the damaged files are.
    pub notices: Vec<String>,
}

impl Store {
    /// Opens the store in the data folder `path`, or makes one there (its own folders have mode 0700).
    ///
    /// Everything in it is read and checked; what is damaged is mended from its other copy. A
    /// million orders take a few seconds.
    ///
    /// # Errors
    /// [`OpenError::InUse`] if it is open already, here or in another process;
    /// [`OpenError::TooNew`] if a later version wrote it; [`OpenError::Io`] if the disk refuses;
    /// [`OpenError::Damaged`] if mending it failed.
    pub fn open(path: &Path) -> Result<Store, OpenError> {
        let lock = lock(path)?;
        backup::finish_restore(path)?;
        Store::open_locked(&book_dir(path), path, lock)
    }

    fn open_locked(dir: &Path, root: &Path, lock: File) -> Result<Store, OpenError> {
        let settled = settle::settle(dir, root)?;
        let (shared, journal, mark) = Shared::new(dir, root, settled, lock);
        let shared = Arc::new(shared);
        let writer = Writer::start(shared.clone(), journal, mark);
        let inner = Inner { writer, shared, seen: Mutex::default() };
        Ok(Store(Arc::new(inner), None))
    }

    /// How the store is. Cheap enough for a status page, not for a loop.
    pub fn status(&self) -> StoreStatus {
        let count = |kind| self.count(kind);
        let (notices, healthy) = self.0.shared.notices();
        StoreStatus {
            orders: count(Kind::Order),
            records: count(Kind::Record),
            outbox: count(Kind::Outbox),
            size_on_disk: self.0.shared.size_on_disk(),
            free_on_disk: Some(self.0.shared.free_octets()).filter(|free| *free < u64::MAX),
            healthy,
            notices,
        }
    }

    /// How long its commits take.
    pub fn commits(&self) -> &Commits {
        self.0.shared.commits()
    }

    /// Waits until everything that was asked before is on the disk, also what does not wait for
    /// itself ([`Store::progress`]). To be called at a stop.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] if the writer has ended.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.0.writer.write(|_| Ok(()))
    }

    fn count(&self, kind: Kind) -> u64 {
        self.0.shared.read(|state| state.index.count(kind)).unwrap_or(0)
    }

    /// The payload of a row.
    fn get(&self, kind: Kind, id: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let key = kind.key(id);
        let value = self.0.shared.read(|state| state.book.get(&key))?;
        let payload = value
            .map_err(|error| tx::store_error(&error))
            .and_then(|value| value.map(|value| tx::payload_of(&key, &value)).transpose());
        payload.inspect_err(|error| self.mend(error))
    }

    /// Has the writer look the book over, after something was read that cannot be believed.
    fn mend(&self, error: &StoreError) {
        if let StoreError::Damaged(how) = error {
            self.0.shared.fail(&format!("the book is damaged: {how}"));
            let _ = self.0.writer.post(|_| Ok(()));
        }
    }

    /// Shows the rows of a kind to `see`, in order, from an id on, until it breaks. Not for long
    /// walks: those go page by page, so that a change can come in between.
    fn walk(
        &self,
        kind: Kind,
        from: &[u8],
        mut see: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut failure = None;
        let walked = self.0.shared.read(|state| {
            state.book.walk(&kind.key(from), |key, value| {
                if Kind::of(key) != Some(kind) {
                    return Ok(ControlFlow::Break(()));
                }
                let sealed = row::unseal(key, value)?;
                Ok(see(&key[1..], sealed.payload).unwrap_or_else(|error| {
                    failure = Some(error);
                    ControlFlow::Break(())
                }))
            })
        })?;
        walked.map_err(|error| tx::store_error(&error)).inspect_err(|error| self.mend(error))?;
        failure.map_or(Ok(()), Err)
    }
}

/// Book and log within a data folder, which holds other things as well.
fn book_dir(path: &Path) -> PathBuf {
    path.join("book")
}

/// A lock lives on in a process that was being started when its holder closed it, until that process
/// runs a program of its own.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
const LOCK_TRY_AGAIN: Duration = Duration::from_millis(20);

/// Keeps others out of a data folder.
fn lock(path: &Path) -> Result<File, OpenError> {
    files::make_dir(path)?;
    let file =
        File::options().create(true).truncate(false).write(true).open(path.join(LOCK_FILE))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(LOCK_TRY_AGAIN);
            }
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(OpenError::Io(error)),
        }
    }
}

/// What a row that is whole and yet says nothing known is to whoever reads it.
fn unreadable(kind: &str) -> StoreError {
    StoreError::Damaged(format!("a row cannot be read: {kind}"))
}
