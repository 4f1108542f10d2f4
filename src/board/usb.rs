//! The modem as a USB device: whether it is there, and off the bus and back.
//!
//! From the tty to its device by sysfs alone. Nothing is written but the `authorized` file of the
//! one device that carries the line's own tty, and only if its vendor is the profile's.

use embedded_hal::delay::DelayNs;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where the kernel shows its devices.
pub const SYSFS: &str = "/sys";
/// The vendor of SIMCom's modules.
pub const SIMCOM: &str = "1e0e";

/// Between off the bus and back; seen to recover a module whose port had vanished.
const OFF_THE_BUS_MS: u32 = 3000;
/// A device left off the bus is lost until somebody pulls its plug: coming back is tried this
/// often.
const TRIES: usize = 5;
/// Between two of those tries.
const TRY_AGAIN_MS: u32 = 500;
/// Class of a hub (USB 2.0, chapter 11.23.1).
const HUB: &str = "09";

/// Why a tty leads to no modem on USB.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The tty is not there.
    #[error("{0} is not there")]
    NoTty(PathBuf),
    /// The tty is not on USB: a UART or a pseudo-terminal.
    #[error("{0} is not on USB")]
    NotUsb(PathBuf),
    /// The tty is on USB, but not of this vendor, or a hub.
    #[error("{device} is no modem of vendor {wanted}: it is left alone")]
    NotOurs {
        /// Its folder.
        device: PathBuf,
        /// The vendor looked for.
        wanted: String,
    },
}

/// A device did not go off the bus, or did not come back.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be written: {source}")]
pub struct ReauthoriseError {
    file: PathBuf,
    source: io::Error,
}

/// A device that was found, until it is enumerated anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    folder: PathBuf,
    number: String,
}

/// The modem behind a line's tty.
#[derive(Debug)]
pub struct UsbModem {
    sysfs: PathBuf,
    tty: PathBuf,
    vendor: String,
    seen: Option<Device>,
}

impl UsbModem {
    /// The modem behind `tty`; `sysfs` is [`SYSFS`] but in tests.
    pub fn new(sysfs: &Path, tty: &Path, vendor: &str) -> UsbModem {
        let sysfs = sysfs.canonicalize().unwrap_or_else(|_| sysfs.to_owned());
        UsbModem { sysfs, tty: tty.to_owned(), vendor: vendor.to_owned(), seen: None }
    }

    /// The device that carries the tty. Where the tty has vanished but its device has not, the one
    /// that carried it last.
    pub fn find(&mut self) -> Result<Device, FindError> {
        match self.of_tty() {
            Err(FindError::NoTty(tty)) => {
                let seen = self.seen.clone().ok_or(FindError::NoTty(tty.clone()))?;
                // Another number: another device, or the same one that came back without this tty.
                let same = number(&seen.folder).is_some_and(|number| number == seen.number);
                if same { self.ours(seen.folder) } else { Err(FindError::NoTty(tty)) }
            }
            found => {
                self.seen = found.as_ref().ok().cloned();
                found
            }
        }
    }

    /// Whether the modem shows itself on USB; `None` where that cannot be told.
    pub fn is_there(&mut self) -> Option<bool> {
        match self.find() {
            Ok(_) => Some(true),
            Err(FindError::NoTty(_)) => Some(false),
            Err(FindError::NotUsb(_) | FindError::NotOurs { .. }) => None,
        }
    }

    fn of_tty(&self) -> Result<Device, FindError> {
        let node = self.tty.canonicalize().map_err(|_| FindError::NoTty(self.tty.clone()))?;
        let name = node.file_name().unwrap_or_default();
        let link = self.sysfs.join("class/tty").join(name).join("device");
        let not_usb = || FindError::NotUsb(self.tty.clone());
        let of_driver = link.canonicalize().map_err(|_| not_usb())?;
        // An interface has `authorized` too, but only a device has a vendor.
        let device = of_driver
            .ancestors()
            .take_while(|folder| folder.starts_with(&self.sysfs))
            .find(|folder| folder.join("authorized").exists() && folder.join("idVendor").exists());
        self.ours(device.ok_or_else(not_usb)?.to_owned())
    }

    fn ours(&self, folder: PathBuf) -> Result<Device, FindError> {
        let vendor = attribute(&folder, "idVendor");
        let class = attribute(&folder, "bDeviceClass");
        match number(&folder) {
            Some(number)
                if vendor.as_ref() == Some(&self.vendor) && class.as_deref() != Some(HUB) =>
            {
                Ok(Device { folder, number })
            }
            _ => Err(FindError::NotOurs { device: folder, wanted: self.vendor.clone() }),
        }
    }
}

impl Device {
    /// Takes it off the bus, waits, and takes it back; blocks for 3 s.
    pub fn reauthorise(&self, delay: &mut impl DelayNs) -> Result<(), ReauthoriseError> {
        self.authorise("0")?;
        delay.delay_ms(OFF_THE_BUS_MS);
        let mut tries = 1;
        loop {
            match self.authorise("1") {
                Err(error) if tries < TRIES => log::warn!("{error}: trying again"),
                done => return done,
            }
            tries += 1;
            delay.delay_ms(TRY_AGAIN_MS);
        }
    }

    /// Its folder in sysfs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn authorise(&self, value: &str) -> Result<(), ReauthoriseError> {
        let file = self.folder.join("authorized");
        let write = || OpenOptions::new().write(true).open(&file)?.write_all(value.as_bytes());
        write().map_err(|source| ReauthoriseError { file: file.clone(), source })
    }
}

/// Where a device stands on its bus: anew with each enumeration.
fn number(folder: &Path) -> Option<String> {
    Some(format!("{}-{}", attribute(folder, "busnum")?, attribute(folder, "devnum")?))
}

fn attribute(folder: &Path, name: &str) -> Option<String> {
    Some(fs::read_to_string(folder.join(name)).ok()?.trim().to_owned())
}
