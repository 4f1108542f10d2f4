//! Compaction: a snapshot and the journal after it become the next snapshot, in the background,
//! while the writer goes on with the next journal. sled is not asked: the two copies of the book
//! stay apart.

use super::book::Mark;
use super::entry::Entry;
use super::files::{self, Listing};
use super::journal::{Commits, NextCommit};
use super::shared::Shared;
use super::snapshot::{SnapshotRows, SnapshotWriter};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// The thread that compacts.
pub(super) struct Compactor {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Compactor {
    pub(super) fn start(shared: Arc<Shared>) -> Compactor {
        let (wake, woken) = sync_channel(1);
        let own = shared.clone();
        let thread = std::thread::Builder::new()
            .name("store-compact".to_owned())
            .spawn(move || run(&own, &woken))
            .inspect_err(|error| log::error!("store: no thread for compaction: {error}"))
            .ok();
        let compactor = Compactor { wake: Some(wake), thread, shared };
        compactor.wake();
        compactor
    }

    /// Says that a journal is complete.
    pub(super) fn wake(&self) {
        if let Some(Err(TrySendError::Disconnected(()))) =
            self.wake.as_ref().map(|wake| wake.try_send(()))
        {
            log::error!("store: the compaction has ended");
        }
    }
}

impl Drop for Compactor {
    fn drop(&mut self) {
        self.shared.stop();
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        while !shared.is_stopping() {
            let _log = shared.hold_log();
            match compact_one(shared) {
                Ok(true) => {}
                Ok(false) => break,
                Err(Failure::Io(error)) => {
                    log::warn!("store: a journal is not compacted yet: {error}");
                    break;
                }
                Err(Failure::Damaged(how)) => {
                    shared.fail(&format!("the journal is damaged: {how}"));
                    break;
                }
                Err(Failure::Stopped) => return,
            }
        }
    }
}

/// Why a compaction came to nothing.
enum Failure {
    Io(io::Error),
    Damaged(String),
    Stopped,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

/// Folds the oldest journal into the snapshot, if another journal follows it.
fn compact_one(shared: &Shared) -> Result<bool, Failure> {
    let dir = shared.dir();
    let listing = Listing::read(dir)?;
    let [(_, oldest), (next_start, _), ..] = &listing.journals[..] else { return Ok(false) };
    let base = listing.snapshots.last();
    let path = files::unfinished(&files::snapshot(dir, *next_start));
    let base_path = base.map(|(_, path)| path.as_path());
    let base_seq = base.map_or(0, |(seq, _)| *seq);
    fold(shared, base_path, base_seq, oldest, *next_start, &path)?;
    files::rename(&path, &files::snapshot(dir, *next_start))?;
    fs::remove_file(oldest)?;
    for (_, old) in &listing.snapshots {
        fs::remove_file(old)?;
    }
    Ok(true)
}

/// Snapshot and journal to the next snapshot, whose rows must be what the journal foretells.
fn fold(
    shared: &Shared,
    base: Option<&Path>,
    base_seq: u64,
    journal: &Path,
    end_seq: u64,
    to: &Path,
) -> Result<(), Failure> {
    let (entries, end) = read_journal(journal, base_seq)?;
    if end.seq != end_seq {
        return Err(Failure::Damaged(format!("it ends at {}, not at {end_seq}", end.seq)));
    }
    // Sorted by key; of several changes of a row, the last one counts.
    let mut changes: Vec<_> = entries.iter().flat_map(Entry::changes).collect();
    changes.sort_by_key(|(key, _)| *key);
    let mut changes = changes.into_iter().peekable();
    let mut next_change = || loop {
        let (key, value) = changes.next()?;
        if changes.peek().is_none_or(|(next, _)| *next != key) {
            return Some((key, value));
        }
    };

    let mut out = SnapshotWriter::create(to, end_seq)?;
    let mut rows = base.map(SnapshotRows::open).transpose()?;
    let mut change = next_change();
    let mut read = 0u32;
    while let Some((key, value)) = rows.as_mut().map_or(Ok(None), SnapshotRows::next)? {
        while let Some((changed, new)) = change.filter(|(changed, _)| *changed < &key[..]) {
            new.map_or(Ok(()), |new| out.push(changed, new))?;
            change = next_change();
        }
        match change.filter(|(changed, _)| *changed == &key[..]) {
            None => out.push(&key, &value)?,
            Some((_, new)) => {
                new.map_or(Ok(()), |new| out.push(&key, new))?;
                change = next_change();
            }
        }
        read += 1;
        if read.is_multiple_of(1024) && shared.is_stopping() {
            return Err(Failure::Stopped);
        }
    }
    while let Some((changed, new)) = change {
        new.map_or(Ok(()), |new| out.push(changed, new))?;
        change = next_change();
    }
    if let Some(flaw) = rows.and_then(|rows| rows.flaw) {
        return Err(Failure::Damaged(flaw.to_string()));
    }
    if out.finish()? != end.totals {
        return Err(Failure::Damaged("its rows do not add up".to_owned()));
    }
    Ok(())
}

/// The commits of a journal after `after`, which must follow each other.
fn read_journal(path: &Path, after: u64) -> Result<(Vec<Entry>, Mark), Failure> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut end = Mark { seq: after, ..Mark::default() };
    let mut commits = Commits::open(path)?;
    while let Some(next) = commits.next()? {
        match next {
            NextCommit::Commit(entry) if entry.seq <= after => {}
            NextCommit::Commit(entry) if entry.seq == end.seq + 1 => {
                end = Mark { seq: entry.seq, totals: entry.totals };
                entries.push(entry);
            }
            NextCommit::Commit(entry) => {
                return Err(Failure::Damaged(format!("commit {} is out of place", entry.seq)));
            }
            NextCommit::Bad { from } => {
                return Err(Failure::Damaged(format!("it is damaged at octet {from}")));
            }
            NextCommit::TooNew(layout) => {
                return Err(Failure::Damaged(format!("it has layout {layout}")));
            }
        }
    }
    Ok((entries, end))
}
