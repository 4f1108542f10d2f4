//! The thread of a line: moves octets between its machine and two ttys, and asks the store.
//!
//! It waits in one `poll` on both ttys and a wake-up, and reads clocks; everything that decides is in
//! [`Line`].

use super::allowance::Limits;
use super::outbox::{Commands, Frames};
use super::recovery::Rung;
use super::tty::Tty;
use super::{Input, Line, Output};
use crate::call::Settings;
use crate::clock::{Mono, Now};
use crate::line::clerk::{Clerk, Job};
use crate::modem::job::TextSent;
use crate::modem::pdu::{PduError, Received, Submit};
use crate::recording::{Recording, Recordings};
use crate::status::Board;
use crate::store::{Store, StoreError};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fd::{AsFd, OwnedFd};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ulid::Ulid;

/// Even with nothing to do the thread shows that it lives this often.
const BEAT: Duration = Duration::from_secs(2);
/// Legs that do not end at a stop are left to the next start, which ends them.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Octets read at once.
const READ: usize = 4096;
/// Errands that may wait: a SIM's messages to be deleted, and some.
const ERRANDS: usize = 512;

/// The board's means to get a modem back.
pub trait Rungs: Send {
    /// Those that this board has, in order of force.
    fn rungs(&self) -> Vec<Rung>;

    /// Uses one; false when this board does not have it.
    fn use_rung(&mut self, rung: Rung) -> bool;
}

/// A modem on a plain cable: no pins, no power switch.
#[derive(Debug, Default)]
pub struct NoRungs;

impl Rungs for NoRungs {
    fn rungs(&self) -> Vec<Rung> {
        Vec::new()
    }

    fn use_rung(&mut self, _rung: Rung) -> bool {
        false
    }
}

/// What others hold of a line's thread.
#[derive(Debug, Clone)]
pub struct Handle {
    wake: Arc<OwnedFd>,
    stop: Arc<AtomicBool>,
    beat: Arc<AtomicU64>,
    /// Settings that the line has not been given yet.
    settings: Arc<Mutex<Option<(Settings, Limits)>>>,
    errands: Arc<Mutex<VecDeque<Errand>>>,
}

/// What others ask of a line about short messages.
#[derive(Debug)]
pub enum Errand {
    /// Send this one; [`Said::Sent`] answers with its id.
    Send(u64, Submit),
    /// The one at this place of the SIM was dealt with.
    Delete(u8),
}

/// What a line says about short messages.
#[derive(Debug)]
pub enum Said {
    /// What became of the one that it was given with this id.
    Sent(u64, TextSent),
    /// One has come, or a status report; with its place in the SIM.
    Came(Option<u8>, Result<Received, PduError>),
}

/// Takes what a line says about short messages.
pub type Listener = Box<dyn Fn(Said) + Send>;

impl Handle {
    fn new() -> io::Result<Handle> {
        let wake = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?);
        let (stop, beat, settings) = (Arc::default(), Arc::default(), Arc::default());
        Ok(Handle { wake, stop, beat, settings, errands: Arc::default() })
    }

    /// Asks the line to end its legs, write its record and stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.wake();
    }

    /// Gives the line other settings, for its next call.
    pub fn change_settings(&self, calls: Settings, dialling: Limits) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Some((calls, dialling));
        self.wake();
    }

    fn take_settings(&self) -> Option<(Settings, Limits)> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn wake(&self) {
        let _full_means_awake = rustix::io::write(&*self.wake, &1u64.to_ne_bytes());
    }

    /// Gives the line an errand; false where it has too many.
    pub fn errand(&self, errand: Errand) -> bool {
        let mut errands = self.errands.lock().unwrap_or_else(PoisonError::into_inner);
        if errands.len() >= ERRANDS {
            return false;
        }
        errands.push_back(errand);
        drop(errands);
        let _full_means_awake = rustix::io::write(&*self.wake, &1u64.to_ne_bytes());
        true
    }

    fn next_errand(&self) -> Option<Errand> {
        self.errands.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// When its machine last advanced, on the monotonic clock: proof of work for the watchdog.
    pub fn last_beat(&self) -> Mono {
        Duration::from_millis(self.beat.load(Ordering::Acquire))
    }
}

/// Where a line's ttys are.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The AT port.
    pub at: PathBuf,
    /// The audio port, if there is one.
    pub audio: Option<PathBuf>,
}

/// What all lines share.
#[derive(Clone)]
pub struct Shared {
    /// Answers what the conversation asks.
    pub store: Store,
    /// Writes to it.
    pub clerk: Clerk,
    /// Takes the line's status.
    pub board: Board,
    /// Both clocks.
    pub clock: Arc<dyn Fn() -> Now + Send + Sync>,
    /// Takes what is recorded.
    pub recordings: Recordings,
}

/// A line with its ttys.
pub struct Shell {
    line: Line,
    paths: Paths,
    rungs: Box<dyn Rungs>,
    shared: Shared,
    handle: Handle,
    listener: Option<Listener>,
    at: Option<Tty>,
    audio: Option<Tty>,
    commands: Commands,
    frames: Frames,
    recording: Option<Running>,
}

