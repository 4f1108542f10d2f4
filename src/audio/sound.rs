//! The sound of one line: a pure machine from octets and time to frames and keys.
//!
//! The contract is that of every pure machine (see [`crate::call`]): mutate once, then drain
//! [`Sound::poll_output`] until it says `None`, then ask [`Sound::poll_timeout`].

use super::downlink::{Downlink, Hear};
use super::pack::Packs;
use super::rate::Rate;
use super::report::SoundReport;
use super::script::Script;
use super::tape::{Block, Tape};
use super::tones::Tone;
use super::uplink::Uplink;
use crate::call::Key;
use crate::clock::Mono;
use crate::limits::{FRAME_OCTETS, OUTPUTS};
use heapless::{Deque, Vec};
use std::sync::Arc;
use std::time::Duration;

/// The octets of one 20 ms frame, s16le: 320 at 8 kHz, 640 at 16 kHz.
pub type Frame = Vec<u8, { 2 * FRAME_OCTETS }>;

/// What the sound gives back.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "made when polled, written to the port, never kept")]
pub enum Output {
    /// Send this to the modem now.
    Frame(Frame),
    /// A key was heard; the time is when its tone began.
    Key(Key, Mono),
    /// The utterance was heard to its end. Not sent for one that was stopped or replaced.
    Said,
    /// The rate that the modem sends, 8000 or 16000 Hz: measured once per start.
    Rate(u32),
    /// The next 20 ms of the recording.
    Recorded(Block),
}

/// What a site sets about the sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundSettings {
    /// Silence between the start (or [`Sound::settle`]) and the first word.
    pub settle: Duration,
    /// Silence before and after a digit.
    pub digit_gap: Duration,
    /// Silence between two phrases.
    pub phrase_gap: Duration,
    /// Added to the level of everything said, in dB.
    pub gain_db: f32,
}

impl Default for SoundSettings {
    fn default() -> SoundSettings {
        SoundSettings {
            settle: Duration::from_millis(800),
            digit_gap: Duration::from_millis(150),
            phrase_gap: Duration::from_millis(300),
            gain_db: 0.0,
        }
    }
}

#[derive(Debug)]
enum State {
    Stopped,
    /// A call without a sound port.
    Silent,
    Running(Box<Running>),
}

#[derive(Debug)]
struct Running {
    uplink: Uplink,
    downlink: Downlink,
}

/// Who hears what is received.
struct Ears<'a> {
    keys: &'a mut Vec<Tone, OUTPUTS>,
    /// All of it, if it is recorded.
    heard: Option<&'a mut std::vec::Vec<i16>>,
}

impl Hear for Ears<'_> {
    fn key(&mut self, tone: Tone) {
        let _bounded = self.keys.push(tone);
    }

    fn samples(&mut self, samples: &[i16]) {
        if let Some(heard) = &mut self.heard {
            heard.extend_from_slice(samples);
        }
    }
}

/// What waits to be polled, but for frames.
#[derive(Debug, Clone, Copy)]
enum Event {
    Key(Key, Mono),
    Said,
    Rate(u32),
}

/// The sound of one line.
///
/// Where there is no sound port (`audio = "none"`, or the modem refuses PCM) start it with
/// [`Sound::start_silent`]: every utterance then takes no time at all, `Said` comes at once, and
/// the conversation goes on by the keys that the modem tells. The same holds while it is stopped.
#[derive(Debug)]
pub struct Sound {
    packs: Arc<Packs>,
    settings: SoundSettings,
    state: State,
    now: Mono,
    events: Deque<Event, OUTPUTS>,
    report: SoundReport,
    tape: Option<Tape>,
}

impl Sound {
    /// The sound of a line on which no call has any yet.
    pub fn new(packs: Arc<Packs>, settings: SoundSettings) -> Sound {
        Sound {
            packs,
            settings,
            state: State::Stopped,
            now: Mono::ZERO,
            events: Deque::new(),
            report: SoundReport::default(),
            tape: None,
        }
    }

    /// The port runs: a call has sound from now. Everything begins anew: the measured rate, the
    /// tone detector, the report, what is being said.
    pub fn start(&mut self, now: Mono) {
        self.begin(now);
        let uplink = Uplink::start(now, &self.settings);
        self.state = State::Running(Box::new(Running { uplink, downlink: Downlink::start() }));
    }

    /// A call has begun that will have no sound. An utterance under way counts as said. Gives the
    /// report of sound that ended with it.
    pub fn start_silent(&mut self, now: Mono) -> Option<SoundReport> {
        let ended = self.ended();
        let unfinished = matches!(&self.state, State::Running(r) if r.uplink.speaks());
        self.begin(now);
        self.state = State::Silent;
        if unfinished {
            self.tell(Event::Said);
        }
        ended
    }

    /// The port is off. What was being said is not heard to its end, and no `Said` comes for it. Gives
    /// the report of sound that ended with it.
    pub fn stop(&mut self, now: Mono) -> Option<SoundReport> {
        let ended = self.ended();
        self.now = now;
        self.report = self.report();
        self.state = State::Stopped;
        ended
    }

