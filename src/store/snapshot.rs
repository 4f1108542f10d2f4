//! A snapshot: every row as of one commit, sorted by key, in a file of its own. Together with the
//! journals after it, it is the second copy of the book, made without ever reading sled.

use super::entry::{BadEntry, Entry, EntryBuilder, EntryKind};
use super::frame::{self, Frames, Piece};
use super::row::{self, BadValue, Totals};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Octets of rows in one frame, about.
const BLOCK_OCTETS: usize = 16 * 1024;

/// Writes a snapshot: rows in key order, then [`SnapshotWriter::finish`].
pub(super) struct SnapshotWriter {
    path: PathBuf,
    file: BufWriter<File>,
    seq: u64,
    totals: Totals,
    block: EntryBuilder,
}

impl SnapshotWriter {
    /// Begins the snapshot of commit `seq` at `path`, which is not yet the name it gets.
    pub(super) fn create(path: &Path, seq: u64) -> io::Result<SnapshotWriter> {
        Ok(SnapshotWriter {
            path: path.to_owned(),
            file: BufWriter::with_capacity(64 * 1024, File::create(path)?),
            seq,
            totals: Totals::default(),
            block: EntryBuilder::new(EntryKind::Rows, seq, Totals::default()),
        })
    }

    /// Adds a row with its sealed value.
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let sealed = row::unseal(key, value).map_err(io::Error::other)?;
        self.totals.add(sealed.crc);
        self.block.push((key, Some(value)));
        if self.block.octets().len() >= BLOCK_OCTETS {
            self.end_block()?;
        }
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        let next = EntryBuilder::new(EntryKind::Rows, self.seq, self.totals);
        let block = std::mem::replace(&mut self.block, next);
        if block.is_empty() { Ok(()) } else { frame::write(&mut self.file, block.octets()) }
    }

    /// Ends it, brings it to the disk and reads it back. Says what its rows add up to.
    pub(super) fn finish(mut self) -> io::Result<Totals> {
        self.end_block()?;
        let end = EntryBuilder::new(EntryKind::End, self.seq, self.totals);
        frame::write(&mut self.file, end.octets())?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        let (totals, seq) = (self.totals, self.seq);
        let read = check(&self.path)?;
        if read == Ok((seq, totals)) {
            return Ok(totals);
        }
        Err(io::Error::other("a snapshot just written cannot be read back"))
    }
}

/// What is wrong with a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("it is damaged at octet {0}")]
    Octets(u64),
    #[error("it has an entry where none belongs")]
    Misplaced,
    #[error("its end is missing or counts other rows")]
    End,
    #[error(transparent)]
    Entry(#[from] BadEntry),
    #[error(transparent)]
    Value(#[from] BadValue),
}

impl Flaw {
    /// The layout of a snapshot that a later version wrote: whole, and not for us.
    pub(super) fn newer_layout(&self) -> Option<u8> {
        match self {
            Flaw::Entry(BadEntry::TooNew(layout)) | Flaw::Value(BadValue::TooNew(layout)) => {
                Some(*layout)
            }
            _ => None,
        }
    }
}

/// Reads a whole snapshot: its commit and totals, or what is wrong with it.
pub(super) fn check(path: &Path) -> io::Result<Result<(u64, Totals), Flaw>> {
    let mut rows = SnapshotRows::open(path)?;
    let mut totals = Totals::default();
    while let Some((key, value)) = rows.next()? {
        match row::unseal(&key, &value) {
            Ok(sealed) => totals.add(sealed.crc),
            Err(bad) => return Ok(Err(bad.into())),
        }
    }
    Ok(match (rows.flaw, rows.end) {
        (None, Some((seq, counted))) if counted == totals => Ok((seq, totals)),
        (None, _) => Err(Flaw::End),
        (Some(flaw), _) => Err(flaw),
    })
}

/// A row with its sealed value.
pub(super) type Row = (Vec<u8>, Vec<u8>);

/// The rows of a snapshot in key order, as far as they can be read.
pub(super) struct SnapshotRows {
    frames: Frames,
    block: std::vec::IntoIter<Row>,
    /// The first thing that was wrong on the way.
    pub(super) flaw: Option<Flaw>,
    /// What its last entry says, once it was reached.
    pub(super) end: Option<(u64, Totals)>,
}

impl SnapshotRows {
    pub(super) fn open(path: &Path) -> io::Result<SnapshotRows> {
        let frames = Frames::open(path)?;
        Ok(SnapshotRows { frames, block: Vec::new().into_iter(), flaw: None, end: None })
    }

    /// The next row. Damaged blocks are left out, and noted as the flaw.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        loop {
            if let Some(row) = self.block.next() {
                return Ok(Some(row));
            }
            let entry = match self.frames.next()? {
                None => return Ok(None),
                Some(Piece::Bad { from }) => Err(Flaw::Octets(from)),
                Some(Piece::Whole(content)) => Entry::read(content).map_err(Flaw::Entry),
            };
            match entry {
                Err(flaw) => self.note(flaw),
                Ok(entry) if self.end.is_some() || entry.kind == EntryKind::Commit => {
                    self.note(Flaw::Misplaced);
                }
                Ok(entry) if entry.kind == EntryKind::End => {
                    self.end = Some((entry.seq, entry.totals));
                }
                Ok(entry) => self.begin_block(&entry),
            }
        }
    }

    fn begin_block(&mut self, entry: &Entry) {
        let rows: Vec<Row> = entry
            .changes()
            .filter_map(|(key, value)| Some((key.to_vec(), value?.to_vec())))
            .collect();
        self.block = rows.into_iter();
    }

    fn note(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }
}
