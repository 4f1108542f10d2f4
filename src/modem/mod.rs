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
pub mod urc;

mod care;

use crate::clock::Mono;
use at::{Answer, Channel, FinalCode, Request};
use atat::AtatCmd;
use bring_up::{BringUp, Facts, Fault, Need, Pin, Unsupported};
use calls::{CallTable, Change};
use care::Care;
use command::Command;
use command::call::{Direction, ListCalls, Stat};
use job::{Done, Job, Runner, Wish};
use std::collections::VecDeque;
use std::time::Duration;
use urc::{Clip, Urc};

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
            fault: None,
            facts: Facts::default(),
            unsupported: Unsupported::default(),
            calls: CallTable::default(),
            runner: None,
            overtaken: false,
            jobs: heapless::Deque::new(),
            in_flight: None,
            look_at: None,
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
        [self.look_at, self.wake_at, self.care.due()].into_iter().flatten().min()
    }

    /// What there is to say.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn begin(&mut self, now: Mono) {
        self.forget();
        self.awake = true;
        self.bring_up = Some(BringUp::new(self.pin.clone(), self.with_sound));
        self.channel.resync(now);
        self.advance(now);
    }

    fn forget(&mut self) {
        self.calls.clear();
        self.runner = None;
        self.overtaken = false;
        self.jobs.clear();
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
            }
        }
        self.jobs = kept;
        if self.runner.as_ref().is_some_and(|runner| !runner.job().ends_calls()) {
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

    fn hear(&mut self, now: Mono) {
        while let Some(event) = self.channel.poll_event() {
            match event {
                at::channel::Event::Write(octets) => self.events.push_back(Event::Write(octets)),
                at::channel::Event::Answer(answer) => self.answered(now, &answer),
                at::channel::Event::Unsolicited(line) => self.unsolicited(now, &line),
                at::channel::Event::InStep => self.look_at = Some(now),
                at::channel::Event::Mute => self.lose(now, Lost::Mute),
                at::channel::Event::EchoIsBack => self.lose(now, Lost::Restarted),
            }
        }
    }

    fn lose(&mut self, now: Mono, lost: Lost) {
        self.closed();
        self.events.push_back(Event::Lost(lost));
        if lost == Lost::Restarted {
            self.begin(now);
        }
    }

    /// Sends the next command; false when there is none, and `wake_at` says when there may be.
    fn send_next(&mut self, now: Mono) -> bool {
        if self.wake_at.is_some_and(|at| at <= now) {
            self.wake_at = None;
        }
        if self.wish_of_job(now) {
            return true;
        }
        if !self.ending_orphans && self.need_of_bring_up(now) {
            return true;
        }
        if self.look_at.is_some_and(|at| at <= now) {
            self.look_at = None;
            self.send(now, Owner::Look, ListCalls.request());
            return true;
        }
        let care = if self.bring_up.is_none() { self.care.take_due(now) } else { None };
        match care {
            Some(Care::Calls) => self.send(now, Owner::Look, ListCalls.request()),
            Some(care) => self.send(now, Owner::Care(care), care.request()),
            None => return false,
        }
        true
    }

    fn send(&mut self, now: Mono, owner: Owner, request: Request) {
        self.in_flight = Some(owner);
        self.channel.send(now, request);
    }

    /// Does what the running job wishes; true when something was done.
    fn wish_of_job(&mut self, now: Mono) -> bool {
        if self.runner.is_none() {
            let Some(job) = self.jobs.pop_front() else { return false };
            self.runner = Some(Runner::start(job, now, &self.calls));
        }
        let wish = self.runner.as_mut().and_then(|runner| runner.wish(now));
        match wish {
            None => false,
            Some(Wish::Send(request)) => {
                self.send(now, Owner::Job, request);
                true
            }
            Some(Wish::LookAt(at)) => {
                self.look_at = Some(self.look_at.map_or(at, |look| look.min(at)));
                false
            }
            Some(Wish::Until(at)) => {
                self.wake_at = Some(at);
                false
            }
            Some(Wish::Finished(done)) => {
                self.runner = None;
                self.finished(now, done);
                true
            }
        }
    }

    fn finished(&mut self, now: Mono, done: Done) {
        match done {
            Done::Ended(_) if self.ending_orphans => {
                self.ending_orphans = false;
                if let Some(bring_up) = &mut self.bring_up {
                    bring_up.orphans_ended();
                }
                return;
            }
            Done::Ended(false) => return self.lose(now, Lost::Stuck),
            Done::Dialling(true) if self.calls.outgoing().is_none() => {
                self.dial = Some(DialWatch { by: now + DIAL_WITHOUT_ROW, end_told: false });
                self.look_at = Some(now + DIAL_ALONE);
            }
            _ => {}
        }
        self.events.push_back(Event::Done(done));
    }

    /// Does what the way up needs; true when something was done.
    fn need_of_bring_up(&mut self, now: Mono) -> bool {
        let Some(bring_up) = &mut self.bring_up else { return false };
        bring_up.skip(&self.unsupported);
        let fault = bring_up.fault();
        if bring_up.take_pin_refused() {
            if let Some(pin) = &mut self.pin {
                pin.was_refused = true;
            }
            self.events.push_back(Event::PinRefused);
        }
        if self.fault != fault {
            self.fault = fault;
            self.events.push_back(Event::Fault(fault));
        }
        match bring_up.need(now) {
            Need::Send(request) => self.send(now, Owner::BringUp, request),
            Need::Wait(at) => {
                self.wake_at = Some(at);
                return false;
            }
            Need::EndOrphans => {
                self.ending_orphans = true;
                self.send(now, Owner::Look, ListCalls.request());
            }
            Need::Nothing => {
                self.bring_up = None;
                self.care.begin(now);
                self.look_at = Some(now);
                self.events.push_back(Event::Ready);
            }
        }
        true
    }

    fn answered(&mut self, now: Mono, answer: &Answer) {
        self.events.push_back(Event::RoundTrip(answer.took));
        match self.in_flight.take() {
            Some(Owner::BringUp) => {
                if let Some(bring_up) = &mut self.bring_up {
                    bring_up.answered(now, answer, &mut self.facts, &mut self.unsupported);
                }
            }
            Some(Owner::Job) => {
                if std::mem::take(&mut self.overtaken) {
                    self.look_at = Some(now);
                } else if let Some(runner) = &mut self.runner {
                    runner.answered(now, answer.code, &self.calls);
                }
            }
            Some(Owner::Look) => self.looked(now, answer),
            Some(Owner::Care(care)) => {
                let line = answer.info.last().map_or("", String::as_str);
                self.cared(care, answer.code, line);
            }
            None => {}
        }
    }

    fn looked(&mut self, now: Mono, answer: &Answer) {
        if answer.code == FinalCode::Ok {
            let list = answer.info.join("\n");
            let rows = ListCalls.parse(Ok(list.as_bytes())).unwrap_or_default();
            for change in self.calls.reconcile(rows) {
                self.events.push_back(Event::Change(change));
            }
            if let Some(runner) = &mut self.runner {
                runner.looked(now, &self.calls);
            }
            self.watch_dial(now);
            self.refuse_waiting();
            self.looks_failed = 0;
        } else {
            self.look_failed(now);
        }
        if self.ending_orphans && self.runner.is_none() && self.jobs.is_empty() {
            self.end_orphans(now);
        }
        if self.awake {
            self.plan_look(now);
        }
    }

    fn look_failed(&mut self, now: Mono) {
        self.looks_failed += 1;
        let again = now + LOOK_AGAIN;
        match &mut self.runner {
            Some(runner) => runner.look_later(again),
            None if !self.calls.is_empty() => self.look_at = Some(again),
            None => {}
        }
        if self.looks_failed == LOOKS_FAILED {
            self.lose(now, Lost::Stuck);
        }
    }

    /// A call that rings at start-up is a caller, not an orphan.
    fn end_orphans(&mut self, now: Mono) {
        if self.calls.rows().any(|row| row.stat != Stat::Incoming) {
            log::warn!("calls of an earlier life are ended");
            let _only_job = self.jobs.push_back(Job::EndAll);
        } else {
            self.finished(now, Done::Ended(true));
        }
    }

    fn plan_look(&mut self, now: Mono) {
        let ring_unexplained = now < self.ring_until && self.calls.ringing().is_none();
        let soon = self.calls.in_motion() || self.dial.is_some() || ring_unexplained;
        let next = match (soon, self.calls.is_empty()) {
            (true, _) => now + LOOK_IN_MOTION,
            (false, false) => now + LOOK_IN_CALL,
            (false, true) => return,
        };
        self.look_at = Some(self.look_at.map_or(next, |at| at.min(next)));
    }

    fn watch_dial(&mut self, now: Mono) {
        let Some(watch) = &self.dial else { return };
        let came = self.calls.outgoing().is_some();
        if !came && !watch.end_told && now < watch.by {
            return;
        }
        self.dial = None;
        if !came {
            self.events.push_back(Event::DialFailed);
        }
    }

    fn refuse_waiting(&mut self) {
        let Some(call) = self.calls.waiting() else { return };
        let job = Job::RefuseWaiting(call);
        let running = self.runner.as_ref().map(Runner::job) == Some(&job);
        if !running && self.bring_up.is_none() && !self.jobs.iter().any(|waits| *waits == job) {
            let _best_effort = self.jobs.push_back(job);
        }
    }

    fn unsolicited(&mut self, now: Mono, line: &str) {
        let Some(urc) = Urc::read(line) else {
            log::debug!("a line that is not known ({} characters)", line.len());
            return;
        };
        match urc {
            Urc::Ring => {
                self.ring_until = now + RING_WITHOUT_ROW;
                self.look_at = Some(now);
            }
            Urc::Clip(clip) => {
                self.look_at = Some(now);
                self.events.push_back(Event::Clip(clip));
            }
            Urc::Calls(row) => {
                if row.as_ref().is_some_and(|row| row.stat == Stat::Disconnected) {
                    self.calls.end_was_told();
                }
                // A dial whose call shows has been taken: its OK has been lost, or is close.
                if row.is_some_and(|row| row.direction == Direction::Outgoing) {
                    self.channel.hurry(now, Duration::from_secs(2));
                }
                self.look_at = Some(now);
            }
            Urc::CallsChanged => self.look_at = Some(now),
            Urc::CallEnded => {
                self.calls.end_was_told();
                if let Some(watch) = &mut self.dial {
                    watch.end_told = true;
                }
                self.look_at = Some(now);
            }
            Urc::Key(key) => self.events.push_back(Event::Key(key)),
            Urc::Registered(domain, registration) => {
                self.registered(|facts| facts.set_registration(domain, registration));
            }
            Urc::Restarted => self.lose(now, Lost::Restarted),
            Urc::Sim if self.bring_up.is_none() => self.lose(now, Lost::Restarted),
            Urc::UnderVoltage => self.events.push_back(Event::UnderVoltage),
            Urc::Sim | Urc::Other => {}
        }
    }

    fn registered(&mut self, note: impl FnOnce(&mut Facts)) {
        let before = self.facts.is_registered();
        note(&mut self.facts);
        let after = self.facts.is_registered();
        if before != after && self.is_ready() {
            self.events.push_back(Event::Registered(after));
        }
    }
}
