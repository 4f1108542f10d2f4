//! The book: the rows in sled, where everything is looked up.
//!
//! sled is quick, and it is not to be trusted alone: a flipped octet makes it panic or leave rows
//! out in silence, and its `flush` is no fsync. So each call into it is caught, each value carries
//! its own seal, a mark row says which commit the book is at and what it adds up to, and `sync`
//! asks the file itself.

use super::files;
use super::row::{self, BadValue, Totals};
use sled::{Batch, Db, IVec};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// sled's page cache. It keeps more than this, in proportion.
const CACHE_OCTETS: u64 = 16 * 1024 * 1024;
/// How long a sled that was just closed may go on holding its lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// Where the mark is. Before every kind of row.
const MARK_KEY: &[u8] = b"!mark";

/// Why the book did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum BookError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Damaged(String),
    #[error("layout {0}")]
    TooNew(u8),
}

impl From<sled::Error> for BookError {
    fn from(error: sled::Error) -> BookError {
        match error {
            sled::Error::Io(error) => BookError::Io(error),
            other => BookError::Damaged(other.to_string()),
        }
    }
}

impl From<BadValue> for BookError {
    fn from(bad: BadValue) -> BookError {
        match bad {
            BadValue::Checksum => BookError::Damaged(bad.to_string()),
            BadValue::TooNew(layout) => BookError::TooNew(layout),
        }
    }
}

/// Which commit the book is at, and what its rows add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) seq: u64,
    pub(super) totals: Totals,
}

/// The rows in sled.
pub(super) struct Book {
    db: Option<Db>,
    file: File,
}

impl Book {
    /// Opens the book in a folder, or makes one. What it holds is not checked yet.
    pub(super) fn open(dir: &Path) -> Result<Book, BookError> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_OCTETS)
            .flush_every_ms(None)
            .mode(sled::Mode::LowSpace);
        let begun = Instant::now();
        let db = loop {
            match caught(|| Ok(config.open()?)) {
                Err(BookError::Io(error))
                    if error.to_string().contains("could not acquire lock")
                        && begun.elapsed() < LOCK_PATIENCE =>
                {
                    std::thread::sleep(Duration::from_millis(20));
                }
                other => break other?,
            }
        };
        // The names of sled's files have to last as well as what is in them.
        files::sync_dir(dir)?;
        Ok(Book { db: Some(db), file: File::open(dir.join("db"))? })
    }

    fn db(&self) -> Result<&Db, BookError> {
        self.db.as_ref().ok_or_else(|| BookError::Damaged("the book is closed".to_owned()))
    }

    /// The mark; a book without one is new.
    pub(super) fn mark(&self) -> Result<Option<Mark>, BookError> {
        let Some(value) = caught(|| Ok(self.db()?.get(MARK_KEY)?))? else { return Ok(None) };
        let sealed = row::unseal(MARK_KEY, &value)?;
        let number = |i: usize| sealed.payload.get(8 * i..8 * i + 8)?.try_into().ok();
        let totals = number(0).zip(number(1)).map(|(rows, sum)| Totals {
            rows: u64::from_be_bytes(rows),
            sum: u64::from_be_bytes(sum),
        });
        let malformed = || BookError::Damaged("the book's mark is malformed".to_owned());
        Ok(Some(Mark { seq: sealed.seq, totals: totals.ok_or_else(malformed)? }))
    }

    /// The sealed value of a row, as it lies there.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, BookError> {
        caught(|| Ok(self.db()?.get(key)?))
    }

    /// Shows the rows from a key on, in key order, to `see` until it breaks. The mark is not shown.
    pub(super) fn walk(
        &self,
        from: &[u8],
        mut see: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, BookError>,
    ) -> Result<(), BookError> {
        caught(|| {
            for row in self.db()?.range(from..) {
                let (key, value) = row?;
                if key != MARK_KEY && see(&key, &value)?.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Changes rows and mark, all or nothing. Not on disk before [`Book::sync`].
    pub(super) fn apply<'a>(
        &self,
        changes: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        mark: Mark,
    ) -> Result<(), BookError> {
        let mut batch = Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        let totals = [mark.totals.rows.to_be_bytes(), mark.totals.sum.to_be_bytes()].concat();
        batch.insert(MARK_KEY, row::seal(MARK_KEY, mark.seq, &totals));
        caught(|| Ok(self.db()?.apply_batch(batch)?))
    }

    /// Brings what was applied to the disk: sled's flush hands it to the kernel, the fsync to the
    /// disk.
    pub(super) fn sync(&self) -> Result<(), BookError> {
        caught(|| Ok(self.db()?.flush()?))?;
        Ok(self.file.sync_all()?)
    }

    /// Reads every row and believes nothing: each seal, and the totals against the mark.
    pub(super) fn check(
        &self,
        mut see: impl FnMut(&[u8], &[u8]) -> Result<(), BookError>,
    ) -> Result<Mark, BookError> {
        let mark = self.mark()?.unwrap_or_default();
        let mut totals = Totals::default();
        self.walk(&[], |key, value| {
            let sealed = row::unseal(key, value)?;
            totals.add(sealed.crc);
            see(key, sealed.payload)?;
            Ok(ControlFlow::Continue(()))
        })?;
        if totals == mark.totals {
            return Ok(mark);
        }
        let (found, known) = (totals.rows, mark.totals.rows);
        Err(BookError::Damaged(format!("it holds {found} rows that do not add up to its {known}")))
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        // sled writes and joins its threads here, and panics where the disk refuses.
        let db = self.db.take();
        let _ = caught(|| {
            drop(db);
            Ok(())
        });
    }
}

/// Calls into sled. A panic in there is damage that it did not expect.
fn caught<T>(call: impl FnOnce() -> Result<T, BookError>) -> Result<T, BookError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        Err(BookError::Damaged(format!("sled panicked: {said}")))
    })
}
