//! Posts each call record to the configured URL: at least once, in order per line as far as possible.
//!
//! What is owed is in the store's outbox, so nothing is lost by a stop. One thread takes deliveries one
//! after the other; a failure waits from 1 s to 1 h, growing, for 7 days. While an early delivery of a
//! line waits, later ones of that line wait behind it, until it has failed `OVERTAKEN_AFTER` times:
//! one record that the receiver cannot digest must not hold up all others for a week.

mod post;

pub use post::sign;

use super::Clock;
use crate::clock::Now;
use crate::config::Webhook;
use crate::limits::OUTBOX_AGE;
use crate::metrics::Metrics;
use crate::store::{Delivery, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use ulid::Ulid;

/// Failures after which a delivery is overtaken by later ones of its line.
const OVERTAKEN_AFTER: u32 = 6;
/// Different records that fail in a row after which the receiver is taken to be down for a while.
const DOWN_AFTER: u32 = 3;
/// Deliveries looked at in one round.
const ROUND: usize = 500;
/// How long a stop waits for a post in progress.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// How long the sender waits; tests make it shorter.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// After the first failure; doubled by each further one.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
    /// At most, while the receiver seems to be down.
    pub down: Duration,
    /// How long a delivery is tried.
    pub age: Duration,
    /// For one post, from the connection to the end of the answer.
    pub post: Duration,
    /// Between looks at the outbox when nobody says that there is something.
    pub idle: Duration,
}

impl Default for Waits {
    fn default() -> Waits {
        Waits {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(3600),
            down: Duration::from_secs(60),
            age: OUTBOX_AGE,
            post: Duration::from_secs(15),
            idle: Duration::from_secs(60),
        }
    }
}

impl Waits {
    /// The wait after a number of failures, +-20 % by chance.
    fn after(&self, failures: u32, most: Duration) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        doubled.min(most).mul_f64(rand::random_range(0.8..=1.2))
    }
}

/// Tells the sender that a record was added. Cheap to clone; never blocks.
#[derive(Clone)]
pub struct Waker {
    wake: SyncSender<()>,
    hurry: Arc<AtomicBool>,
}

impl Waker {
    /// Says that there is something to deliver.
    pub fn wake(&self) {
        // Full: it has been told already.
        let _told = self.wake.try_send(());
    }

    /// The same for what somebody asked for: a receiver that was down may have been mended.
    pub fn hurry(&self) {
        self.hurry.store(true, Ordering::Release);
        self.wake();
    }
}

/// The running sender.
pub struct Sender {
    waker: Waker,
    stop: Arc<AtomicBool>,
    ended: Receiver<()>,
    thread: JoinHandle<()>,
}

/// Starts the sender on a thread of its own.
pub fn start(
    webhook: &Webhook,
    store: Store,
    clock: Clock,
    waits: Waits,
    metrics: Metrics,
) -> Sender {
    let (wake, woken) = sync_channel(1);
    let (stop, hurry) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let (end, ended) = sync_channel(1);
    if webhook.secret.is_none() {
        log::warn!("webhook: no secret is configured, posts go unsigned");
    }
    let mut courier = Courier {
        post: post::Post::new(webhook, waits.post),
        store,
        clock,
        waits,
        metrics,
        stop: stop.clone(),
        hurry: hurry.clone(),
        failures: 0,
        failed_last: None,
        down_until: None,
    };
    let run = move || {
        let _ended = end;
        courier.run(&woken);
    };
    let thread =
        std::thread::Builder::new().name("webhook".to_owned()).spawn(run).expect("a thread");
    Sender { waker: Waker { wake, hurry }, stop, ended, thread }
}

impl Sender {
    /// A handle for those who add records.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// True once the thread has ended, which it does only when told to: a bug otherwise.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends it. A post in progress may end within 2 s; what it was about is posted again otherwise.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.waker.wake();
        match self.ended.recv_timeout(STOP_GRACE) {
            Err(RecvTimeoutError::Timeout) => log::info!("webhook: a post was cut off at the stop"),
            _ => drop(self.thread.join()),
        }
    }
}

struct Courier {
    post: post::Post,
    store: Store,
    clock: Clock,
    waits: Waits,
    metrics: Metrics,
    stop: Arc<AtomicBool>,
    /// Somebody asked for a delivery.
    hurry: Arc<AtomicBool>,
    /// Records that failed since the last success.
    failures: u32,
    /// The latest of them.
    failed_last: Option<Ulid>,
    /// No post before then.
    down_until: Option<Duration>,
}

