//! One pseudo-terminal that stands for a USB tty.
//!
//! A master whose slave nobody has open reports HUP: here that means "the port is closed", not
//! an error. A port that vanishes is really closed, and its link removed.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use rustix::time::Timespec;
use std::collections::VecDeque;
use std::ffi::CString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

struct Pair {
    master: OwnedFd,
    slave: CString,
}

/// A port and its link.
pub(super) struct Port {
    link: PathBuf,
    pair: Option<Pair>,
    open: bool,
    out: VecDeque<u8>,
    limit: usize,
}

impl Port {
    /// A port that does not exist yet. At most `limit` octets wait for its reader.
    pub(super) fn new(link: PathBuf, limit: usize) -> Self {
        Self { link, pair: None, open: false, out: VecDeque::new(), limit }
    }

    /// Makes the port appear.
    pub(super) fn appear(&mut self) -> io::Result<()> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let slave = ptsname(&master, Vec::new())?;
        let mut termios = tcgetattr(&master)?;
        termios.make_raw();
        tcsetattr(&master, OptionalActions::Now, &termios)?;
        let flags = rustix::fs::fcntl_getfl(&master)?;
        rustix::fs::fcntl_setfl(&master, flags | OFlags::NONBLOCK)?;
        let pair = Pair { master, slave };
        // Once opened and closed, the master reports HUP until somebody opens it.
        drop(pair.open_slave()?);
        self.make_link(&pair)?;
        self.pair = Some(pair);
        Ok(())
    }

    fn make_link(&self, pair: &Pair) -> io::Result<()> {
        if let Some(folder) = self.link.parent() {
            std::fs::create_dir_all(folder)?;
        }
        self.remove_link()?;
        let slave = pair.slave.to_str().map_err(io::Error::other)?;
        std::os::unix::fs::symlink(slave, &self.link)
    }

    /// Removes the link; anything else at its place is left alone.
    fn remove_link(&self) -> io::Result<()> {
        match std::fs::symlink_metadata(&self.link) {
            Ok(found) if found.is_symlink() => std::fs::remove_file(&self.link),
            Ok(_) => Err(io::Error::other(format!("{} is in the way", self.link.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Makes the port vanish.
    pub(super) fn vanish(&mut self) {
        if self.pair.take().is_some()
            && let Err(error) = self.remove_link()
        {
            log::warn!("{error}");
        }
        self.open = false;
        self.out.clear();
    }

    /// Looks whether somebody has it open. `Some` tells of a change.
    pub(super) fn look(&mut self) -> Option<bool> {
        let pair = self.pair.as_ref()?;
        let mut fds = [PollFd::new(&pair.master, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut fds, Some(&now)).ok()?;
        let events = fds[0].revents();
        // What was written before closing is read first.
        let open = !events.contains(PollFlags::HUP) || events.contains(PollFlags::IN);
        if open == self.open {
            return None;
        }
        self.open = open;
        if !open {
            self.out.clear();
            self.unlock();
        }
        Some(open)
    }

    /// A program that died with the tty in exclusive mode leaves it locked, unlike a USB tty:
    /// then a fresh pair takes its place.
    fn unlock(&mut self) {
        let locked = |pair: &Pair| matches!(pair.open_slave(), Err(Errno::BUSY));
        if self.pair.as_ref().is_some_and(locked) {
            self.pair = None;
            if let Err(error) = self.appear() {
                log::warn!("{error}");
            }
        }
    }

    pub(super) fn exists(&self) -> bool {
        self.pair.is_some()
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// What to wait for; none while nobody has it open.
    pub(super) fn interest(&self) -> Option<PollFd<'_>> {
        let pair = self.pair.as_ref().filter(|_| self.open)?;
        let out = if self.out.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        Some(PollFd::new(&pair.master, PollFlags::IN | out))
    }

    /// Reads what is there.
    pub(super) fn read(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        let Some(pair) = &self.pair else { return octets };
        let mut buffer = [0u8; 4096];
        while let Ok(count @ 1..) = rustix::io::read(&pair.master, &mut buffer) {
            octets.extend_from_slice(&buffer[..count]);
            if octets.len() >= 16 * buffer.len() {
                break;
            }
        }
        octets
    }

    /// Queues octets for the reader. What it does not take in time is lost.
    pub(super) fn write(&mut self, octets: &[u8]) {
        if self.open {
            let room = self.limit.saturating_sub(self.out.len());
            self.out.extend(octets.iter().take(room));
            self.flush();
        }
    }

    /// Writes as much as the terminal takes.
    pub(super) fn flush(&mut self) {
        let Some(pair) = &self.pair else { return };
        while !self.out.is_empty() {
            let (front, _) = self.out.as_slices();
            match rustix::io::write(&pair.master, front) {
                Ok(count @ 1..) => drop(self.out.drain(..count)),
                _ => return,
            }
        }
    }
}

impl Pair {
    fn open_slave(&self) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        rustix::fs::open(self.slave.as_c_str(), flags, Mode::empty())
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.vanish();
    }
}
