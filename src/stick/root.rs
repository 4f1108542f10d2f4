//! The root folder of a stick. Files are opened by name within it, never through links, and only plain
//! ones: a stick must not lead to the machine's own files, nor to a pipe that never ends.

use super::StickError;
use crate::limits::STICK_FILE_OCTETS;
use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

/// Files of orders that are taken from a stick.
pub const FILES: usize = 8;
/// Names in the root folder that are looked at.
const NAMES: usize = 10_000;
/// Octets of a signature, or of an old result, that are read.
const SMALL_OCTETS: u64 = 1024 * 1024;

/// The root folder.
#[derive(Debug)]
pub struct Root(OwnedFd);

/// A file of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdersFile {
    /// Its name.
    pub name: String,
    /// Its size.
    pub octets: u64,
}

impl OrdersFile {
    /// Whether it is too large to be read.
    pub fn is_too_large(&self) -> bool {
        self.octets > STICK_FILE_OCTETS
    }
}

impl Root {
    /// The root folder that is mounted here.
    pub fn open(path: &Path) -> Result<Root, StickError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = fs::open(path, flags, Mode::empty());
        folder.map(Root).map_err(|error| StickError::io("opening the stick")(error.into()))
    }

    /// The files of orders by name, and how many more there are than are taken.
    pub fn orders(&self) -> Result<(Vec<OrdersFile>, usize), StickError> {
        let failed = |error: Errno| StickError::io("reading the stick's folder")(error.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0).map_err(failed)?.take(NAMES) {
            let entry = entry.map_err(failed)?;
            // A name that is no text is none of ours.
            names.extend(
                entry.file_name().to_str().ok().filter(|n| is_orders(n)).map(str::to_owned),
            );
        }
        names.sort();
        let mut files = Vec::new();
        let mut more = 0;
        for name in names {
            let found = match fs::statat(&self.0, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => found,
                Err(Errno::NOENT) => continue,
                Err(error) => return Err(failed(error)),
            };
            if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
                continue;
            }
            if files.len() == FILES {
                more += 1;
                continue;
            }
            files.push(OrdersFile { name, octets: u64::try_from(found.st_size).unwrap_or(0) });
        }
        Ok((files, more))
    }

    /// A file of orders, for somebody who reads it to its end: one that is shorter than it says is an
    /// error and no end.
    pub fn read(&self, file: &OrdersFile) -> Result<impl Read + Send + use<>, StickError> {
        let opened = self.plain(&file.name).map_err(StickError::io(reading(&file.name)))?;
        Ok(Whole { file: opened, left: file.octets })
    }

    /// A small file as text; none where it is missing, or is no text.
    pub fn small(&self, name: &str) -> Result<Option<String>, StickError> {
        let file = match self.plain(name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StickError::io(reading(name))(error)),
        };
        let mut octets = Vec::new();
        let read = file.take(SMALL_OCTETS).read_to_end(&mut octets);
        read.map_err(StickError::io(reading(name)))?;
        Ok(String::from_utf8(octets).ok())
    }

    /// SHA-256 of a file, as hexadecimal digits.
    pub fn sha256(&self, file: &OrdersFile) -> Result<String, StickError> {
        let mut digest = Sha256::new();
        io::copy(&mut self.read(file)?, &mut digest)
            .map_err(StickError::io(reading(&file.name)))?;
        Ok(digest.finalize().iter().map(|octet| format!("{octet:02x}")).collect())
    }

    /// Writes a file: the old one or the new one is there at any moment, never a part.
    pub fn write(&self, name: &str, octets: &[u8]) -> Result<(), StickError> {
        let temporary = format!("{name}.part");
        let write = || -> io::Result<()> {
            match fs::unlinkat(&self.0, &temporary, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
            let mode = Mode::from_raw_mode(0o644);
            let mut file =
                File::from(fs::openat(&self.0, &temporary, flags | OFlags::CLOEXEC, mode)?);
            file.write_all(octets)?;
            file.sync_all()?;
            Ok(fs::renameat(&self.0, &temporary, &self.0, name)?)
        };
        write().map_err(StickError::io(format!("writing {name}")))
    }

    /// Waits until what was written is on the stick.
    pub fn sync(&self) -> Result<(), StickError> {
        match fs::syncfs(&self.0) {
            // Some file systems of other processes cannot be asked.
            Ok(()) | Err(Errno::NOSYS | Errno::INVAL) => Ok(()),
            Err(error) => Err(StickError::io("writing the stick")(error.into())),
        }
    }

    /// A plain file of the folder.
    fn plain(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = fs::openat(&self.0, name, flags, Mode::empty())?;
        if FileType::from_raw_mode(fs::fstat(&file)?.st_mode) == FileType::RegularFile {
            return Ok(file.into());
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"))
    }
}

fn reading(name: &str) -> String {
    format!("reading {name}")
}

/// `orders*.csv` in capitals or not, but no result of ours.
fn is_orders(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_text = !name.chars().any(char::is_control);
    is_text
        && name.starts_with("orders")
        && name.ends_with(".csv")
        && !name.ends_with("-result.csv")
}

/// A file that is as long as it said.
struct Whole {
    file: File,
    left: u64,
}

impl Read for Whole {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(to.len());
        if most == 0 {
            return Ok(0);
        }
        match self.file.read(&mut to[..most])? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is cut off")),
            len => {
                self.left -= len as u64;
                Ok(len)
            }
        }
    }
}
