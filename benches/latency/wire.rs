//! The tap: a simulated modem that answers at once, on two ptys, in the thread that takes the times.
//!
//! A time is taken before octets are written to a tty and after they were read from it, so every
//! figure has the kernel's tty and the scheduler in it.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use simulator::{Config, Input, Modem, NetworkConfig, Output, PhoneAction, Profile, Sound};
use std::path::Path;
use std::time::{Duration, Instant};

/// Octets of one frame of 20 ms.
const FRAME_OCTETS: usize = 320;
/// A frame with a sample above this is sound; the rest is silence.
const LOUD: i16 = 64;

/// What was on the ttys.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The modem was about to write these octets.
    Told(String),
    /// This command had been read.
    Asked(String),
    /// A frame had been read from the audio port: up to here in it there is sound, if any.
    Frame(Option<usize>),
}

/// When, and what.
pub type Tick = (Instant, What);

struct Port {
    master: OwnedFd,
    /// Held open, so that the master never reports a hang-up before the box opens it.
    _slave: OwnedFd,
}

pub struct Wire {
    modem: Modem,
    began: Instant,
    at: Port,
    audio: Port,
    line: Vec<u8>,
    frame: Vec<u8>,
    pub ticks: Vec<Tick>,
}

impl Wire {
    /// A modem without latency whose ports are `at` and `audio` in `folder`.
    pub fn new(folder: &Path, sound: Sound) -> Wire {
        let mut profile = Profile::manual();
        profile.port.latency = Duration::ZERO;
        let mut network = NetworkConfig {
            setup: Duration::ZERO,
            paging: Duration::ZERO,
            ..NetworkConfig::default()
        };
        network.keys.in_band = false;
        network.keys.skew_ms = 0;
        let config = Config { profile, network, sound, ..Config::default() };
        let mut wire = Wire {
            modem: Modem::new(config),
            began: Instant::now(),
            at: port(&folder.join("at")),
            audio: port(&folder.join("audio")),
            line: Vec::new(),
            frame: Vec::new(),
            ticks: Vec::new(),
        };
        wire.modem.handle_input(Duration::ZERO, Input::AtOpened);
        wire.modem.handle_input(Duration::ZERO, Input::AudioOpened);
        wire
    }

    pub fn act(&mut self, action: PhoneAction) {
        let now = self.began.elapsed();
        self.modem.handle_input(now, Input::Phone(action));
        self.drain();
    }

    pub fn modem(&self) -> &Modem {
        &self.modem
    }

    /// Serves the ttys until something is so; false when it is not so in time.
    pub fn until(&mut self, most: Duration, mut done: impl FnMut(&Wire) -> bool) -> bool {
        let by = Instant::now() + most;
        while !done(self) {
            if Instant::now() >= by {
                return false;
            }
            self.step(by);
        }
        true
    }

    /// Serves the ttys for a time.
    pub fn pause(&mut self, time: Duration) {
        self.until(time, |_| false);
    }

    fn step(&mut self, by: Instant) {
        let due = self.modem.poll_timeout().map(|due| self.began + due);
        let until = due.map_or(by, |due| due.min(by));
        let wait = until.saturating_duration_since(Instant::now()).min(Duration::from_millis(50));
        let timeout = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
        let mut fds = [
            PollFd::new(&self.at.master, PollFlags::IN),
            PollFd::new(&self.audio.master, PollFlags::IN),
        ];
        poll(&mut fds, Some(&timeout)).unwrap();
        self.read();
        self.modem.handle_timeout(self.began.elapsed());
        self.drain();
    }

    fn read(&mut self) {
        let mut octets = [0; 4096];
        while let Ok(n @ 1..) = rustix::io::read(&self.at.master, &mut octets) {
            let now = Instant::now();
            for octet in &octets[..n] {
                if *octet == b'\r' {
                    let command = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into();
                    self.ticks.push((now, What::Asked(command)));
                } else {
                    self.line.push(*octet);
                }
            }
            self.modem.handle_input(self.began.elapsed(), Input::At(&octets[..n]));
            self.drain();
        }
        while let Ok(n @ 1..) = rustix::io::read(&self.audio.master, &mut octets) {
            let now = Instant::now();
            self.modem.handle_input(self.began.elapsed(), Input::Audio(&octets[..n]));
            self.frame.extend_from_slice(&octets[..n]);
            while self.frame.len() >= FRAME_OCTETS {
                let frame: Vec<u8> = self.frame.drain(..FRAME_OCTETS).collect();
                let loud = |pair: &[u8; 2]| i16::from_le_bytes(*pair).unsigned_abs() > LOUD as u16;
                let last = frame.as_chunks::<2>().0.iter().rposition(loud);
                self.ticks.push((now, What::Frame(last)));
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.modem.poll_output() {
            match output {
                Output::At(octets) => {
                    let text = String::from_utf8_lossy(&octets).into_owned();
                    self.ticks.push((Instant::now(), What::Told(text)));
                    let _full = rustix::io::write(&self.at.master, &octets);
                }
                Output::Audio(octets) => {
                    let _full = rustix::io::write(&self.audio.master, &octets);
                }
                Output::Phone(_) | Output::PortsGone | Output::PortsBack => {}
            }
        }
    }
}

fn port(link: &Path) -> Port {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let mut termios = tcgetattr(&master).unwrap();
    termios.make_raw();
    tcsetattr(&master, OptionalActions::Now, &termios).unwrap();
    let flags = rustix::fs::fcntl_getfl(&master).unwrap();
    rustix::fs::fcntl_setfl(&master, flags | OFlags::NONBLOCK).unwrap();
    let open = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name.as_c_str(), open, Mode::empty()).unwrap();
    let _none_yet = std::fs::remove_file(link);
    std::os::unix::fs::symlink(name.to_str().unwrap(), link).unwrap();
    Port { master, _slave: slave }
}
