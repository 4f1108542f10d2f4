//! The writer: one thread through which every change goes. It takes what waits, makes one commit of
//! it, brings it to the journal's disk and to the book's, and only then tells those who wait. While
//! the disk is busy the next commit gathers, so that a thousand writers share one fsync.

use super::book::{BookError, Mark};
use super::compact::Compactor;
use super::entry::{EntryBuilder, EntryKind};
use super::error::StoreError;
use super::files::Listing;
use super::journal::Journal;
use super::settle::settle;
use super::shared::Shared;
use super::tx::{Changes, Tx, store_error};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Writes that may wait.
const QUEUE: usize = 4096;
/// Rows of one commit, about.
const COMMIT_ROWS: usize = 4000;
/// Octets of a journal before the next one is begun and this one is compacted.
const JOURNAL_OCTETS: u64 = 8 * 1024 * 1024;
/// Journals that may wait for compaction before writers wait for it.
const JOURNALS: usize = 8;
/// Free space that writing leaves: for the book's own files, and for those who clean up.
const RESERVE_OCTETS: u64 = 4 * 1024 * 1024;
/// Between two tries to mend a store in which a commit has failed.
const MEND_PAUSE: Duration = Duration::from_secs(1);

/// Tells a waiting caller how its job ended: the job's own result if the commit is on disk.
type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs a job; says whether its changes are to be kept.
type Job = Box<dyn FnOnce(&mut Tx<'_>) -> (bool, Finish) + Send>;

/// The way to the writer.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn start(shared: Arc<Shared>, journal: Journal, mark: Mark) -> Writer {
        let (jobs, queue) = sync_channel(QUEUE);
        let compactor = Compactor::start(shared.clone());
        let mut state =
            Thread { shared: shared.clone(), journal, mark, compactor, mended_at: None };
        let run = move || state.run(&queue);
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(run).ok();
        Writer { jobs: Some(jobs), thread, shared }
    }

    /// Runs a job in a commit, and waits until that is on disk.
    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, result) = sync_channel(1);
        self.queue()?.send(boxed(job, reply)).map_err(|_| StoreError::Stopped)?;
        result.recv().map_err(|_| self.dropped())?
    }

    /// Queues a job and does not wait. It keeps its place among the jobs of the same caller.
    pub(super) fn post<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        use std::sync::mpsc::TrySendError;
        let (reply, _) = sync_channel(1);
        self.queue()?.try_send(boxed(job, reply)).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Stopped,
        })
    }

    /// Why a job was dropped: the book is closed for the time being, or the writer has ended.
    fn dropped(&self) -> StoreError {
        let ended = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        if ended { StoreError::Stopped } else { self.shared.failure() }
    }

    fn queue(&self) -> Result<&SyncSender<Job>, StoreError> {
        self.jobs.as_ref().ok_or(StoreError::Stopped)
    }
}

impl Drop for Writer {
    /// Waits until everything queued is on disk.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn boxed<T: Send + 'static>(
    job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    reply: SyncSender<Result<T, StoreError>>,
) -> Job {
    Box::new(move |tx| {
        let result = job(tx);
        let keep = result.is_ok();
        let finish = move |durable: Result<(), StoreError>| {
            // A caller who went away needs no answer.
            let _ = reply.try_send(durable.and(result));
        };
        (keep, Box::new(finish))
    })
}

struct Thread {
    shared: Arc<Shared>,
    journal: Journal,
    mark: Mark,
    compactor: Compactor,
    mended_at: Option<Instant>,
}

impl Thread {
    fn run(&mut self, queue: &Receiver<Job>) {
        while let Ok(job) = queue.recv() {
            self.mend_if_failed();
            if self.shared.has_failed() {
                // Dropped, a job tells its caller why. Nothing is built on a commit that failed.
                continue;
            }
            let (outcome, finishes) = self.commit(job, queue);
            if let Err(error) = &outcome {
                log::warn!("store: a commit failed: {error}");
            }
            for finish in finishes {
                finish(outcome.clone());
            }
            self.turn_journal();
        }
    }

