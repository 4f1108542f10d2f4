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
use std::time::{Duration, Instant};
use ulid::Ulid;

/// Between two sweeps.
const SWEEP: Duration = Duration::from_secs(600);
/// A recording without a call record is kept for so long: its record may not be written yet.
const ORPHAN: Duration = Duration::from_secs(3600);
/// The lowest priority: whoever else wants the processor has it.
const NICE: i32 = 19;

/// Works until nobody can wake it any more.
pub(super) fn run(inner: &Inner, woken: &Receiver<()>) {
    if let Err(error) = rustix::process::nice(NICE) {
        log::debug!("recordings: the priority cannot be lowered: {error}");
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
        let (now, items) = ((self.clock)(), self.look()?);
        if !self.shelf.exists() {
            return Ok(());
        }
        for item in items.iter().filter(|item| item.kind != Kind::Running) {
            if let Some(why) = self.is_over(item, now)? {
                log::info!("the recording of call {} is erased: {why}", item.call);
                self.shelf.erase(item)?;
            }
        }
        self.look()?;
        let room = self.make_room();
        room.as_ref().inspect_err(|error| log::warn!("{error}")).ok();
        *lock(&self.fault) = room.err().map(|error| error.to_string());
        Ok(())
    }

    /// Why a recording has to go, if it has to. While nobody knows what time it is nothing is too old;
    /// nor is, ever, what was recorded while nobody knew.
    fn is_over(&self, item: &Item, now: Now) -> io::Result<Option<&'static str>> {
        if !now.trusted {
            return Ok(None);
        }
        let wall = std::time::SystemTime::from(now.wall);
        let Ok(record) = self.store.record(item.call) else { return Ok(None) };
        let Some(record) = record else {
            let open = self.store.open_calls().unwrap_or_default();
            let known = open.iter().any(|call| call.call_id == item.call);
            let written = match std::fs::metadata(&item.path) {
                Ok(meta) => meta.modified()?,
                Err(_) => return Ok(None),
            };
            let old = wall.duration_since(written).is_ok_and(|age| age >= ORPHAN);
            // A store that lost records is no reason to lose recordings.
            let orphan = old && !known && self.store.status().healthy;
            return Ok(orphan.then_some("its call record is gone"));
        };
        let age = wall.duration_since(item.call.datetime());
        let old = record.clock_trusted && age.is_ok_and(|age| age >= self.settings.keep);
        Ok(old.then_some("its time is over"))
    }
}
