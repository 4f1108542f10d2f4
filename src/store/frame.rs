//! Frames: how journal and snapshot files carry their entries. Each frame is a mark, a length, a
//! checksum and the content; a reader that meets damage finds the next whole frame by its mark.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

const MARK: [u8; 4] = [0xF4, b'M', b'L', 0x9B];
const HEAD_OCTETS: u64 = 12;
/// Octets of one frame's content at most.
pub(super) const FRAME_OCTETS: usize = 32 * 1024 * 1024;

/// Writes one frame.
pub(super) fn write(out: &mut impl Write, content: &[u8]) -> io::Result<()> {
    let len = content.len() as u32;
    let mut head = [0; HEAD_OCTETS as usize];
    head[..4].copy_from_slice(&MARK);
    head[4..8].copy_from_slice(&len.to_be_bytes());
    head[8..].copy_from_slice(&checksum(len, content).to_be_bytes());
    out.write_all(&head)?;
    out.write_all(content)
}

fn checksum(len: u32, content: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&len.to_be_bytes());
    hasher.update(content);
    hasher.finalize()
}

/// What a file holds, piece by piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The content of a whole frame.
    Whole(Vec<u8>),
    /// Octets that are no whole frame, from here on until the next whole frame or the end.
    Bad {
        /// Where they begin.
        from: u64,
    },
}

/// Reads a file of frames.
pub(super) struct Frames {
    file: BufReader<File>,
    at: u64,
    len: u64,
}

impl Frames {
    pub(super) fn open(path: &Path) -> io::Result<Frames> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Frames { file: BufReader::with_capacity(64 * 1024, file), at: 0, len })
    }

    /// The next piece; `None` at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        if self.at >= self.len {
            return Ok(None);
        }
        if let Some(content) = self.frame_at(self.at)? {
            self.at += HEAD_OCTETS + content.len() as u64;
            return Ok(Some(Piece::Whole(content)));
        }
        let from = self.at;
        self.at = self.next_whole(from + 1)?;
        Ok(Some(Piece::Bad { from }))
    }

    fn frame_at(&mut self, at: u64) -> io::Result<Option<Vec<u8>>> {
        if self.len - at < HEAD_OCTETS {
            return Ok(None);
        }
        self.go_to(at)?;
        let mut head = [0; HEAD_OCTETS as usize];
        self.file.read_exact(&mut head)?;
        let word = |from: usize| u32::from_be_bytes([0, 1, 2, 3].map(|i| head[from + i]));
        let (len, crc) = (word(4), word(8));
        let fits = u64::from(len) <= self.len - at - HEAD_OCTETS && len as usize <= FRAME_OCTETS;
        if head[..4] != MARK || !fits {
            return Ok(None);
        }
        let mut content = vec![0; len as usize];
        self.file.read_exact(&mut content)?;
        Ok((checksum(len, &content) == crc).then_some(content))
    }

    /// Where the first whole frame begins at or after `at`; the end of the file if there is none.
    fn next_whole(&mut self, mut at: u64) -> io::Result<u64> {
        let mut window = vec![0; 64 * 1024];
        while at + HEAD_OCTETS <= self.len {
            self.go_to(at)?;
            let want = window.len().min((self.len - at) as usize);
            self.file.read_exact(&mut window[..want])?;
            let found: Vec<u64> = window[..want]
                .windows(MARK.len())
                .enumerate()
                .filter(|(_, octets)| *octets == MARK)
                .map(|(i, _)| at + i as u64)
                .collect();
            for candidate in found {
                if self.frame_at(candidate)?.is_some() {
                    return Ok(candidate);
                }
            }
            // The windows overlap, for a mark that lies across their border.
            at += (want - (MARK.len() - 1)) as u64;
        }
        Ok(self.len)
    }

    fn go_to(&mut self, at: u64) -> io::Result<()> {
        let here = self.file.stream_position()?;
        if here == at {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(at)).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(octets: &[u8]) -> Vec<Piece> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("frames");
        std::fs::write(&path, octets).unwrap();
        let mut frames = Frames::open(&path).unwrap();
        std::iter::from_fn(|| frames.next().unwrap()).collect()
    }

    fn three() -> Vec<u8> {
        let mut file = Vec::new();
        for content in ["one", "two", "three"] {
            write(&mut file, content.as_bytes()).unwrap();
        }
        file
    }

    #[test]
    fn what_was_written_is_read() {
        let whole: Vec<_> =
            ["one", "two", "three"].map(|s| Piece::Whole(s.as_bytes().to_vec())).into();
        assert_eq!(pieces(&three()), whole);
        assert_eq!(pieces(b""), vec![]);
    }

    #[test]
    fn one_flipped_octet_costs_one_frame_and_never_yields_a_wrong_one() {
        for at in 0..three().len() {
            let mut file = three();
            file[at] ^= 0x20;
            let found = pieces(&file);
            let whole = found.iter().filter(|p| matches!(p, Piece::Whole(_))).count();
            assert_eq!((whole, found.len()), (2, 3), "octet {at}");
        }
    }

    #[test]
    fn a_tail_that_is_cut_off_is_seen() {
        for len in 0..three().len() {
            let bad = pieces(&three()[..len]).iter().any(|p| matches!(p, Piece::Bad { .. }));
            assert_eq!(bad, ![0, 15, 30].contains(&len), "{len} octets");
        }
    }
}
