//! The modem: one pure machine from octets to calls.
//!
//! Storeys, bottom up: [`at`] (octets, lines, transactions), [`command`] (atat structs by chapter of
//! 27.007) and [`urc`], [`model`] (what differs between modems), [`bring_up`], [`calls`] (the call table,
//! reconciled from `AT+CLCC`), [`job`] (what a line asks for, each step confirmed in that table).
//!
//! Only one command is in flight. What is sent next is decided in one place, `Modem::advance`: the job
//! first, then the way up, then a look at the calls, then care.

pub mod at;
pub mod bring_up;
pub mod calls;
pub mod command;
pub mod fields;
pub mod job;
pub mod model;
pub mod pdu;
pub mod urc;

mod care;
mod hearing;
mod sending;
mod texts;

use crate::clock::Mono;
use at::Channel;
use bring_up::{BringUp, Facts, Fault, Pin, Unsupported};
use calls::{CallTable, Change};
use care::Care;
use command::Command;
use job::{Done, Job, Runner, TextSent};
use pdu::{PduError, Received};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use urc::Clip;

pub use bring_up::Fault as ModemFault;

/// Between two looks while a call is being set up, or a look is in doubt.
const LOOK_IN_MOTION: Duration = Duration::from_millis(400);
/// Between two looks while calls stand still.
const LOOK_IN_CALL: Duration = Duration::from_secs(1);
/// After a ring that no row explains, the row may take this long to show.
const RING_WITHOUT_ROW: Duration = Duration::from_secs(5);
/// A call that was dialled may take this long to show.
const DIAL_WITHOUT_ROW: Duration = Duration::from_secs(5);
/// A dial is left alone this long: some networks stall or give up when asked at once.
const DIAL_ALONE: Duration = Duration::from_millis(500);
/// `NO CARRIER` during a dial may be another call's: the dial's own `OK` has this long to come.
const OWN_FINAL: Duration = Duration::from_secs(1);
/// The network has done what was asked: the `OK` is close, or has been lost.
const OWN_OK: Duration = Duration::from_secs(2);
/// Lists of calls that fail one after the other before the modem counts as stuck.
const LOOKS_FAILED: u8 = 20;
/// After a list of calls that failed.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Jobs waiting for their turn.
const JOBS: usize = 8;

/// What the modem has to say to its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Octets for the port.
    Write(Vec<u8>),
    /// The way up stands at this fault, or goes on (`None`).
    Fault(Option<Fault>),
    /// It takes calls.
    Ready,
    /// Registration came or went while it was ready.
    Registered(bool),
    /// The call table changed.
    Change(Change),
    /// The call that was dialled never came to be.
    DialFailed,
    /// The caller's number.
    Clip(Clip),
    /// A key of the far end that is active.
    Key(crate::call::Key),
    /// A job ends all calls (`AT+CHUP`), perhaps as the last means against one.
    EndsAll,
    /// A job ended.
    Done(Done),
    /// The SIM refused its PIN: to be remembered beyond a restart.
    PinRefused,
    /// Signal in dBm.
    Signal(Option<i16>),
    /// The network's name.
    Operator(String),
    /// A command was answered after this time.
    RoundTrip(Duration),
    /// A message or a status report has come. With its place in the SIM, where it is until
    /// [`Job::DeleteText`]; after a restart it is told again. What cannot be read has a place, too.
    Text(Option<u8>, Result<Received, PduError>),
    /// The supply voltage is too low.
    UnderVoltage,
    /// It is lost: every call with it.
    Lost(Lost),
}

/// How a modem is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It answers nothing; the port has to be opened anew, or harder means.
    Mute,
    /// It has restarted by itself, and is being brought up again.
    Restarted,
    /// It cannot get rid of a call.
    Stuck,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    BringUp,
    Job,
    Look,
    Texts,
    Care(Care),
}

/// After `ATD` was taken, until its call shows in the table.
#[derive(Debug)]
struct DialWatch {
    by: Mono,
    end_told: bool,
}

/// One modem.
#[derive(Debug)]
pub struct Modem {
    channel: Channel,
    bring_up: Option<BringUp>,
    pin: Option<Pin>,
    with_sound: bool,
    with_texts: bool,
    fault: Option<Fault>,
    facts: Facts,
    unsupported: Unsupported,
    calls: CallTable,
    runner: Option<Runner>,
    /// The running job was overtaken by one that ends calls; its answer is not waited upon any more.
    overtaken: bool,
    jobs: heapless::Deque<Job, JOBS>,
    in_flight: Option<Owner>,
    look_at: Option<Mono>,
    /// When the SIM's messages are listed, unless a call is up then.
    texts_at: Option<Mono>,
    /// Messages that were told, by their places in the SIM.
    texts_told: BTreeMap<u8, u32>,
    wake_at: Option<Mono>,
    ring_until: Mono,
    dial: Option<DialWatch>,
    ending_orphans: bool,
    looks_failed: u8,
    care: care::Timetable,
    awake: bool,
    events: VecDeque<Event>,
}

