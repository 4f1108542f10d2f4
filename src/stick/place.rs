//! Where a stick is.

use super::mount::Mount;
use super::{Root, StickError};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Partitions that are looked at.
const PARTITIONS: usize = 16;

/// A stick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A disk with or without partitions, or a partition.
    Disk(PathBuf),
    /// What somebody else has mounted, and will unmount.
    Folder(PathBuf),
}

/// A stick that can be read.
#[derive(Debug)]
pub struct OpenStick {
    /// The root folder of its file system.
    pub root: Root,
    mount: Option<Mount>,
}

impl Place {
    /// What is there.
    pub fn of(path: &Path) -> Result<Place, StickError> {
        let kind = fs::metadata(path).map(|found| found.file_type());
        match kind {
            Ok(kind) if kind.is_dir() => Ok(Place::Folder(path.to_owned())),
            Ok(kind) if kind.is_block_device() => Ok(Place::Disk(path.to_owned())),
            _ => Err(StickError::NoPlace(path.to_owned())),
        }
    }

    /// The name by which staff see it.
    pub fn name(&self) -> String {
        let (Place::Disk(path) | Place::Folder(path)) = self;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let name: String = name.unwrap_or_default().chars().filter(|c| fits(*c)).take(32).collect();
        if name.is_empty() { "stick".to_owned() } else { name }
    }

    /// Opens it; a disk is mounted.
    pub fn open(&self, writable: bool) -> Result<OpenStick, StickError> {
        match self {
            Place::Folder(path) => Ok(OpenStick { root: Root::open(path)?, mount: None }),
            Place::Disk(disk) => {
                check_unused(disk)?;
                let mount = Mount::first_of(disk, &parts(disk), writable)?;
                Ok(OpenStick { root: Root::open(mount.folder())?, mount: Some(mount) })
            }
        }
    }
}

impl OpenStick {
    /// Writes what waits, and lets the stick go.
    pub fn close(self) -> Result<(), StickError> {
        self.root.sync()?;
        drop(self.root);
        self.mount.map_or(Ok(()), Mount::close)
    }
}

/// Whoever opens a disk in this way is told when it, or a part of it, is mounted: the machine may run
/// from a USB disk.
fn check_unused(disk: &Path) -> Result<(), StickError> {
    let flags = OFlags::RDONLY | OFlags::EXCL | OFlags::CLOEXEC;
    match rustix::fs::open(disk, flags, Mode::empty()) {
        Ok(_closed_again) => Ok(()),
        Err(Errno::BUSY) => Err(StickError::InUse(disk.to_owned())),
        Err(error) => Err(StickError::Disk(disk.to_owned(), error.into())),
    }
}

/// The partitions of a disk in their order; the disk itself where it has none.
fn parts(disk: &Path) -> Vec<PathBuf> {
    let name = disk.canonicalize().ok().and_then(|path| path.file_name().map(ToOwned::to_owned));
    let folder = Path::new("/sys/class/block").join(name.unwrap_or_default());
    let mut parts: Vec<(u32, PathBuf)> = Vec::new();
    for part in fs::read_dir(folder).into_iter().flatten().flatten() {
        let number = fs::read_to_string(part.path().join("partition")).ok();
        let number = number.and_then(|number| number.trim().parse().ok());
        parts.extend(number.map(|number| (number, Path::new("/dev").join(part.file_name()))));
    }
    parts.sort();
    parts.truncate(PARTITIONS);
    match parts.is_empty() {
        true => vec![disk.to_owned()],
        false => parts.into_iter().map(|(_, path)| path).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_only_what_a_path_of_the_api_takes() {
        let name = |path: &str| Place::Folder(path.into()).name();
        assert_eq!(name("/media/My stick/"), "Mystick");
        assert_eq!(name("/"), "stick");
        assert_eq!(name(&"x".repeat(50)).len(), 32);
    }
}
