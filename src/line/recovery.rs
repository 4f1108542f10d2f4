//! Getting a lost modem back: rungs of growing force, growing waits between them.

use std::time::Duration;

/// A means to get a modem back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rung {
    /// Close the ports and open them anew.
    Reopen,
    /// `AT+CRESET`: the module restarts, its ports go and come back.
    Reset,
    /// Take the device off the USB bus and back (`authorized`).
    UsbReauthorise,
    /// Press the power key: off if it is on, then on.
    PowerKey,
}

/// A port that is not there is looked for this often: a module that restarts needs 14 to 20 s, and nobody
/// should wait longer than it does.
pub const LOOK_FOR_PORT: Duration = Duration::from_secs(1);

/// How long each rung is given, and what comes after.
#[derive(Debug, Default)]
pub struct Ladder {
    failures: u32,
}

impl Ladder {
    /// The modem takes calls: the next failure begins at the bottom.
    pub fn recovered(&mut self) {
        self.failures = 0;
    }

    /// The modem is mute, or would not end a call: what to do next.
    pub fn climb(&mut self) -> Rung {
        let rung = match self.failures % 4 {
            0 => Rung::Reopen,
            1 => Rung::Reset,
            2 => Rung::UsbReauthorise,
            _ => Rung::PowerKey,
        };
        self.failures += 1;
        rung
    }

    /// How long to wait after the last rung before the ports are opened.
    pub fn pause(&self, rung: Rung) -> Duration {
        let settle = match rung {
            Rung::Reopen => Duration::from_millis(500),
            Rung::Reset => Duration::from_secs(3),
            Rung::UsbReauthorise => Duration::from_secs(5),
            Rung::PowerKey => Duration::from_secs(12),
        };
        let rounds = (self.failures.saturating_sub(1) / 4).min(5);
        settle * 2u32.pow(rounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_grow_and_begin_anew_after_recovery() {
        let mut ladder = Ladder::default();
        let rungs: Vec<_> = (0..5).map(|_| ladder.climb()).collect();
        let wanted =
            [Rung::Reopen, Rung::Reset, Rung::UsbReauthorise, Rung::PowerKey, Rung::Reopen];
        assert_eq!(rungs, wanted);
        assert!(ladder.pause(Rung::Reopen) > Duration::from_millis(500));
        ladder.recovered();
        assert_eq!(ladder.climb(), Rung::Reopen);
    }
}