    /// One commit: the job, and those that have come in the meantime.
    fn commit(&mut self, job: Job, queue: &Receiver<Job>) -> (Result<(), StoreError>, Vec<Finish>) {
        let mut finishes = Vec::new();
        let shared = self.shared.clone();
        let outcome = shared.read(|state| {
            let mut tx = Tx::new(&state.book, &state.index, self.mark.seq + 1);
            let mut next = Some(job);
            while let Some(job) = next {
                let (keep, finish) = job(&mut tx);
                tx.end_job(keep);
                finishes.push(finish);
                next = if tx.len() < COMMIT_ROWS { queue.try_recv().ok() } else { None };
            }
            if tx.found_damage() {
                // The changes stand; what was read is mended before the next commit.
                shared.fail("a row of the book is damaged");
            }
            let changes = tx.into_changes();
            if changes.is_empty() {
                return Ok(None);
            }
            let begun = Instant::now();
            let stored = self.store(&changes, |changes, mark| {
                state.book.apply(changes.iter(), mark)?;
                state.book.sync()
            });
            shared.commits().count(begun.elapsed(), stored.is_ok());
            stored.map(|()| Some(changes))
        });
        let outcome = outcome.and_then(|done| done).map(|changes| {
            if let Some(changes) = changes {
                shared.write(|state| changes.note_in(&mut state.index));
            }
        });
        (outcome, finishes)
    }

    /// Journal first, book second; each on its disk before the next.
    fn store(
        &mut self,
        changes: &Changes,
        to_book: impl FnOnce(&Changes, Mark) -> Result<(), BookError>,
    ) -> Result<(), StoreError> {
        if self.shared.free_octets() < RESERVE_OCTETS {
            return Err(StoreError::DiskFull);
        }
        let mark = Mark { seq: self.mark.seq + 1, totals: changes.totals(self.mark.totals) };
        let mut entry = EntryBuilder::new(EntryKind::Commit, mark.seq, mark.totals);
        changes.iter().for_each(|change| entry.push(change));
        if let Err(error) = self.journal.append(entry.octets()) {
            if self.journal.is_ragged() {
                self.shared.fail("the journal cannot be written");
            }
            return Err(StoreError::io(&error));
        }
        self.mark = mark;
        to_book(changes, mark).map_err(|error| {
            // The journal has it and the book perhaps not: settled before the next commit.
            self.shared.fail(&format!("the book cannot be written: {error}"));
            store_error(&error)
        })
    }

    /// After a commit that failed half-way, looks at book and journal as at a start.
    fn mend_if_failed(&mut self) {
        let soon = self.mended_at.is_some_and(|at| at.elapsed() < MEND_PAUSE);
        // Without space it would fail, and meanwhile the book that failed can still be read.
        let full = self.shared.free_octets() < RESERVE_OCTETS;
        if !self.shared.has_failed() || soon || full {
            return;
        }
        let shared = self.shared.clone();
        let _log = shared.hold_log();
        let settled = shared.reopen(|| settle(shared.dir(), shared.root()));
        self.mended_at = Some(Instant::now());
        match settled {
            Ok((journal, mark)) => (self.journal, self.mark) = (journal, mark),
            Err(error) => log::error!("store: not mended yet: {error}"),
        }
    }

    /// Begins the next journal when this one is long.
    fn turn_journal(&mut self) {
        if self.journal.len() < JOURNAL_OCTETS || self.shared.has_failed() {
            return;
        }
        let waiting = Listing::read(self.shared.dir()).map_or(0, |files| files.journals.len());
        if waiting > JOURNALS {
            // Wait for the compaction of one.
            drop(self.shared.hold_log());
        }
        match Journal::create(self.shared.dir(), self.mark.seq) {
            Ok(journal) => {
                self.journal = journal;
                self.compactor.wake();
            }
            Err(error) => log::warn!("store: no new journal could be begun: {error}"),
        }
    }
}
