//! The files of the store's folder, and the care that folders need.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where sled is.
pub(super) fn book(dir: &Path) -> PathBuf {
    dir.join("sled")
}

/// The journal of the commits after `seq`.
pub(super) fn journal(dir: &Path, seq: u64) -> PathBuf {
    dir.join(format!("journal-{seq:020}"))
}

/// The snapshot of commit `seq`.
pub(super) fn snapshot(dir: &Path, seq: u64) -> PathBuf {
    dir.join(format!("snapshot-{seq:020}"))
}

/// A file or folder that is being written and counts for nothing yet.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}

/// Snapshots and journals in a folder, each with its number, in order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) snapshots: Vec<(u64, PathBuf)>,
    pub(super) journals: Vec<(u64, PathBuf)>,
}

impl Listing {
    pub(super) fn read(dir: &Path) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for item in fs::read_dir(dir)? {
            let path = item?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = |prefix| name.strip_prefix(prefix)?.parse::<u64>().ok();
            if let Some(seq) = number("snapshot-") {
                listing.snapshots.push((seq, path));
            } else if let Some(seq) = number("journal-") {
                listing.journals.push((seq, path));
            }
        }
        listing.snapshots.sort();
        listing.journals.sort();
        Ok(listing)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.snapshots.is_empty() && self.journals.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.snapshots.iter().chain(&self.journals).map(|(_, path)| path)
    }
}

/// Removes what was never finished.
pub(super) fn remove_unfinished(dir: &Path) -> io::Result<()> {
    for item in fs::read_dir(dir)? {
        let path = item?.path();
        if path.extension().is_some_and(|extension| extension == "tmp") {
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
    }
    Ok(())
}

/// Makes a folder that only its owner may enter, and those above it.
pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // The folder's own name has to survive a power cut as well.
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_dir)
}

/// Brings the names in a folder to the disk.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Gives a finished file or folder its name, for good.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    to.parent().map_or(Ok(()), sync_dir)
}

/// Octets of the files in a folder, the folders in it included.
pub(super) fn size(dir: &Path) -> u64 {
    let Ok(items) = fs::read_dir(dir) else { return 0 };
    items
        .flatten()
        .map(|item| match item.metadata() {
            Ok(meta) if meta.is_dir() => size(&item.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
