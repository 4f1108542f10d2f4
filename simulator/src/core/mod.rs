//! The module itself: power, calls, sound, and what it has been told to do.

mod calls;
mod hold;
mod incoming;
mod keys;
mod outgoing;
mod phones;
mod power;
mod registration;
mod release;
mod running;
mod settings;
mod sound;
mod texts;
mod wire;

pub(crate) use calls::{Leg, Tomb};
pub(crate) use power::PowerState;
pub(crate) use running::Run;
pub(crate) use settings::{Registers, Saved, Settings};
pub(crate) use texts::Texts;
pub(crate) use wire::{Chunk, Kind};

use crate::agenda::Agenda;
use crate::at::LineEditor;
use crate::phone::{Cause, Handset, PhoneEvent};
use crate::random::Random;
use crate::sms::Report;
use crate::snapshot::Counters;
use crate::sound::PcmPort;
use crate::{Config, Mono, Output, PhoneAction};
use std::collections::{BTreeMap, VecDeque};

/// What happens later.
#[derive(Debug)]
pub(crate) enum Event {
    /// The running command (by its serial) is done.
    CommandDone(u64),
    /// A dialled call (by its serial) reaches the far phone.
    Reached(u64),
    /// The far phone of a dialled call is picked up.
    Answered(u64),
    /// The far end or the network ends a call.
    FarRelease(u64, Cause),
    /// A phone's call (by its attempt) reaches the modem.
    Paged(String, u64),
    /// RING once more.
    Ring(u64),
    /// A key's tone begins in the sound of a phone.
    Tone(String, char),
    /// A key of this call is reported.
    KeyReport(u64, char, bool),
    /// The modem sends a key.
    SendKey(char),
    /// The network has taken a message (of the running command, by its serial), or, after a long
    /// silence, has not.
    TextTaken(u64, bool),
    /// It tells what became of one.
    TextReport(Report),
    /// 20 ms of sound.
    Frame,
    /// A step of a start or a stop; steps of an older start are void.
    Power(u64, power::Step),
}

/// Something on its way out.
#[derive(Debug)]
pub(crate) enum Emit {
    Line(Chunk),
    Other(Output),
}

/// All state. The parts that act on it are the files of this folder and of `command`.
#[derive(Debug)]
pub(crate) struct Core {
    pub now: Mono,
    pub config: Config,
    pub random: Random,
    pub agenda: Agenda<Event>,
    pub out: VecDeque<Emit>,
    pub counters: Counters,
    /// One counter for the serials of calls, attempts, commands and starts.
    pub serial: u64,

    pub power: PowerState,
    pub settings: Settings,
    pub saved: Saved,

    pub editor: LineEditor,
    pub run: Option<Run>,
    pub typeahead: Vec<u8>,
    /// While a command executes, lines that belong after its result wait here.
    pub executing: bool,
    pub deferred: Vec<Chunk>,
    /// The port hangs until a restart.
    pub wedged: bool,

    pub legs: Vec<Leg>,
    pub tombs: Vec<Tomb>,
    pub last_index: u8,
    pub last_release: &'static str,
    pub dialled: VecDeque<String>,
    pub phones: BTreeMap<String, Handset>,
    pub refuse_hold: bool,
    pub refuse_merge: bool,
    pub ignore_merge: bool,
    pub duplicate_key: bool,
    pub call_waiting: bool,

    pub texts: Texts,

    pub at_open: bool,
    pub audio_open: bool,
    /// Lines said while nobody had the port open.
    pub unread: Vec<u8>,
    pub pcm: PcmPort,
    pub pcm_refusals: u8,
    pub calls_since_start: u64,
    pub framing: bool,
}

impl Core {
    pub(crate) fn new(config: Config) -> Self {
        let mut core = Self {
            now: Mono::ZERO,
            random: Random::new(config.seed),
            agenda: Agenda::new(),
            out: VecDeque::new(),
            counters: Counters::default(),
            serial: 0,
            power: PowerState::off(),
            settings: Settings::factory(&config.profile),
            saved: Saved::new(&config),
            editor: LineEditor::default(),
            run: None,
            typeahead: Vec::new(),
            executing: false,
            deferred: Vec::new(),
            wedged: false,
            legs: Vec::new(),
            tombs: Vec::new(),
            last_index: 0,
            last_release: "No cause information available",
            dialled: VecDeque::new(),
            phones: BTreeMap::new(),
            refuse_hold: false,
            refuse_merge: false,
            ignore_merge: false,
            duplicate_key: false,
            call_waiting: config.network.call_waiting,
            texts: Texts::default(),
            at_open: false,
            audio_open: false,
            unread: Vec::new(),
            pcm: PcmPort::default(),
            pcm_refusals: 0,
            calls_since_start: 0,
            framing: false,
            config,
        };
        core.begin();
        core
    }

    pub(crate) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn later(&mut self, after: Mono, event: Event) {
        self.agenda.at(self.now + after, event);
    }

    pub(crate) fn event(&mut self, event: PhoneEvent) {
        self.out.push_back(Emit::Other(Output::Phone(event)));
    }

    /// Lets everything happen that is due at `now`, each at its own time.
    pub(crate) fn advance(&mut self, now: Mono) {
        while let Some((when, event)) = self.agenda.pop_due(now) {
            self.now = self.now.max(when);
            self.happen(event);
        }
        self.now = self.now.max(now);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::CommandDone(serial) => self.command_done(serial),
            Event::Reached(serial) => self.reached(serial),
            Event::Answered(serial) => self.answered(serial),
            Event::FarRelease(serial, cause) => self.far_release(serial, cause),
            Event::Paged(phone, attempt) => self.paged(&phone, attempt),
            Event::Ring(serial) => self.ring(serial),
            Event::Tone(phone, key) => self.tone(&phone, key),
            Event::KeyReport(serial, key, twice) => self.key_report(serial, key, twice),
            Event::SendKey(key) => self.send_key(key),
            Event::TextTaken(serial, silent) => self.text_taken(serial, silent),
            Event::TextReport(report) => self.text_report(&report),
            Event::Frame => self.frame(),
            Event::Power(start, step) => self.power_step(start, step),
        }
    }

    pub(crate) fn phone_action(&mut self, action: PhoneAction) {
        match action {
            PhoneAction::Call { from, presentation } => self.phone_calls(from, presentation),
            PhoneAction::Answer { phone } => self.phone_answers(&phone),
            PhoneAction::Reject { phone } | PhoneAction::Hangup { phone } => {
                self.phone_hangs_up(&phone);
            }
            PhoneAction::Text { from, text } => self.phone_texts(&from, &text),
            PhoneAction::Key { phone, key } => self.phone_key(phone, key),
            PhoneAction::Speak { phone, samples } => self.phone_speaks(&phone, &samples),
            PhoneAction::Talk { phone, samples } => self.phone_talks(&phone, &samples),
            PhoneAction::Say { phone, length } => self.phone_says(&phone, length),
            PhoneAction::SetBehaviour { phone, behaviour, hang_up_after } => {
                let phone = self.phone(&phone);
                phone.behaviour = behaviour;
                phone.hang_up_after = hang_up_after;
            }
        }
    }
}
