//! An entry: what one frame of a journal or a snapshot says.

use super::row::{LAYOUT, Totals};

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// One commit of a journal.
    Commit = 1,
    /// Some rows of a snapshot.
    Rows = 2,
    /// The end of a snapshot.
    End = 3,
}

/// Why an entry cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadEntry {
    #[error("an entry is malformed")]
    Malformed,
    #[error("an entry has layout {0}")]
    TooNew(u8),
}

/// One changed row: its key, and its sealed value or nothing where the row was deleted.
pub(super) type Change<'a> = (&'a [u8], Option<&'a [u8]>);

/// An entry being written.
pub(super) struct EntryBuilder(Vec<u8>);

const HEAD_OCTETS: usize = 2 + 3 * 8;
const DELETED: u32 = u32::MAX;

impl EntryBuilder {
    /// Begins an entry of commit `seq` that leaves the book with these totals.
    pub(super) fn new(kind: EntryKind, seq: u64, totals: Totals) -> EntryBuilder {
        let mut octets = vec![LAYOUT, kind as u8];
        for number in [seq, totals.rows, totals.sum] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        EntryBuilder(octets)
    }

    pub(super) fn push(&mut self, (key, value): Change<'_>) {
        self.0.push(key.len() as u8);
        self.0.extend_from_slice(key);
        let len = value.map_or(DELETED, |value| value.len() as u32);
        self.0.extend_from_slice(&len.to_be_bytes());
        self.0.extend_from_slice(value.unwrap_or_default());
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() == HEAD_OCTETS
    }
}

/// An entry as it was read.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    /// The commit it belongs to.
    pub(super) seq: u64,
    /// The totals of the book after it; of the rows so far, in a snapshot.
    pub(super) totals: Totals,
    octets: Vec<u8>,
}

impl Entry {
    pub(super) fn read(octets: Vec<u8>) -> Result<Entry, BadEntry> {
        let layout = *octets.first().ok_or(BadEntry::Malformed)?;
        if layout != LAYOUT {
            return Err(BadEntry::TooNew(layout));
        }
        if octets.len() < HEAD_OCTETS {
            return Err(BadEntry::Malformed);
        }
        let kind = [EntryKind::Commit, EntryKind::Rows, EntryKind::End]
            .into_iter()
            .find(|kind| *kind as u8 == octets[1])
            .ok_or(BadEntry::Malformed)?;
        let number = |i: usize| {
            u64::from_be_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|octet| octets[2 + 8 * i + octet]))
        };
        let (seq, totals) = (number(0), Totals { rows: number(1), sum: number(2) });
        let entry = Entry { kind, seq, totals, octets };
        if entry.changes().any(|change| change.0.is_empty()) {
            return Err(BadEntry::Malformed);
        }
        Ok(entry)
    }

    /// The changed rows. An entry that is malformed inside ends in a row with an empty key, which
    /// [`Entry::read`] refuses.
    pub(super) fn changes(&self) -> Changes<'_> {
        Changes(&self.octets[HEAD_OCTETS..])
    }
}

/// The changed rows of an entry.
pub(super) struct Changes<'a>(&'a [u8]);

impl<'a> Changes<'a> {
    fn read(&mut self) -> Option<Change<'a>> {
        let (key_len, rest) = self.0.split_first()?;
        let (key, rest) = rest.split_at_checked(usize::from(*key_len))?;
        let (len, rest) = rest.split_first_chunk()?;
        let len = u32::from_be_bytes(*len);
        if len == DELETED {
            self.0 = rest;
            return Some((key, None));
        }
        let (value, rest) = rest.split_at_checked(len as usize)?;
        self.0 = rest;
        Some((key, Some(value)))
    }
}

impl<'a> Iterator for Changes<'a> {
    type Item = Change<'a>;

    fn next(&mut self) -> Option<Change<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let change = self.read().filter(|(key, _)| !key.is_empty());
        if change.is_none() {
            self.0 = &[];
        }
        Some(change.unwrap_or((&[], None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Vec<u8> {
        let totals = Totals { rows: 2, sum: 3 };
        let mut entry = EntryBuilder::new(EntryKind::Commit, 9, totals);
        assert!(entry.is_empty());
        entry.push((b"o1", Some(b"value")));
        entry.push((b"o2", None));
        entry.octets().to_vec()
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let read = Entry::read(entry()).unwrap();
        assert_eq!((read.kind, read.seq), (EntryKind::Commit, 9));
        assert_eq!(read.totals, Totals { rows: 2, sum: 3 });
        let changes: Vec<_> = read.changes().collect();
        assert_eq!(changes, [(&b"o1"[..], Some(&b"value"[..])), (&b"o2"[..], None)]);
    }

    #[test]
    fn a_malformed_entry_is_refused_and_never_panics() {
        for len in 0..entry().len() {
            let mut cut = entry();
            cut.truncate(len);
            let whole_rows = [HEAD_OCTETS, HEAD_OCTETS + 12].contains(&len);
            assert_eq!(Entry::read(cut).is_ok(), whole_rows, "{len} octets");
        }
        for at in 0..entry().len() {
            let mut bad = entry();
            bad[at] ^= 0xFF;
            let _ = Entry::read(bad);
        }
    }
}
