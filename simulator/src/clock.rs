//! Wall time as the network tells it: seconds since 1970 turned into a date, and the two shapes
//! in which the modem prints it.

use crate::Mono;

/// Wall time of the network: UTC seconds at virtual time zero, and the local offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// UTC seconds since 1970-01-01 at virtual time zero.
    pub start: i64,
    /// Local offset from UTC in quarters of an hour, as `+CCLK` and `+CTZV` print it.
    pub quarters: i32,
}

impl Default for WallClock {
    /// 2026-03-02 09:00:00 at UTC+10.
    fn default() -> Self {
        Self { start: 1_772_406_000, quarters: 40 }
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second: i64,
}

impl WallClock {
    fn local(&self, now: Mono) -> Civil {
        let seconds = self.start + now.as_secs() as i64 + i64::from(self.quarters) * 900;
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days to civil date, after Howard Hinnant's public algorithm.
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        Civil { year, month, day: doy - (153 * mp + 2) / 5 + 1, second }
    }

    /// `yy/MM/dd,hh:mm:ss±zz`, 27.007 §8.15.
    pub(crate) fn cclk(&self, now: Mono) -> String {
        let c = self.local(now);
        let (h, m, s) = (c.second / 3600, c.second / 60 % 60, c.second % 60);
        let year = c.year.rem_euclid(100);
        format!("{year:02}/{:02}/{:02},{h:02}:{m:02}:{s:02}{:+03}", c.month, c.day, self.quarters)
    }

    /// `08:48AM`, the shape of `MISSED_CALL`.
    pub(crate) fn missed(&self, now: Mono) -> String {
        let second = self.local(now).second;
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let half = if hour < 12 { "AM" } else { "PM" };
        format!("{:02}:{minute:02}{half}", (hour + 11) % 12 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn prints_both_shapes() {
        let clock = WallClock::default();
        assert_eq!(clock.cclk(Duration::ZERO), "26/03/02,09:00:00+40");
        assert_eq!(clock.missed(Duration::from_secs(4 * 3600)), "01:00PM");
    }
}
