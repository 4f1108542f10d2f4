//! Lines to transactions: one command in flight, classified lines, time-outs, and getting back in step.
//!
//! After a time-out nobody knows whether the answer is lost or late, and a late one would be taken for
//! the next command's. So the channel drains, then asks a question whose answer shows itself by its
//! prefix (`AT+CPIN?`, which every modem knows) until it has seen one whole: only then it is in step again.
//!
//! A command may have a text that is typed when the modem prompts for it (`AT+CMGS`). A modem that may be
//! left at its prompt takes whatever is sent for text, so an Escape comes before the question.

use super::lines::{Lines, Token};
use super::result::{Failure, FinalCode};
use crate::clock::Mono;
use crate::limits::{AT_COMMAND_OCTETS, AT_INFO_LINES, AT_TEXT_OCTETS};
use std::collections::VecDeque;
use std::time::Duration;

/// Quiet that ends a drain.
const DRAIN: Duration = Duration::from_millis(200);
/// A drain that never gets quiet ends all the same.
const DRAIN_AT_MOST: Duration = Duration::from_secs(2);
/// How long the in-step question may take.
const PROBE: Duration = Duration::from_secs(2);
/// Questions without an answer before the modem counts as mute.
const PROBES: u8 = 3;
const PROBE_TEXT: &str = "AT+CPIN?";
const PROBE_PREFIX: &str = "+CPIN:";
/// From the information about a text that was typed to its final result code.
const TYPED_END: Duration = Duration::from_secs(2);
/// What ends a text at the prompt, and what gives it up (27.005 section 3.5.1).
const CTRL_Z: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;

/// What a command's answer looks like.
#[derive(Debug, Clone, Copy)]
pub struct Expect {
    /// Its information lines begin with one of these.
    pub prefixes: &'static [&'static str],
    /// A line with such a prefix is still not its own where this says no (`+CREG` is both).
    pub is_own: fn(&str) -> bool,
    /// Its information lines have no prefix (`AT+CGMM`).
    pub bare: bool,
    /// Each information line owns the line after it, whatever that says: the text of a message.
    pub body: bool,
    /// It sets up a call: `NO CARRIER` and its kin may be its final code.
    pub sets_up_call: bool,
    /// Another call exists, which may be the one that `NO CARRIER` is about.
    pub other_calls: bool,
}

impl Expect {
    /// Nothing but a final result code.
    pub const NOTHING: Expect = Expect {
        prefixes: &[],
        is_own: |_| true,
        bare: false,
        body: false,
        sets_up_call: false,
        other_calls: false,
    };
}

/// A command ready to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// `AT...` without its carriage return.
    pub text: heapless::String<AT_COMMAND_OCTETS>,
    /// What its answer looks like.
    pub expect: Expect,
    /// Longest time to its final result code; with a text, to the prompt.
    pub timeout: Duration,
    /// What is typed at the prompt.
    pub typed: Option<Box<Typed>>,
}

/// A text for the prompt.
#[derive(Debug, Clone)]
pub struct Typed {
    /// Without the Ctrl-Z at its end.
    pub text: heapless::String<AT_TEXT_OCTETS>,
    /// Longest time from there to the final result code.
    pub timeout: Duration,
}

/// How a command ended, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its final result code.
    pub code: FinalCode,
    /// Its information lines.
    pub info: Vec<String>,
    /// Time it took.
    pub took: Duration,
    /// Its text was typed: what it says has been given away, however it ended.
    pub was_typed: bool,
}

/// What the channel has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Octets for the port.
    Write(Vec<u8>),
    /// The command in flight ended.
    Answer(Answer),
    /// An unsolicited line.
    Unsolicited(String),
    /// The line after an unsolicited one that announced it: a message, or a report.
    Message(String),
    /// In step again after a time-out.
    InStep,
    /// The modem answers nothing.
    Mute,
    /// The modem echoes although it was told not to: it was restarted behind our back.
    EchoIsBack,
}

