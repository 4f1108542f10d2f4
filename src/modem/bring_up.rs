//! From an open port to "takes calls", by stages.
//!
//! Almost all call and sound settings are volatile (SIMCom manual, `NO_SAVE`), so the whole way is gone
//! again after every restart of the module.

use super::at::{Answer, Failure, FinalCode, Request};
use super::command::network::{self, Domain, Registration};
use super::command::sim::{self, SimState};
use super::command::{Command, general};
use super::model::{Model, Setting, TEXT_SETTINGS};
use crate::clock::Mono;
use atat::AtatCmd;
use std::time::Duration;

/// Between two questions to a SIM or a network that is not ready.
const AGAIN: Duration = Duration::from_secs(2);
/// A setting that failed for a passing reason is tried so many times more.
const SETTING_TRIES: u8 = 2;
/// Settings that a modem may not know.
const UNSUPPORTED: usize = 24;

/// The SIM's PIN and what is known of it.
#[derive(Clone)]
pub struct Pin {
    /// 4 to 8 digits.
    pub digits: String,
    /// This PIN was refused once, perhaps before the last start: it is sent again only to a SIM that says
    /// that it has tries to spare.
    pub was_refused: bool,
}

impl Pin {
    /// Tells one PIN from another, to remember which was refused.
    pub fn fingerprint(&self) -> u32 {
        crc32fast::hash(self.digits.as_bytes())
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pin(hidden, was_refused: {})", self.was_refused)
    }
}

/// What cannot get better without a person, or takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The SIM is missing or broken.
    #[error("no SIM card, or it does not answer: check that it is in, the right way round")]
    NoSim,
    /// It asks for a PIN and none is configured.
    #[error("the SIM asks for its PIN: set `pin` of this line in the configuration")]
    PinMissing,
    /// The PIN was refused, or is no PIN.
    #[error("the SIM refused the configured PIN: correct `pin` of this line")]
    PinRefused,
    /// Too few tries are left to try.
    #[error("the SIM has one PIN try left and it is not spent: unlock it in a phone")]
    PinLastTry,
    /// It asks for its PUK.
    #[error("the SIM is blocked and asks for its PUK: unlock it in a phone")]
    PukNeeded,
    /// It asks for something else.
    #[error("the SIM or the modem is locked to another network")]
    OtherLock,
    /// Not registered yet.
    #[error("searching for a network: check the antenna and the reception")]
    Searching,
    /// The network does not want it.
    #[error("the network refuses this SIM: ask the operator whether it is active for calls here")]
    Denied,
}

/// What is known of the modem and its network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What `AT+CGMM` says.
    pub model: String,
    /// What `AT+CGMR` says.
    pub firmware: String,
    /// Registration for circuit-switched calls.
    pub circuit: Registration,
    /// Registration with LTE.
    pub lte: Registration,
}

impl Facts {
    /// Notes a registration.
    pub fn set_registration(&mut self, domain: Domain, registration: Registration) {
        match domain {
            Domain::Circuit => self.circuit = registration,
            Domain::Lte => self.lte = registration,
        }
    }

    /// Either is enough: SIMs for calls over LTE show `+CREG: 0,3` and `+CEREG: 0,1`.
    pub fn is_registered(&self) -> bool {
        [self.circuit, self.lte].contains(&Registration::Registered)
    }
}

/// Settings that this modem does not know.
#[derive(Debug, Clone, Default)]
pub struct Unsupported(heapless::Vec<Setting, UNSUPPORTED>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Greet(usize),
    Model,
    Firmware,
    Orphans,
    Sim,
    Tries { plain: bool },
    EnterPin,
    Settings(usize),
    Circuit,
    Lte,
    CallWaiting { here: bool },
    Done,
}

/// What the way up needs next.
#[derive(Debug)]
pub enum Need {
    /// Send this; [`BringUp::answered`] follows.
    Send(Request),
    /// Nothing before this time.
    Wait(Mono),
    /// Look which calls exist and end them; [`BringUp::orphans_ended`] follows.
    EndOrphans,
    /// The modem takes calls.
    Nothing,
}

/// The way up.
#[derive(Debug)]
pub struct BringUp {
    stage: Stage,
    settings: Vec<Setting>,
    with_sound: bool,
    with_texts: bool,
    pin: Option<Pin>,
    tries: u8,
    not_before: Mono,
    fault: Option<Fault>,
    pin_refused_now: bool,
}

