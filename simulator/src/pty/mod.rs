//! The machine behind two pseudo-terminals, in real time.
//!
//! [`Handle`] runs it on a thread of this process; [`run`] makes a program of it: requests as
//! JSON lines on standard input, reports as JSON lines on standard output.
//!
//! ```text
//! {"set_behaviour":{"phone":"+61255502222","behaviour":{"answer_after":2000}}}
//! {"call":{"from":"+61255501111","presentation":"national"}}
//! {"key":{"phone":"+61255501111","key":"5"}}
//! {"say":{"phone":"+61255501111","ms":1500}}
//! {"record":{"phone":"+61255501111","file":"heard.wav"}}
//! {"inject":{"hang":5000}}
//! "query"
//! ```

mod engine;
mod port;
mod protocol;
mod record;

pub use protocol::{Happening, Report, Request, State};

use crate::{Calls, Config, Faults, NetworkConfig, PhoneAction, Profile, SimCard, Sound, Start};
use engine::Engine;
use std::io::{self, BufRead, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

/// Requests and reports that may wait to be read.
const QUEUE: usize = 4096;

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the AT port appears (a symbolic link).
    pub at: PathBuf,
    /// Where the audio port appears.
    pub audio: PathBuf,
    /// Name of the firmware profile, one of [`crate::profile::NAMES`].
    pub profile: String,
    /// The network.
    pub network: NetworkConfig,
    /// What goes wrong at random.
    pub faults: Faults,
    /// Decides every random draw.
    pub seed: u64,
    /// The SIM's own number.
    pub own_number: String,
    /// The SIM.
    pub sim: SimCard,
    /// In which state it begins.
    pub start: Start,
    /// Report what phones hear, sample by sample ([`crate::PhoneEvent::Heard`]).
    pub samples: bool,
}

impl Options {
    /// The manual's modem without faults, at these paths.
    pub fn new(at: impl Into<PathBuf>, audio: impl Into<PathBuf>) -> Self {
        let config = Config::default();
        Self {
            at: at.into(),
            audio: audio.into(),
            profile: config.profile.name,
            network: config.network,
            faults: config.faults,
            seed: config.seed,
            own_number: config.own_number,
            sim: config.sim,
            start: config.start,
            samples: false,
        }
    }

    fn config(&self) -> io::Result<Config> {
        let profile = Profile::named(&self.profile).ok_or_else(|| {
            let names = crate::profile::NAMES.join(", ");
            io::Error::other(format!("no profile {}: there are {names}", self.profile))
        })?;
        Ok(Config {
            profile,
            network: self.network.clone(),
            faults: self.faults.clone(),
            seed: self.seed,
            own_number: self.own_number.clone(),
            sim: self.sim.clone(),
            sound: Sound::Full,
            start: self.start,
        })
    }
}

/// Where requests to a running simulator go: may be cloned and used from any thread.
#[derive(Clone, Debug)]
pub struct Requests {
    queue: SyncSender<Request>,
    wake: Arc<UnixStream>,
}

impl Requests {
    /// Sends a request. An error means that the simulator has ended or is swamped.
    pub fn send(&self, request: Request) -> io::Result<()> {
        self.queue.try_send(request).map_err(|e| io::Error::other(e.to_string()))?;
        self.wake();
        Ok(())
    }

    /// Somebody uses a phone.
    pub fn act(&self, action: PhoneAction) -> io::Result<()> {
        self.send(Request::Phone(action))
    }

    /// A fault on command.
    pub fn inject(&self, fault: crate::Fault) -> io::Result<()> {
        self.send(Request::Inject(fault))
    }

    /// The calls as they are now.
    pub fn calls(&self) -> io::Result<Calls> {
        let (answer, calls) = mpsc::sync_channel(1);
        self.send(Request::Calls(answer))?;
        calls.recv().map_err(|e| io::Error::other(e.to_string()))
    }

    fn wake(&self) {
        // A full pipe wakes as well as an empty one.
        let _ = (&*self.wake).write(&[0]);
    }
}

/// A simulator that runs on a thread of this process. Dropping it stops it and removes its
/// links.
#[derive(Debug)]
pub struct Handle {
    requests: Requests,
    reports: Receiver<Report>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Handle {
    /// Makes the ports and starts. They exist when this returns (but with [`Start::Off`] and
    /// [`Start::Booting`]).
    pub fn spawn(options: Options) -> io::Result<Self> {
        let (queue, inbox) = mpsc::sync_channel(QUEUE);
        let (outbox, reports) = mpsc::sync_channel(QUEUE);
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let stop = Arc::new(AtomicBool::new(false));
        let config = options.config()?;
        let engine = Engine::new(options, config, inbox, outbox, woken, stop.clone())?;
        let thread = std::thread::Builder::new()
            .name("simulator".into())
            .spawn(move || engine.run())
            .map(Some)?;
        let requests = Requests { queue, wake: Arc::new(wake) };
        Ok(Self { requests, reports, stop, thread })
    }

    /// Where requests go.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// What happens, in order. Reports that nobody takes are lost beyond a few thousand.
    pub fn reports(&self) -> &Receiver<Report> {
        &self.reports
    }

    /// Takes the reports away, for a thread of their own: [`Handle::reports`] has none from then on.
    pub fn take_reports(&mut self) -> Receiver<Report> {
        std::mem::replace(&mut self.reports, mpsc::sync_channel(0).1)
    }

    /// Stops, and returns how it ended.
    pub fn stop(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.requests.wake();
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(io::Error::other("the simulator's thread has panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            log::warn!("the simulator ended badly: {error}");
        }
    }
}

/// Runs until standard input closes, SIGTERM or SIGINT.
pub fn run(options: Options) -> io::Result<()> {
    let handle = Handle::spawn(options)?;
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, handle.stop.clone())?;
    }
    let requests = handle.requests.clone();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            // A script may write faster than the simulator reads: this waits for it.
            if !line.trim().is_empty() && requests.queue.send(Request::read(&line)).is_err() {
                return;
            }
            requests.wake();
        }
        // In its turn, so that what was asked before is still answered.
        let _ = requests.queue.send(Request::Stop);
        requests.wake();
    });
    // Ends when the engine has ended and dropped its end of the channel.
    let mut out = io::stdout().lock();
    while let Ok(report) = handle.reports.recv() {
        writeln!(out, "{}", report.to_json())?;
        out.flush()?;
    }
    handle.stop()
}
