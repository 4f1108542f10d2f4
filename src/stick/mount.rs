//! Mounting a disk where nobody else sees it, and letting it go.

use super::StickError;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What is taken, in the order in which it is tried. A disk has the mark of one of them.
const FILE_SYSTEMS: [&str; 3] = ["vfat", "exfat", "ext4"];
/// A file system may ask for a panic when it is damaged; ours may not.
const OPTIONS: &std::ffi::CStr = c"errors=remount-ro";

/// A mounted file system; let go when dropped.
#[derive(Debug)]
pub struct Mount {
    device: PathBuf,
    folder: Option<TempDir>,
}

impl Mount {
    /// Mounts the first of these that has a file system we know.
    pub fn first_of(disk: &Path, devices: &[PathBuf], writable: bool) -> Result<Mount, StickError> {
        let failed = |error| StickError::Mount(disk.to_owned(), error);
        let folder =
            tempfile::Builder::new().prefix("maskline-stick-").tempdir().map_err(failed)?;
        let mut flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        if !writable {
            flags |= MountFlags::RDONLY;
        }
        let mut unknown = Vec::new();
        for device in devices {
            for kind in FILE_SYSTEMS {
                match mount(device, folder.path(), kind, flags, OPTIONS) {
                    Ok(()) => {
                        return Ok(Mount { device: device.clone(), folder: Some(folder) });
                    }
                    // It has another file system, or its mark is damaged.
                    Err(Errno::INVAL | Errno::UCLEAN | Errno::ILSEQ) => {}
                    Err(Errno::NODEV) if !unknown.contains(&kind) => unknown.push(kind),
                    Err(Errno::NODEV) => {}
                    Err(Errno::BUSY) => return Err(StickError::InUse(device.clone())),
                    Err(error) => return Err(StickError::Mount(device.clone(), error.into())),
                }
            }
        }
        let hint = match unknown[..] {
            [] => String::new(),
            _ => format!("; this machine's kernel does not know {}", unknown.join(", ")),
        };
        Err(StickError::NoFileSystem(disk.to_owned(), hint))
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        self.folder.as_ref().expect("mounted until it is closed").path()
    }

    /// Writes what waits, and lets it go.
    pub fn close(mut self) -> Result<(), StickError> {
        let what = || format!("unmounting {}", self.device.display());
        let folder = self.folder.take().expect("mounted until it is closed");
        let synced =
            rustix::fs::open(folder.path(), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
                .and_then(rustix::fs::syncfs);
        let unmounted = unmount(folder.path(), UnmountFlags::empty());
        if unmounted.is_err() {
            let_go(&folder);
        }
        synced.and(unmounted).map_err(|error| StickError::io(what())(error.into()))?;
        folder.close().map_err(StickError::io(what()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        self.folder.iter().for_each(let_go);
    }
}

/// The last way out: the folder is empty at once, the disk is let go when nobody has a file of it open.
fn let_go(folder: &TempDir) {
    let path = folder.path();
    if let Err(error) = unmount(path, UnmountFlags::DETACH) {
        let error = io::Error::from(error);
        log::warn!("{} cannot be unmounted: {error}", path.display());
    }
}