impl BringUp {
    /// Begins at the beginning.
    pub fn new(pin: Option<Pin>, with_sound: bool, with_texts: bool) -> BringUp {
        BringUp {
            stage: Stage::Greet(0),
            settings: Vec::new(),
            with_sound,
            with_texts,
            pin,
            tries: 0,
            not_before: Duration::ZERO,
            fault: None,
            pin_refused_now: false,
        }
    }

    /// Why it does not go on, if it does not.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// True once after the SIM refused its PIN: to be remembered beyond a restart.
    pub fn take_pin_refused(&mut self) -> bool {
        std::mem::take(&mut self.pin_refused_now)
    }

    /// What is needed next.
    pub fn need(&self, now: Mono) -> Need {
        if now < self.not_before {
            return Need::Wait(self.not_before);
        }
        Need::Send(match self.stage {
            Stage::Greet(0) => general::EchoOff.request(),
            Stage::Greet(1) => general::Words.request(),
            Stage::Greet(_) => general::NumericErrors { mode: 1 }.request(),
            Stage::Model => general::Model.request(),
            Stage::Firmware => general::Revision.request(),
            Stage::Orphans => return Need::EndOrphans,
            Stage::Sim => sim::GetPin.request(),
            Stage::Tries { plain: false } => sim::GetTries.request(),
            Stage::Tries { plain: true } => sim::GetTriesPlain::PIN.request(),
            Stage::EnterPin => {
                match self.pin.as_ref().and_then(|p| sim::EnterPin::new(&p.digits)) {
                    Some(command) => command.request(),
                    None => sim::GetPin.request(),
                }
            }
            Stage::Settings(at) => self.settings[at].request(),
            Stage::Circuit => network::GetRegistration.request(),
            Stage::Lte => network::GetLteRegistration.request(),
            Stage::CallWaiting { here: false } => Setting::NoCallWaiting.request(),
            Stage::CallWaiting { here: true } => Setting::NoCallWaitingHere.request(),
            Stage::Done => return Need::Nothing,
        })
    }

    /// The calls that an earlier life left behind are ended.
    pub fn orphans_ended(&mut self) {
        self.stage = Stage::Sim;
    }

    /// The command that was needed is answered.
    pub fn answered(
        &mut self,
        now: Mono,
        answer: &Answer,
        facts: &mut Facts,
        unsupported: &mut Unsupported,
    ) {
        self.not_before = now;
        let line = answer.info.last().map_or("", String::as_str);
        let name = answer.info.first().map_or("", String::as_str);
        match self.stage {
            Stage::Greet(at) if at < 2 => self.stage = Stage::Greet(at + 1),
            Stage::Greet(_) => self.stage = Stage::Model,
            Stage::Model => {
                facts.model = name.trim_start_matches("+CGMM:").trim().to_owned();
                self.settings = self.wanted_settings(Model::of(&facts.model));
                self.stage = Stage::Firmware;
            }
            Stage::Firmware => {
                facts.firmware = name.trim_start_matches("+CGMR:").trim().to_owned();
                self.stage = Stage::Orphans;
            }
            Stage::Sim => self.sim_said(now, answer),
            Stage::Tries { plain } => self.tries_said(now, plain, sim::tries_left(line)),
            Stage::EnterPin => self.pin_said(now, answer.code),
            Stage::Settings(at) => self.setting_said(now, at, answer.code, unsupported),
            Stage::Circuit => {
                facts.circuit = network::GetRegistration
                    .parse(Ok(line.as_bytes()))
                    .unwrap_or(Registration::Unknown(4));
                self.stage = Stage::Lte;
            }
            Stage::Lte => {
                facts.lte = network::GetLteRegistration
                    .parse(Ok(line.as_bytes()))
                    .unwrap_or(Registration::Unknown(4));
                self.network_said(now, facts);
            }
            Stage::CallWaiting { here } => {
                let good = here || answer.code == FinalCode::Ok;
                self.stage = if good { Stage::Done } else { Stage::CallWaiting { here: true } };
            }
            Stage::Orphans | Stage::Done => {}
        }
    }

    fn wait(&mut self, now: Mono, fault: Fault, next: Stage) {
        self.fault = Some(fault);
        self.stage = next;
        self.not_before = now + AGAIN;
    }

