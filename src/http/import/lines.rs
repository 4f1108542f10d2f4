//! Which line a row of a CSV file is on, counted while the file passes by: the CSV reader's own count is
//! one short where lines end in CR LF, and it reads ahead.

use std::collections::VecDeque;
use std::io::{self, Read};

/// Octets of one row at most: a quote that is never closed must not take in the whole file.
pub const ROW_OCTETS: u64 = 256 * 1024;

/// Passes octets on and notes where each line that is not empty begins.
pub struct Lined<R> {
    from: R,
    /// Octets that have passed.
    passed: u64,
    line: u64,
    in_line: bool,
    /// Where lines begin that may still be asked for, and their numbers.
    starts: VecDeque<(u64, u64)>,
    /// Where the row begins that was asked for last.
    row: u64,
}

impl<R> Lined<R> {
    /// Counts from this line on.
    pub fn new(from: R, line: u64) -> Lined<R> {
        Lined { from, passed: 0, line, in_line: false, starts: VecDeque::new(), row: 0 }
    }

    /// The line of a row that begins at this octet, or at the next that ends no line.
    pub fn line_at(&mut self, octet: u64) -> u64 {
        while self.starts.front().is_some_and(|(start, _)| *start < octet) {
            self.starts.pop_front();
        }
        self.row = octet;
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }
}

impl<R: Read> Read for Lined<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.passed - self.row > ROW_OCTETS {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a row is too long"));
        }
        let len = self.from.read(to)?;
        for octet in &to[..len] {
            match octet {
                b'\n' => (self.line, self.in_line) = (self.line + 1, false),
                b'\r' => {}
                _ if self.in_line => {}
                _ => {
                    self.in_line = true;
                    self.starts.push_back((self.passed, self.line));
                }
            }
            self.passed += 1;
        }
        Ok(len)
    }
}
