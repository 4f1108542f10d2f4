//! A line, a simulated modem with its network, a store that is a map, and virtual time.

use jiff::Timestamp;
use maskline::audio::tape::Block;
use maskline::audio::{Packs, SoundSettings};
use maskline::call::Settings;
use maskline::clock::{Mono, Now};
use maskline::line::allowance::Limits;
use maskline::line::{Input, Line, Output, Setup};
use maskline::modem::bring_up::Pin;
use maskline::modem::job::TextSent;
use maskline::modem::pdu::{PduError, Received};
use maskline::number::{Country, Dialable, PhoneNumber};
use maskline::order::{Order, OrderNumber};
use maskline::record::CallRecord;
use maskline::status::{LineState, LineStatus};
use simulator::{Behaviour, Config, Modem, PhoneAction, PhoneEvent, Presentation};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use ulid::Ulid;

pub const COURIER: &str = "+61255501111";
pub const CUSTOMER: &str = "+61255502222";
pub const OPERATOR: &str = "+61255500000";
pub const STRANGER: &str = "+61255509999";
pub const ORDER: &str = "12345";

static PACKS: LazyLock<Arc<Packs>> = LazyLock::new(|| Arc::new(Packs::builtin()));

pub fn country() -> Country {
    Country::new("AU").unwrap()
}

pub fn dialable(number: &str) -> Dialable {
    Dialable::new(&PhoneNumber::from_e164(number).unwrap(), &[country()]).unwrap()
}

/// How a world is made.
pub struct Plan {
    pub simulator: Config,
    pub calls: Settings,
    pub with_sound: bool,
    pub with_texts: bool,
    pub pin: Option<Pin>,
}

impl Default for Plan {
    fn default() -> Plan {
        let calls = Settings {
            operator: Some(dialable(OPERATOR)),
            ..Settings::new("line1", vec![country()])
        };
        Plan { simulator: Config::default(), calls, with_sound: true, with_texts: false, pin: None }
    }
}

pub struct World {
    pub now: Mono,
    pub line: Line,
    pub modem: Modem,
    pub orders: BTreeMap<String, Order>,
    pub records: Vec<CallRecord>,
    records_seen: usize,
    /// Since when calls exist that no conversation has.
    pub orphans_since: Option<Mono>,
    pub progress: Vec<CallRecord>,
    pub phones: Vec<(Mono, PhoneEvent)>,
    /// Lines that the line wrote to the AT port.
    pub commands: Vec<(Mono, String)>,
    pub status: LineStatus,
    /// How long the modem's answers took.
    pub round_trips: Vec<Duration>,
    pub texts_sent: Vec<(u64, TextSent)>,
    pub texts_came: Vec<(Option<u8>, Result<Received, PduError>)>,
    pub locked_out: bool,
    pub attempts: Vec<bool>,
    /// What is recorded: of which call, its blocks, whether it is complete.
    pub recordings: Vec<(Ulid, Vec<Block>, bool)>,
    at_open: bool,
    audio_open: bool,
    /// Whether the audio port takes what it is given.
    pub takes_frames: bool,
    written: Vec<u8>,
    opening: bool,
}

impl World {
    pub fn new(plan: Plan) -> World {
        let setup = Setup {
            calls: plan.calls,
            country: country(),
            pin: plan.pin,
            with_sound: plan.with_sound,
            with_texts: plan.with_texts,
            packs: PACKS.clone(),
            sound: SoundSettings::default(),
            rungs: Vec::new(),
            dialling: Limits { minutes_per_hour: 100_000, new_numbers_per_hour: 100_000 },
            ids: Box::new({
                let mut n = 0u128;
                move |now| {
                    n += 1;
                    let ms = now.wall.as_millisecond().try_into().unwrap_or(0);
                    Ulid::from_parts(ms, n)
                }
            }),
        };
        let mut world = World {
            now: Duration::ZERO,
            line: Line::new(setup),
            modem: Modem::new(plan.simulator),
            orders: BTreeMap::new(),
            records: Vec::new(),
            records_seen: 0,
            orphans_since: None,
            progress: Vec::new(),
            phones: Vec::new(),
            commands: Vec::new(),
            status: LineStatus::default(),
            round_trips: Vec::new(),
            texts_sent: Vec::new(),
            texts_came: Vec::new(),
            locked_out: false,
            attempts: Vec::new(),
            recordings: Vec::new(),
            at_open: false,
            audio_open: false,
            takes_frames: true,
            written: Vec::new(),
            opening: false,
        };
        world.order(ORDER, COURIER, CUSTOMER);
        world.pump();
        world
    }

