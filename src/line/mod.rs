//! A line: one SIM. Composes modem, conversation and sound into one pure machine from octets to octets;
//! its [`shell`] owns the ttys and the thread.
//!
//! The same machine meets the simulator in virtual time in the tests, through pseudo-terminals in the
//! demo, and a real modem in the box. Where to look:
//!
//! | file | room |
//! |---|---|
//! | `mod` | the machine's face: inputs, outputs, the drain |
//! | `modem_events` | what the modem says, told to the conversation |
//! | `call_outputs` | what the conversation wants, asked of modem, sound and store |
//! | `sound_outputs` | frames and recording out, keys in; how the sound was |
//! | `legs` | which call is which leg |
//! | `ports` | opening, losing and getting back the ttys; the recovery ladder |
//! | `allowance` | how much may be dialled per hour |
//! | `shell`, `tty`, `outbox` | the thread, the ttys: the only part with I/O |
//! | `clerk` | writes records for the lines, off their threads |

pub mod allowance;
mod call_outputs;
pub mod clerk;
mod legs;
mod modem_events;
mod outbox;
mod ports;

pub mod recovery;
pub mod shell;
mod sound_outputs;
pub mod tty;

use crate::audio::keys::KeyStream;
use crate::audio::tape::Block;
use crate::audio::{Frame, Packs, Sound, SoundSettings};
use crate::call::{Conversation, Input as CallInput, Settings};
use crate::clock::{Mono, Now};
use crate::limits::OUTPUTS;
use crate::modem::bring_up::Pin;
use crate::modem::calls::CallKey;
use crate::modem::command::call::Stat;
use crate::modem::job::{Job, TextSent};
use crate::modem::pdu::{PduError, Received, Submit};
use crate::modem::{Modem, ModemFault};
use crate::number::{Country, PhoneNumber};
use crate::order::{Order, OrderNumber};
use crate::record::CallRecord;
use crate::status::{LineState, LineStatus};
use allowance::Allowance;
use legs::Legs;
use ports::Ports;
use recovery::Rung;
use sound_outputs::SoundOfCall;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use ulid::Ulid;