#[derive(Debug)]
enum State {
    Idle,
    InFlight(InFlight),
    /// Waits for quiet since `quiet_at - DRAIN`.
    Draining {
        quiet_at: Mono,
        give_up_at: Mono,
        probes: u8,
    },
    Probing {
        answer_by: Mono,
        seen: bool,
        /// An `OK` came without the prefix: the late answer that we came for, or a modem that has nothing
        /// else to say to this question.
        bare_ok: bool,
        probes: u8,
    },
    Mute,
}

#[derive(Debug)]
struct InFlight {
    request: Request,
    sent_at: Mono,
    answer_by: Mono,
    info: Vec<String>,
    /// A call-set-up code that may be another call's.
    doubtful: Option<FinalCode>,
    /// The next line is the text of a message.
    body_next: bool,
    was_typed: bool,
}

impl InFlight {
    fn inform(&mut self, line: String) {
        if self.info.len() < AT_INFO_LINES {
            self.info.push(line);
        }
    }
}

/// Whether the modem echoes commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Echo {
    /// It may.
    Perhaps,
    /// Told not to; not seen yet whether it obeys.
    ToldOff,
    /// Commands were seen to come without.
    Off,
}

/// One AT port.
#[derive(Debug)]
pub struct Channel {
    lines: Lines,
    state: State,
    echo: Echo,
    echoed: bool,
    /// The next line is the text of a message that came unasked.
    text_next: bool,
    /// In-step questions that are not answered yet: their answers are nobody else's, however late.
    owed: u8,
    /// The next final result code ends a late answer to such a question.
    owed_final: bool,
    /// The modem may be waiting for a text.
    at_prompt: bool,
    events: VecDeque<Event>,
    unexpected: u64,
}

impl Default for Channel {
    fn default() -> Self {
        Channel {
            lines: Lines::default(),
            state: State::Idle,
            echo: Echo::Perhaps,
            echoed: false,
            text_next: false,
            owed: 0,
            owed_final: false,
            at_prompt: false,
            events: VecDeque::new(),
            unexpected: 0,
        }
    }
}

impl Channel {
    /// Whether a command can be sent now.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Final result codes that no command waited for.
    pub fn unexpected(&self) -> u64 {
        self.unexpected
    }

    /// The port was opened anew: nothing is in flight, nothing is known.
    pub fn reset(&mut self) {
        let Channel { unexpected, at_prompt, .. } = *self;
        *self = Channel { unexpected, at_prompt, ..Channel::default() };
    }

    /// Sends a command. The channel must be idle.
    pub fn send(&mut self, now: Mono, request: Request) {
        debug_assert!(self.is_idle(), "one command in flight");
        self.write(&request.text);
        self.echoed = false;
        self.at_prompt = request.typed.is_some();
        self.lines.await_prompt(self.at_prompt);
        let answer_by = now + request.timeout;
        self.state = State::InFlight(InFlight {
            request,
            sent_at: now,
            answer_by,
            info: Vec::new(),
            doubtful: None,
            body_next: false,
            was_typed: false,
        });
    }

    /// The command in flight gets no more time than this from now.
    pub fn hurry(&mut self, now: Mono, left: Duration) {
        if let State::InFlight(flight) = &mut self.state {
            flight.answer_by = flight.answer_by.min(now + left);
        }
    }

    /// Gets in step whatever the state: after opening the port, or when answers make no sense.
    pub fn resync(&mut self, now: Mono) {
        self.owed = 0;
        self.drain(now, 0);
    }

    /// Takes octets from the port.
    pub fn handle_octets(&mut self, now: Mono, octets: &[u8]) {
        for &octet in octets {
            let mut token = None;
            self.lines.push(octet, |t| {
                token = Some(match t {
                    Token::Line(line) => Some(line.to_owned()),
                    Token::Prompt => None,
                });
            });
            match token {
                Some(Some(line)) => self.handle_line(now, line),
                Some(None) => self.type_text(now),
                None => {}
            }
        }
        if let State::Draining { quiet_at, .. } = &mut self.state {
            *quiet_at = now + DRAIN;
        }
    }

    /// The modem prompts for the text of the command in flight.
    fn type_text(&mut self, now: Mono) {
        let State::InFlight(flight) = &mut self.state else { return };
        let Some(typed) = &flight.request.typed else { return };
        let mut octets = typed.text.as_bytes().to_vec();
        octets.push(CTRL_Z);
        flight.was_typed = true;
        flight.answer_by = now + typed.timeout;
        self.at_prompt = false;
        self.events.push_back(Event::Write(octets));
    }

