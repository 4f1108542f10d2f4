//! Settling: at each start, book and log are read in full and compared; where one of them is
//! damaged, it is made again from the other. Nothing is served before.
//!
//! Both are on the disk before a write is acknowledged, so either alone has all of it. Which one is
//! whole is never a matter of trust: every value, entry and block has its checksum, the log's
//! commits are numbered without gaps, and the totals of the book have to be those that the log
//! foretells.

use super::book::{Book, BookError, Mark};
use super::error::OpenError;
use super::files;
use super::index::Index;
use super::journal::Journal;
use super::log::{Log, each_commit};
use super::mend;
use super::row;
use std::fs;
use std::io;
use std::path::Path;

/// A store that is whole: what the writer goes on with.
pub(super) struct Settled {
    pub(super) book: Book,
    pub(super) index: Index,
    pub(super) journal: Journal,
    pub(super) mark: Mark,
}

/// What a look at the book came to.
enum Found {
    Whole(Box<(Book, Mark, Index)>),
    Missing,
    Damaged(String),
}

/// What is to be done next.
enum Step {
    Ready(Box<Settled>),
    /// Something was mended: look again, in full.
    Again(String),
}

/// How often something may be mended before it is given up. Two suffice for what is known.
const ATTEMPTS: usize = 5;

/// Opens what is in `dir`, mending what has to be mended. Damaged files go to a folder under
/// `root`.
pub(super) fn settle(dir: &Path, root: &Path) -> Result<Settled, OpenError> {
    let mut mended = Vec::new();
    for _ in 0..ATTEMPTS {
        match step(dir, root)? {
            Step::Ready(settled) => return Ok(*settled),
            Step::Again(what) => mended.push(what),
        }
    }
    Err(OpenError::Damaged(mended.join("; ")))
}

fn step(dir: &Path, root: &Path) -> Result<Step, OpenError> {
    files::make_dir(dir)?;
    files::remove_unfinished(dir)?;
    let log = Log::survey(dir)?;
    if let Some(found) = log.newer_layout {
        return Err(OpenError::TooNew { found, known: row::LAYOUT });
    }
    if log.is_missing() && !files::book(dir).exists() {
        // A new store. Its journal comes first: a book alone would be one that lost its journal.
        Journal::create(dir, 0)?;
        Book::open(&files::book(dir)).and_then(|book| book.sync()).map_err(open_error)?;
        files::sync_dir(dir)?;
        return Ok(Step::Again("made".to_owned()));
    }
    match look(dir)? {
        Found::Whole(found) => {
            let (book, mark, index) = *found;
            compare(dir, root, book, mark, index, &log)
        }
        Found::Missing if log.end == Mark::default() && log.flaws.is_empty() => {
            mend::rebuild_book(dir, None, &log)?;
            Ok(Step::Again("made".to_owned()))
        }
        Found::Missing => mend_book(dir, root, &log, "the book was missing"),
        Found::Damaged(how) => mend_book(dir, root, &log, &format!("the book was damaged ({how})")),
    }
}

/// Opens the book and reads every row of it.
fn look(dir: &Path) -> Result<Found, OpenError> {
    let path = files::book(dir);
    if !path.exists() {
        return Ok(Found::Missing);
    }
    let mut index = Index::default();
    let looked = Book::open(&path).and_then(|book| {
        let mark = book.check(|key, payload| {
            index.add(key, payload);
            Ok(())
        })?;
        Ok((book, mark))
    });
    index.added();
    match looked {
        Ok((book, mark)) => Ok(Found::Whole(Box::new((book, mark, index)))),
        Err(BookError::Damaged(how)) => Ok(Found::Damaged(how)),
        Err(BookError::TooNew(found)) => Err(OpenError::TooNew { found, known: row::LAYOUT }),
        Err(BookError::Io(error)) if is_surroundings(&error) => Err(OpenError::Io(error)),
        Err(BookError::Io(error)) => Ok(Found::Damaged(error.to_string())),
    }
}

/// Whether an error says something about the machine and nothing about the book. All others, a
/// sector that cannot be read among them, are damage.
fn is_surroundings(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let known = [
        Kind::StorageFull,
        Kind::QuotaExceeded,
        Kind::FileTooLarge,
        Kind::PermissionDenied,
        Kind::ReadOnlyFilesystem,
        Kind::OutOfMemory,
    ];
    let no_descriptors = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE];
    let raw = error.raw_os_error();
    known.contains(&error.kind())
        || no_descriptors.iter().any(|errno| raw == Some(errno.raw_os_error()))
        || error.to_string().contains("could not acquire lock")
}

