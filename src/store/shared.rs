//! What the callers, the writer and the compactor share.

use super::aside;
use super::book::{Book, Mark};
use super::error::{OpenError, StoreError};
use super::files;
use super::index::Index;
use super::journal::Journal;
use super::settle::Settled;
use crate::metrics::Commits;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

/// The open book and what goes with it.
pub(super) struct State {
    pub(super) book: Book,
    pub(super) index: Index,
}

/// What the threads share.
pub(super) struct Shared {
    dir: PathBuf,
    root: PathBuf,
    /// None while a book that failed could not be opened again.
    state: RwLock<Option<State>>,
    failed: Mutex<Option<String>>,
    /// Held while files of the log are replaced.
    log: Mutex<()>,
    stopping: AtomicBool,
    commits: Commits,
    texts_wanted: AtomicBool,
    _lock: File,
}

impl Shared {
    /// Takes over what was settled, for as long as the lock is held.
    pub(super) fn new(
        dir: &Path,
        root: &Path,
        settled: Settled,
        lock: File,
    ) -> (Shared, Journal, Mark) {
        let Settled { book, index, journal, mark } = settled;
        let shared = Shared {
            dir: dir.to_owned(),
            root: root.to_owned(),
            state: RwLock::new(Some(State { book, index })),
            failed: Mutex::new(None),
            log: Mutex::new(()),
            stopping: AtomicBool::new(false),
            commits: Commits::default(),
            texts_wanted: AtomicBool::new(false),
            _lock: lock,
        };
        (shared, journal, mark)
    }

    /// How long commits take.
    pub(super) fn commits(&self) -> &Commits {
        &self.commits
    }

    pub(super) fn want_texts(&self) {
        self.texts_wanted.store(true, Ordering::Relaxed);
    }

    /// Whether new orders have messages for their parties.
    pub(super) fn are_texts_wanted(&self) -> bool {
        self.texts_wanted.load(Ordering::Relaxed)
    }

    /// Where book and log are.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where damaged folders go.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Looks at the state; others may look at the same time.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.as_ref().map(look).ok_or_else(|| self.failure())
    }

    /// Changes the state, alone.
    pub(super) fn write(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = state.as_mut() {
            change(state);
        }
    }

    /// Closes the book and settles it anew.
    pub(super) fn reopen(
        &self,
        settle: impl FnOnce() -> Result<Settled, OpenError>,
    ) -> Result<(Journal, Mark), OpenError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = None;
        let Settled { book, index, journal, mark } = settle()?;
        *state = Some(State { book, index });
        *self.lock_failed() = None;
        Ok((journal, mark))
    }

    /// Notes that the store has to be settled anew before the next commit.
    pub(super) fn fail(&self, why: &str) {
        log::error!("store: {why}");
        *self.lock_failed() = Some(why.to_owned());
    }

    pub(super) fn has_failed(&self) -> bool {
        self.lock_failed().is_some()
    }

    /// Why the book is closed.
    pub(super) fn failure(&self) -> StoreError {
        let why = self.lock_failed().clone();
        StoreError::Io(why.unwrap_or_else(|| "the book is closed".to_owned()))
    }

    fn lock_failed(&self) -> MutexGuard<'_, Option<String>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the files of the log as they are.
    pub(super) fn hold_log(&self) -> MutexGuard<'_, ()> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Space left on the disk; as much as one likes where that cannot be asked.
    pub(super) fn free_octets(&self) -> u64 {
        rustix::fs::statvfs(&self.dir)
            .map_or(u64::MAX, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Octets of the store on disk, what was moved aside not counted.
    pub(super) fn size_on_disk(&self) -> u64 {
        files::size(&self.dir)
    }

    /// What people should know, and whether anything stored may be missing or cannot be stored.
    pub(super) fn notices(&self) -> (Vec<String>, bool) {
        let incidents = aside::notices(&self.root);
        let loss = incidents.iter().any(|notice| notice.loss);
        let failed = self.lock_failed().clone();
        let sound = failed.is_none() && !loss;
        (incidents.into_iter().map(|notice| notice.text).chain(failed).collect(), sound)
    }
}
