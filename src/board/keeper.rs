//! A module that is off is switched on: at the start, and when it went off by itself.
//!
//! The line's ladder cannot see to it: it climbs for a modem that does not answer, and one that is
//! off has no port to ask at. So whoever has the key looks every 5 s.

use std::time::Duration;

/// Between two looks.
pub const LOOK: Duration = Duration::from_secs(5);
/// Looks before the second press: 30 s, since a module that restarts by itself is away for up to 20
/// s.
const FIRST_PATIENCE: u32 = 6;
/// Looks between presses that are of no use: 10 minutes.
const LAST_PATIENCE: u32 = 120;

/// When to press the power key of a module that is off.
#[derive(Debug, Default)]
pub struct Keeper {
    looks_off: u32,
    /// Looks it may be off; none at the start.
    patience: u32,
}

impl Keeper {
    /// Takes a look; true when the key is to be pressed.
    pub fn look(&mut self, is_on: Option<bool>) -> bool {
        if is_on != Some(false) {
            *self = Keeper { looks_off: 0, patience: FIRST_PATIENCE };
            return false;
        }
        self.looks_off += 1;
        if self.looks_off <= self.patience {
            return false;
        }
        let patience = (self.patience * 2).clamp(FIRST_PATIENCE, LAST_PATIENCE);
        *self = Keeper { looks_off: 0, patience };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_start_it_presses_at_once_and_then_ever_more_seldom() {
        let mut keeper = Keeper::default();
        let pressed: Vec<usize> = (0..500).filter(|_| keeper.look(Some(false))).collect();
        assert_eq!(pressed[..5], [0, 7, 20, 45, 94]);
        assert!(pressed.windows(2).all(|pair| pair[1] - pair[0] <= 121));
    }

    #[test]
    fn a_module_that_restarts_is_left_alone() {
        let mut keeper = Keeper::default();
        assert!(!keeper.look(Some(true)));
        assert!((0..6).all(|_| !keeper.look(Some(false))), "20 s of a restart, and some");
        assert!(!keeper.look(Some(true)));
        assert!((0..6).all(|_| !keeper.look(Some(false))));
        assert!(keeper.look(Some(false)));
    }

    #[test]
    fn where_nobody_can_tell_it_never_presses() {
        let mut keeper = Keeper::default();
        assert!((0..1000).all(|_| !keeper.look(None)));
    }
}