    fn sim_said(&mut self, now: Mono, answer: &Answer) {
        let said = answer.info.last().map(|line| sim::GetPin.parse(Ok(line.as_bytes())));
        match said {
            Some(Ok(SimState::Ready)) => {
                self.fault = None;
                self.begin_settings();
            }
            Some(Ok(SimState::Pin)) => match &self.pin {
                None => self.wait(now, Fault::PinMissing, Stage::Sim),
                Some(pin) if sim::EnterPin::new(&pin.digits).is_none() => {
                    self.wait(now, Fault::PinRefused, Stage::Sim);
                }
                Some(_) => self.stage = Stage::Tries { plain: false },
            },
            Some(Ok(SimState::Puk)) => self.wait(now, Fault::PukNeeded, Stage::Sim),
            Some(Ok(SimState::Other) | Err(_)) => self.wait(now, Fault::OtherLock, Stage::Sim),
            // A modem that knows no PIN at all has nothing to ask for.
            None if answer.code == FinalCode::Ok => self.begin_settings(),
            None if answer.code == FinalCode::Failed(Failure::Cme(4)) => self.begin_settings(),
            None => self.wait(now, Fault::NoSim, Stage::Sim),
        }
    }

    fn tries_said(&mut self, now: Mono, plain: bool, tries: Option<u8>) {
        let was_refused = self.pin.as_ref().is_some_and(|pin| pin.was_refused);
        match tries {
            None if !plain => self.stage = Stage::Tries { plain: true },
            Some(0 | 1) => self.wait(now, Fault::PinLastTry, Stage::Sim),
            None if was_refused => self.wait(now, Fault::PinRefused, Stage::Sim),
            Some(2) if was_refused => self.wait(now, Fault::PinRefused, Stage::Sim),
            Some(_) | None => self.stage = Stage::EnterPin,
        }
    }

    fn pin_said(&mut self, now: Mono, code: FinalCode) {
        match code {
            FinalCode::Ok => self.stage = Stage::Sim,
            FinalCode::Failed(Failure::Timeout | Failure::Cme(14)) => {
                self.wait(now, Fault::NoSim, Stage::Sim);
            }
            FinalCode::Failed(_) => {
                if let Some(pin) = &mut self.pin {
                    pin.was_refused = true;
                }
                self.pin_refused_now = true;
                self.wait(now, Fault::PinRefused, Stage::Sim);
            }
        }
    }

    fn wanted_settings(&self, model: &Model) -> Vec<Setting> {
        let sound = if self.with_sound { model.sound_settings } else { &[] };
        let texts: &[Setting] = if self.with_texts { &TEXT_SETTINGS } else { &[] };
        model.call_settings.iter().chain(sound).chain(texts).copied().collect()
    }

    fn begin_settings(&mut self) {
        let none = self.settings.is_empty();
        self.stage = if none { Stage::Circuit } else { Stage::Settings(0) };
    }

    fn setting_said(
        &mut self,
        now: Mono,
        at: usize,
        code: FinalCode,
        unsupported: &mut Unsupported,
    ) {
        if let FinalCode::Failed(failure) = code {
            if failure.is_unsupported() && !self.settings[at].is_vital() {
                let _more_than_there_are = unsupported.0.push(self.settings[at]);
            } else if self.tries < SETTING_TRIES {
                self.tries += 1;
                self.not_before = now + AGAIN / 4;
                return;
            }
        }
        self.tries = 0;
        let next = at + 1;
        let more = next < self.settings.len();
        self.stage = if more { Stage::Settings(next) } else { Stage::Circuit };
    }

    fn network_said(&mut self, now: Mono, facts: &Facts) {
        if facts.is_registered() {
            self.fault = None;
            self.stage = Stage::CallWaiting { here: false };
        } else {
            let denied = facts.circuit == Registration::Denied;
            self.wait(now, if denied { Fault::Denied } else { Fault::Searching }, Stage::Circuit);
        }
    }

    /// Leaves out what the modem was found not to know.
    pub fn skip(&mut self, unsupported: &Unsupported) {
        while let Stage::Settings(at) = self.stage {
            if !unsupported.0.contains(&self.settings[at]) {
                break;
            }
            let next = at + 1;
            let more = next < self.settings.len();
            self.stage = if more { Stage::Settings(next) } else { Stage::Circuit };
        }
    }
}
