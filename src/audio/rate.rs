//! The sample rate of a call, measured: a VoLTE call may come at 16 kHz whatever the modem was
//! told.

use crate::clock::Mono;
use std::time::Duration;

/// Octets are counted over windows of this length.
const WINDOW: Duration = Duration::from_millis(200);
/// After so many windows that do not agree, 8 kHz is taken.
const WINDOWS_MAX: u32 = 5;

/// The two rates that a SIM7600 sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// 8 kHz, 16 000 octets a second.
    Narrow,
    /// 16 kHz, 32 000 octets a second.
    Wide,
}

impl Rate {
    /// Samples per second.
    pub fn hz(self) -> u32 {
        match self {
            Rate::Narrow => 8000,
            Rate::Wide => 16000,
        }
    }

    fn of(measured_hz: u32) -> Option<Rate> {
        match measured_hz {
            6_000..12_000 => Some(Rate::Narrow),
            12_000..24_000 => Some(Rate::Wide),
            _ => None,
        }
    }
}

/// Decides on the rate when two windows in a row agree. What came in before the first window (a
/// backlog in the tty) does not count.
#[derive(Debug, Clone, Default)]
pub struct RateMeter {
    window_start: Option<Mono>,
    octets: usize,
    windows: u32,
    last: Option<Rate>,
    measured_hz: u32,
    decided: Option<Rate>,
}

impl RateMeter {
    /// Counts octets that arrived now; says the rate in the moment it is decided.
    pub fn count(&mut self, now: Mono, octets: usize) -> Option<Rate> {
        if self.decided.is_some() {
            return None;
        }
        let start = *self.window_start.get_or_insert(now);
        if now == start {
            return None;
        }
        self.octets += octets;
        let elapsed = now.saturating_sub(start);
        if elapsed < WINDOW {
            return None;
        }
        self.measured_hz = (self.octets as f64 / 2.0 / elapsed.as_secs_f64()).round() as u32;
        let rate = Rate::of(self.measured_hz);
        self.windows += 1;
        if rate.is_some() && rate == self.last {
            self.decided = rate;
        } else if self.windows >= WINDOWS_MAX {
            self.decided = Some(Rate::Narrow);
        }
        (self.last, self.window_start, self.octets) = (rate, Some(now), 0);
        self.decided
    }

    /// The rate, once decided.
    pub fn decided(&self) -> Option<Rate> {
        self.decided
    }

    /// Samples per second in the last window, as counted; `None` before the first one ended.
    pub fn measured_hz(&self) -> Option<u32> {
        (self.windows > 0).then_some(self.measured_hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(chunks: impl IntoIterator<Item = (u64, usize)>) -> Option<(Rate, u64)> {
        let mut meter = RateMeter::default();
        chunks.into_iter().find_map(|(ms, octets)| {
            meter.count(Duration::from_millis(ms), octets).map(|rate| (rate, ms))
        })
    }

    #[test]
    fn two_windows_decide() {
        let at = |octets| decide((0..100).map(|n| (n * 20, octets)));
        assert_eq!(at(320), Some((Rate::Narrow, 400)));
        assert_eq!(at(640), Some((Rate::Wide, 400)));
    }

    #[test]
    fn a_backlog_or_a_stall_does_not_decide() {
        let backlog = (0..100).map(|n| (n * 20, if n < 2 { 9000 } else { 320 }));
        assert_eq!(decide(backlog), Some((Rate::Narrow, 600)));
        let stall = (0..100).map(|n| (n * 20 + if n > 15 { 900 } else { 0 }, 640));
        assert_eq!(decide(stall).map(|d| d.0), Some(Rate::Wide));
    }

    #[test]
    fn a_stream_that_never_settles_is_taken_as_8_khz() {
        assert_eq!(decide((0..100).map(|n| (n * 20, 20))), Some((Rate::Narrow, 1000)));
    }
}
