//! A board's rungs of the recovery ladder, each on the board's own thread: a power cycle takes up
//! to 52 s, and the line's thread goes on meanwhile and opens its ports by itself.

use super::boards::{Boards, ProfileError};
use super::gpio;
use super::keeper::{Keeper, LOOK};
use super::power::{Outcome, Power, PowerError};
use super::profile::Profile;
use super::usb::{Device, FindError, SIMCOM, SYSFS, UsbModem};
use crate::line::recovery::Rung;
use crate::line::shell::Rungs;
use crate::metrics::Metrics;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin};
use linux_embedded_hal::Delay;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// A line's board cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// Its profile is not there, or wrong.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A computer was named.
    #[error(
        "`{0}` is a computer, which is found by itself: board names what carries the modem, such \
         as \"sim7600-dongle\""
    )]
    Computer(String),
    /// Its thread cannot be started.
    #[error("no thread for the board: {0}")]
    Thread(#[from] io::Error),
}

/// What the board's thread is asked to do.
enum Job {
    Reauthorise(Device),
    PowerCycle,
}

/// The modem on USB, looked for by the line's thread and by the board's.
type Shared = Arc<Mutex<UsbModem>>;

/// What a line's board has to get its modem back.
pub struct BoardRungs {
    line: String,
    rungs: Vec<Rung>,
    usb: Option<Shared>,
    jobs: Option<Sender<Job>>,
    busy: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl BoardRungs {
    /// The board named in a line's configuration. Without a name, the modem is one on a USB cable
    /// if its tty says so.
    ///
    /// A board whose pins cannot be had is told in the log and goes without: calls matter more.
    pub fn open(
        line: &str,
        tty: &Path,
        board: Option<&str>,
        boards: &Boards,
        metrics: &Metrics,
    ) -> Result<BoardRungs, BoardError> {
        let profile = board.map(|name| boards.profile(name)).transpose()?;
        if let Some(computer) = profile.as_ref().filter(|profile| profile.is_computer()) {
            return Err(BoardError::Computer(computer.name.clone()));
        }
        let vendor = match &profile {
            None => Some(SIMCOM),
            Some(profile) => profile.usb.as_ref().map(|usb| usb.vendor.as_str()),
        };
        let usb = vendor.map(|vendor| UsbModem::new(Path::new(SYSFS), tty, vendor));
        let pins = profile.as_ref().and_then(|profile| {
            let computer = boards.computer(&super::model());
            gpio::open(profile, &computer.unwrap_or_else(|| profile.clone()).header)
                .inspect_err(|error| log::error!("line {line}: no power key: {error}"))
                .ok()
                .flatten()
        });
        let press = profile.map(|Profile { press, .. }| press).unwrap_or_default();
        let power = pins.map(|pins| (pins, press, Delay));
        Ok(BoardRungs::start(line, usb, power, Delay, metrics)?)
    }

    /// The same from its parts.
    pub fn start<O, I, D>(
        line: &str,
        usb: Option<UsbModem>,
        power: Option<(super::Pins<O, I>, super::Press, D)>,
        delay: D,
        metrics: &Metrics,
    ) -> io::Result<BoardRungs>
    where
        O: OutputPin + Send + 'static,
        I: InputPin + Send + 'static,
        D: DelayNs + Send + 'static,
    {
        let usb: Option<Shared> = usb.map(|usb| Arc::new(Mutex::new(usb)));
        let usb = usb.filter(may_be_on_usb);
        let (busy, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let mut rungs = Vec::new();
        rungs.extend(usb.as_ref().map(|_| Rung::UsbReauthorise));
        rungs.extend(power.as_ref().map(|_| Rung::PowerKey));
        let mut board = BoardRungs {
            line: line.to_owned(),
            rungs,
            usb,
            jobs: None,
            busy: busy.clone(),
            stop: stop.clone(),
            thread: None,
        };
        if board.rungs.is_empty() {
            return Ok(board);
        }
        let seen = board.usb.clone();
        let on_usb = Box::new(move || seen.as_ref().and_then(|usb| lock(usb).is_there()));
        let (line, metrics) = (line.to_owned(), metrics.clone());
        let of_line = line.clone();
        let pressed = Box::new(move |pin| metrics.press(&of_line, pin));
        let power =
            power.map(|(pins, press, delay)| Power::new(pins, press, delay, on_usb, pressed, stop));
        let (jobs, inbox) = channel();
        let worker =
            Worker { line: line.clone(), power, delay, usb: board.usb.clone(), inbox, busy };
        board.jobs = Some(jobs);
        board.thread =
            Some(thread::Builder::new().name(format!("board-{line}")).spawn(|| worker.run())?);
        Ok(board)
    }

    /// Waits until the board's thread is idle; for tests.
    pub fn wait_until_idle(&self) {
        while self.busy.load(Ordering::Acquire) {
            thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    fn job(&self, rung: Rung) -> Result<Option<Job>, FindError> {
        Ok(match rung {
            Rung::UsbReauthorise => {
                let usb = self.usb.as_ref();
                usb.map(|usb| lock(usb).find()).transpose()?.map(Job::Reauthorise)
            }
            Rung::PowerKey => self.rungs.contains(&rung).then_some(Job::PowerCycle),
            Rung::Reopen | Rung::Reset => None,
        })
    }
}

impl Rungs for BoardRungs {
    fn rungs(&self) -> Vec<Rung> {
        self.rungs.clone()
    }

    /// Gives the work to the board's thread and returns at once. While that is at work, another
    /// rung is left out: one thing at a time, and a power cycle must come to its end.
    fn use_rung(&mut self, rung: Rung) -> bool {
        let job = match self.job(rung) {
            Ok(Some(job)) => job,
            Ok(None) => return false,
            Err(error) => {
                log::warn!("line {}: {rung:?}: {error}", self.line);
                return false;
            }
        };
        if self.busy.swap(true, Ordering::AcqRel) {
            log::info!("line {}: the board is still at work: {rung:?} is left out", self.line);
            return true;
        }
        self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok())
    }
}

/// The end waits for a key that is pressed to be let go, and for a device off the bus to be taken
/// back.
impl Drop for BoardRungs {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("line {}: the board's thread ended by a fault of the program", self.line);
        }
    }
}

/// A tty that is not there yet counts as USB: a UART or a pseudo-terminal always is.
fn may_be_on_usb(usb: &Shared) -> bool {
    matches!(lock(usb).find(), Ok(_) | Err(FindError::NoTty(_)))
}

fn lock(usb: &Shared) -> std::sync::MutexGuard<'_, UsbModem> {
    usb.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The board's thread.
struct Worker<O, I, D> {
    line: String,
    power: Option<Power<O, I, D>>,
    delay: D,
    usb: Option<Shared>,
    inbox: Receiver<Job>,
    busy: Arc<AtomicBool>,
}

impl<O: OutputPin, I: InputPin, D: DelayNs> Worker<O, I, D> {
    fn run(mut self) {
        let mut keeper = Keeper::default();
        loop {
            self.look(&mut keeper);
            match self.inbox.recv_timeout(LOOK) {
                Ok(job) => self.work(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Reauthorise(device) => {
                let folder = device.folder().display();
                match device.reauthorise(&mut self.delay) {
                    Ok(()) => log::info!("line {}: {folder} was off the bus for 3 s", self.line),
                    Err(error) => log::error!("line {}: {error}", self.line),
                }
            }
            Job::PowerCycle => {
                let outcome = self.power.as_mut().map(Power::cycle);
                self.tell(outcome);
            }
        }
        self.busy.store(false, Ordering::Release);
    }

    /// Remembers the device behind the tty, and switches on a module that is off.
    fn look(&mut self, keeper: &mut Keeper) {
        let Some(power) = &mut self.power else {
            if let Some(usb) = &self.usb {
                let _remembered = lock(usb).find();
            }
            return;
        };
        let is_on = power.is_on().unwrap_or_else(|error| {
            log::error!("line {}: {error}", self.line);
            None
        });
        // Not where a job of the line's is in the inbox: it looks for itself.
        if keeper.look(is_on) && !self.busy.swap(true, Ordering::AcqRel) {
            log::warn!("line {}: the modem is off: pressing its power key", self.line);
            let outcome = power.switch_on();
            self.tell(Some(outcome));
            self.busy.store(false, Ordering::Release);
        }
    }

    fn tell(&self, outcome: Option<Result<Outcome, PowerError>>) {
        let line = &self.line;
        match outcome {
            None | Some(Ok(Outcome::Stopped)) => {}
            Some(Ok(Outcome::On)) => log::info!("line {line}: the modem is on"),
            Some(Ok(Outcome::Pressed)) => log::info!("line {line}: the power key was pressed"),
            Some(Ok(Outcome::Reset)) => {
                log::warn!("line {line}: the power key is without effect: RESET was pressed");
            }
            Some(Ok(Outcome::KeyIgnored)) => log::error!(
                "line {line}: the power key is without effect: check the jumper that gives it to \
                 the GPIO line"
            ),
            Some(Ok(Outcome::DidNotStart)) => log::error!(
                "line {line}: the modem does not start: check its power supply and USB cable"
            ),
            Some(Err(error)) => log::error!("line {line}: {error}"),
        }
    }
}
