//! A bench for tests: a modem in virtual time, the AT port as a transcript.

use simulator::*;
use std::time::Duration;

pub const COURIER: &str = "+61255501111";
pub const CUSTOMER: &str = "+61255502222";
pub const OTHER: &str = "+61255503333";

pub fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub struct Bench {
    pub modem: Modem,
    pub now: Duration,
    pub octets: Vec<u8>,
    pub audio: Vec<Vec<u8>>,
    pub events: Vec<PhoneEvent>,
    /// PortsGone / PortsBack with their times.
    pub ports: Vec<(Duration, bool)>,
    pub reads: usize,
}

impl Bench {
    pub fn new(config: Config) -> Self {
        let mut bench = Self {
            modem: Modem::new(config),
            now: Duration::ZERO,
            octets: Vec::new(),
            audio: Vec::new(),
            events: Vec::new(),
            ports: Vec::new(),
            reads: 0,
        };
        bench.input(Input::AtOpened);
        bench.input(Input::AudioOpened);
        bench
    }

    /// That firmware, without echo.
    pub fn with(profile: Profile) -> Self {
        let mut bench = Self::new(Config::with_profile(profile));
        bench.at("ATE0");
        bench.take();
        bench
    }

    pub fn manual() -> Self {
        Self::with(Profile::manual())
    }

    pub fn named(name: &str) -> Self {
        Self::with(Profile::named(name).expect("a known profile"))
    }

    fn drain(&mut self) {
        while let Some(output) = self.modem.poll_output() {
            match output {
                Output::At(octets) => {
                    self.reads += 1;
                    self.octets.extend(octets);
                }
                Output::Audio(octets) => self.audio.push(octets),
                Output::Phone(event) => self.events.push(event),
                Output::PortsGone => self.ports.push((self.now, false)),
                Output::PortsBack => self.ports.push((self.now, true)),
            }
        }
    }

    pub fn input(&mut self, input: Input) {
        self.modem.handle_input(self.now, input);
        self.drain();
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(when) = self.modem.poll_timeout().filter(|when| *when <= end) {
            assert!(when >= self.now, "time runs backwards");
            self.now = when;
            self.modem.handle_timeout(when);
            self.drain();
        }
        self.now = end;
    }

    /// Types a line and lets a second pass.
    pub fn at(&mut self, line: &str) {
        self.type_line(line);
        self.run(s(1));
    }

    pub fn type_line(&mut self, line: &str) {
        self.input(Input::At(format!("{line}\r").as_bytes()));
    }

    /// What was said since the last time, as lines without blank ones.
    pub fn take(&mut self) -> Vec<String> {
        let text: Vec<u8> = std::mem::take(&mut self.octets);
        let text = String::from_utf8_lossy(&text).replace('\r', "\n");
        text.split('\n').filter(|l| !l.is_empty()).map(str::to_string).collect()
    }

    /// The answer to a line: everything said in the second after it.
    pub fn ask(&mut self, line: &str) -> Vec<String> {
        self.take();
        self.at(line);
        self.take()
    }

    pub fn act(&mut self, action: PhoneAction) {
        self.input(Input::Phone(action));
    }

    pub fn inject(&mut self, fault: Fault) {
        self.modem.inject(self.now, fault);
        self.drain();
    }

    pub fn behave(&mut self, phone: &str, behaviour: Behaviour) {
        let phone = phone.to_string();
        self.act(PhoneAction::SetBehaviour { phone, behaviour, hang_up_after: None });
    }

    pub fn call_from(&mut self, from: &str) {
        self.act(PhoneAction::Call { from: from.into(), presentation: Default::default() });
        self.run(s(1));
    }

    pub fn answer(&mut self, phone: &str) {
        self.act(PhoneAction::Answer { phone: phone.into() });
    }

    pub fn hang_up(&mut self, phone: &str) {
        self.act(PhoneAction::Hangup { phone: phone.into() });
    }

    pub fn key(&mut self, phone: &str, key: char) {
        self.act(PhoneAction::Key { phone: phone.into(), key });
    }

    pub fn state(&self, phone: &str) -> Option<CallState> {
        self.modem.calls().leg(phone).map(|leg| leg.state)
    }

    /// A caller answered, held, and a second phone answered: {held, active}.
    pub fn held_and_active(&mut self) {
        self.call_from(COURIER);
        self.at("ATA");
        self.at("AT+CHLD=2");
        self.behave(CUSTOMER, Behaviour::AnswerAfter(s(2)));
        self.at("ATD0255502222;");
        self.run(s(5));
        assert_eq!(self.state(COURIER), Some(CallState::Held));
        assert_eq!(self.state(CUSTOMER), Some(CallState::Active));
        self.take();
        self.events.clear();
    }

    pub fn events_of(&self, phone: &str) -> Vec<&PhoneEvent> {
        self.events.iter().filter(|event| event.phone() == phone).collect()
    }
}
