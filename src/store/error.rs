//! What can go wrong with the store, one enum per family of operations.

use std::io;
use std::path::PathBuf;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another part of this one, has it open.
    #[error("the store in {0} is in use by another process")]
    InUse(PathBuf),
    /// A later Maskline wrote it.
    #[error("the store was written by a later version (layout {found}, this one reads {known})")]
    TooNew {
        /// The layout found on disk.
        found: u8,
        /// The layout that this program writes.
        known: u8,
    },
    /// The disk refused.
    #[error("the store cannot be opened: {0}")]
    Io(#[from] io::Error),
    /// It was damaged, and mending it failed again and again.
    #[error("the store is damaged and could not be mended: {0}")]
    Damaged(String),
}

/// Why an open store did not do what it was asked. A write that ends in an error was not
/// acknowledged; unless the error says that it was refused, it may or may not be there later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Too little space is left; nothing was written. It goes on when there is space again.
    #[error("the disk is full: nothing was stored")]
    DiskFull,
    /// The disk refused.
    #[error("the disk refused: {0}")]
    Io(String),
    /// What was read is not what was written. Opening the store again mends it.
    #[error("the store found damage: {0}")]
    Damaged(String),
    /// The store has been closed, or its writer has failed.
    #[error("the store is closed")]
    Stopped,
    /// More writes wait than the queue holds.
    #[error("too many writes are waiting")]
    Busy,
    /// Something of this name exists already; nothing was written.
    #[error("the name is taken")]
    NameTaken,
    /// A value, name or batch is over its limit; nothing was written.
    #[error("{what}: at most {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it may be.
        limit: usize,
    },
}

impl StoreError {
    pub(super) fn io(error: &io::Error) -> StoreError {
        let full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        );
        if full { StoreError::DiskFull } else { StoreError::Io(error.to_string()) }
    }
}

/// Why a backup could not be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is something in the store already, and nobody said to replace it.
    #[error("the store is not empty: say so if its content is to be replaced")]
    NotEmpty,
    /// A line of the backup cannot be read; nothing was changed.
    #[error("line {line} of the backup: {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The backup ends before its last line; nothing was changed.
    #[error("the backup is cut off: its last line is missing or counts other rows")]
    CutOff,
    /// The store could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why a backup could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}