/// The recording of the call, and whether it has begun and nobody was told yet.
struct Running {
    recording: Recording,
    started: Arc<AtomicBool>,
}

impl Shell {
    /// A shell around a line, and the handle by which others reach it.
    pub fn new(
        line: Line,
        paths: Paths,
        rungs: Box<dyn Rungs>,
        shared: Shared,
    ) -> io::Result<(Shell, Handle)> {
        let handle = Handle::new()?;
        let shell = Shell {
            line,
            paths,
            rungs,
            shared,
            handle: handle.clone(),
            listener: None,
            at: None,
            audio: None,
            commands: Commands::default(),
            frames: Frames::default(),
            recording: None,
        };
        Ok((shell, handle))
    }

    /// One whose short messages somebody listens to.
    #[must_use]
    pub fn with_listener(self, listener: Listener) -> Shell {
        Shell { listener: Some(listener), ..self }
    }

    /// Runs until asked to stop.
    pub fn run(mut self) -> io::Result<()> {
        let mut stop_by: Option<Mono> = None;
        self.drain();
        loop {
            let now = self.now();
            self.beat(now);
            if stop_by.is_none() && self.handle.stop.load(Ordering::Acquire) {
                stop_by = Some(now.mono + STOP_WITHIN);
                self.line.handle_input(now, Input::Stop);
                self.drain();
            }
            if stop_by.is_some_and(|by| self.line.has_stopped() || now.mono >= by) {
                return Ok(());
            }
            self.wait(now)?;
            if let Some((calls, dialling)) = self.handle.take_settings() {
                self.tell(Input::Settings(Box::new(calls), dialling));
            }
            self.do_errands();
            self.read_at();
            self.read_audio();
            self.look_at_recording();
            let now = self.now();
            if self.line.poll_timeout().is_some_and(|at| at <= now.mono) {
                self.line.handle_timeout(now);
                self.drain();
            }
            self.write();
        }
    }

    fn now(&self) -> Now {
        (self.shared.clock)()
    }

    fn beat(&self, now: Now) {
        let ms = u64::try_from(now.mono.as_millis()).unwrap_or(u64::MAX);
        self.handle.beat.store(ms, Ordering::Release);
    }

