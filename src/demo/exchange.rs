//! The telephone exchange of the demo: three phones that people hold in a browser, each a display that
//! is always the latest and a sound that nobody waits for.

use super::cast::Role;
use super::phone::Display;
use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use simulator::profile::Service;
use simulator::pty::{Happening, Report, Requests};
use simulator::{Behaviour, Fault, PhoneAction, PhoneEvent, Presentation};
use std::io;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{broadcast, watch};

/// Frames of sound that wait for one browser, 320 ms; one that is slower loses the oldest.
const FRAMES: usize = 16;
/// Samples that are taken from a browser at once: 200 ms.
const SAMPLES: usize = 1600;

/// What somebody does with a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// Calls the box.
    Call,
    /// Takes the call that rings.
    Answer,
    /// Ends, refuses or gives up.
    HangUp,
    /// Presses a key.
    Key(char),
    /// Lets the phone say its clip.
    Speak,
}

/// What goes wrong, until it is switched off again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// What happens at the customer's phone when it is called.
    pub customer: Customer,
    /// The network refuses to merge calls.
    pub merge_refused: bool,
}

/// What happens at the customer's phone when it is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Customer {
    /// It rings; whoever holds it decides.
    #[default]
    Rings,
    /// It is in another call.
    Busy,
    /// It rings, and nobody is there.
    NoAnswer,
}

struct Phone {
    role: Role,
    display: watch::Sender<Display>,
    sound: broadcast::Sender<Bytes>,
    /// What it says for somebody without a microphone.
    clip: Vec<i16>,
}

/// The phones, and the network between them and the box.
pub struct Exchange {
    phones: Vec<Phone>,
    requests: Requests,
    switches: Mutex<Switches>,
}

impl Exchange {
    /// An exchange in front of a running simulator.
    pub fn new(requests: Requests) -> Result<Exchange, hound::Error> {
        let phone = |role: Role| {
            let clip = hound::WavReader::new(role.clip())?.into_samples().collect::<Result<_, _>>();
            let (display, sound) = (watch::Sender::default(), broadcast::Sender::new(FRAMES));
            Ok(Phone { role, display, sound, clip: clip? })
        };
        let phones = Role::ALL.into_iter().map(phone).collect::<Result<_, hound::Error>>()?;
        Ok(Exchange { phones, requests, switches: Mutex::default() })
    }

    fn phone(&self, role: Role) -> &Phone {
        self.phones.iter().find(|phone| phone.role == role).expect("every role has a phone")
    }

    /// What a phone shows, now and whenever it changes.
    pub fn display(&self, role: Role) -> watch::Receiver<Display> {
        self.phone(role).display.subscribe()
    }

    /// What a phone's ear hears from now on: 20 ms at a time, s16le at 8 kHz.
    pub fn sound(&self, role: Role) -> broadcast::Receiver<Bytes> {
        self.phone(role).sound.subscribe()
    }

    /// Passes on what the simulator reports. Never waits.
    pub fn notice(&self, report: &Report) {
        let Happening::Phone(event) = &report.what else { return };
        let Some(role) = Role::of(event.phone()) else { return };
        let phone = self.phone(role);
        if let PhoneEvent::Heard { samples, .. } = event {
            let octets: Bytes = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            // Nobody may be listening.
            let _ = phone.sound.send(octets);
        } else {
            phone.display.send_if_modified(|display| display.notice(event));
        }
    }

    /// Somebody does something with a phone.
    pub fn press(&self, role: Role, press: Press) -> io::Result<()> {
        let phone = self.phone(role);
        let number = || role.number().to_owned();
        self.requests.act(match press {
            Press::Call => {
                if !phone.display.send_if_modified(Display::dials) {
                    return Ok(());
                }
                PhoneAction::Call { from: number(), presentation: Presentation::International }
            }
            Press::Answer => PhoneAction::Answer { phone: number() },
            Press::HangUp => {
                phone.display.send_if_modified(Display::gives_up);
                PhoneAction::Hangup { phone: number() }
            }
            Press::Key(key) => PhoneAction::Key { phone: number(), key },
            Press::Speak => PhoneAction::Speak { phone: number(), samples: phone.clip.clone() },
        })
    }

    /// Somebody speaks into a phone: s16le at 8 kHz.
    pub fn talk(&self, role: Role, octets: &[u8]) -> io::Result<()> {
        let pairs = octets.chunks_exact(2).take(SAMPLES);
        let samples = pairs.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        self.requests.act(PhoneAction::Talk { phone: role.number().to_owned(), samples })
    }

    /// What is switched on.
    pub fn switches(&self) -> Switches {
        *self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches things on and off; they hold from the next call on.
    pub fn switch(&self, switches: Switches) -> io::Result<()> {
        let mut before = self.switches.lock().unwrap_or_else(PoisonError::into_inner);
        let behaviour = match switches.customer {
            Customer::Rings => Behaviour::Live,
            Customer::Busy => Behaviour::Busy,
            Customer::NoAnswer => Behaviour::NoAnswer,
        };
        let phone = Role::Customer.number().to_owned();
        self.requests.act(PhoneAction::SetBehaviour { phone, behaviour, hang_up_after: None })?;
        let service = if switches.merge_refused { Service::Refused(0) } else { Service::Granted };
        self.requests.send(simulator::pty::Request::Multiparty(service))?;
        *before = switches;
        Ok(())
    }

    /// Makes the modem crash: its ports vanish until it is up again.
    pub fn restart_modem(&self) -> io::Result<()> {
        self.requests.inject(Fault::Crash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulator::pty::{Handle, Options};
    use std::time::Duration;
    use tokio::sync::broadcast::error::TryRecvError;

    #[test]
    fn a_browser_that_does_not_keep_up_loses_the_oldest_sound_and_gets_the_latest_display() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let simulator = Handle::spawn(Options::new(path("at"), path("audio"))).unwrap();
        let exchange = Exchange::new(simulator.requests().clone()).unwrap();
        let mut sound = exchange.sound(Role::Customer);
        let mut display = exchange.display(Role::Customer);
        let phone = || Role::Customer.number().to_owned();
        let notice = |event| {
            exchange.notice(&Report { at: Duration::ZERO, what: Happening::Phone(event) });
        };
        notice(PhoneEvent::Ringing { phone: phone(), shown: None });
        for n in 0..1000 {
            notice(PhoneEvent::Heard { phone: phone(), samples: vec![n; 160] });
        }
        notice(PhoneEvent::Connected { phone: phone() });
        notice(PhoneEvent::Heard { phone: "+61255509999".to_owned(), samples: vec![0; 160] });

        assert_eq!(sound.try_recv(), Err(TryRecvError::Lagged(1000 - FRAMES as u64)));
        for n in 1000 - FRAMES..1000 {
            let frame = sound.try_recv().unwrap();
            assert_eq!((frame.len(), &frame[..2]), (320, &(n as i16).to_le_bytes()[..]));
        }
        assert_eq!(sound.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(display.borrow_and_update().call, super::super::phone::Call::Connected);
        assert!(!display.has_changed().unwrap());
    }
}
