//! Mending: making the book from the log, the log from the book, and both from what is left.
//!
//! Each of these writes the new under a name that counts for nothing, moves the damaged aside, and
//! gives the new its name; cut short at any point, the next start finds the damage again.

use super::aside;
use super::book::{Book, BookError, Mark};
use super::error::OpenError;
use super::files;
use super::journal::Journal;
use super::log::{Log, each_commit};
use super::row::{self, Totals};
use super::settle::open_error;
use super::snapshot::{SnapshotRows, SnapshotWriter};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Rows that are handed to sled at once.
const BATCH_ROWS: usize = 1000;

/// Makes the book again from a log that is whole. `aside` says where the damaged one goes.
pub(super) fn rebuild_book(
    dir: &Path,
    aside: Option<(&Path, &str)>,
    log: &Log,
) -> Result<(), OpenError> {
    let path = files::unfinished(&files::book(dir));
    let mut loader = Loader::create(&path)?;
    if let Some(base) = &log.base {
        let mut rows = SnapshotRows::open(base)?;
        while let Some((key, value)) = rows.next()? {
            loader.put(key, value).map_err(open_error)?;
        }
    }
    each_commit(&log.live_journals(), |entry| {
        for (key, value) in entry.changes().filter(|_| entry.seq > log.base_seq) {
            match value {
                Some(value) => loader.put(key.to_vec(), value.to_vec())?,
                None => loader.delete(key.to_vec())?,
            }
        }
        Ok(())
    })
    .map_err(open_error)?;
    loader.finish(log.end).map_err(open_error)?;
    if let Some((root, what)) = aside {
        let folder = aside::make(root, what, false)?;
        aside::take(&files::book(dir), &folder)?;
    }
    Ok(files::rename(&path, &files::book(dir))?)
}

/// Makes the log again from a book that is whole.
pub(super) fn rewrite_log(
    dir: &Path,
    root: &Path,
    book: &Book,
    mark: Mark,
    log: &Log,
    what: &str,
) -> Result<(), OpenError> {
    let path = write_snapshot(dir, book, mark)?;
    let folder = aside::make(root, what, false)?;
    for damaged in log.files.all() {
        aside::take(damaged, &folder)?;
    }
    files::rename(&path, &files::snapshot(dir, mark.seq))?;
    Journal::create(dir, mark.seq)?;
    Ok(())
}

/// Writes a snapshot of a whole book, under a name that does not count yet.
fn write_snapshot(dir: &Path, book: &Book, mark: Mark) -> Result<PathBuf, OpenError> {
    let path = files::unfinished(&files::snapshot(dir, mark.seq));
    let mut snapshot = SnapshotWriter::create(&path, mark.seq)?;
    book.walk(&[], |key, value| {
        snapshot.push(key, value)?;
        Ok(ControlFlow::Continue(()))
    })
    .map_err(open_error)?;
    if snapshot.finish()? != mark.totals {
        return Err(OpenError::Damaged("the book changed while it was read".to_owned()));
    }
    Ok(path)
}

/// Both are damaged: the newest of each row that either still has.
pub(super) fn salvage(dir: &Path, root: &Path, log: &Log, what: &str) -> Result<(), OpenError> {
    let path = files::unfinished(&files::book(dir));
    let mut loader = Loader::create(&path)?;
    // Also above what only a name tells of.
    let named = log.files.snapshots.iter().chain(&log.files.journals).map(|(seq, _)| *seq);
    let mut highest = named.fold(log.highest, u64::max);
    for (_, snapshot) in &log.files.snapshots {
        let taken = SnapshotRows::open(snapshot).and_then(|mut rows| {
            while let Some((key, value)) = rows.next()? {
                loader.put_if_newer(&key, &value, &mut highest).map_err(to_io)?;
            }
            Ok(())
        });
        skip_unreadable(snapshot, taken);
    }
    // Deleted, and by which commit: an older row of these must not come back.
    let mut deleted: HashMap<Vec<u8>, u64> = HashMap::new();
    for (_, journal) in &log.files.journals {
        let taken = each_commit(std::slice::from_ref(journal), |entry| {
            for (key, value) in entry.changes() {
                match value {
                    Some(value) => loader.put_if_newer(key, value, &mut highest)?,
                    None => {
                        deleted.insert(key.to_vec(), entry.seq);
                        loader.delete_if_older(key, entry.seq)?;
                    }
                }
            }
            Ok::<_, BookError>(())
        });
        skip_unreadable(journal, taken);
    }
    let taken = Book::open(&files::book(dir)).and_then(|old| {
        old.walk(&[], |key, value| {
            let seq = row::unseal(key, value).map_or(0, |sealed| sealed.seq);
            if deleted.get(key).is_none_or(|at| seq > *at) {
                loader.put_if_newer(key, value, &mut highest)?;
            }
            Ok(ControlFlow::Continue(()))
        })
    });
    skip_unreadable(&files::book(dir), taken);

    let (book, mark) = loader.count(highest + 1).map_err(open_error)?;
    let snapshot = write_snapshot(dir, &book, mark)?;
    drop(book);
    let folder = aside::make(root, what, true)?;
    // From here on the new snapshot is a log that is whole, from which the book can be made.
    files::rename(&snapshot, &files::snapshot(dir, mark.seq))?;
    Journal::create(dir, mark.seq)?;
    for damaged in log.files.all() {
        aside::take(damaged, &folder)?;
    }
    aside::take(&files::book(dir), &folder)?;
    Ok(files::rename(&path, &files::book(dir))?)
}

