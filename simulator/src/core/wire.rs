//! What the module says at its AT port, line by line.

use super::{Core, Emit};
use crate::Mono;
use crate::at::{Failure, ResultCode, cme_text};

/// What a piece of output is, for the faults on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Echo,
    Info,
    Final,
    Urc,
    Raw,
}

/// A piece of output at its time.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub at: Mono,
    pub kind: Kind,
    pub octets: Vec<u8>,
}

/// Octets kept for a reader who has the port closed.
const UNREAD: usize = 4096;

impl Core {
    /// Sends octets to whoever has the port open.
    pub(crate) fn say(&mut self, kind: Kind, octets: Vec<u8>) {
        if !self.power.talks() || self.wedged {
            return;
        }
        if !self.at_open {
            if self.unread.len() + octets.len() <= UNREAD {
                self.unread.extend(octets);
            }
            return;
        }
        self.out.push_back(Emit::Line(Chunk { at: self.now, kind, octets }));
    }

    /// An information line of the running command.
    pub(crate) fn info(&mut self, line: &str) {
        let head = if self.settings.registers.verbose { "\r\n" } else { "" };
        self.say(Kind::Info, format!("{head}{line}\r\n").into_bytes());
    }

    /// The last line of a command's answer.
    pub(crate) fn finally(&mut self, outcome: Result<(), Failure>) {
        let text = match outcome {
            Ok(()) => self.code(ResultCode::Ok),
            Err(Failure::Call(code)) => self.code(code),
            Err(Failure::Cme(code)) if self.settings.cmee == 1 => {
                format!("\r\n+CME ERROR: {code}\r\n")
            }
            Err(Failure::Cme(code)) if self.settings.cmee == 2 => {
                format!("\r\n+CME ERROR: {}\r\n", cme_text(code))
            }
            Err(Failure::Cms(code)) => format!("\r\n+CMS ERROR: {code}\r\n"),
            Err(Failure::Cme(_) | Failure::Plain) => self.code(ResultCode::Error),
        };
        if outcome.is_err() {
            self.counters.errors += 1;
        }
        if !self.settings.registers.quiet {
            self.say(Kind::Final, text.into_bytes());
        }
    }

    fn code(&self, code: ResultCode) -> String {
        let (words, number) = code.forms();
        if self.settings.registers.verbose {
            format!("\r\n{words}\r\n")
        } else {
            format!("{number}\r")
        }
    }

    fn urc_chunk(&mut self, text: String) -> Chunk {
        self.counters.urcs += 1;
        Chunk { at: self.now, kind: Kind::Urc, octets: text.into_bytes() }
    }

    /// An unsolicited line. While a command executes it waits for the command's result.
    pub(crate) fn urc(&mut self, line: &str) {
        let chunk = self.urc_chunk(format!("\r\n{line}\r\n"));
        self.pass(chunk, !self.executing);
    }

    /// An unsolicited line of the kind that some firmware ends in CR CR LF. `first` puts it
    /// before the result of the command that caused it.
    pub(crate) fn call_line(&mut self, line: &str, first: bool) {
        let ends = if self.config.profile.port.doubled_cr { "\r\r\n" } else { "\r\n" };
        let chunk = self.urc_chunk(format!("{ends}{line}{ends}"));
        self.pass(chunk, first || !self.executing);
    }

    fn pass(&mut self, chunk: Chunk, now: bool) {
        if now {
            self.say(chunk.kind, chunk.octets);
        } else {
            self.deferred.push(chunk);
        }
    }

    /// RING, NO CARRIER, BUSY... outside an answer.
    pub(crate) fn call_code(&mut self, code: ResultCode) {
        let (words, number) = code.forms();
        if self.settings.registers.verbose {
            self.call_line(words, false);
        } else {
            let chunk = self.urc_chunk(format!("{number}\r"));
            self.pass(chunk, !self.executing);
        }
    }

    /// What waited for the result of a command.
    pub(crate) fn flush_deferred(&mut self) {
        for chunk in std::mem::take(&mut self.deferred) {
            self.say(chunk.kind, chunk.octets);
        }
    }

    pub(crate) fn at_opened(&mut self) {
        if !self.power.ports || self.at_open {
            return;
        }
        self.at_open = true;
        let unread = std::mem::take(&mut self.unread);
        if !unread.is_empty() {
            self.say(Kind::Raw, unread);
        }
    }
}
