//! A journal: every commit since the last snapshot, one entry each, on disk before anybody is told
//! that it was stored.

use super::entry::{Entry, EntryKind};
use super::files;
use super::frame::{self, Frames, Piece};
use super::row::LAYOUT;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// The journal that is being written.
pub(super) struct Journal {
    file: File,
    len: u64,
    /// Something after `len` may still lie in the file.
    ragged: bool,
}

impl Journal {
    /// Begins the journal after commit `seq`.
    pub(super) fn create(dir: &Path, seq: u64) -> io::Result<Journal> {
        let path = files::journal(dir, seq);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        file.sync_all()?;
        files::sync_dir(dir)?;
        Ok(Journal { file, len: 0, ragged: false })
    }

    /// Goes on with a journal, after its first `len` octets; what lies behind them is cut off.
    pub(super) fn resume(path: &Path, len: u64) -> io::Result<Journal> {
        let file = OpenOptions::new().write(true).open(path)?;
        let mut journal = Journal { file, len, ragged: true };
        journal.trim()?;
        Ok(journal)
    }

    /// Adds an entry, and returns when it is on the disk. After an error the entry is not there.
    pub(super) fn append(&mut self, entry: &[u8]) -> io::Result<()> {
        if self.ragged {
            self.trim()?;
        }
        let mut framed = Vec::with_capacity(entry.len() + 16);
        frame::write(&mut framed, entry)?;
        self.ragged = true;
        let written = self.file.write_all(&framed).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.len += framed.len() as u64;
                self.ragged = false;
                Ok(())
            }
            Err(error) => {
                self.trim()?;
                Err(error)
            }
        }
    }

    /// Cuts off what an append that failed has left.
    fn trim(&mut self) -> io::Result<()> {
        self.file.set_len(self.len)?;
        self.file.seek(SeekFrom::Start(self.len))?;
        self.file.sync_all()?;
        self.ragged = false;
        Ok(())
    }

    /// Whether an entry that failed may still be on the disk.
    pub(super) fn is_ragged(&self) -> bool {
        self.ragged
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

/// The commits of a journal, one by one, as far as they can be read.
pub(super) struct Commits {
    frames: Frames,
}

/// What comes next in a journal.
pub(super) enum NextCommit {
    Commit(Entry),
    /// Octets that are no entry, from here on.
    Bad {
        from: u64,
    },
    /// An entry of a later layout.
    TooNew(u8),
}

impl Commits {
    pub(super) fn open(path: &Path) -> io::Result<Commits> {
        Ok(Commits { frames: Frames::open(path)? })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<NextCommit>> {
        Ok(self.frames.next()?.map(|piece| match piece {
            Piece::Bad { from } => NextCommit::Bad { from },
            Piece::Whole(content) => match content.first() {
                Some(&layout) if layout > LAYOUT => NextCommit::TooNew(layout),
                _ => match Entry::read(content) {
                    Ok(entry) if entry.kind == EntryKind::Commit => NextCommit::Commit(entry),
                    // A whole frame that says nonsense was written so: no octet of it can be cut.
                    _ => NextCommit::Bad { from: 0 },
                },
            },
        }))
    }
}