    /// Another phone answered on the same port: its sound settles, too, before anything is said.
    pub fn settle(&mut self, now: Mono) {
        self.now = now;
        if let State::Running(running) = &mut self.state {
            running.uplink.settle(now, &self.settings);
        }
    }

    /// Takes octets from the port, any number of them.
    pub fn handle_octets(&mut self, now: Mono, octets: &[u8]) {
        self.now = now;
        let State::Running(running) = &mut self.state else { return };
        let mut keys: Vec<_, OUTPUTS> = Vec::new();
        let mut heard = self.tape.is_some().then(std::vec::Vec::new);
        let mut ears = Ears { keys: &mut keys, heard: heard.as_mut() };
        let rate = running.downlink.handle_octets(now, octets, &mut ears);
        if let (Some(tape), Some(heard)) = (&mut self.tape, heard) {
            tape.heard(now, &heard);
        }
        if let Some(rate) = rate {
            running.uplink.set_rate(rate);
        }
        for tone in &keys {
            let began_at = match &self.state {
                State::Running(running) => running.downlink.began_at(now, tone),
                _ => now,
            };
            self.tell(Event::Key(tone.key, began_at));
        }
        if let Some(rate) = rate {
            self.tell(Event::Rate(rate.hz()));
        }
        self.collect_said();
    }

    /// Says this from the next frame on, in place of what is being said.
    pub fn say(&mut self, now: Mono, script: &Script) {
        self.now = now;
        match &mut self.state {
            State::Running(running) => {
                let pack = self.packs.get(script.language.as_ref());
                running.uplink.say(script, pack, &self.settings);
            }
            State::Silent | State::Stopped => self.tell(Event::Said),
        }
    }

    /// Records what is heard and said from now on; false if there is no sound to record.
    pub fn record(&mut self, now: Mono) -> bool {
        self.now = now;
        let runs = matches!(self.state, State::Running(_));
        if runs && self.tape.is_none() {
            self.tape = Some(Tape::begin(now));
        }
        runs
    }

    /// The recording ends now; what is left of it, if there was one.
    pub fn end_recording(&mut self, now: Mono) -> Option<impl Iterator<Item = Block> + use<>> {
        self.tape.take().map(|tape| tape.end(now))
    }

    /// Stops talking: what was handed out is still heard, nothing after it.
    pub fn hush(&mut self, now: Mono) {
        self.now = now;
        if let State::Running(running) = &mut self.state {
            running.uplink.hush();
        }
    }

    /// The time that [`Sound::poll_timeout`] asked for has come.
    pub fn handle_timeout(&mut self, now: Mono) {
        self.now = now;
        self.collect_said();
    }

    /// The port did not take so many frames, for the report.
    pub fn frames_dropped(&mut self, frames: u64) {
        self.report.dropped_frames += frames;
    }

    /// What is to be done next; `None` when nothing is left at this moment.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(event) = self.events.pop_front() {
            return Some(match event {
                Event::Key(key, at) => Output::Key(key, at),
                Event::Said => Output::Said,
                Event::Rate(hz) => Output::Rate(hz),
            });
        }
        // Before what is said next: the tape goes on from where it is.
        if let Some(block) = self.tape.as_mut().and_then(|tape| tape.poll(self.now)) {
            return Some(Output::Recorded(block));
        }
        if let State::Running(running) = &mut self.state
            && let Some(sent) = running.uplink.frame(self.now)
        {
            if let Some(tape) = &mut self.tape {
                tape.said(sent.played_at, &sent.samples);
            }
            return Some(Output::Frame(sent.octets));
        }
        None
    }

    /// When [`Sound::handle_timeout`] is wanted: the next frame is due, or the utterance will have
    /// been heard. `None` while stopped or silent.
    pub fn poll_timeout(&self) -> Option<Mono> {
        match &self.state {
            State::Running(running) => Some(running.uplink.next_timeout()),
            State::Silent | State::Stopped => None,
        }
    }

    /// How the sound has been since the last start; kept after a stop until the next start.
    pub fn report(&self) -> SoundReport {
        let State::Running(running) = &self.state else { return self.report };
        let (frames_out, late_frames) = running.uplink.counts();
        SoundReport {
            rate_hz: running.downlink.rate().map(Rate::hz),
            measured_hz: running.downlink.measured_hz(),
            octets_in: running.downlink.octets(),
            received: running.downlink.health(),
            frames_out,
            late_frames,
            dropped_frames: self.report.dropped_frames,
        }
    }

    /// The report, if the port runs.
    fn ended(&self) -> Option<SoundReport> {
        matches!(self.state, State::Running(_)).then(|| self.report())
    }

    fn begin(&mut self, now: Mono) {
        self.now = now;
        self.events.clear();
        self.report = SoundReport::default();
    }

    fn collect_said(&mut self) {
        if let State::Running(running) = &mut self.state
            && running.uplink.take_said(self.now)
        {
            self.tell(Event::Said);
        }
    }

    /// Queues an event; one that nobody polled in time gives way.
    fn tell(&mut self, event: Event) {
        if self.events.is_full() {
            self.events.pop_front();
        }
        let _room = self.events.push_back(event);
    }
}
