//! Recordings of calls: written while they run, made small afterwards, erased in time.
//!
//! A line's thread gives 20 ms blocks to a bounded queue and never waits; a thread per recording writes
//! them to a WAV file ([`wav`]) that is whole again after any crash. When the call is over the `keeper`,
//! one thread of the lowest priority, makes Ogg Opus of it ([`opus`]), and erases what is too old, too
//! much, or without a call record. [`shelf`] is the folder and the names in it.
//!
//! Calls and records come first: where the disk has too little room the oldest recordings go, and if that
//! does not suffice recording stops, and says so.

mod keeper;
pub mod opus;
pub mod shelf;
#[cfg(test)]
mod tests;
pub mod wav;
mod writer;

use crate::audio::tape::Block;
use crate::clock::Now;
use crate::config::Recordings as Settings;
use crate::limits::RECORDING_QUEUE_BLOCKS;
use crate::status::RecordingsStatus;
use crate::store::Store;
use shelf::{Item, Kind, Shelf};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use ulid::Ulid;

/// Why a call is not recorded, or not further.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Too little is free, and no recording is left that could go.
    #[error(
        "recording stops: {free_mb} MB are free on the disk, and recordings.min_free_mb asks for \
         {wanted_mb}; free space"
    )]
    DiskLow {
        /// What there is.
        free_mb: u64,
        /// What has to be left alone.
        wanted_mb: u64,
    },
    /// This one alone is as large as all may be.
    #[error("recording stops: recordings.max_mb is reached by calls that are going on")]
    TooMuch,
    /// The disk refuses.
    #[error("recording stops: the recording cannot be written: {0}; look at the disk")]
    Io(#[from] io::Error),
}

/// The recordings of a box. Clones are one.
#[derive(Clone)]
pub struct Recordings(Arc<Inner>);

struct Inner {
    shelf: Shelf,
    settings: Settings,
    store: Store,
    clock: Arc<dyn Fn() -> Now + Send + Sync>,
    /// Room is made by one thread at a time.
    making_room: Mutex<()>,
    fault: Mutex<Option<String>>,
    running: AtomicU64,
    cut_off: AtomicU64,
    dropped_blocks: AtomicU64,
    files: AtomicU64,
    size_on_disk: AtomicU64,
    to_convert: AtomicU64,
    stopping: AtomicBool,
    writers: Mutex<Vec<JoinHandle<()>>>,
    /// Its thread, and how it is told that a recording is complete.
    keeper: Mutex<Option<(SyncSender<()>, JoinHandle<()>)>>,
}

impl Recordings {
    /// The recordings in this data folder. Nothing is done until they are [`Recordings::start`]ed, or
    /// something is recorded.
    pub fn new(
        data: &Path,
        settings: Settings,
        store: Store,
        clock: Arc<dyn Fn() -> Now + Send + Sync>,
    ) -> Recordings {
        Recordings(Arc::new(Inner {
            shelf: Shelf::new(data),
            settings,
            store,
            clock,
            making_room: Mutex::default(),
            fault: Mutex::default(),
            running: AtomicU64::default(),
            cut_off: AtomicU64::default(),
            dropped_blocks: AtomicU64::default(),
            files: AtomicU64::default(),
            size_on_disk: AtomicU64::default(),
            to_convert: AtomicU64::default(),
            stopping: AtomicBool::default(),
            writers: Mutex::default(),
            keeper: Mutex::default(),
        }))
    }

    /// Makes whole what a crash cut off, and starts the keeper.
    ///
    /// # Errors
    /// If its thread cannot be started. A file that cannot be made whole is told in the log.
    pub fn start(&self) -> io::Result<()> {
        self.0.shelf.make_whole();
        let (wake, woken) = mpsc::sync_channel(1);
        let inner = self.0.clone();
        let keeper = move || keeper::run(&inner, &woken);
        let thread = thread::Builder::new().name("recordings".to_owned()).spawn(keeper)?;
        *lock(&self.0.keeper) = Some((wake, thread));
        Ok(())
    }

    /// Begins the recording of a call. `started` is called once the file is there, from another thread;
    /// never if it cannot be made.
    pub fn begin(&self, call: Ulid, started: impl FnOnce() + Send + 'static) -> Recording {
        let (blocks, queue) = mpsc::sync_channel(RECORDING_QUEUE_BLOCKS);
        let inner = self.0.clone();
        let write = move || inner.record(call, &queue, started);
        match thread::Builder::new().name("recording".to_owned()).spawn(write) {
            Ok(writer) => {
                let mut writers = lock(&self.0.writers);
                writers.retain(|writer| !writer.is_finished());
                writers.push(writer);
            }
            Err(error) => self.0.fault(call, &error.into()),
        }
        Recording { blocks, all: self.clone() }
    }

    /// Ends when every recording is complete and the keeper is gone. What it had begun to make small is
    /// begun again at the next start.
    pub fn stop(&self) {
        let writers = std::mem::take(&mut *lock(&self.0.writers));
        for writer in writers {
            if writer.join().is_err() {
                log::error!("a recording ended by a fault of the program");
            }
        }
        self.0.stopping.store(true, Ordering::Release);
        let keeper = lock(&self.0.keeper).take();
        if let Some((wake, thread)) = keeper {
            drop(wake);
            if thread.join().is_err() {
                log::error!("the keeper of recordings ended by a fault of the program");
            }
        }
    }

