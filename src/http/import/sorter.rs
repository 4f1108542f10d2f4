//! Sorts more records than memory should hold: what does not fit is sorted in parts, each a run in an
//! unnamed file of the data folder, and the runs are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Octets of records that are held in memory.
const ROOM: usize = 6 * 1024 * 1024;
/// Octets of a file's buffer.
const BUFFER: usize = 32 * 1024;

/// Takes records in any order. They are compared octet by octet.
pub struct Sorter {
    folder: PathBuf,
    room: usize,
    octets: Vec<u8>,
    /// Where each record begins and ends.
    spans: Vec<(u32, u32)>,
    runs: Vec<File>,
    count: u64,
}

impl Sorter {
    /// One whose files are in this folder.
    pub fn new(folder: &Path) -> Sorter {
        Sorter::with_room(folder, ROOM)
    }

    fn with_room(folder: &Path, room: usize) -> Sorter {
        let folder = folder.to_owned();
        Sorter { folder, room, octets: Vec::new(), spans: Vec::new(), runs: Vec::new(), count: 0 }
    }

    /// How many records it has.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Adds a record.
    pub fn push(&mut self, record: &[u8]) -> io::Result<()> {
        if self.octets.len() + record.len() > self.room {
            self.spill()?;
        }
        let at = |octets: &Vec<u8>| u32::try_from(octets.len()).map_err(io::Error::other);
        let start = at(&self.octets)?;
        self.octets.extend_from_slice(record);
        self.spans.push((start, at(&self.octets)?));
        self.count += 1;
        Ok(())
    }

    fn sort(&mut self) {
        let octets = &self.octets;
        self.spans.sort_unstable_by(|a, b| part(octets, *a).cmp(part(octets, *b)));
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut run = RecordWriter::new(&self.folder)?;
        for span in self.spans.drain(..) {
            run.push(part(&self.octets, span))?;
        }
        self.octets.clear();
        self.runs.push(run.finish()?);
        Ok(())
    }

    /// All records, sorted.
    pub fn finish(mut self) -> io::Result<Sorted> {
        if !self.spans.is_empty() {
            self.spill()?;
        }
        let runs = self.runs.iter().map(Records::of).collect::<io::Result<Vec<_>>>()?;
        let mut sorted = Sorted { runs, heap: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }
}

fn part(octets: &[u8], (start, end): (u32, u32)) -> &[u8] {
    &octets[start as usize..end as usize]
}

/// Records in their order.
pub struct Sorted {
    runs: Vec<Records>,
    /// The first record of each run.
    heap: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

impl Sorted {
    fn refill(&mut self, run: usize) -> io::Result<()> {
        let next = self.runs[run].next()?;
        self.heap.extend(next.map(|record| Reverse((record, run))));
        Ok(())
    }

    /// The next record.
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(Reverse((record, run))) = self.heap.pop() else { return Ok(None) };
        self.refill(run)?;
        Ok(Some(record))
    }
}

/// Writes records to an unnamed file, which is gone with its last handle.
pub struct RecordWriter(BufWriter<File>);

impl RecordWriter {
    /// A new file in this folder.
    pub fn new(folder: &Path) -> io::Result<RecordWriter> {
        Ok(RecordWriter(BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(folder)?)))
    }

    /// Adds a record.
    pub fn push(&mut self, record: &[u8]) -> io::Result<()> {
        let len = u16::try_from(record.len()).map_err(io::Error::other)?;
        self.0.write_all(&len.to_be_bytes())?;
        self.0.write_all(record)
    }

    /// The whole file.
    pub fn finish(self) -> io::Result<File> {
        self.0.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// Reads records from the beginning of a file.
pub struct Records(BufReader<File>);

impl Records {
    /// Those of a file. One reader at a time: they share the file's place.
    pub fn of(file: &File) -> io::Result<Records> {
        let mut file = file.try_clone()?;
        file.rewind()?;
        Ok(Records(BufReader::with_capacity(BUFFER, file)))
    }

    /// The next record.
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut len = [0; 2];
        match self.0.read_exact(&mut len) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let mut record = vec![0; u16::from_be_bytes(len).into()];
        self.0.read_exact(&mut record)?;
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_sorted_whether_they_fit_or_not() {
        let folder = tempfile::tempdir().unwrap();
        for room in [64, 100_000] {
            let mut sorter = Sorter::with_room(folder.path(), room);
            let record = |n: u64| format!("{:05}", n * 7919 % 1000).into_bytes();
            (0..1000).for_each(|n| sorter.push(&record(n)).unwrap());
            assert_eq!(sorter.len(), 1000);
            let mut sorted = sorter.finish().unwrap();
            for n in 0..1000 {
                assert_eq!(sorted.next().unwrap(), Some(format!("{n:05}").into_bytes()));
            }
            assert_eq!(sorted.next().unwrap(), None);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file has a name");
    }
}