    /// A world whose line takes calls.
    pub fn ready(plan: Plan) -> World {
        let mut world = World::new(plan);
        world.run_until("takes calls", 60, |w| w.status.state == LineState::Ready);
        world
    }

    pub fn order(&mut self, number: &str, courier: &str, customer: &str) {
        let order = Order {
            number: OrderNumber::new(number).unwrap(),
            courier: PhoneNumber::from_e164(courier).unwrap(),
            customer: PhoneNumber::from_e164(customer).unwrap(),
            expires_at: Timestamp::MAX,
            language: None,
        };
        self.orders.insert(number.to_owned(), order);
    }

    pub fn wall(&self) -> Now {
        Now::simulated(self.now)
    }

    pub fn act(&mut self, action: PhoneAction) {
        self.modem.handle_input(self.now, simulator::Input::Phone(action));
        self.pump();
    }

    /// Something that the line's shell would tell it.
    pub fn tell_line(&mut self, input: Input<'_>) {
        let now = self.wall();
        self.line.handle_input(now, input);
        self.pump();
    }

    pub fn call(&mut self, from: &str) {
        self.call_as(from, Presentation::International);
    }

    pub fn call_as(&mut self, from: &str, presentation: Presentation) {
        self.act(PhoneAction::Call { from: from.to_owned(), presentation });
    }

    pub fn behave(&mut self, phone: &str, behaviour: Behaviour) {
        let phone = phone.to_owned();
        self.act(PhoneAction::SetBehaviour { phone, behaviour, hang_up_after: None });
    }

    pub fn hang_up(&mut self, phone: &str) {
        self.act(PhoneAction::Hangup { phone: phone.to_owned() });
    }

    /// Presses keys, as fast as people do.
    pub fn keys(&mut self, phone: &str, keys: &str) {
        for key in keys.chars() {
            self.act(PhoneAction::Key { phone: phone.to_owned(), key });
            self.run_for(Duration::from_millis(250));
        }
    }

    /// Calls and waits until the box has answered.
    pub fn call_in(&mut self, from: &str) {
        self.call(from);
        self.wait_answered();
    }

    pub fn wait_answered(&mut self) {
        self.run_until("answered", 20, |w| {
            matches!(w.phones.last(), Some((_, PhoneEvent::SoundBegan { .. })))
                || w.phones.iter().any(|(_, e)| matches!(e, PhoneEvent::Connected { .. }))
        });
    }

    pub fn wait_record(&mut self) -> CallRecord {
        self.run_until("a record", 240, |w| w.records.len() > w.records_seen);
        self.records_seen += 1;
        self.records[self.records_seen - 1].clone()
    }

    pub fn hears(&self, listener: &str, speaker: &str) -> bool {
        self.modem.calls().hears(listener, speaker)
    }

    pub fn merged(&self, a: &str, b: &str) -> bool {
        self.hears(a, b) && self.hears(b, a)
    }

