//! USB sticks as the process sees them that has them mounted: which file system is the first one, which
//! files of its root folder are orders, and the result that is written next to each.
//!
//! - `place` is where a stick is: a disk, or a folder that somebody else has mounted;
//! - `mount` mounts a disk into a folder of its own, and lets it go again;
//! - `root` is the root folder of its file system, and never leads out of it;
//! - `result` is what staff read afterwards.
//!
//! The stick is mounted twice: for reading, and, once all is decided, for the moment in which results
//! are written. Between the two it may be pulled out.

mod mount;
mod place;
mod result;
mod root;

pub use place::{OpenStick, Place};
pub use result::{Outcome, ResultFile, Row, result_name};
pub use root::{FILES, OrdersFile, Root};

use std::io;
use std::path::PathBuf;

/// Why a stick cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StickError {
    /// What was named is neither a disk nor a folder.
    #[error(
        "{0} is neither a disk nor a folder: name one such as /dev/sda, or where it is mounted"
    )]
    NoPlace(PathBuf),
    /// The disk cannot be looked at.
    #[error("{0} cannot be opened: {1}")]
    Disk(PathBuf, io::Error),
    /// This machine runs from it, or has mounted it.
    #[error("{0} is in use by this machine already: it is left alone; unmount it first")]
    InUse(PathBuf),
    /// There is no file system that we read.
    #[error(
        "{0} has no file system that can be read here (FAT, exFAT, ext4){1}: format the stick as FAT32 or exFAT"
    )]
    NoFileSystem(PathBuf, String),
    /// It cannot be mounted.
    #[error("{0} cannot be mounted: {1}")]
    Mount(PathBuf, io::Error),
    /// It was pulled out, or is broken.
    #[error("{what} failed: {error}; if the stick was pulled out, plug it in again")]
    Io {
        /// What was being done.
        what: String,
        /// How it failed.
        error: io::Error,
    },
    /// Somebody has changed the stick since it was read.
    #[error("{0} on the stick is another file now: its result was not written")]
    Changed(String),
}

impl StickError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> StickError {
        let what = what.into();
        move |error| StickError::Io { what, error }
    }
}