    /// Waits for octets, a deadline or a wake-up.
    fn wait(&self, now: Now) -> io::Result<()> {
        let deadline = self.line.poll_timeout().unwrap_or(now.mono + BEAT);
        let timeout = deadline.saturating_sub(now.mono).min(BEAT);
        let timeout = rustix::event::Timespec {
            tv_sec: timeout.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        let wants = |waiting: bool| {
            if waiting { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN }
        };
        let mut fds = heapless::Vec::<PollFd<'_>, 3>::new();
        let _fits = fds.push(PollFd::from_borrowed_fd(self.handle.wake.as_fd(), PollFlags::IN));
        if let Some(at) = &self.at {
            let flags = wants(!self.commands.is_empty());
            let _fits = fds.push(PollFd::from_borrowed_fd(at.as_fd(), flags));
        }
        if let Some(audio) = &self.audio {
            let flags = wants(!self.frames.is_empty());
            let _fits = fds.push(PollFd::from_borrowed_fd(audio.as_fd(), flags));
        }
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut count = [0; 8];
        let _awake_now = rustix::io::read(&*self.handle.wake, &mut count);
        Ok(())
    }

    fn do_errands(&mut self) {
        while let Some(errand) = self.handle.next_errand() {
            self.tell(match errand {
                Errand::Send(id, submit) => Input::SendText(id, submit),
                Errand::Delete(place) => Input::DeleteText(place),
            });
        }
    }

    fn say(&self, said: Said) {
        if let Some(listener) = &self.listener {
            listener(said);
        }
    }

    fn read_at(&mut self) {
        let mut octets = [0; READ];
        let Some(at) = &self.at else { return };
        match at.read(&mut octets) {
            Ok(0) => {}
            Ok(n) => self.tell(Input::AtOctets(&octets[..n])),
            Err(error) => self.at_is_gone(&error),
        }
    }

    fn read_audio(&mut self) {
        let mut octets = [0; READ];
        let Some(audio) = &self.audio else { return };
        match audio.read(&mut octets) {
            Ok(0) => {}
            Ok(n) => self.tell(Input::AudioOctets(&octets[..n])),
            Err(error) => self.audio_is_gone(&error),
        }
    }

    fn look_at_recording(&mut self) {
        let started = self.recording.as_ref().map(|running| &running.started);
        if started.is_some_and(|started| started.swap(false, Ordering::AcqRel)) {
            self.tell(Input::RecordingStarted);
        }
    }

    fn begin_recording(&mut self, call: Ulid) {
        let started = Arc::new(AtomicBool::new(false));
        let (told, handle) = (started.clone(), self.handle.clone());
        let tell = move || {
            told.store(true, Ordering::Release);
            handle.wake();
        };
        let recording = self.shared.recordings.begin(call, tell);
        self.recording = Some(Running { recording, started });
    }

    fn write(&mut self) {
        if let Some(at) = &self.at
            && let Err(error) = self.commands.write(at)
        {
            self.at_is_gone(&error);
        }
        if let Some(audio) = &self.audio
            && let Err(error) = self.frames.write(audio)
        {
            self.audio_is_gone(&error);
        }
        let dropped = self.frames.take_dropped();
        if dropped > 0 {
            self.tell(Input::FramesDropped(dropped));
        }
    }

    fn at_is_gone(&mut self, error: &io::Error) {
        log::debug!("{}: {error}", self.paths.at.display());
        self.at = None;
        self.commands = Commands::default();
        self.tell(Input::AtClosed);
    }

    fn audio_is_gone(&mut self, error: &io::Error) {
        log::debug!("audio port: {error}");
        self.audio = None;
        self.frames = Frames::default();
        self.tell(Input::AudioClosed);
    }

    fn tell(&mut self, input: Input<'_>) {
        let now = self.now();
        self.line.handle_input(now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.line.poll_output() {
            self.do_output(output);
        }
        self.write_commands();
    }

    /// Commands leave at once, not at the next round.
    fn write_commands(&mut self) {
        if let Some(at) = &self.at
            && !self.commands.is_empty()
        {
            // An error shows again at the next read or write, where it is dealt with.
            let _gone = self.commands.write(at);
        }
    }

    fn do_output(&mut self, output: Output) {
        let now = self.now();
        match output {
            Output::Open => self.open(),
            Output::OpenAudio => self.open_audio(),
            Output::At(octets) => self.commands.push(&octets),
            Output::Frame(frame) => self.frames.push(frame),
            Output::RecordingBegins(call) => self.begin_recording(call),
            Output::Recorded(block) => {
                if let Some(running) = &self.recording {
                    running.recording.give(block);
                }
            }
            Output::RecordingEnds => self.recording = None,
            Output::LookUp(number) => {
                if let Some(order) = answered("an order", self.shared.store.order(&number, now)) {
                    self.line.handle_input(now, Input::LookedUp(order));
                }
            }
            Output::LookUpByCaller(caller) => {
                let orders = self.shared.store.orders_of(&caller, 2, now);
                if let Some(orders) = answered("a caller's orders", orders) {
                    let only = <[_; 1]>::try_from(orders).ok().map(|[order]| order);
                    self.line.handle_input(now, Input::LookedUpByCaller(only));
                }
            }
            Output::IsLockedOut(caller) => {
                let until = self.shared.store.lockout_until(&caller, now);
                if let Some(until) = answered("a lock-out", until) {
                    self.line.handle_input(now, Input::LockedOut(until.is_some()));
                }
            }
            Output::CountAttempt { caller, success } => {
                self.shared.clerk.give(Job::Attempt { caller, success, now });
            }
            Output::Progress(record) => self.shared.clerk.give(Job::Progress(record)),
            Output::Record(record) => {
                self.shared.board.metrics().call(&record);
                self.shared.clerk.give(Job::Record(record));
            }
            Output::PinRefused(pin) => {
                self.shared.clerk.give(Job::PinRefused { line: self.line.name().to_owned(), pin });
            }
            Output::Rung(rung) => {
                if !self.rungs.use_rung(rung) {
                    log::info!("this board has no {rung:?}");
                }
            }
            Output::Status(status) => self.shared.board.post(status),
            Output::TextSent(id, sent) => self.say(Said::Sent(id, sent)),
            Output::TextCame(place, text) => self.say(Said::Came(place, text)),
            Output::RoundTrip(took) => {
                self.shared.board.metrics().round_trip(self.line.name(), took);
            }
        }
    }

    fn open(&mut self) {
        self.at = None;
        self.audio = None;
        self.commands = Commands::default();
        self.frames = Frames::default();
        self.open_audio();
        self.at = open(&self.paths.at);
        let input = if self.at.is_some() { Input::AtOpened } else { Input::AtClosed };
        let now = self.now();
        self.line.handle_input(now, input);
    }

    fn open_audio(&mut self) {
        self.audio = self.paths.audio.as_deref().and_then(open);
        let input = if self.audio.is_some() { Input::AudioOpened } else { Input::AudioClosed };
        let now = self.now();
        self.line.handle_input(now, input);
    }
}

fn open(path: &Path) -> Option<Tty> {
    Tty::open(path)
        .inspect_err(|error| log::debug!("{} cannot be opened: {error}", path.display()))
        .ok()
}

/// What the store says. A store that fails accuses nobody: it gives no answer, and the conversation has a
/// bound for that.
fn answered<T>(what: &str, answer: Result<T, StoreError>) -> Option<T> {
    answer.inspect_err(|error| log::error!("{what} could not be looked up: {error}")).ok()
}
