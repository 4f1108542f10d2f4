//! Backups: the whole store as lines of JSON, out and in again; and looking a store over.

use super::book::{Book, Mark};
use super::error::{ExportError, OpenError, RestoreError, StoreError};
use super::index::Index;
use super::line::{Line, RawRow};
use super::log::Log;
use super::row::{Kind, VALUE_OCTETS};
use super::{Store, book_dir, files, lock, unreadable};
use jiff::Timestamp;
use serde::Serialize;
use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a look at a store found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Orders in it.
    pub orders: u64,
    /// Call records in it.
    pub records: u64,
    /// Records that wait for the webhook.
    pub outbox: u64,
    /// Tokens in it.
    pub tokens: u64,
    /// Settings in it.
    pub settings: u64,
    /// What is wrong; empty if both copies are whole and agree.
    pub problems: Vec<String>,
}

impl Report {
    fn count(&mut self, index: &Index) {
        self.orders = index.count(Kind::Order);
        self.records = index.count(Kind::Record);
        self.outbox = index.count(Kind::Outbox);
        self.tokens = index.count(Kind::Token);
        self.settings = index.count(Kind::Setting);
    }
}

const VERSION: u32 = 1;
/// Rows read, or written, at once.
const PAGE_ROWS: usize = 1000;
/// Octets of one line of a backup at most.
const LINE_OCTETS: u64 = 4 * VALUE_OCTETS as u64;

/// Looks a store over and mends nothing: both copies in full, and one against the other.
///
/// # Errors
/// [`OpenError::InUse`] while a daemon has it open; [`OpenError::Io`]. Damage is no error: it is in
/// the report.
pub fn verify(path: &Path) -> Result<Report, OpenError> {
    let dir = book_dir(path);
    let mut report = Report::default();
    if !dir.exists() {
        report.problems.push("there is no store".to_owned());
        return Ok(report);
    }
    let _lock = lock(path)?;
    let log = Log::survey(&dir)?;
    report.problems.extend(log.flaws.iter().cloned());
    report.problems.extend(log.torn_at.map(|at| format!("the journal is torn at octet {at}")));
    let mut index = Index::default();
    let book = if files::book(&dir).exists() {
        Book::open(&files::book(&dir)).and_then(|book| {
            book.check(|key, payload| {
                index.add(key, payload);
                Ok(())
            })
        })
    } else {
        Ok(Mark::default())
    };
    report.count(&index);
    match book {
        Err(error) => report.problems.push(format!("the book: {error}")),
        Ok(mark) if mark != log.end => report.problems.push(format!(
            "the book is at commit {} with {} rows, its journal at commit {} with {}",
            mark.seq, mark.totals.rows, log.end.seq, log.end.totals.rows
        )),
        Ok(_) => {}
    }
    Ok(report)
}

/// Writes everything in a store that nobody has open, as lines of JSON.
///
/// # Errors
/// As [`Store::open`] and [`Store::export`].
pub fn export(path: &Path, out: impl Write) -> Result<Report, ExportError> {
    Store::open(path)?.export(out)
}

impl Store {
    /// Writes everything as lines of JSON. It holds telephone numbers and the hashes of tokens.
    /// Changes made meanwhile may be in it or not.
    ///
    /// # Errors
    /// [`ExportError::Io`] if `out` refuses; as [`Store::order`].
    pub fn export(&self, out: impl Write) -> Result<Report, ExportError> {
        let mut out = BufWriter::new(out);
        let mut rows = 0;
        put_line(&mut out, &Line::Maskline { version: VERSION, exported_at: Timestamp::now() })?;
        for kind in Kind::ALL {
            let mut from = Vec::new();
            loop {
                let page = self.page(kind, &from)?;
                for row in &page {
                    put_line(&mut out, &Line::of(row).ok_or_else(|| unreadable("a row"))?)?;
                }
                rows += page.len() as u64;
                let Some(last) = page.last() else { break };
                // The least id that is greater.
                from = [last.id.as_slice(), &[0]].concat();
            }
        }
        put_line(&mut out, &Line::End { rows })?;
        out.flush()?;
        let mut report = Report::default();
        self.0.shared.read(|state| report.count(&state.index))?;
        Ok(report)
    }

