//! The loop that moves octets between the machine and its two terminals.

use super::Options;
use super::port::Port;
use super::protocol::{Happening, Report, Request, State};
use super::record::{self, Recordings};
use crate::{Config, Input, Modem, Mono, Output, PhoneAction, PhoneEvent};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

/// How long a look at signals and closed ports may take.
const GLANCE: Duration = Duration::from_millis(20);
const AT_LIMIT: usize = 64 * 1024;
/// A second of wide sound.
const AUDIO_LIMIT: usize = 32 * 1024;

pub(super) struct Engine {
    modem: Modem,
    began: Instant,
    at: Port,
    audio: Port,
    requests: Receiver<Request>,
    reports: SyncSender<Report>,
    woken: UnixStream,
    stop: Arc<AtomicBool>,
    recordings: Recordings,
    samples: bool,
}

impl Engine {
    pub(super) fn new(
        options: Options,
        config: Config,
        requests: Receiver<Request>,
        reports: SyncSender<Report>,
        woken: UnixStream,
        stop: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let mut engine = Self {
            modem: Modem::new(config),
            began: Instant::now(),
            at: Port::new(options.at, AT_LIMIT),
            audio: Port::new(options.audio, AUDIO_LIMIT),
            requests,
            reports,
            woken,
            stop,
            recordings: Recordings::default(),
            samples: options.samples,
        };
        if engine.modem.has_ports() {
            engine.at.appear()?;
            engine.audio.appear()?;
        }
        Ok(engine)
    }

    pub(super) fn run(mut self) -> io::Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            self.modem.handle_timeout(self.now());
            self.drain()?;
            self.wait()?;
            self.look();
            self.read_ports();
            self.read_requests();
            self.drain()?;
        }
        self.recordings.finish_all();
        Ok(())
    }

    fn now(&self) -> Mono {
        self.began.elapsed()
    }

    fn report(&self, what: Happening) {
        // Whoever does not read his reports loses them.
        let _ = self.reports.try_send(Report { at: self.now(), what });
    }

    /// Sleeps until something is to be read, written or done.
    fn wait(&mut self) -> io::Result<()> {
        let next = self.modem.poll_timeout().map(|when| when.saturating_sub(self.now()));
        let watching = self.at.exists() && !(self.at.is_open() && self.audio.is_open());
        let most = if watching { GLANCE } else { 5 * GLANCE };
        let wait = next.map_or(most, |next| next.min(most));
        let timeout = Timespec { tv_sec: wait.as_secs() as _, tv_nsec: wait.subsec_nanos() as _ };
        let mut fds = vec![PollFd::new(&self.woken, PollFlags::IN)];
        fds.extend(self.at.interest());
        fds.extend(self.audio.interest());
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        drop(fds);
        let mut rest = [0u8; 256];
        while matches!((&self.woken).read(&mut rest), Ok(1..)) {}
        self.at.flush();
        self.audio.flush();
        Ok(())
    }

    fn look(&mut self) {
        let now = self.now();
        if let Some(open) = self.at.look() {
            let input = if open { Input::AtOpened } else { Input::AtClosed };
            self.modem.handle_input(now, input);
            self.report(Happening::AtOpen(open));
        }
        if let Some(open) = self.audio.look() {
            let input = if open { Input::AudioOpened } else { Input::AudioClosed };
            self.modem.handle_input(now, input);
            self.report(Happening::AudioOpen(open));
        }
    }

    fn read_ports(&mut self) {
        let typed = self.at.read();
        if !typed.is_empty() {
            self.modem.handle_input(self.now(), Input::At(&typed));
        }
        let said = self.audio.read();
        if !said.is_empty() {
            self.modem.handle_input(self.now(), Input::Audio(&said));
        }
    }

    fn read_requests(&mut self) {
        while let Ok(request) = self.requests.try_recv() {
            if let Err(error) = self.request(request) {
                self.report(Happening::Error(error.to_string()));
            }
        }
    }

    fn request(&mut self, request: Request) -> io::Result<()> {
        let now = self.now();
        match request {
            Request::Phone(action) => self.modem.handle_input(now, Input::Phone(action)),
            Request::Power(action) => self.modem.handle_input(now, Input::Power(action)),
            Request::Inject(fault) => self.modem.inject(now, fault),
            Request::Multiparty(service) => self.modem.set_multiparty(service),
            Request::Record { phone, file } => self.recordings.start(phone, file)?,
            Request::Play { phone, file } => {
                let samples = record::read(&file)?;
                let action = PhoneAction::Speak { phone, samples };
                self.modem.handle_input(now, Input::Phone(action));
            }
            Request::Query => self.report(Happening::State(Box::new(State {
                calls: self.modem.calls(),
                audio_on: self.modem.is_audio_on(),
                registered: self.modem.is_registered(),
                ports: self.modem.has_ports(),
                counters: self.modem.counters().clone(),
            }))),
            Request::Calls(answer) => drop(answer.try_send(self.modem.calls())),
            Request::Unreadable(error) => return Err(io::Error::other(error)),
            Request::Stop => self.stop.store(true, Ordering::Relaxed),
        }
        Ok(())
    }

    /// Takes everything that the machine has to give.
    fn drain(&mut self) -> io::Result<()> {
        while let Some(output) = self.modem.poll_output() {
            match output {
                Output::At(octets) => self.at.write(&octets),
                Output::Audio(octets) => self.audio.write(&octets),
                Output::Phone(event) => self.phone_event(event),
                Output::PortsGone => {
                    self.at.vanish();
                    self.audio.vanish();
                    self.report(Happening::PortsGone(true));
                }
                Output::PortsBack => {
                    self.at.appear()?;
                    self.audio.appear()?;
                    self.report(Happening::PortsGone(false));
                }
            }
        }
        Ok(())
    }

    fn phone_event(&mut self, event: PhoneEvent) {
        if let PhoneEvent::Heard { phone, samples } = &event {
            let now = self.now();
            if let Err(error) = self.recordings.hear(phone, now, samples) {
                self.report(Happening::Error(error.to_string()));
            }
            if !self.samples {
                return;
            }
        }
        let ended = match &event {
            PhoneEvent::Ended { phone, .. } => Some(phone.clone()),
            _ => None,
        };
        self.report(Happening::Phone(event));
        if let Some(phone) = ended {
            match self.recordings.finish(&phone) {
                Some(Ok(file)) => self.report(Happening::Recorded { phone, file }),
                Some(Err(error)) => self.report(Happening::Error(error.to_string())),
                None => {}
            }
        }
    }
}
