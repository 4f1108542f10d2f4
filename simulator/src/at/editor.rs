//! Octets typed at the port, gathered to command lines (V.250 §5.2).

/// Longest command line, "AT" included (M3 §1.4).
const LIMIT: usize = 559;
const BACKSPACE: u8 = 8;

#[derive(Debug, Default)]
enum State {
    #[default]
    WantA,
    WantT,
    Body,
}

/// What one octet made of the line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Nothing,
    /// A command line without its "AT".
    Line(Vec<u8>),
    TooLong,
}

/// The line being typed, and the last one for `A/`.
#[derive(Debug, Default)]
pub(crate) struct LineEditor {
    state: State,
    line: Vec<u8>,
    last: Vec<u8>,
    overlong: bool,
}

impl LineEditor {
    pub(crate) fn push(&mut self, octet: u8) -> Edit {
        match (&self.state, octet) {
            (State::WantA, b'A' | b'a') => self.state = State::WantT,
            (State::WantA, _) => {}
            (State::WantT, b'T' | b't') => {
                self.state = State::Body;
                self.line.clear();
                self.overlong = false;
            }
            (State::WantT, b'/') => {
                self.state = State::WantA;
                return Edit::Line(self.last.clone());
            }
            (State::WantT, b'A' | b'a') => {}
            (State::WantT, _) => self.state = State::WantA,
            (State::Body, b'\r') => return self.finish(),
            (State::Body, b'\n' | 0) => {}
            (State::Body, BACKSPACE) => {
                self.line.pop();
            }
            (State::Body, _) if self.line.len() + 2 < LIMIT => self.line.push(octet),
            (State::Body, _) => self.overlong = true,
        }
        Edit::Nothing
    }

    fn finish(&mut self) -> Edit {
        self.state = State::WantA;
        if self.overlong {
            return Edit::TooLong;
        }
        self.last = std::mem::take(&mut self.line);
        Edit::Line(self.last.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(typed: &[u8]) -> Vec<Edit> {
        let mut editor = LineEditor::default();
        typed.iter().map(|b| editor.push(*b)).filter(|e| *e != Edit::Nothing).collect()
    }

    #[test]
    fn repeats_edits_and_skips() {
        let line = |s: &str| Edit::Line(s.as_bytes().to_vec());
        assert_eq!(lines(b"xyzaAt+CSW\x08Q\r\n"), [line("+CSQ")]);
        assert_eq!(lines(b"AT\rA/a/"), [line(""), line(""), line("")]);
        assert_eq!(lines(b"T+CLCC\r"), []);
    }

    #[test]
    fn takes_559_characters_and_not_one_more() {
        let mut typed = b"AT".to_vec();
        typed.extend([b'1'; 557]);
        typed.push(b'\r');
        assert!(matches!(&lines(&typed)[0], Edit::Line(line) if line.len() == 557));
        typed.insert(2, b'1');
        assert_eq!(lines(&typed), [Edit::TooLong]);
    }
}
