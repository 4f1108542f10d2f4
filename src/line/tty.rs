//! A tty: opened and configured by `serialport` (exclusive, raw, CLOCAL), read and written without ever
//! blocking.

use rustix::fd::{AsFd, BorrowedFd};
use serialport::TTYPort;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

/// On USB the rate has no meaning; this one is right on a UART.
const BAUD: u32 = 115_200;

/// An open tty.
#[derive(Debug)]
pub struct Tty(TTYPort);

impl AsFd for Tty {
    #[allow(unsafe_code)]
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is the port's own, and open as long as the port lives, which the borrow
        // does not outlive. serialport offers no safe way to it.
        unsafe { BorrowedFd::borrow_raw(self.0.as_raw_fd()) }
    }
}

impl Tty {
    /// Opens a tty for this process alone. `CLOCAL` is set by serialport: without it a SIM7600's audio
    /// port fails after each call.
    pub fn open(path: &Path) -> io::Result<Tty> {
        let port = serialport::new(path.to_string_lossy(), BAUD).open_native()?;
        let tty = Tty(port);
        let flags = rustix::fs::fcntl_getfl(&tty)?;
        rustix::fs::fcntl_setfl(&tty, flags | rustix::fs::OFlags::NONBLOCK)?;
        Ok(tty)
    }

    /// Reads what is there: 0 octets when there is nothing, an error when the device is gone.
    pub fn read(&self, octets: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(self, octets) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => Ok(n),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes what fits: 0 octets when nothing does, an error when the device is gone.
    pub fn write(&self, octets: &[u8]) -> io::Result<usize> {
        match rustix::io::write(self, octets) {
            Ok(n) => Ok(n),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}
