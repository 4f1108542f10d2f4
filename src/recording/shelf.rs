//! The folder of the recordings, and the names in it.
//!
//! | name | what |
//! |---|---|
//! | `CALL.part` | a recording that runs, or that a crash cut off |
//! | `CALL.wav` | a complete one that is to be made small |
//! | `CALL.opus.tmp` | that being done |
//! | `CALL.opus` | a complete one |
//!
//! Every step from one to the next is a rename: at any moment each recording is there once.

use super::wav::{self, WavFile};
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use ulid::Ulid;

/// The name of the folder within the data folder.
const FOLDER: &str = "recordings";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is being written.
    Running,
    /// PCM.
    Wav,
    /// Ogg Opus.
    Opus,
}

impl Kind {
    /// The end of its name.
    pub fn ending(self) -> &'static str {
        match self {
            Kind::Running => "part",
            Kind::Wav => "wav",
            Kind::Opus => "opus",
        }
    }

    fn of(ending: &str) -> Option<Kind> {
        [Kind::Running, Kind::Wav, Kind::Opus].into_iter().find(|kind| kind.ending() == ending)
    }
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Of which call.
    pub call: Ulid,
    /// In which form.
    pub kind: Kind,
    /// Its file.
    pub path: PathBuf,
    /// Its size.
    pub octets: u64,
}

/// The folder.
#[derive(Debug, Clone)]
pub struct Shelf(PathBuf);

impl Shelf {
    /// The one in this data folder. It is made when it is needed.
    pub fn new(data: &Path) -> Shelf {
        Shelf(data.join(FOLDER))
    }

    /// Makes the folder, for its owner alone.
    pub fn make_folder(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)
    }

    /// Whether anything was ever recorded.
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// The file of a call's recording.
    pub fn path(&self, call: Ulid, kind: Kind) -> PathBuf {
        self.0.join(format!("{call}.{}", kind.ending()))
    }

    /// Where Opus is written before it counts.
    pub fn unfinished(&self, call: Ulid) -> PathBuf {
        self.0.join(format!("{call}.opus.tmp"))
    }

    /// All recordings, the oldest call first.
    pub fn list(&self) -> io::Result<Vec<Item>> {
        let files = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut items = Vec::new();
        for file in files {
            let path = file?.path();
            let Some((call, kind)) = named(&path) else { continue };
            // One that has just become another, or was erased, is no failure.
            if let Ok(meta) = fs::metadata(&path) {
                items.push(Item { call, kind, path, octets: meta.len() });
            }
        }
        items.sort_by_key(|item| (item.call, item.kind));
        Ok(items)
    }

    /// The complete recording of a call.
    pub fn find(&self, call: Ulid) -> io::Result<Option<Item>> {
        // Twice: it may become Opus between the two looks.
        for kind in [Kind::Opus, Kind::Wav, Kind::Opus] {
            let path = self.path(call, kind);
            match fs::metadata(&path) {
                Ok(meta) => return Ok(Some(Item { call, kind, path, octets: meta.len() })),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// A new file for a call that is recorded from now.
    pub fn create(&self, call: Ulid) -> io::Result<WavFile> {
        WavFile::create(&self.path(call, Kind::Running))
    }

    /// The recording of this call is complete.
    pub fn complete(&self, call: Ulid) -> io::Result<()> {
        fs::rename(self.path(call, Kind::Running), self.path(call, Kind::Wav))?;
        self.sync()
    }

    /// The Opus of this call is written and on the disk: it takes the place of the WAV file.
    pub fn converted(&self, call: Ulid) -> io::Result<()> {
        fs::rename(self.unfinished(call), self.path(call, Kind::Opus))?;
        self.sync()?;
        fs::remove_file(self.path(call, Kind::Wav))
    }

    /// Erases a recording; one that is gone already is erased.
    pub fn erase(&self, item: &Item) -> io::Result<()> {
        match fs::remove_file(&item.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            erased => erased,
        }
    }

    /// After a crash: what was being recorded becomes a whole recording, what was half made small is
    /// thrown away.
    pub fn make_whole(&self) {
        let Ok(files) = fs::read_dir(&self.0) else { return };
        for path in files.filter_map(|file| Some(file.ok()?.path())) {
            let mended = match named(&path) {
                Some((call, Kind::Running)) => self.complete_after_crash(call, &path),
                None if path.to_string_lossy().ends_with(".opus.tmp") => fs::remove_file(&path),
                _ => Ok(()),
            };
            if let Err(error) = mended {
                log::error!("{}: the recording cannot be made whole: {error}", path.display());
            }
        }
    }

    fn complete_after_crash(&self, call: Ulid, path: &Path) -> io::Result<()> {
        if wav::repair(path)? == 0 {
            return fs::remove_file(path);
        }
        log::warn!("the recording of call {call} was cut off by a stop of the box, and is kept");
        self.complete(call)
    }

    /// Octets that are free for us on the disk.
    pub fn free_octets(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.0)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Names are on the disk as well.
    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

fn named(path: &Path) -> Option<(Ulid, Kind)> {
    let call = path.file_stem()?.to_str()?.parse().ok()?;
    Some((call, Kind::of(path.extension()?.to_str()?)?))
}
