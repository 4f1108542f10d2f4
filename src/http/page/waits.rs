//! Growing waits for who guesses.

use crate::clock::Mono;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Tries that cost nothing: people mistype.
const FREE: u32 = 4;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Failures are forgotten this long after the last one.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);
/// Addresses that are remembered.
const ADDRESSES: usize = 1024;

struct Failures {
    count: u32,
    last: Mono,
}

/// Who failed how often. A try counts as failed until it is known to be right, so that many at once
/// are as slow as one after the other.
#[derive(Default)]
pub(super) struct Waits(HashMap<Option<IpAddr>, Failures>);

impl Waits {
    /// A try from this address; how long it has to wait, if it has to. A try that has to wait is not
    /// made, and not counted.
    pub(super) fn try_from(&mut self, address: Option<IpAddr>, now: Mono) -> Result<(), Duration> {
        let key = address.map(network);
        self.0.retain(|_, failures| now < failures.last + FORGOTTEN);
        if self.0.len() >= ADDRESSES && !self.0.contains_key(&key) {
            let oldest = self.0.iter().min_by_key(|(_, failures)| failures.last);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                self.0.remove(&oldest);
            }
        }
        let failures = self.0.entry(key).or_insert(Failures { count: 0, last: now });
        let free_at = failures.last + wait(failures.count);
        if now < free_at {
            return Err(free_at - now);
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        Ok(())
    }

    /// The try was right.
    pub(super) fn right(&mut self, address: Option<IpAddr>) {
        self.0.remove(&address.map(network));
    }
}

fn wait(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(16)).min(LONGEST),
    }
}

/// Whoever has one address of an IPv6 network has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_forgotten() {
        let mut waits = Waits::default();
        let here: Option<IpAddr> = Some([192, 0, 2, 1].into());
        let mut now = Duration::from_secs(5);
        let mut seen = Vec::new();
        for _ in 0..16 {
            if let Err(wait) = waits.try_from(here, now) {
                seen.push(wait.as_secs());
                now += wait;
                waits.try_from(here, now).unwrap();
            }
        }
        assert_eq!(seen, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert!(waits.try_from(Some([192, 0, 2, 2].into()), now).is_ok(), "somebody else may");
        assert!(waits.try_from(here, now).is_err());
        assert!(waits.try_from(here, now + FORGOTTEN).is_ok());
        waits.right(here);
        assert!(!waits.0.contains_key(&here));
    }

    #[test]
    fn a_hundred_thousand_addresses_take_no_more_room() {
        let mut waits = Waits::default();
        for i in 0..100_000_u32 {
            let _ = waits.try_from(Some(IpAddr::V4(i.into())), Duration::from_millis(i.into()));
        }
        assert!(waits.0.len() <= ADDRESSES);
        let six =
            |last| Some(IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)));
        let tries = (0..100).filter(|i| waits.try_from(six(*i), Duration::from_secs(200)).is_ok());
        assert_eq!(tries.count(), FREE as usize);
    }
}