    /// Whether the keeper ended by itself.
    pub fn has_failed(&self) -> bool {
        lock(&self.0.keeper).as_ref().is_some_and(|(_, thread)| thread.is_finished())
    }

    /// How they are.
    pub fn status(&self) -> RecordingsStatus {
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        RecordingsStatus {
            running: count(&self.0.running),
            files: count(&self.0.files),
            size_on_disk: count(&self.0.size_on_disk),
            to_convert: count(&self.0.to_convert),
            cut_off: count(&self.0.cut_off),
            dropped_blocks: count(&self.0.dropped_blocks),
            fault: lock(&self.0.fault).clone(),
        }
    }

    /// The recording of a call, if it is complete and still there.
    ///
    /// # Errors
    /// If the disk does not say.
    pub fn find(&self, call: Ulid) -> io::Result<Option<Item>> {
        self.0.shelf.find(call)
    }

    /// Whether the recording of a call is not complete yet.
    pub fn is_running(&self, call: Ulid) -> bool {
        self.0.shelf.path(call, Kind::Running).exists()
    }

    /// Erases what is too old or without a call record, and what is too much. The keeper does it now and
    /// then.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn sweep(&self) -> io::Result<()> {
        self.0.sweep()
    }
}

/// A recording that runs. It is complete when this is dropped.
pub struct Recording {
    blocks: SyncSender<Block>,
    all: Recordings,
}

impl Recording {
    /// Gives the next block, and never waits: a disk that is too slow costs blocks, which are counted.
    pub fn give(&self, block: Block) {
        if let Err(TrySendError::Full(_)) = self.blocks.try_send(block) {
            self.all.0.dropped_blocks.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Inner {
    /// The life of a recording, in a thread of its own.
    fn record(&self, call: Ulid, blocks: &Receiver<Block>, started: impl FnOnce()) {
        let mut file = match self.make_room().and_then(|()| Ok(self.shelf.create(call)?)) {
            Ok(file) => file,
            Err(error) => return self.fault(call, &error),
        };
        *lock(&self.fault) = None;
        self.running.fetch_add(1, Ordering::Relaxed);
        log::info!("call {call} is recorded");
        started();
        let mut written = writer::write(&mut file, blocks, || self.make_room());
        // What there is stays, also of one that was cut off.
        if let Err(error) = file.finish().and_then(|()| self.shelf.complete(call)) {
            written = written.and(Err(error.into()));
        }
        if let Err(error) = written {
            self.cut_off.fetch_add(1, Ordering::Relaxed);
            self.fault(call, &error);
        }
        self.running.fetch_sub(1, Ordering::Relaxed);
        if let Some((wake, _)) = &*lock(&self.keeper) {
            let _full_means_awake = wake.try_send(());
        }
    }

    fn fault(&self, call: Ulid, error: &RecordingError) {
        log::warn!("call {call}: {error}");
        *lock(&self.fault) = Some(error.to_string());
    }

    /// Erases the oldest recordings until there is room for more.
    fn make_room(&self) -> Result<(), RecordingError> {
        let _alone = lock(&self.making_room);
        self.shelf.make_folder()?;
        let mut items = None;
        loop {
            let free = self.shelf.free_octets()?;
            let items = match &mut items {
                // Looking at the whole folder is left to the keeper, unless space is needed.
                None if free >= self.settings.min_free_octets
                    && self.size_on_disk.load(Ordering::Relaxed) < self.settings.max_octets =>
                {
                    return Ok(());
                }
                None => items.insert(self.look()?),
                Some(items) => items,
            };
            let size: u64 = items.iter().map(|item| item.octets).sum();
            let too_much = size >= self.settings.max_octets;
            if !too_much && free >= self.settings.min_free_octets {
                return Ok(());
            }
            let Some(oldest) = items.iter().position(|item| item.kind != Kind::Running) else {
                let (free_mb, wanted_mb) = (free >> 20, self.settings.min_free_octets >> 20);
                return Err(match too_much {
                    true => RecordingError::TooMuch,
                    false => RecordingError::DiskLow { free_mb, wanted_mb },
                });
            };
            let oldest = items.remove(oldest);
            log::info!("recordings: that of call {} makes room", oldest.call);
            self.shelf.erase(&oldest)?;
            self.count(items);
        }
    }

    /// What is there, oldest first, and counts it.
    fn look(&self) -> io::Result<Vec<Item>> {
        let items = self.shelf.list()?;
        self.count(&items);
        Ok(items)
    }

    fn count(&self, items: &[Item]) {
        let complete = items.iter().filter(|item| item.kind != Kind::Running).count();
        let to_convert = items.iter().filter(|item| item.kind == Kind::Wav).count();
        self.files.store(complete as u64, Ordering::Relaxed);
        self.to_convert.store(to_convert as u64, Ordering::Relaxed);
        let size = items.iter().map(|item| item.octets).sum();
        self.size_on_disk.store(size, Ordering::Relaxed);
    }
}

/// Nothing here is half-changed where a thread may panic.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