pub(super) fn open_error(error: BookError) -> OpenError {
    match error {
        BookError::Io(error) => OpenError::Io(error),
        BookError::Damaged(how) => OpenError::Damaged(how),
        BookError::TooNew(found) => OpenError::TooNew { found, known: row::LAYOUT },
    }
}

/// The book is whole in itself: is it what the log says?
fn compare(
    dir: &Path,
    root: &Path,
    book: Book,
    mut mark: Mark,
    mut index: Index,
    log: &Log,
) -> Result<Step, OpenError> {
    let mut replayed = Ok(());
    // A crash between journal and book leaves the book one commit behind.
    if log.highest == mark.seq + 1 {
        replayed = replay(&book, &mut mark, &mut index, log);
    }
    let sound = log.flaws.is_empty();
    if sound && mark == log.end && replayed.is_ok() {
        return ready(dir, book, index, mark, log);
    }
    if mark.seq >= log.highest && (mark.seq > log.end.seq || !sound) {
        let flaws = if log.flaws.is_empty() { "it was cut short" } else { &log.flaws.join(", ") };
        let what = format!("the journal was damaged ({flaws}) and was made again from the book");
        mend::rewrite_log(dir, root, &book, mark, log, &what)?;
        return Ok(Step::Again(what));
    }
    drop(book);
    let how = match replayed {
        Err(error) => error.to_string(),
        Ok(()) => format!("it ends at commit {}, its journal at {}", mark.seq, log.highest),
    };
    mend_book(dir, root, log, &format!("the book was damaged ({how})"))
}

/// Applies the one commit that the book does not have yet.
fn replay(book: &Book, mark: &mut Mark, index: &mut Index, log: &Log) -> Result<(), BookError> {
    each_commit(&log.live_journals(), |entry| {
        if entry.seq != mark.seq + 1 {
            return Ok(());
        }
        let mut totals = mark.totals;
        for (key, value) in entry.changes() {
            let old = book.get(key)?;
            let old = old.as_deref().map(|old| row::unseal(key, old)).transpose()?;
            let new = value.map(|new| row::unseal(key, new)).transpose()?;
            old.iter().for_each(|old| totals.remove(old.crc));
            new.iter().for_each(|new| totals.add(new.crc));
            index.change(key, old.map(|old| old.payload), new.map(|new| new.payload));
        }
        if totals != entry.totals {
            let how = format!("commit {} does not lead to its totals", entry.seq);
            return Err(BookError::Damaged(how));
        }
        let next = Mark { seq: entry.seq, totals };
        book.apply(entry.changes(), next)?;
        *mark = next;
        Ok(())
    })?;
    book.sync()
}

/// The book cannot be used: from the log, where that is whole; else from what is left of both.
fn mend_book(dir: &Path, root: &Path, log: &Log, why: &str) -> Result<Step, OpenError> {
    let whole = log.flaws.is_empty() && !log.is_missing() && log.torn_at.is_none();
    let torn_only = log.flaws.is_empty() && !files::book(dir).exists();
    if whole || torn_only {
        let what = format!("{why} and was made again from its journal");
        mend::rebuild_book(dir, Some((root, &what)), log)?;
        return Ok(Step::Again(what));
    }
    let flaws = log.flaws.join(", ");
    let what = format!(
        "{why} and so was its journal ({flaws}): what either still had was kept, some rows may be \
         missing or old"
    );
    mend::salvage(dir, root, log, &what)?;
    Ok(Step::Again(what))
}

fn ready(dir: &Path, book: Book, index: Index, mark: Mark, log: &Log) -> Result<Step, OpenError> {
    let journal = match log.live_journals().last() {
        None => Journal::create(dir, mark.seq)?,
        Some(last) => {
            let len = fs::metadata(last)?.len();
            Journal::resume(last, log.torn_at.unwrap_or(len))?
        }
    };
    // What a compaction that was cut short has left.
    let live = log.live_journals();
    for path in log.files.all() {
        let needed = live.contains(path) || log.base.as_ref() == Some(path);
        if !needed {
            fs::remove_file(path)?;
        }
    }
    Ok(Step::Ready(Box::new(Settled { book, index, journal, mark })))
}