impl Courier {
    fn run(&mut self, woken: &Receiver<()>) {
        while !self.is_stopping() {
            let wait = match self.round(woken) {
                Ok(wait) => wait,
                Err(error) => {
                    log::error!("webhook: {error}");
                    self.waits.down
                }
            };
            if woken.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Delivers what is due. Says how long nothing will be.
    fn round(&mut self, woken: &Receiver<()>) -> Result<Duration, StoreError> {
        let now = (self.clock)();
        if self.hurry.swap(false, Ordering::AcqRel) {
            self.down_until = None;
        }
        if let Some(wait) = self.down_until.and_then(|until| until.checked_sub(now.mono)) {
            return Ok(wait);
        }
        self.down_until = None;
        let mut outbox = self.store.outbox_due(Timestamp::MAX, ROUND)?;
        // Call ids begin with the time: the oldest call first, but for those that were overtaken.
        outbox.sort_by_key(|delivery| {
            (delivery.attempts >= OVERTAKEN_AFTER, delivery.record.call_id)
        });
        let whole = outbox.len() < ROUND;
        let mut held = HashSet::new();
        let mut wait = self.waits.idle;
        for delivery in outbox {
            if self.is_stopping() {
                return Ok(Duration::ZERO);
            }
            if woken.try_recv().is_ok() {
                wait = Duration::ZERO;
            }
            if held.contains(&delivery.record.line) && !delivery.by_hand {
                continue;
            }
            let due_in = self.due_in(&delivery, (self.clock)());
            let failed = if due_in.is_zero() {
                self.deliver(&delivery)?
            } else {
                Some((delivery.attempts, due_in))
            };
            if let Some((attempts, again)) = failed {
                wait = wait.min(again);
                if attempts < OVERTAKEN_AFTER {
                    held.insert(delivery.record.line);
                }
            }
            if let Some(until) = self.down_until {
                return Ok(until.saturating_sub((self.clock)().mono));
            }
        }
        Ok(if whole { wait } else { wait.min(self.waits.first) })
    }

    /// How long a delivery must still wait.
    fn due_in(&self, delivery: &Delivery, now: Now) -> Duration {
        let wait = now.wall.duration_until(delivery.next_at);
        let wait = Duration::try_from(wait).unwrap_or(Duration::ZERO);
        // The clock may have been set back.
        if wait > self.waits.longest * 2 { Duration::ZERO } else { wait }
    }

    /// Posts one record. A failure comes back as how often it failed, and how long it waits now.
    fn deliver(&mut self, delivery: &Delivery) -> Result<Option<(u32, Duration)>, StoreError> {
        let id = delivery.record.call_id;
        self.metrics.webhook_attempts.inc();
        let reason = match self.post.record(delivery.record.clone(), (self.clock)().wall) {
            Ok(()) => {
                (self.failures, self.down_until) = (0, None);
                self.store.outbox_done(id)?;
                log::debug!("webhook: call {id} was delivered");
                return Ok(None);
            }
            Err(reason) => reason,
        };
        self.metrics.webhook_failures.inc();
        let now = (self.clock)();
        let attempts = delivery.attempts + 1;
        if self.is_too_old(delivery, now) {
            log::error!("webhook: call {id} was given up after {attempts} posts: {reason}");
            self.metrics.webhook_given_up.inc();
            self.store.outbox_drop(id)?;
            return Ok(None);
        }
        let wait = self.waits.after(attempts, self.waits.longest);
        let next = SignedDuration::try_from(wait).ok().and_then(|w| now.wall.checked_add(w).ok());
        self.store.outbox_retry(id, next.unwrap_or(now.wall), &reason)?;
        log::warn!("webhook: call {id} was not taken ({reason}), again in {} s", wait.as_secs());
        // One record that fails again and again says nothing about the receiver.
        if self.failed_last.replace(id) != Some(id) {
            self.failures += 1;
        }
        if self.failures >= DOWN_AFTER {
            let pause = self.waits.after(self.failures - DOWN_AFTER + 1, self.waits.down);
            self.down_until = Some(now.mono + pause);
        }
        Ok(Some((attempts, wait)))
    }

    /// A clock that jumps must not throw away what was hardly tried.
    fn is_too_old(&self, delivery: &Delivery, now: Now) -> bool {
        let age = Duration::try_from(delivery.first_at.duration_until(now.wall));
        now.trusted && delivery.attempts >= OVERTAKEN_AFTER && age.is_ok_and(|a| a > self.waits.age)
    }
}