    fn page(&self, kind: Kind, from: &[u8]) -> Result<Vec<RawRow>, StoreError> {
        let mut page = Vec::new();
        self.walk(kind, from, |id, payload| {
            page.push(RawRow { kind, id: id.to_vec(), payload: payload.to_vec() });
            Ok(if page.len() < PAGE_ROWS {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        Ok(page)
    }
}

fn put_line(out: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Makes the store anew from what [`export`] wrote: all of it or nothing. A store that holds
/// anything is replaced only if `replace` says so; it is kept as `replaced-*` beside the new one.
///
/// # Errors
/// [`RestoreError::NotEmpty`]; [`RestoreError::Line`] and [`RestoreError::CutOff`] for a backup
/// that cannot be used; [`OpenError::InUse`] in [`RestoreError::Open`] while a daemon has the store
/// open.
pub fn restore(path: &Path, from: impl Read, replace: bool) -> Result<Report, RestoreError> {
    if !replace {
        let store = Store::open(path)?;
        let holds = store.0.shared.read(|state| Kind::ALL.map(|kind| state.index.count(kind)))?;
        if holds.iter().any(|count| *count > 0) {
            return Err(RestoreError::NotEmpty);
        }
    }
    let guard = lock(path)?;
    finish_restore(path)?;
    let staged = path.join("book.partial");
    if staged.exists() {
        fs::remove_dir_all(&staged)?;
    }
    files::make_dir(&staged)?;
    let mut report = Report::default();
    {
        let lock = fs::File::open(&staged)?;
        let store = Store::open_locked(&staged, path, lock)?;
        read_lines(&store, from)?;
        store.0.shared.read(|state| report.count(&state.index))?;
    }
    // With this name it is complete; the rest is done, or done again at the next start.
    files::rename(&staged, &restored_dir(path))?;
    finish_restore(path)?;
    drop(guard);
    Ok(report)
}

fn restored_dir(path: &Path) -> PathBuf {
    path.join("book.restored")
}

/// Puts a restored store in its place, if there is one that is not there yet.
pub(super) fn finish_restore(path: &Path) -> io::Result<()> {
    let (restored, book) = (restored_dir(path), book_dir(path));
    if !restored.exists() {
        return Ok(());
    }
    if book.exists() {
        let day = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let old = (1..1000).map(|n| path.join(format!("replaced-{day}-{n}")));
        let old = old.into_iter().find(|old| !old.exists());
        files::rename(&book, &old.ok_or_else(|| io::Error::other("too many replaced stores"))?)?;
    }
    files::rename(&restored, &book)
}

fn read_lines(store: &Store, from: impl Read) -> Result<(), RestoreError> {
    let mut from = BufReader::new(from);
    let (mut number, mut rows, mut ended) = (0, 0, false);
    let mut waiting = Vec::new();
    loop {
        let mut line = Vec::new();
        if from.by_ref().take(LINE_OCTETS).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        number += 1;
        let bad = |reason: String| RestoreError::Line { line: number, reason };
        let line = serde_json::from_slice(&line).map_err(|error| bad(error.to_string()))?;
        match line {
            _ if ended => return Err(bad("something follows the last line".to_owned())),
            Line::Maskline { version, .. } if number == 1 && version == VERSION => {}
            Line::Maskline { .. } => return Err(bad("an unknown kind of backup".to_owned())),
            _ if number == 1 => return Err(bad("this is no backup of a store".to_owned())),
            Line::End { rows: counted } if counted == rows => ended = true,
            Line::End { .. } => return Err(RestoreError::CutOff),
            line => {
                rows += 1;
                let row = line.row();
                waiting.push(row.ok_or_else(|| bad("this cannot be stored".to_owned()))?);
            }
        }
        if waiting.len() >= PAGE_ROWS {
            put_rows(store, std::mem::take(&mut waiting))?;
        }
    }
    put_rows(store, waiting)?;
    if ended { Ok(()) } else { Err(RestoreError::CutOff) }
}

fn put_rows(store: &Store, rows: Vec<RawRow>) -> Result<(), StoreError> {
    store
        .0
        .writer
        .write(move |tx| rows.iter().try_for_each(|row| tx.put(row.kind, &row.id, &row.payload)))
}
