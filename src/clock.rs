//! The two clocks, as every pure machine is given them.
//!
//! Timers are monotonic. Wall time is for records and expiry only, and may be unknown after power-up:
//! most boards have no battery for a clock.

use jiff::Timestamp;
use std::time::Duration;

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
