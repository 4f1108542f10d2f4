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

/// The rungs in order of force, and how often they failed.
#[derive(Debug)]
pub struct Ladder {
    rungs: Vec<Rung>,
    failures: usize,
}

impl Ladder {
    /// A ladder of what every modem has and what this board adds.
    pub fn new(of_board: &[Rung]) -> Ladder {
        let mut rungs = vec![Rung::Reopen, Rung::Reset];
        rungs.extend(of_board);
        Ladder { rungs, failures: 0 }
    }

    /// The modem takes calls: the next failure begins at the bottom.
    pub fn recovered(&mut self) {
        self.failures = 0;
    }

    /// The modem is mute, or would not end a call: what to do next.
    pub fn climb(&mut self) -> Rung {
        let rung = self.rungs[self.failures % self.rungs.len()];
        self.failures += 1;
        rung
    }

    /// How long to wait after the last rung before the ports are opened.
    pub fn pause(&self, rung: Rung) -> Duration {
        let settle = match rung {
            Rung::Reopen => Duration::from_millis(500),
            // Ports that vanish are looked for at once; where they stay, a boot must not be cut short.
            Rung::Reset => Duration::from_secs(12),
            Rung::UsbReauthorise => Duration::from_secs(5),
            // Off and on again takes 40 to 52 s by the hardware manual.
            Rung::PowerKey => Duration::from_secs(50),
        };
        let rounds = self.failures.saturating_sub(1) / self.rungs.len();
        settle * (1 << rounds.min(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_grow_and_begin_anew_after_recovery() {
        let mut ladder = Ladder::new(&[Rung::UsbReauthorise, Rung::PowerKey]);
        let rungs: Vec<_> = (0..5).map(|_| ladder.climb()).collect();
        let wanted =
            [Rung::Reopen, Rung::Reset, Rung::UsbReauthorise, Rung::PowerKey, Rung::Reopen];
        assert_eq!(rungs, wanted);
        assert!(ladder.pause(Rung::Reopen) > Duration::from_millis(500));
        ladder.recovered();
        assert_eq!(ladder.climb(), Rung::Reopen);
    }

    #[test]
    fn a_board_without_pins_has_two_rungs() {
        let mut ladder = Ladder::new(&[]);
        let rungs = [ladder.climb(), ladder.climb(), ladder.climb()];
        assert_eq!(rungs, [Rung::Reopen, Rung::Reset, Rung::Reopen]);
    }
}
