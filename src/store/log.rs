//! The log: a snapshot and the journals after it, read as one. It is surveyed at each start, and
//! tells what the book has to be.

use super::book::Mark;
use super::entry::Entry;
use super::files::Listing;
use super::journal::{Commits, NextCommit};
use super::snapshot;
use std::io;
use std::path::{Path, PathBuf};

/// What the log is found to be.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The files.
    pub(super) files: Listing,
    /// The snapshot that the rest builds on. None in a young store, whose first journal is whole.
    pub(super) base: Option<PathBuf>,
    /// The commit of that snapshot.
    pub(super) base_seq: u64,
    /// Where the log ends, up to the first gap.
    pub(super) end: Mark,
    /// The highest commit seen anywhere.
    pub(super) highest: u64,
    /// What is wrong, in words.
    pub(super) flaws: Vec<String>,
    /// The last journal ends in octets that are no entry, from here on: a write that was cut short,
    /// unless the book knows better.
    pub(super) torn_at: Option<u64>,
    /// A later version wrote it, with this layout.
    pub(super) newer_layout: Option<u8>,
}

impl Log {
    /// Reads all of it.
    pub(super) fn survey(dir: &Path) -> io::Result<Log> {
        let mut log = Log { files: Listing::read(dir)?, ..Log::default() };
        log.find_base();
        log.end.seq = log.base_seq;
        log.highest = log.base_seq;
        let journals = log.live_journals();
        for (i, path) in journals.iter().enumerate() {
            let last = i + 1 == journals.len();
            if let Err(error) = log.follow(path, last) {
                log.flaw(path, &format!("it cannot be read: {error}"));
            }
        }
        Ok(log)
    }

    /// Whether there is no file of it at all.
    pub(super) fn is_missing(&self) -> bool {
        self.files.is_empty()
    }

    /// The newest snapshot that is whole.
    fn find_base(&mut self) {
        let mut flaws = Vec::new();
        for (seq, path) in self.files.snapshots.iter().rev() {
            let flaw = match snapshot::check(path) {
                Ok(Ok((found, totals))) if found == *seq => {
                    self.base = Some(path.clone());
                    self.base_seq = found;
                    self.end.totals = totals;
                    break;
                }
                Ok(Ok(_)) => "it is of another commit than its name says".to_owned(),
                Ok(Err(flaw)) => {
                    self.newer_layout = self.newer_layout.or(flaw.newer_layout());
                    flaw.to_string()
                }
                Err(error) => format!("it cannot be read: {error}"),
            };
            flaws.push((path.clone(), flaw));
        }
        for (path, flaw) in flaws {
            self.flaw(&path, &flaw);
        }
        let first = self.files.journals.first().map_or(u64::MAX, |(seq, _)| *seq);
        if self.base.is_none() && first != 0 && !self.is_missing() {
            self.flaws.push("there is no whole snapshot".to_owned());
        }
    }

    /// The journals that may hold commits after the snapshot.
    pub(super) fn live_journals(&self) -> Vec<PathBuf> {
        let journals = &self.files.journals;
        let next_start = |i: usize| journals.get(i + 1).map_or(u64::MAX, |(seq, _)| *seq);
        let live = |i: &usize| next_start(*i) > self.base_seq;
        (0..journals.len()).filter(live).map(|i| journals[i].1.clone()).collect()
    }

    fn follow(&mut self, path: &Path, last: bool) -> io::Result<()> {
        let mut commits = Commits::open(path)?;
        let mut bad = None;
        while let Some(next) = commits.next()? {
            if let Some(from) = bad.take() {
                self.flaw(path, &format!("it is damaged at octet {from}"));
            }
            match next {
                NextCommit::Bad { from } => bad = Some(from),
                NextCommit::TooNew(layout) => self.newer_layout = Some(layout),
                NextCommit::Commit(entry) => self.extend(path, &entry),
            }
        }
        match bad {
            Some(from) if last => self.torn_at = Some(from),
            Some(from) => self.flaw(path, &format!("it is damaged at octet {from}")),
            None => {}
        }
        Ok(())
    }

    fn extend(&mut self, path: &Path, entry: &Entry) {
        if entry.seq <= self.base_seq {
            return;
        }
        self.highest = self.highest.max(entry.seq);
        if entry.seq == self.end.seq + 1 {
            self.end = Mark { seq: entry.seq, totals: entry.totals };
        } else {
            self.flaw(path, &format!("commit {} does not follow {}", entry.seq, self.end.seq));
        }
    }

    fn flaw(&mut self, path: &Path, flaw: &str) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.flaws.push(format!("{name}: {flaw}"));
    }
}

/// Shows every commit that can be read in these journals, in their order.
pub(super) fn each_commit<E: From<io::Error>>(
    journals: &[PathBuf],
    mut see: impl FnMut(&Entry) -> Result<(), E>,
) -> Result<(), E> {
    for path in journals {
        let mut commits = Commits::open(path)?;
        while let Some(next) = commits.next()? {
            if let NextCommit::Commit(entry) = next {
                see(&entry)?;
            }
        }
    }
    Ok(())
}