/// What happens to a line.
#[derive(Debug)]
pub enum Input<'a> {
    /// The AT port is open.
    AtOpened,
    /// The AT port could not be opened, or is gone.
    AtClosed,
    /// Octets from the AT port.
    AtOctets(&'a [u8]),
    /// The audio port is open.
    AudioOpened,
    /// The audio port could not be opened, or is gone.
    AudioClosed,
    /// Octets from the audio port.
    AudioOctets(&'a [u8]),
    /// The port took fewer frames than it was given.
    FramesDropped(u64),
    /// Answer to [`Output::RecordingBegins`]: it runs. Not sent where it could not be begun.
    RecordingStarted,
    /// Answer to [`Output::LookUp`].
    LookedUp(Option<Order>),
    /// Answer to [`Output::LookUpByCaller`].
    LookedUpByCaller(Option<Order>),
    /// Answer to [`Output::IsLockedOut`].
    LockedOut(bool),
    /// Staff changed settings: they hold from the next call on.
    Settings(Box<Settings>, allowance::Limits),
    /// Send this short message if nothing else is to be done; [`Output::TextSent`] answers with its id.
    SendText(u64, Submit),
    /// The message at this place of the SIM was dealt with: delete it.
    DeleteText(u8),
    /// The box stops: end all legs, write the record.
    Stop,
}

/// What a line wants done.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "handled at once, never kept")]
pub enum Output {
    /// Close both ports if they are open, then open them; [`Input::AtOpened`] or [`Input::AtClosed`]
    /// answers, and the same for audio.
    Open,
    /// Open the audio port again.
    OpenAudio,
    /// Write this to the AT port.
    At(Vec<u8>),
    /// Write this frame to the audio port.
    Frame(Frame),
    /// The sound of this call is to be recorded; its blocks follow.
    RecordingBegins(Ulid),
    /// The next part of the recording.
    Recorded(Block),
    /// The recording is complete.
    RecordingEnds,
    /// Look an order up.
    LookUp(OrderNumber),
    /// The only live order of this caller, if there is exactly one.
    LookUpByCaller(PhoneNumber),
    /// Is this caller locked out?
    IsLockedOut(PhoneNumber),
    /// A failed call of this caller, or a success which forgets the failed ones.
    CountAttempt {
        /// Who.
        caller: PhoneNumber,
        /// Whether the caller is a party of the order that was looked up.
        success: bool,
    },
    /// Keep the record so far.
    Progress(Box<CallRecord>),
    /// Keep the record, and deliver it.
    Record(Box<CallRecord>),
    /// The SIM refused this PIN (its [`Pin::fingerprint`]): remember it beyond a restart.
    PinRefused(u32),
    /// Use a means of the board to get the modem back.
    Rung(Rung),
    /// The line's state changed.
    Status(LineStatus),
    /// The modem answered a command in this time.
    RoundTrip(Duration),
    /// What became of the short message with this id.
    TextSent(u64, TextSent),
    /// A short message or a status report has come; with its place in the SIM, where it stays until
    /// [`Input::DeleteText`].
    TextCame(Option<u8>, Result<Received, PduError>),
}

/// What a line is made with.
pub struct Setup {
    /// What its conversations go by; the line's name is in it.
    pub calls: Settings,
    /// How national numbers are read.
    pub country: Country,
    /// The SIM's PIN.
    pub pin: Option<Pin>,
    /// Whether there is an audio port.
    pub with_sound: bool,
    /// Whether it sends and receives short messages.
    pub with_texts: bool,
    /// The prompts.
    pub packs: Arc<Packs>,
    /// Pauses and level.
    pub sound: SoundSettings,
    /// The board's own means to get a modem back, in order of force.
    pub rungs: Vec<Rung>,
    /// Hourly limits of dialling.
    pub dialling: allowance::Limits,
    /// Makes the ids of calls.
    pub ids: Box<dyn FnMut(Now) -> Ulid + Send>,
}

/// A conversation and what belongs to it.
struct Live {
    id: Ulid,
    conversation: Conversation,
    legs: Legs,
    keys: KeyStream,
    caller_told: bool,
    sound: SoundOfCall,
}

/// One line.
pub struct Line {
    setup: Setup,
    settings: Arc<Settings>,
    modem: Modem,
    sound: Sound,
    live: Option<Live>,
    ports: Ports,
    allowance: Allowance,
    /// `+CLIP` that came before its call showed.
    early_clip: Option<(Mono, crate::modem::urc::Clip)>,
    /// Sound was asked for and not switched off yet.
    sound_wanted: bool,
    /// The modem would not give sound in the last call.
    sound_failed: bool,
    fault: Option<ModemFault>,
    registered: bool,
    stopping: bool,
    /// The message that the modem has, if it has one.
    text_id: u64,
    /// Places of the SIM to be freed between calls.
    to_delete: BTreeSet<u8>,
    /// Orphans that are being ended.
    swept: Vec<CallKey>,
    status: LineStatus,
    status_changed: bool,
    outputs: VecDeque<Output>,
}

impl Line {
    /// A line whose ports are closed: its first output asks to open them.
    pub fn new(setup: Setup) -> Line {
        let settings = Arc::new(setup.calls.clone());
        let status = LineStatus { name: settings.line.clone(), ..LineStatus::default() };
        let mut line = Line {
            modem: texting(Modem::new(setup.pin.clone(), setup.with_sound), setup.with_texts),
            sound: Sound::new(setup.packs.clone(), setup.sound),
            live: None,
            ports: Ports::new(&setup.rungs),
            allowance: Allowance::new(setup.dialling),
            early_clip: None,
            sound_wanted: false,
            sound_failed: false,
            fault: None,
            registered: false,
            stopping: false,
            text_id: 0,
            to_delete: BTreeSet::new(),
            swept: Vec::new(),
            status,
            status_changed: true,
            outputs: VecDeque::with_capacity(OUTPUTS),
            settings,
            setup,
        };
        line.outputs.push_back(Output::Open);
        line
    }

    /// Something happened. Drain [`Line::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::AtOpened => self.at_opened(now),
            Input::AtClosed => self.at_closed(now),
            Input::AtOctets(octets) => self.modem.handle_octets(now.mono, octets),
            Input::AudioOpened => self.audio_opened(now),
            Input::AudioClosed => self.audio_closed(now),
            Input::AudioOctets(octets) => self.sound.handle_octets(now.mono, octets),
            Input::FramesDropped(frames) => self.sound.frames_dropped(frames),
            Input::RecordingStarted => self.tell(now, CallInput::RecordingStarted),
            Input::LookedUp(order) => self.tell(now, CallInput::LookedUp(order)),
            Input::LookedUpByCaller(order) => self.tell(now, CallInput::LookedUpByCaller(order)),
            Input::LockedOut(locked_out) => self.tell(now, CallInput::LockedOut(locked_out)),
            Input::Settings(calls, dialling) => self.change_settings(*calls, dialling),
            Input::SendText(id, submit) => self.send_text(now, id, submit),
            Input::DeleteText(place) => {
                self.to_delete.insert(place);
            }
            Input::Stop => self.stop(now),
        }
        self.drain(now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        self.modem.handle_timeout(now.mono);
        self.sound.handle_timeout(now.mono);
        if let Some(live) = &mut self.live {
            live.conversation.handle_timeout(now);
        }
        self.ports_timeout(now);
        self.drain(now);
    }

    /// When [`Line::handle_timeout`] is wanted.
    pub fn poll_timeout(&self) -> Option<Mono> {
        let conversation = self.live.as_ref().and_then(|live| live.conversation.poll_timeout());
        [self.modem.poll_timeout(), self.sound.poll_timeout(), conversation, self.ports.due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether the line was told to stop and nothing is left to do: no legs, the record is out.
    pub fn has_stopped(&self) -> bool {
        self.stopping && self.live.is_none() && self.modem.calls().is_empty() && !self.sound_wanted
    }

    /// The line's name.
    pub fn name(&self) -> &str {
        &self.settings.line
    }

    /// The calls that the modem has, as last seen: for tests and status.
    pub fn modem(&self) -> &Modem {
        &self.modem
    }

    /// Where the conversation stands, if there is one.
    pub fn phase(&self) -> Option<&'static str> {
        self.live.as_ref().map(|live| live.conversation.phase())
    }

    /// A conversation that runs keeps the settings that it began with.
    fn change_settings(&mut self, calls: Settings, dialling: allowance::Limits) {
        self.settings = Arc::new(calls);
        self.allowance.set_limits(dialling);
    }

    fn stop(&mut self, now: Now) {
        self.stopping = true;
        if self.live.is_some() {
            self.tell(now, CallInput::Stop);
        } else if !self.modem.calls().is_empty() {
            self.modem.submit(now.mono, Job::EndAll);
        }
    }

    /// Never delays a call: where one is up, or the line is not ready, it is not sent now.
    fn send_text(&mut self, now: Now, id: u64, submit: Submit) {
        let busy = self.live.is_some() || self.stopping || !self.registered;
        if busy || !self.modem.is_free() {
            return self.outputs.push_back(Output::TextSent(id, TextSent::NotSent));
        }
        self.text_id = id;
        self.modem.submit(now.mono, Job::SendText(submit));
    }

    /// Tells the conversation, if there is one.
    fn tell(&mut self, now: Now, input: CallInput) {
        if let Some(live) = &mut self.live {
            live.conversation.handle_input(now, input);
        }
    }

    /// Lets the machines hear each other until they have nothing more to say.
    fn drain(&mut self, now: Now) {
        loop {
            if let Some(event) = self.modem.poll_event() {
                self.modem_said(now, event);
            } else if let Some(output) =
                self.live.as_mut().and_then(|live| live.conversation.poll_output())
            {
                self.conversation_wants(now, output);
            } else if let Some(output) = self.sound.poll_output() {
                self.sound_gave(now, output);
            } else if !self.tidy_up(now) {
                break;
            }
        }
        self.post_status();
    }

    /// After a conversation: orphans are ended, sound is switched off. True when something was done.
    fn tidy_up(&mut self, now: Now) -> bool {
        if self.live.as_ref().is_some_and(|live| live.conversation.is_over()) {
            self.live = None;
            self.status_changed = true;
            return true;
        }
        if self.live.is_some() || !self.modem.is_ready() {
            return false;
        }
        // A caller who rings already hears nothing yet: the sound of the last call goes first.
        let connected = self.modem.calls().rows().any(|row| row.stat != Stat::Incoming);
        if self.sound_wanted && !connected {
            self.sound_wanted = false;
            self.stop_sound(now);
            self.modem.submit(now.mono, Job::SoundOff);
            return true;
        }
        if self.sweep(now) {
            return true;
        }
        if self.sound_failed && self.modem.calls().is_empty() && self.ports.may_reset(now.mono) {
            self.sound_failed = false;
            self.use_rung(now, Rung::Reset);
            return true;
        }
        if self.modem.is_free()
            && let Some(place) = self.to_delete.pop_first()
        {
            self.modem.submit(now.mono, Job::DeleteText(place));
            return true;
        }
        false
    }

    fn post_status(&mut self) {
        if !std::mem::take(&mut self.status_changed) {
            return;
        }
        let legs = self.modem.calls().len();
        let fault = self.fault.map(|fault| fault.to_string());
        self.status.fault = fault.or_else(|| self.ports.fault(self.setup.with_sound));
        self.status.state = if self.status.fault.is_some() {
            match self.fault {
                Some(ModemFault::Searching) => LineState::Searching,
                Some(_) => LineState::Fault,
                None => LineState::Recovering,
            }
        } else if !self.modem.is_ready() {
            LineState::Starting
        } else if !self.registered {
            LineState::Searching
        } else if self.live.is_some() || legs > 0 {
            LineState::Busy
        } else {
            LineState::Ready
        };
        if self.status.state == LineState::Searching && self.status.fault.is_none() {
            self.status.fault = Some(ModemFault::Searching.to_string());
        }
        self.status.legs = u8::try_from(legs).unwrap_or(u8::MAX);
        self.status.call = self.phase();
        self.outputs.push_back(Output::Status(self.status.clone()));
    }
}

fn texting(modem: Modem, with_texts: bool) -> Modem {
    if with_texts { modem.with_texts() } else { modem }
}
