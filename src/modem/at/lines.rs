//! Octets to lines.

use crate::limits::AT_LINE_OCTETS;
use heapless::Vec;

/// What the octets of a modem come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A line without its end. Never empty; what is no UTF-8 is shown as U+FFFD.
    Line(&'a str),
    /// The prompt `>` that a message's text is awaited after, where one was announced.
    Prompt,
}

/// Cuts octets into lines: any mix and number of CR and LF ends a line, empty lines are nothing,
/// control characters are line noise.
#[derive(Debug, Default)]
pub struct Lines {
    line: Vec<u8, AT_LINE_OCTETS>,
    overlong: bool,
    prompt_awaited: bool,
    cut: u64,
}

impl Lines {
    /// Whether `>` at the start of a line is a prompt from now on. It is text otherwise.
    pub fn await_prompt(&mut self, awaited: bool) {
        self.prompt_awaited = awaited;
    }

    /// Lines that were longer than [`AT_LINE_OCTETS`] and lost their rest.
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// Forgets a line begun: the port was opened anew.
    pub fn clear(&mut self) {
        *self = Lines { cut: self.cut, ..Lines::default() };
    }

    /// Takes the next octet; gives the token that it completes to `sink`.
    pub fn push(&mut self, octet: u8, sink: impl FnOnce(Token<'_>)) {
        match octet {
            b'\r' | b'\n' => self.end_line(sink),
            b'>' if self.prompt_awaited && self.line.is_empty() => {
                self.prompt_awaited = false;
                sink(Token::Prompt);
            }
            b' ' if self.line.is_empty() => {}
            0..=0x1f | 0x7f => {}
            _ => self.overlong |= self.line.push(octet).is_err(),
        }
    }

    fn end_line(&mut self, sink: impl FnOnce(Token<'_>)) {
        self.cut += u64::from(core::mem::take(&mut self.overlong));
        if !self.line.is_empty() {
            sink(Token::Line(String::from_utf8_lossy(&self.line).trim_end()));
            self.line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(octets: &[u8]) -> std::vec::Vec<String> {
        let mut seen = std::vec::Vec::new();
        let mut lines = Lines::default();
        for &octet in octets {
            lines.push(octet, |token| match token {
                Token::Line(line) => seen.push(line.to_owned()),
                Token::Prompt => seen.push("<prompt>".to_owned()),
            });
        }
        seen
    }

    #[test]
    fn any_mix_of_cr_and_lf_ends_a_line() {
        assert_eq!(
            lines(b"\r\r\n+CRING: VOICE\r\r\nRING\n\rOK\r"),
            ["+CRING: VOICE", "RING", "OK"]
        );
        assert_eq!(lines(b"\r\n+CLCC: 1,1,0,0,0\r\n+CLCC: 2,1,0,0,0\r\n").len(), 2);
    }

    #[test]
    fn a_prompt_exists_only_when_awaited() {
        assert_eq!(lines(b"\r\n> mail@example.com >\r\n"), ["> mail@example.com >"]);
        let mut framer = Lines::default();
        framer.await_prompt(true);
        let mut prompts = 0;
        for &octet in b"\r\n> " {
            framer.push(octet, |token| prompts += u32::from(token == Token::Prompt));
        }
        assert_eq!(prompts, 1);
    }

    #[test]
    fn an_endless_line_is_cut_and_counted() {
        let mut framer = Lines::default();
        let mut longest = 0;
        for octet in std::iter::repeat_n(b'x', 5000).chain(*b"\r\nOK\r\n") {
            framer.push(octet, |token| {
                if let Token::Line(line) = token {
                    longest = longest.max(line.len());
                }
            });
        }
        assert_eq!((longest, framer.cut()), (AT_LINE_OCTETS, 1));
    }

    #[test]
    fn noise_is_no_line_and_no_panic() {
        assert_eq!(lines(b"\0\x01\x7f\r\n\xff\xfe\r\nOK\r\n"), ["\u{fffd}\u{fffd}", "OK"]);
    }
}
