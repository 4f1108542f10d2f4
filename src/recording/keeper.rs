//! The keeper of the folder: makes recordings small, and erases them when their time is over.

use super::opus::{self, OpusError};
use super::shelf::{Item, Kind};
use super::{Inner, lock};
use crate::clock::Now;
use crate::config::RecordingFormat;
use std::collections::HashSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};
use ulid::Ulid;

/// Between two sweeps.
const SWEEP: Duration = Duration::from_secs(600);
/// A recording without a call record is kept for so long: its record may not be written yet.
const ORPHAN: Duration = Duration::from_secs(3600);
/// The lowest priority: whoever else wants the processor has it.
const NICE: i32 = 19;

/// Works until nobody can wake it any more.
pub(super) fn run(inner: &Inner, woken: &Receiver<()>) {
    // On Linux this is the priority of the calling thread alone.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        log::warn!(
            "recordings are made small at the priority of calls: {error}; let the service use \
             setpriority (SystemCallFilter)"
        );
    }
    // Those that cannot be made small are not tried again and again.
    let mut given_up = HashSet::new();
    let mut next_sweep = Instant::now();
    loop {
        if Instant::now() >= next_sweep {
            if let Err(error) = inner.sweep() {
                log::error!("recordings cannot be looked through: {error}");
            }
            convert_all(inner, &mut given_up);
            next_sweep = Instant::now() + SWEEP;
        }
        match woken.recv_timeout(next_sweep.saturating_duration_since(Instant::now())) {
            Ok(()) => convert_all(inner, &mut given_up),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn convert_all(inner: &Inner, given_up: &mut HashSet<Ulid>) {
    let Ok(items) = inner.look() else { return };
    given_up.retain(|call| items.iter().any(|item| item.call == *call));
    if inner.settings.format == RecordingFormat::Opus {
        for item in items.iter().filter(|item| item.kind == Kind::Wav) {
            if inner.stopping.load(Ordering::Acquire) {
                return;
            }
            if !given_up.contains(&item.call) {
                convert(inner, item, given_up);
            }
        }
    }
    if let Err(error) = inner.look() {
        log::error!("recordings cannot be looked through: {error}");
    }
}

fn convert(inner: &Inner, item: &Item, given_up: &mut HashSet<Ulid>) {
    let unfinished = inner.shelf.unfinished(item.call);
    // A bug of the codec costs the space of a WAV file, and nothing else.
    let done = catch_unwind(AssertUnwindSafe(|| {
        opus::convert(&item.path, &unfinished, &inner.stopping)?;
        inner.shelf.converted(item.call)?;
        Ok::<_, OpusError>(())
    }));
    let call = item.call;
    match done {
        Ok(Ok(())) => return,
        Ok(Err(OpusError::Stopped)) => {}
        Ok(Err(OpusError::Io(error))) => {
            log::warn!("the recording of call {call} stays a WAV file for now: {error}");
        }
        Ok(Err(error)) => {
            log::warn!("the recording of call {call} stays a WAV file: {error}");
            given_up.insert(call);
        }
        Err(_panicked) => {
            log::warn!("the recording of call {call} stays a WAV file: the encoder failed");
            given_up.insert(call);
        }
    }
    let _none_was_begun = std::fs::remove_file(unfinished);
}

impl Inner {
    pub(super) fn sweep(&self) -> io::Result<()> {
        let (now, mut items) = ((self.clock)(), self.look()?);
        if !self.shelf.exists() {
            return Ok(());
        }
        items.retain(|item| item.kind != Kind::Running);
        for orphan in self.orphans(&items, now) {
            self.erase(orphan, "its call record is gone")?;
        }
        for old in items.iter().filter(|item| self.is_too_old(item, now)) {
            self.erase(old, "its time is over")?;
        }
        self.look()?;
        if self.make_room().is_ok() {
            *lock(&self.fault) = None;
        }
        Ok(())
    }

    fn erase(&self, item: &Item, why: &str) -> io::Result<()> {
        log::info!("the recording of call {} is erased: {why}", item.call);
        self.shelf.erase(item)
    }

    /// Whether the time of a recording is over. While nobody knows what time it is none is; nor is, ever,
    /// the time of what was recorded while nobody knew.
    fn is_too_old(&self, item: &Item, now: Now) -> bool {
        let Ok(Some(record)) = self.store.record(item.call) else { return false };
        let age = SystemTime::from(now.wall).duration_since(item.call.datetime());
        now.trusted && record.clock_trusted && age.is_ok_and(|age| age >= self.settings.keep)
    }

    /// Recordings whose call record is gone.
    fn orphans<'a>(&self, items: &'a [Item], now: Now) -> Vec<&'a Item> {
        let mut orphans: Vec<_> = items.iter().filter(|item| self.is_orphan(item, now)).collect();
        if orphans.is_empty() {
            return orphans;
        }
        match self.store.open_calls() {
            Ok(open) if self.store.status().healthy => {
                orphans.retain(|item| open.iter().all(|call| call.call_id != item.call));
            }
            // A store that lost records is no reason to lose recordings.
            _ => orphans.clear(),
        }
        orphans
    }

    /// Whether a recording has no call record and is so old that none is to come.
    fn is_orphan(&self, item: &Item, now: Now) -> bool {
        let written = std::fs::metadata(&item.path).and_then(|file| file.modified());
        let age = written.ok().and_then(|at| SystemTime::from(now.wall).duration_since(at).ok());
        let old = age.is_some_and(|age| age >= ORPHAN);
        now.trusted && old && matches!(self.store.record(item.call), Ok(None))
    }
}
