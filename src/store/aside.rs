//! What is damaged is moved aside, never deleted: a folder per incident, with a word about it. As
//! long as the folder is there, the status tells of it.

use super::files;
use jiff::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const PREFIX: &str = "damaged-";
const NOTICE_FILE: &str = "notice.txt";
/// The first word of a notice where something may be lost for good.
const LOSS: &str = "LOSS: ";

/// One thing that people should know about the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) text: String,
    /// Something that was stored may be gone.
    pub(super) loss: bool,
}

/// Makes a folder under `root` for what an incident has damaged.
pub(super) fn make(root: &Path, what: &str, loss: bool) -> io::Result<PathBuf> {
    let now = Timestamp::now();
    let day = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let folder = (1..1000)
        .map(|n| root.join(format!("{PREFIX}{day}-{n}")))
        .find(|folder| !folder.exists())
        .ok_or_else(|| io::Error::other("too many damaged folders"))?;
    files::make_dir(&folder)?;
    let mark = if loss { LOSS } else { "" };
    let when = now.strftime("%Y-%m-%d %H:%M:%S UTC");
    let text = format!("{mark}{what}, on {when}; what was damaged is kept at {}", folder.display());
    log::error!("store: {text}");
    // A full disk must not keep the store from being mended.
    if let Err(error) = fs::write(folder.join(NOTICE_FILE), &text) {
        log::warn!("store: the notice could not be written: {error}");
    }
    Ok(folder)
}

/// Moves a file or folder into one made by [`make`].
pub(super) fn take(path: &Path, folder: &Path) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("no file name"))?;
    match fs::rename(path, folder.join(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }?;
    files::sync_dir(folder)?;
    path.parent().map_or(Ok(()), files::sync_dir)
}

/// What the folders under `root` tell.
pub(super) fn notices(root: &Path) -> Vec<Notice> {
    let Ok(items) = fs::read_dir(root) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = items.flatten().map(|item| item.path()).collect();
    folders.retain(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
    });
    folders.sort();
    let read = |folder: &PathBuf| {
        let kept = || format!("something damaged is kept at {}", folder.display());
        let text = fs::read_to_string(folder.join(NOTICE_FILE)).unwrap_or_else(|_| kept());
        match text.strip_prefix(LOSS) {
            Some(text) => Notice { text: text.to_owned(), loss: true },
            None => Notice { text, loss: false },
        }
    };
    folders.iter().map(read).collect()
}
