//! Command lines being worked off: one command after the other, each taking its time.

use super::{Core, Event};
use crate::at::{Command, Edit, Failure, ResultCode, parse};
use crate::command::{self, Reply};
use crate::core::Kind;
use crate::profile::Typeahead;
use std::collections::VecDeque;

/// Octets kept while a command runs.
const TYPEAHEAD: usize = 2048;
const CTRL_Z: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;

/// A command line in work.
#[derive(Debug)]
pub(crate) struct Run {
    queue: VecDeque<Command>,
    current: Option<Command>,
    serial: u64,
    abortable: bool,
    /// With `+COLP=1`, `ATD` waits until this call is answered.
    waits_for: Option<u64>,
    /// The length of a message, and what has been typed of it at the prompt.
    prompt: Option<(usize, Vec<u8>)>,
    /// The message is with the network.
    sending: bool,
}

impl Core {
    pub(crate) fn input_at(&mut self, octets: &[u8]) {
        if !self.power.ports {
            self.counters.input_lost += octets.len() as u64;
            return;
        }
        self.at_opened();
        if !self.power.listens() || self.wedged {
            self.counters.input_lost += octets.len() as u64;
            return;
        }
        self.typed(octets);
    }

    fn typed(&mut self, octets: &[u8]) {
        let mut echo = Vec::new();
        for octet in octets {
            if let Some(run) = &self.run {
                if run.prompt.is_some() && !run.sending {
                    self.typed_at_prompt(*octet);
                    continue;
                }
                // V.250 §5.6.1; the end of the line itself does not abort.
                if run.abortable && !matches!(octet, b'\r' | b'\n') {
                    self.abort();
                } else {
                    self.type_ahead(*octet);
                }
                continue;
            }
            echo.push(*octet);
            let line = match self.editor.push(*octet) {
                Edit::Nothing => continue,
                Edit::Line(line) => parse(&line),
                Edit::TooLong => vec![Command::Invalid],
            };
            self.echo(std::mem::take(&mut echo));
            self.start(line);
        }
        self.echo(echo);
    }

    fn echo(&mut self, octets: Vec<u8>) {
        if self.settings.registers.echo && !octets.is_empty() {
            self.say(Kind::Echo, octets);
        }
    }

    fn type_ahead(&mut self, octet: u8) {
        let kept = self.config.profile.port.typeahead == Typeahead::Kept;
        if kept && self.typeahead.len() < TYPEAHEAD {
            self.typeahead.push(octet);
        } else {
            self.counters.input_lost += 1;
        }
    }

    fn start(&mut self, line: Vec<Command>) {
        self.counters.command_lines += 1;
        let run = Run {
            queue: line.into(),
            current: None,
            serial: 0,
            abortable: false,
            waits_for: None,
            prompt: None,
            sending: false,
        };
        self.run = Some(run);
        self.next_command();
    }

    fn next_command(&mut self) {
        let serial = self.next_serial();
        let Some(run) = &mut self.run else { return };
        let Some(next) = run.queue.pop_front() else { return self.finish(Ok(())) };
        let (latency, abortable) = command::latency(&next, &self.config.profile);
        run.current = Some(next);
        run.serial = serial;
        run.abortable = abortable;
        self.later(latency, Event::CommandDone(serial));
    }

    pub(crate) fn command_done(&mut self, serial: u64) {
        let Some(run) = self.run.as_mut().filter(|run| run.serial == serial) else { return };
        let Some(current) = run.current.take() else { return };
        self.executing = true;
        let answer = command::execute(self, &current);
        if self.run.is_none() {
            return; // The command took the port down.
        }
        match answer {
            Ok(Reply::Done) => self.next_command(),
            Ok(Reply::Lines(lines)) => {
                lines.iter().for_each(|line| self.info(line));
                self.next_command();
            }
            Ok(Reply::WaitFor(call)) => {
                self.executing = false;
                self.flush_deferred();
                if let Some(run) = &mut self.run {
                    run.waits_for = Some(call);
                }
            }
            Ok(Reply::Prompt(length)) => {
                self.executing = false;
                self.flush_deferred();
                if let Some(run) = &mut self.run {
                    run.prompt = Some((length, Vec::new()));
                }
                self.prompt();
            }
            Err(failure) => self.finish(Err(failure)),
        }
    }

    /// Ctrl-Z sends, Escape gives up (27.005 §3.5.1).
    fn typed_at_prompt(&mut self, octet: u8) {
        let Some(run) = &mut self.run else { return };
        let Some((_, typed)) = &mut run.prompt else { return };
        match octet {
            CTRL_Z => {
                run.sending = true;
                let serial = run.serial;
                self.text_typed(serial);
            }
            ESCAPE => {
                run.prompt = None;
                self.next_command();
            }
            b'\r' | b'\n' => {}
            _ if typed.len() < TYPEAHEAD => {
                typed.push(octet);
                self.echo(vec![octet]);
            }
            _ => self.counters.input_lost += 1,
        }
    }

    /// The network has answered; or, after a silence, the modem has given it up.
    pub(crate) fn text_taken(&mut self, serial: u64, silent: bool) {
        let Some(run) = self.run.as_mut().filter(|run| run.serial == serial) else { return };
        let Some((length, typed)) = run.prompt.take() else { return };
        run.sending = false;
        self.executing = true;
        let taken = if silent { Err(Failure::Cms(332)) } else { self.take_text(&typed, length) };
        match taken {
            Ok(reference) => {
                self.info(&format!("+CMGS: {reference}"));
                self.next_command();
            }
            Err(failure) => self.finish(Err(failure)),
        }
    }

    fn finish(&mut self, outcome: Result<(), Failure>) {
        self.finally(outcome);
        self.run = None;
        self.executing = false;
        self.flush_deferred();
        let typed = std::mem::take(&mut self.typeahead);
        if !typed.is_empty() {
            self.typed(&typed);
        }
    }

    fn abort(&mut self) {
        let waits_for = self.run.as_ref().and_then(|run| run.waits_for);
        let dials = waits_for.is_some()
            || self.run.as_ref().is_some_and(|run| matches!(run.current, Some(Command::Dial(..))));
        if let Some(call) = waits_for {
            self.drop_silently(call);
        }
        let code = if dials { ResultCode::NoCarrier } else { ResultCode::Error };
        self.finish(Err(Failure::Call(code)));
    }

    /// A dialled call that `ATD` waits for is answered (`+COLP=1`), or will never be.
    pub(crate) fn dial_settled(&mut self, call: u64, outcome: Result<(), ResultCode>) -> bool {
        if self.run.as_ref().is_none_or(|run| run.waits_for != Some(call)) {
            return false;
        }
        match outcome {
            Ok(()) => {
                if let Some(run) = &mut self.run {
                    run.waits_for = None;
                }
                self.next_command();
            }
            Err(code) => self.finish(Err(Failure::Call(code))),
        }
        true
    }

    /// Forgets what was typed and what runs: at a restart.
    pub(crate) fn forget_commands(&mut self) {
        self.run = None;
        self.executing = false;
        self.deferred.clear();
        self.typeahead.clear();
        self.editor = Default::default();
        self.wedged = false;
    }
}