impl Modem {
    /// A modem whose port is closed.
    pub fn new(pin: Option<Pin>, with_sound: bool) -> Modem {
        Modem {
            channel: Channel::default(),
            bring_up: None,
            pin,
            with_sound,
            with_texts: false,
            fault: None,
            facts: Facts::default(),
            unsupported: Unsupported::default(),
            calls: CallTable::default(),
            runner: None,
            overtaken: false,
            jobs: heapless::Deque::new(),
            in_flight: None,
            look_at: None,
            texts_at: None,
            texts_told: BTreeMap::new(),
            wake_at: None,
            ring_until: Duration::ZERO,
            dial: None,
            ending_orphans: false,
            looks_failed: 0,
            care: care::Timetable::default(),
            awake: false,
            events: VecDeque::new(),
        }
    }

    /// One that also sends and receives short messages.
    #[must_use]
    pub fn with_texts(self) -> Modem {
        Modem { with_texts: true, ..self }
    }

    /// The port was opened: bring the modem up.
    pub fn opened(&mut self, now: Mono) {
        self.channel.reset();
        self.begin(now);
    }

    /// The port is gone.
    pub fn closed(&mut self) {
        self.forget();
        self.awake = false;
        self.channel.reset();
    }

    /// Restarts the module (`AT+CRESET`), whatever state the channel is in: its port goes and comes back.
    pub fn restart_module(&mut self) {
        let text = command::general::Restart.request().text;
        self.closed();
        self.events.push_back(Event::Write(format!("\r{text}\r").into_bytes()));
    }

    /// Asks for something; [`Event::Done`] follows, unless a job that ends calls overtakes it.
    pub fn submit(&mut self, now: Mono, job: Job) {
        if job.ends_calls() {
            self.overtake();
        }
        if self.jobs.push_back(job).is_err() {
            log::error!("more jobs than a call can need: the last one is dropped");
        }
        self.advance(now);
    }

    /// The calls as they were last seen.
    pub fn calls(&self) -> &CallTable {
        &self.calls
    }

    /// What is known of the modem.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Whether it takes calls.
    pub fn is_ready(&self) -> bool {
        self.awake && self.bring_up.is_none()
    }

    /// Whether it has nothing to do with calls, and nothing else to do: a message may be sent.
    pub fn is_free(&self) -> bool {
        self.is_ready() && self.calls.is_empty() && self.runner.is_none() && self.jobs.is_empty()
    }

    /// Takes octets from the port.
    pub fn handle_octets(&mut self, now: Mono, octets: &[u8]) {
        if self.awake {
            self.channel.handle_octets(now, octets);
            self.advance(now);
        }
    }

    /// A deadline may have passed.
    pub fn handle_timeout(&mut self, now: Mono) {
        if self.awake {
            self.channel.handle_timeout(now);
            self.advance(now);
        }
    }

    /// When [`Modem::handle_timeout`] is wanted.
    pub fn poll_timeout(&self) -> Option<Mono> {
        if !self.awake {
            return None;
        }
        if !self.channel.is_idle() {
            return self.channel.poll_timeout();
        }
        let texts_at = self.texts_at.filter(|_| self.is_free());
        [self.look_at, self.wake_at, texts_at, self.care.due()].into_iter().flatten().min()
    }

    /// What there is to say.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn begin(&mut self, now: Mono) {
        self.forget();
        self.awake = true;
        self.bring_up = Some(BringUp::new(self.pin.clone(), self.with_sound, self.with_texts));
        self.channel.resync(now);
        self.advance(now);
    }

    fn forget(&mut self) {
        self.give_up_texts();
        self.calls.clear();
        self.runner = None;
        self.overtaken = false;
        self.jobs.clear();
        self.texts_at = None;
        self.texts_told.clear();
        self.in_flight = None;
        self.look_at = None;
        self.wake_at = None;
        self.dial = None;
        self.ending_orphans = false;
        self.looks_failed = 0;
        self.bring_up = None;
        self.fault = None;
        self.care = care::Timetable::default();
    }

    fn overtake(&mut self) {
        let mut kept = heapless::Deque::<Job, JOBS>::new();
        while let Some(job) = self.jobs.pop_front() {
            if job.ends_calls() {
                let _fits = kept.push_back(job);
            } else if job.sends_text() {
                self.events.push_back(Event::Done(Done::TextSent(TextSent::NotSent)));
            }
        }
        self.jobs = kept;
        // A message that is on its way comes to its end first.
        let gives_way = |job: &Job| !job.ends_calls() && !job.sends_text();
        if self.runner.as_ref().is_some_and(|runner| gives_way(runner.job())) {
            self.overtaken = self.in_flight == Some(Owner::Job);
            self.runner = None;
        }
    }

    /// Hears what the channel has to say, then sends what is next, until nothing is left to do now.
    fn advance(&mut self, now: Mono) {
        self.hear(now);
        while self.awake && self.channel.is_idle() && self.in_flight.is_none() {
            if !self.send_next(now) {
                break;
            }
            self.hear(now);
        }
    }

    fn lose(&mut self, now: Mono, lost: Lost) {
        self.closed();
        self.events.push_back(Event::Lost(lost));
        if lost == Lost::Restarted {
            self.begin(now);
        }
    }
}