    /// Until the two hear each other and the line knows it.
    pub fn run_until_talking(&mut self, a: &'static str, b: &'static str) {
        self.run_until("merged", 60, |w| w.merged(a, b) && w.line.phase() == Some("talking"));
    }

    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.advance_to(end) {}
        self.now = end;
    }

    pub fn run_until(&mut self, what: &str, seconds: u64, done: impl Fn(&World) -> bool) {
        let end = self.now + Duration::from_secs(seconds);
        while !done(self) {
            assert!(self.advance_to(end), "not within {seconds} s: {what}\n{}", self.tell());
        }
    }

    /// What has happened, for a test that failed.
    pub fn tell(&self) -> String {
        use std::fmt::Write;
        let mut text = format!("now {:?}, {:?}\n", self.now, self.status);
        for (at, command) in self.commands.iter().rev().take(40).rev() {
            let _ = writeln!(text, "{at:?} {command}");
        }
        for (at, event) in self.phones.iter().rev().take(30).rev() {
            let _ = writeln!(text, "{at:?} {event:?}");
        }
        let _ = writeln!(text, "calls {:?}, ports {}", self.modem.calls(), self.modem.has_ports());
        text
    }

    /// One step of either machine, at most to `end`; false when `end` is reached.
    pub fn advance_to(&mut self, end: Mono) -> bool {
        let next = [self.line.poll_timeout(), self.modem.poll_timeout()];
        let Some(next) = next.into_iter().flatten().min().filter(|at| *at <= end) else {
            self.now = end;
            return false;
        };
        self.now = self.now.max(next);
        self.modem.handle_timeout(self.now);
        let now = self.wall();
        self.line.handle_timeout(now);
        self.pump();
        true
    }

    /// Moves octets between the two until neither has anything to say.
    fn pump(&mut self) {
        loop {
            if let Some(output) = self.modem.poll_output() {
                self.modem_gave(output);
            } else if let Some(output) = self.line.poll_output() {
                self.line_gave(output);
            } else if std::mem::take(&mut self.opening) {
                self.open();
            } else {
                break;
            }
        }
    }

    fn modem_gave(&mut self, output: simulator::Output) {
        let now = self.wall();
        match output {
            simulator::Output::At(octets) if self.at_open => {
                self.line.handle_input(now, Input::AtOctets(&octets));
            }
            simulator::Output::Audio(octets) if self.audio_open => {
                self.line.handle_input(now, Input::AudioOctets(&octets));
            }
            simulator::Output::At(_) | simulator::Output::Audio(_) => {}
            simulator::Output::Phone(event) => self.phones.push((self.now, event)),
            simulator::Output::PortsGone => {
                self.at_open = false;
                self.audio_open = false;
                self.line.handle_input(now, Input::AudioClosed);
                self.line.handle_input(now, Input::AtClosed);
            }
            simulator::Output::PortsBack => {}
        }
    }

    fn open(&mut self) {
        let now = self.wall();
        if !self.modem.has_ports() {
            self.line.handle_input(now, Input::AtClosed);
            return;
        }
        self.at_open = true;
        self.audio_open = true;
        self.modem.handle_input(self.now, simulator::Input::AudioOpened);
        self.line.handle_input(now, Input::AudioOpened);
        self.modem.handle_input(self.now, simulator::Input::AtOpened);
        self.line.handle_input(now, Input::AtOpened);
    }

    fn line_gave(&mut self, output: Output) {
        let now = self.wall();
        match output {
            Output::Open => {
                if std::mem::take(&mut self.at_open) {
                    self.modem.handle_input(self.now, simulator::Input::AtClosed);
                    self.modem.handle_input(self.now, simulator::Input::AudioClosed);
                }
                self.opening = true;
            }
            Output::OpenAudio => self.audio_open = self.modem.has_ports(),
            Output::At(octets) => {
                for octet in &octets {
                    if *octet == b'\r' {
                        let line = String::from_utf8(std::mem::take(&mut self.written)).unwrap();
                        self.commands.push((self.now, line));
                    } else {
                        self.written.push(*octet);
                    }
                }
                if self.at_open {
                    self.modem.handle_input(self.now, simulator::Input::At(&octets));
                }
            }
            Output::Frame(frame) => {
                if !self.takes_frames {
                    self.line.handle_input(now, Input::FramesDropped(1));
                } else if self.audio_open {
                    self.modem.handle_input(self.now, simulator::Input::Audio(&frame));
                }
            }
            Output::RecordingBegins(call) => {
                assert!(self.recordings.last().is_none_or(|(_, _, complete)| *complete));
                self.recordings.push((call, Vec::new(), false));
                self.line.handle_input(now, Input::RecordingStarted);
            }
            Output::Recorded(block) => {
                let (_, blocks, complete) = self.recordings.last_mut().expect("one has begun");
                assert!(!*complete, "after its end");
                blocks.push(block);
            }
            Output::RecordingEnds => {
                let (_, _, complete) = self.recordings.last_mut().expect("one has begun");
                assert!(!std::mem::replace(complete, true));
            }
            Output::LookUp(number) => {
                let order = self.orders.get(number.as_str()).cloned();
                self.line.handle_input(now, Input::LookedUp(order));
            }
            Output::LookUpByCaller(caller) => {
                let mut of = self.orders.values().filter(|o| o.party_of(&caller).is_some());
                let order = of.next().filter(|_| of.next().is_none()).cloned();
                self.line.handle_input(now, Input::LookedUpByCaller(order));
            }
            Output::IsLockedOut(_) => {
                self.line.handle_input(now, Input::LockedOut(self.locked_out));
            }
            Output::CountAttempt { success, .. } => self.attempts.push(success),
            Output::Progress(record) => self.progress.push(*record),
            Output::Record(record) => self.records.push(*record),
            Output::PinRefused(_) | Output::Rung(_) => {}
            Output::Status(status) => self.status = status,
            Output::RoundTrip(took) => self.round_trips.push(took),
            Output::TextSent(id, sent) => self.texts_sent.push((id, sent)),
            Output::TextCame(place, text) => self.texts_came.push((place, text)),
        }
    }
}
