//! The two clocks, as every pure machine is given them.
//!
//! Timers are monotonic. Wall time is for records and expiry only, and may be unknown after power-up:
//! most boards have no battery for a clock.

use jiff::Timestamp;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use ulid::Ulid;

/// A moment on the monotonic clock: time since the process (or a simulation) began.
pub type Mono = Duration;

/// A moment on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Monotonic: for timers.
    pub mono: Mono,
    /// Wall time: for records and expiry.
    pub wall: Timestamp,
    /// Whether the wall time can be believed.
    pub trusted: bool,
}

impl Now {
    /// A moment of a simulation: `mono` after its start, on a trusted clock.
    pub fn simulated(mono: Mono) -> Now {
        let start = Timestamp::from_second(1_800_000_000).expect("a second in 2027");
        let wall = start.checked_add(mono).expect("simulations are short");
        Now { mono, wall, trusted: true }
    }
}

/// No clock of ours can be before this version was made.
pub const FLOOR: Timestamp = Timestamp::constant(1_793_491_200, 0);
/// Between two looks at what vouches for the wall clock.
const VOUCHED_FOR: Duration = Duration::from_secs(10);

/// The system's clocks.
///
/// The wall clock is trusted when something vouches for it: network time (systemd-timesyncd's mark), a
/// clock with a battery (`/sys/class/rtc/rtc0`), or a machine that is no device-tree board: PCs and virtual machines
/// always have one.
pub fn system() -> Arc<dyn Fn() -> Now + Send + Sync> {
    let started = Instant::now();
    let vouched: Mutex<Option<(Duration, bool)>> = Mutex::new(None);
    Arc::new(move || {
        let mono = started.elapsed();
        let wall = Timestamp::now();
        let mut vouched = vouched.lock().expect("nobody panics while looking at a clock");
        let (_, good) = match *vouched {
            Some((at, good)) if mono < at + VOUCHED_FOR => (at, good),
            _ => *vouched.insert((mono, is_vouched_for())),
        };
        Now { mono, wall, trusted: good && wall >= FLOOR }
    })
}

fn is_vouched_for() -> bool {
    let exists = |path: &str| Path::new(path).exists();
    exists("/run/systemd/timesync/synchronized")
        || exists("/sys/class/rtc/rtc0")
        || !exists("/sys/firmware/devicetree/base/model")
}

/// A new id for a call that begins now: sorts by time, unique by 80 random bits.
pub fn call_id(now: Now) -> Ulid {
    let ms = u64::try_from(now.wall.as_millisecond()).unwrap_or(0);
    Ulid::from_parts(ms, rand::random())
}
