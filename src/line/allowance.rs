//! How much a line may dial per hour: a bound on toll fraud (call-flow, "Dialling guard").

use crate::clock::Mono;
use crate::number::Dialable;
use std::collections::VecDeque;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// What a site sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Minutes of outgoing calls in any hour.
    pub minutes_per_hour: u32,
    /// Numbers that were not dialled in the hour before.
    pub new_numbers_per_hour: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { minutes_per_hour: 120, new_numbers_per_hour: 60 }
    }
}

/// The dials of the last hour.
#[derive(Debug)]
pub struct Allowance {
    limits: Limits,
    /// When, whom, and until when (`None`: still).
    dials: VecDeque<(Mono, Dialable, Option<Mono>)>,
}

impl Allowance {
    /// Nothing dialled yet.
    pub fn new(limits: Limits) -> Allowance {
        Allowance { limits, dials: VecDeque::new() }
    }

    /// Other limits, for what was dialled already as well.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Asks for a dial and notes it; false when an hourly limit is hit.
    pub fn dial(&mut self, now: Mono, number: &Dialable) -> bool {
        let since = now.saturating_sub(HOUR);
        self.dials.retain(|(at, _, until)| *at >= since || until.is_none_or(|end| end >= since));
        let known = self.dials.iter().any(|(_, dialled, _)| dialled == number);
        let mut numbers: Vec<&str> = Vec::new();
        for (_, dialled, _) in &self.dials {
            let number = dialled.number().e164();
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        if !known && numbers.len() >= self.limits.new_numbers_per_hour as usize {
            return false;
        }
        if self.used(now) >= Duration::from_secs(60) * self.limits.minutes_per_hour {
            return false;
        }
        self.dials.push_back((now, number.clone(), None));
        true
    }

    /// The call that was dialled last is over.
    pub fn hung_up(&mut self, now: Mono) {
        if let Some((_, _, until @ None)) = self.dials.back_mut() {
            *until = Some(now);
        }
    }

    fn used(&self, now: Mono) -> Duration {
        let since = now.saturating_sub(HOUR);
        let within = |(at, _, until): &(Mono, Dialable, Option<Mono>)| {
            until.unwrap_or(now).saturating_sub((*at).max(since))
        };
        self.dials.iter().map(within).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Country, PhoneNumber};

    fn number(last: u32) -> Dialable {
        let number = PhoneNumber::from_e164(&format!("+6125550{last:04}")).unwrap();
        Dialable::new(&number, &[Country::new("AU").unwrap()]).unwrap()
    }

    #[test]
    fn dialling_guard_new_numbers_per_hour() {
        let mut allowance =
            Allowance::new(Limits { minutes_per_hour: 120, new_numbers_per_hour: 3 });
        for n in 0..3 {
            assert!(allowance.dial(Duration::from_secs(u64::from(n)), &number(n)));
            allowance.hung_up(Duration::from_secs(u64::from(n) + 1));
        }
        assert!(!allowance.dial(Duration::from_secs(60), &number(9)));
        assert!(allowance.dial(Duration::from_secs(61), &number(0)), "a known number is not new");
        assert!(allowance.dial(Duration::from_secs(3700), &number(9)));
    }

    #[test]
    fn dialling_guard_minutes_per_hour() {
        let mut allowance =
            Allowance::new(Limits { minutes_per_hour: 10, new_numbers_per_hour: 60 });
        assert!(allowance.dial(Duration::from_secs(0), &number(1)));
        allowance.hung_up(Duration::from_secs(601));
        assert!(!allowance.dial(Duration::from_secs(700), &number(1)));
        assert!(allowance.dial(Duration::from_secs(4300), &number(1)));
        allowance.set_limits(Limits { minutes_per_hour: 1, new_numbers_per_hour: 60 });
        assert!(!allowance.dial(Duration::from_secs(4400), &number(1)), "a limit holds at once");
    }
}