fn to_io(error: BookError) -> io::Error {
    match error {
        BookError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

fn skip_unreadable<E: std::fmt::Display>(path: &Path, taken: Result<(), E>) {
    if let Err(error) = taken {
        log::warn!("store: {} could be read in part only: {error}", path.display());
    }
}

/// Fills a new book.
struct Loader {
    book: Book,
    waiting: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Loader {
    fn create(path: &Path) -> Result<Loader, OpenError> {
        files::make_dir(path)?;
        let book = Book::open(path).map_err(open_error)?;
        Ok(Loader { book, waiting: BTreeMap::new() })
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), BookError> {
        self.change(key, Some(value))
    }

    fn delete(&mut self, key: Vec<u8>) -> Result<(), BookError> {
        self.change(key, None)
    }

    fn change(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<(), BookError> {
        self.waiting.insert(key, value);
        if self.waiting.len() < BATCH_ROWS {
            return Ok(());
        }
        self.hand_over(Mark::default())?;
        // sled keeps what is not flushed in memory, however much that is.
        self.book.sync()
    }

    fn hand_over(&mut self, mark: Mark) -> Result<(), BookError> {
        let waiting = std::mem::take(&mut self.waiting);
        // sled frees old pages a few at a time, now and then as a row is looked at, and never
        // because there are many: without this, a million rows take a gigabyte.
        for key in waiting.keys() {
            self.book.get(key)?;
        }
        self.book.apply(waiting.iter().map(|(key, value)| (&key[..], value.as_deref())), mark)
    }

    /// The commit that wrote the row which is there now.
    fn seq_of(&self, key: &[u8]) -> Result<Option<u64>, BookError> {
        let value = match self.waiting.get(key) {
            Some(value) => value.clone(),
            None => self.book.get(key)?.map(|value| value.to_vec()),
        };
        Ok(value.and_then(|value| row::unseal(key, &value).ok().map(|sealed| sealed.seq)))
    }

    fn put_if_newer(
        &mut self,
        key: &[u8],
        value: &[u8],
        highest: &mut u64,
    ) -> Result<(), BookError> {
        let Ok(sealed) = row::unseal(key, value) else { return Ok(()) };
        *highest = sealed.seq.max(*highest);
        if self.seq_of(key)?.is_none_or(|there| sealed.seq > there) {
            self.put(key.to_vec(), value.to_vec())?;
        }
        Ok(())
    }

    fn delete_if_older(&mut self, key: &[u8], seq: u64) -> Result<(), BookError> {
        match self.seq_of(key)? {
            Some(there) if there < seq => self.delete(key.to_vec()),
            _ => Ok(()),
        }
    }

    /// Ends it with a mark that is known.
    fn finish(mut self, mark: Mark) -> Result<Book, BookError> {
        self.hand_over(mark)?;
        self.book.sync()?;
        Ok(self.book)
    }

    /// Ends it with the mark that its rows come to.
    fn count(mut self, seq: u64) -> Result<(Book, Mark), BookError> {
        self.hand_over(Mark::default())?;
        let mut totals = Totals::default();
        self.book.walk(&[], |key, value| {
            totals.add(row::unseal(key, value)?.crc);
            Ok(ControlFlow::Continue(()))
        })?;
        let mark = Mark { seq, totals };
        Ok((self.finish(mark)?, mark))
    }
}