    /// The next deadline: an answer that is due, or quiet that is.
    pub fn poll_timeout(&self) -> Option<Mono> {
        match &self.state {
            State::Idle | State::Mute => None,
            State::InFlight(flight) => Some(flight.answer_by),
            State::Draining { quiet_at, give_up_at, .. } => Some(*quiet_at.min(give_up_at)),
            State::Probing { answer_by, .. } => Some(*answer_by),
        }
    }

    /// A deadline may have passed.
    pub fn handle_timeout(&mut self, now: Mono) {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        match std::mem::replace(&mut self.state, State::Idle) {
            State::InFlight(flight) => match flight.doubtful {
                Some(code) => self.finish(now, flight, code),
                None => {
                    log::debug!("no answer to {}", shown(&flight.request.text));
                    let failed = FinalCode::Failed(Failure::Timeout);
                    self.finish(now, flight, failed);
                    self.resync(now);
                }
            },
            State::Draining { probes, .. } => self.probe(now, probes),
            // Some answered, the others were lost.
            State::Probing { probes, bare_ok, .. }
                if self.owed < probes || (bare_ok && probes == PROBES) =>
            {
                self.in_step();
            }
            State::Probing { probes, .. } => self.drain(now, probes),
            state => self.state = state,
        }
    }

    /// What there is to say.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn drain(&mut self, now: Mono, probes: u8) {
        if probes >= PROBES {
            self.state = State::Mute;
            self.events.push_back(Event::Mute);
            return;
        }
        let (quiet_at, give_up_at) = (now + DRAIN, now + DRAIN_AT_MOST);
        self.state = State::Draining { quiet_at, give_up_at, probes };
    }

    fn probe(&mut self, now: Mono, probes: u8) {
        if self.at_prompt {
            self.events.push_back(Event::Write(vec![ESCAPE]));
        }
        self.write(PROBE_TEXT);
        self.owed = self.owed.saturating_add(1);
        self.state = State::Probing {
            answer_by: now + PROBE,
            seen: false,
            bare_ok: false,
            probes: probes + 1,
        };
    }

    fn write(&mut self, text: &str) {
        let mut octets = text.as_bytes().to_vec();
        octets.push(b'\r');
        self.events.push_back(Event::Write(octets));
    }

    fn handle_line(&mut self, now: Mono, line: String) {
        log::trace!("modem: {}", shown(&line));
        if std::mem::take(&mut self.text_next) {
            return self.events.push_back(Event::Message(line));
        }
        if self.is_late_answer(&line) {
            return;
        }
        match self.state {
            State::InFlight(_) => self.handle_line_in_flight(now, line),
            State::Probing { .. } => self.handle_line_probing(now, line),
            State::Idle | State::Draining { .. } | State::Mute => {
                if FinalCode::read(&line).is_some() {
                    self.unexpected += 1;
                } else {
                    self.unsolicited(line);
                }
            }
        }
    }

    /// A question asked twice is answered twice; what comes after we are in step is no sign of a restart
    /// and ends no command.
    fn is_late_answer(&mut self, line: &str) -> bool {
        if matches!(self.state, State::Probing { .. }) {
            return false;
        }
        if self.owed > 0 && line.starts_with(PROBE_PREFIX) {
            self.owed -= 1;
            self.owed_final = true;
            return true;
        }
        self.owed_final && FinalCode::read(line).is_some() && {
            self.owed_final = false;
            true
        }
    }

    fn handle_line_probing(&mut self, now: Mono, line: String) {
        let State::Probing { seen, bare_ok, probes, answer_by } = &mut self.state else { return };
        let probes = *probes;
        if line.ends_with(PROBE_TEXT) {
            return; // Its echo.
        }
        if line.starts_with(PROBE_PREFIX) {
            *seen = true;
            return;
        }
        let Some(code) = FinalCode::read(&line) else { return self.unsolicited(line) };
        // What ends here without the prefix is the late answer we came for. But a modem without this
        // question, or a SIM in trouble, answers an error each time; and one that says a bare OK to the
        // last question, and no more, is not asked any more.
        let error = matches!(code, FinalCode::Failed(_));
        if std::mem::take(seen) || (error && probes > 1) {
            *answer_by = now + PROBE;
            self.owed = self.owed.saturating_sub(1);
            if self.owed == 0 || probes == PROBES {
                self.in_step();
            }
        } else if error {
            self.owed = self.owed.saturating_sub(1);
            self.drain(now, probes);
        } else if !std::mem::replace(bare_ok, true) {
            *answer_by = now + PROBE;
        }
    }

    fn in_step(&mut self) {
        self.state = State::Idle;
        self.at_prompt = false;
        self.events.push_back(Event::InStep);
    }

    fn handle_line_in_flight(&mut self, now: Mono, line: String) {
        let State::InFlight(mut flight) = std::mem::replace(&mut self.state, State::Idle) else {
            unreachable!("only called in flight");
        };
        let expect = &flight.request.expect;
        if std::mem::take(&mut flight.body_next) {
            flight.inform(line);
        } else if line.ends_with(flight.request.text.as_str()) {
            self.echoed = true;
            if self.echo == Echo::Off {
                self.echo = Echo::Perhaps;
                self.events.push_back(Event::EchoIsBack);
            }
        } else if let Some(code) = FinalCode::read(&line) {
            return self.finish(now, flight, code);
        } else if let Some(code) = FinalCode::read_call_setup(&line).filter(|_| expect.sets_up_call)
        {
            // Only `NO CARRIER` is ever said of a call that was already up. Then it is the command's
            // own only if nothing else ends it: see `Channel::hurry`.
            if !expect.other_calls || line != "NO CARRIER" {
                return self.finish(now, flight, code);
            }
            flight.doubtful = Some(code);
            self.unsolicited(line);
        } else if is_information(expect, &line) {
            flight.body_next = expect.body;
            flight.inform(line);
            if flight.was_typed {
                // The network has it: the end is close, or has been lost.
                flight.answer_by = flight.answer_by.min(now + TYPED_END);
            }
        } else {
            self.unsolicited(line);
        }
        self.state = State::InFlight(flight);
    }

    fn finish(&mut self, now: Mono, flight: InFlight, code: FinalCode) {
        self.note_echo(&flight.request.text, code);
        self.lines.await_prompt(false);
        // What came in time says that it is not at its prompt.
        self.at_prompt &= code == FinalCode::Failed(Failure::Timeout);
        let took = now.saturating_sub(flight.sent_at);
        let InFlight { info, was_typed, .. } = flight;
        self.events.push_back(Event::Answer(Answer { code, info, took, was_typed }));
    }

    fn note_echo(&mut self, text: &str, code: FinalCode) {
        if code != FinalCode::Ok {
            return;
        }
        self.echo = match self.echo {
            _ if text == "ATE0" => Echo::ToldOff,
            Echo::ToldOff if !self.echoed => Echo::Off,
            // It echoes whatever we say: so be it.
            Echo::ToldOff => Echo::Perhaps,
            echo => echo,
        };
    }

    fn unsolicited(&mut self, line: String) {
        // A message or status report that comes unasked (27.005 section 3.4.1) owns its next line.
        self.text_next = line.starts_with("+CMT:") || line.starts_with("+CDS:");
        self.events.push_back(Event::Unsolicited(line));
    }
}

fn is_information(expect: &Expect, line: &str) -> bool {
    let prefixed = expect.prefixes.iter().any(|prefix| line.starts_with(prefix));
    if prefixed {
        return (expect.is_own)(line);
    }
    // Reports that we do not know begin with a sign as well; a model's name does not.
    let report = line.starts_with(['+', '^', '*', '%', '$', '#']);
    expect.bare && !report && !crate::modem::urc::is_known(line)
}

/// A line as a log may show it: digits of telephone numbers are hidden.
fn shown(line: &str) -> String {
    let mut run = 0;
    let digit = |c: char| c.is_ascii_digit();
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        run = if digit(c) { run + 1 } else { 0 };
        out.push(if run > 4 { '.' } else { c });
    }
    out
}
