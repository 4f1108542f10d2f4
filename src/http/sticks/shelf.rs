//! The files from sticks, in a folder of the data folder: `ID.json` is the entry, `ID.csv` the file
//! while it may still be imported.

use super::doing::Doing;
use super::entry::{Entry, State};
use super::no_such_file;
use crate::http::problem::Problem;
use crate::limits::STICKS;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;
use tokio::sync::watch;
use ulid::Ulid;

/// Files that may wait at once.
pub const WAITING: usize = 4;
/// Files that are remembered after their decision.
const DECIDED: usize = 20;
/// How long a file waits.
const WAITING_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What sticks brought, and what they are doing.
pub struct Sticks {
    folder: PathBuf,
    entries: Mutex<BTreeMap<Ulid, Entry>>,
    doing: Mutex<BTreeMap<String, Doing>>,
    changes: watch::Sender<u64>,
}

impl Sticks {
    /// Those of a data folder. What a stop interrupted waits again: importing it twice gives the same
    /// book.
    pub fn open(data: &Path) -> Sticks {
        let folder = data.join("sticks");
        let entries = read_all(&folder).unwrap_or_else(|error| {
            log::warn!("{}: files from sticks are not known any more: {error}", folder.display());
            BTreeMap::new()
        });
        let (entries, doing) = (Mutex::new(entries), Mutex::default());
        Sticks { folder, entries, doing, changes: watch::Sender::default() }
    }

    /// Tells when an entry has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// All of them, newest first.
    pub fn all(&self) -> Vec<Entry> {
        self.entries().values().rev().cloned().collect()
    }

    /// One of them.
    pub fn get(&self, id: Ulid) -> Option<Entry> {
        self.entries().get(&id).cloned()
    }

    /// A file that is to be filled, on the same disk.
    pub fn new_file(&self) -> io::Result<NamedTempFile> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        tempfile::Builder::new().prefix("new-").tempfile_in(&self.folder)
    }

    /// The file of an entry.
    pub fn file(&self, id: Ulid) -> io::Result<File> {
        File::open(self.path(id, "csv"))
    }

    /// Keeps a file and its entry. On disk when this returns.
    pub fn keep(&self, entry: &Entry, file: NamedTempFile) -> io::Result<()> {
        file.as_file().sync_all()?;
        file.persist(self.path(entry.id, "csv"))?;
        self.put(entry)
    }

    /// Begins to import a file that waits, or refuses it.
    pub fn decide(&self, id: Ulid, to: State, by: &str, now: Timestamp) -> Result<Entry, Problem> {
        let entry = {
            let mut entries = self.entries();
            let entry = entries.get_mut(&id).ok_or_else(no_such_file)?;
            if entry.state != State::Waiting {
                let title = "This file does not wait";
                return Err(Problem::new(StatusCode::CONFLICT, "decided", title)
                    .detail("somebody has decided about it already")
                    .mend("see /api/v1/sticks for what became of it"));
            }
            entry.state = to;
            entry.decided_at = Some(now);
            entry.decided_by = Some(by.to_owned());
            entry.clone()
        };
        if let Err(error) = self.put(&entry) {
            if let Some(entry) = self.entries().get_mut(&id) {
                entry.state = State::Waiting;
            }
            return Err(Problem::disk("stick", &error));
        }
        Ok(entry)
    }

    /// Writes an entry as it is now; what is decided needs no file. One that is known is changed even
    /// where the disk refuses: that is what happened to its file.
    pub fn put(&self, entry: &Entry) -> io::Result<()> {
        let written = self.write(entry);
        let mut entries = self.entries();
        if written.is_ok() || entries.contains_key(&entry.id) {
            entries.insert(entry.id, entry.clone());
        }
        written?;
        let decided = entries.values().filter(|entry| entry.state.is_decided());
        let decided: Vec<Ulid> = decided.map(|entry| entry.id).collect();
        let too_many = decided.len().saturating_sub(DECIDED);
        for id in &decided[..too_many] {
            remove(&self.path(*id, "json"))?;
            entries.remove(id);
        }
        drop(entries);
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
        Ok(())
    }

    fn write(&self, entry: &Entry) -> io::Result<()> {
        let mut file = self.new_file()?;
        file.write_all(&serde_json::to_vec(entry)?)?;
        file.as_file().sync_all()?;
        file.persist(self.path(entry.id, "json"))?;
        if entry.state.is_decided() {
            remove(&self.path(entry.id, "csv"))?;
        }
        File::open(&self.folder)?.sync_all()
    }

    /// Erases files that nobody has decided about for a week.
    pub fn purge(&self, now: Timestamp) {
        let is_old = |entry: &Entry| {
            entry.state == State::Waiting && now.duration_since(entry.arrived_at) > WAITING_AGE
        };
        let old: Vec<Entry> = self.entries().values().filter(|e| is_old(e)).cloned().collect();
        for entry in old {
            let done = self.decide(entry.id, State::Refused, "nobody, within a week", now);
            if done.is_ok() {
                log::info!("{} from a stick was not confirmed within a week: erased", entry.file);
            }
        }
    }

    /// What the sticks are doing.
    pub fn doing(&self) -> Vec<Doing> {
        self.all_doing().values().cloned().collect()
    }

    /// A stick does something else now. False where there are too many sticks.
    pub fn tell(&self, doing: Doing) -> bool {
        let mut all = self.all_doing();
        let fits = all.len() < STICKS || all.contains_key(&doing.device);
        if fits {
            all.insert(doing.device.clone(), doing);
        }
        fits
    }

    /// A stick was pulled out.
    pub fn gone(&self, device: &str) {
        self.all_doing().remove(device);
    }

    fn path(&self, id: Ulid, ending: &str) -> PathBuf {
        self.folder.join(format!("{id}.{ending}"))
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Ulid, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all_doing(&self) -> MutexGuard<'_, BTreeMap<String, Doing>> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the folder, and removes what belongs to no entry.
fn read_all(folder: &Path) -> io::Result<BTreeMap<Ulid, Entry>> {
    let names = match fs::read_dir(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let paths: Vec<PathBuf> =
        names.map(|name| name.map(|name| name.path())).collect::<io::Result<_>>()?;
    let id_of = |path: &Path| path.file_stem()?.to_str()?.parse::<Ulid>().ok();
    let mut entries = BTreeMap::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let Ok(mut entry) = serde_json::from_slice::<Entry>(&fs::read(path)?) else {
            log::warn!("{}: a file from a stick cannot be read any more", path.display());
            continue;
        };
        if entry.state == State::Importing {
            entry.state = State::Waiting;
            (entry.decided_at, entry.decided_by) = (None, None);
        }
        let whole = entry.state.is_decided() || folder.join(format!("{}.csv", entry.id)).exists();
        if whole && id_of(path) == Some(entry.id) {
            entries.insert(entry.id, entry);
        }
    }
    for path in paths {
        if !id_of(&path).is_some_and(|id| entries.contains_key(&id)) {
            remove(&path)?;
        }
    }
    Ok(entries)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
