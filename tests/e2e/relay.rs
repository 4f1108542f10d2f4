//! A pty in front of the simulator's AT port that can be torn down and made anew under the same link,
//! while the simulator and its calls go on: a USB hub that hiccups.

use maskline::line::tty::Tty;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const TICK: rustix::event::Timespec = rustix::event::Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// The pty, and the thread that carries octets both ways.
pub struct Relay {
    replace: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Makes `link` stand for the port at `modem`.
    pub fn start(modem: &Path, link: &Path) -> Relay {
        let (replace, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let modem = Tty::open(modem).unwrap();
        let mut carrier = Carrier { modem, far: Some(make(link)), link: link.to_owned() };
        let (wanted, stopped) = (replace.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if wanted.swap(false, Ordering::Relaxed) {
                    carrier.replace();
                }
                carrier.carry();
            }
        });
        Relay { replace, stop, thread: Some(thread) }
    }

    /// Tears the pty down and makes another under the same link.
    pub fn replace(&self) {
        self.replace.store(true, Ordering::Relaxed);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _failed_with_the_test = self.thread.take().map(JoinHandle::join);
    }
}

struct Carrier {
    modem: Tty,
    far: Option<OwnedFd>,
    link: PathBuf,
}

impl Carrier {
    fn replace(&mut self) {
        // The link names nothing for a moment, as while udev works.
        std::fs::remove_file(&self.link).unwrap();
        self.far = None;
        self.far = Some(make(&self.link));
    }

    fn carry(&mut self) {
        let Some(far) = &self.far else { return };
        let mut fds = [PollFd::new(&self.modem, PollFlags::IN), PollFd::new(far, PollFlags::IN)];
        poll(&mut fds, Some(&TICK)).unwrap();
        let closed = fds[1].revents().contains(PollFlags::HUP);
        let mut octets = [0; 4096];
        if let Ok(n @ 1..) = self.modem.read(&mut octets)
            && !closed
        {
            write(far, &octets[..n]);
        }
        match rustix::io::read(far, &mut octets) {
            Ok(n @ 1..) => write(&self.modem, &octets[..n]),
            // Nobody has it open: it would poll as ready for ever.
            _ if closed => std::thread::sleep(Duration::from_millis(5)),
            _ => {}
        }
    }
}

fn write(to: &impl AsFd, mut octets: &[u8]) {
    while !octets.is_empty() {
        match rustix::io::write(to, octets) {
            Ok(n) => octets = &octets[n..],
            Err(rustix::io::Errno::AGAIN) => std::thread::sleep(Duration::from_millis(1)),
            Err(_) => return,
        }
    }
}

/// A raw pty whose slave the link names.
fn make(link: &Path) -> OwnedFd {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let slave = ptsname(&master, Vec::new()).unwrap();
    let mut termios = tcgetattr(&master).unwrap();
    termios.make_raw();
    tcsetattr(&master, OptionalActions::Now, &termios).unwrap();
    let flags = rustix::fs::fcntl_getfl(&master).unwrap();
    rustix::fs::fcntl_setfl(&master, flags | OFlags::NONBLOCK).unwrap();
    // Once opened and closed, the master reports HUP until somebody opens it.
    let open = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    drop(rustix::fs::open(slave.as_c_str(), open, Mode::empty()).unwrap());
    std::os::unix::fs::symlink(slave.to_str().unwrap(), link).unwrap();
    master
}
