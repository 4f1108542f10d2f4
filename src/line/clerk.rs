//! Writes to the store on behalf of the lines, in a thread of its own: a slow disk never delays a frame
//! of sound or a line of the modem.

use crate::clock::Now;
use crate::limits::CLERK_JOBS;
use crate::number::PhoneNumber;
use crate::record::CallRecord;
use crate::store::{Store, StoreError};
use std::sync::mpsc::{self, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Between two tries at a record that the store did not take.
const AGAIN: Duration = Duration::from_secs(1);

/// What a line wants written.
#[derive(Debug)]
pub enum Job {
    /// The record so far.
    Progress(Box<CallRecord>),
    /// The record: kept, and delivered.
    Record(Box<CallRecord>),
    /// A failed call of this caller, or a success.
    Attempt {
        /// Who.
        caller: PhoneNumber,
        /// Which.
        success: bool,
        /// When.
        now: Now,
    },
    /// The SIM of this line refused its PIN.
    PinRefused {
        /// The line.
        line: String,
        /// The PIN's fingerprint.
        pin: u32,
    },
}

/// Gives work to the clerk.
#[derive(Debug, Clone)]
pub struct Clerk(mpsc::SyncSender<Job>);

impl Clerk {
    /// Starts the clerk. It ends when the last [`Clerk`] is gone and everything is written.
    ///
    /// `to_deliver` is told of each record that waits for delivery; without it none does.
    pub fn start(
        store: Store,
        to_deliver: Option<Box<dyn Fn() + Send>>,
    ) -> std::io::Result<(Clerk, JoinHandle<()>)> {
        let (sender, jobs) = mpsc::sync_channel(CLERK_JOBS);
        let thread = thread::Builder::new().name("clerk".to_owned()).spawn(move || {
            for job in jobs {
                write(&store, to_deliver.as_deref(), job);
            }
        })?;
        Ok((Clerk(sender), thread))
    }

    /// Gives a job, and never waits: what a store that takes nothing for hundreds of calls leaves no
    /// room for is lost, and said to be.
    pub fn give(&self, job: Job) {
        match self.0.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => log::error!("the store takes nothing: lost: {job:?}"),
            Err(TrySendError::Disconnected(job)) => log::error!("the clerk is gone: lost: {job:?}"),
        }
    }
}

/// The setting under which the fingerprint of a refused PIN is remembered.
pub fn pin_refused_key(line: &str) -> String {
    format!("line/{line}/pin-refused")
}

fn write(store: &Store, to_deliver: Option<&(dyn Fn() + Send)>, job: Job) {
    match job {
        Job::Progress(record) => note("progress of a call", store.progress(&record)),
        Job::Record(record) => {
            // A record is never given up while the process lives: the disk may have space again.
            while let Err(error) = store.add_record(&record, to_deliver.is_some()) {
                log::error!("the record of call {} waits: {error}", record.call_id);
                if matches!(error, StoreError::Stopped) {
                    return;
                }
                thread::sleep(AGAIN);
            }
            if let Some(tell) = to_deliver {
                tell();
            }
        }
        Job::Attempt { caller, success: true, .. } => {
            note("a lock-out", store.forget_failed_calls(&caller));
        }
        Job::Attempt { caller, success: false, now } => {
            note("a lock-out", store.count_failed_call(&caller, now).map(|_| ()));
        }
        Job::PinRefused { line, pin } => {
            note("a refused PIN", store.set_setting(&pin_refused_key(&line), &pin.to_string()));
        }
    }
}

fn note(what: &str, result: Result<(), StoreError>) {
    if let Err(error) = result {
        log::error!("{what} could not be kept: {error}");
    }
}
