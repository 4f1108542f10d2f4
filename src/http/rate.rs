//! How often: failed tokens per address, writes and reads per token. Whoever goes too fast is answered
//! 429 and told when to come back.

use super::problem::Problem;
use axum::http::StatusCode;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures that an address may have at once.
const FAILURES: f64 = 30.0;
/// Failures per second that it gets back.
const FAILURES_PER_SECOND: f64 = 0.5;
/// Seconds' worth of requests that may come at once.
const BURST_SECONDS: f64 = 4.0;
/// Addresses, or tokens, that are remembered.
const REMEMBERED: usize = 1024;

/// All limits of rate.
pub struct Rates {
    failures: Buckets<Option<IpAddr>>,
    writes: Option<Buckets<String>>,
    reads: Option<Buckets<String>>,
}

impl Rates {
    /// Limits by their requests per second and token; 0 is none.
    pub fn new(writes: u32, reads: u32) -> Rates {
        let buckets = |rate: u32| {
            let rate = f64::from(rate);
            (rate > 0.0).then(|| Buckets::new(rate * BURST_SECONDS, rate))
        };
        Rates {
            failures: Buckets::new(FAILURES, FAILURES_PER_SECOND),
            writes: buckets(writes),
            reads: buckets(reads),
        }
    }

    /// Notes that somebody came with a token that is none.
    pub fn note_failure(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.failures.take(address.map(network)).map_err(|wait| {
            too_fast(wait, "too many tokens from this address were wrong")
                .mend("look at which program sends them, and give it a token that is good")
        })
    }

    /// Lets a request of a token through.
    pub fn admit(&self, token: &str, is_write: bool) -> Result<(), Problem> {
        let (buckets, setting) = match is_write {
            true => (&self.writes, "writes_per_second"),
            false => (&self.reads, "reads_per_second"),
        };
        let Some(buckets) = buckets else { return Ok(()) };
        buckets.take(token.to_owned()).map_err(|wait| {
            too_fast(wait, "this token sends more requests than it may")
                .mend(format!("send many orders as one import, or raise http.{setting}"))
        })
    }
}

/// The part of an address that one customer of a provider has.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

fn too_fast(wait: Duration, detail: &str) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-fast", "Too many requests")
        .detail(detail)
        .retry_after(wait)
}

/// A bucket of requests per name, each filled again at the same rate.
struct Buckets<K> {
    most: f64,
    per_second: f64,
    levels: Mutex<HashMap<K, (f64, Instant)>>,
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    fn new(most: f64, per_second: f64) -> Buckets<K> {
        Buckets { most, per_second, levels: Mutex::default() }
    }

    /// Takes one out; says how long to wait where there is none.
    fn take(&self, name: K) -> Result<(), Duration> {
        self.take_at(name, Instant::now())
    }

    fn take_at(&self, name: K, now: Instant) -> Result<(), Duration> {
        let filled = |level: f64, at: Instant| {
            let more = now.saturating_duration_since(at).as_secs_f64() * self.per_second;
            (level + more).min(self.most)
        };
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if levels.len() >= REMEMBERED && !levels.contains_key(&name) {
            levels.retain(|_, (level, at)| filled(*level, *at) < self.most);
            let any = levels.keys().next().cloned().filter(|_| levels.len() >= REMEMBERED);
            any.map(|any| levels.remove(&any));
        }
        let (level, at) = levels.entry(name).or_insert((self.most, now));
        (*level, *at) = (filled(*level, *at), now);
        if *level < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - *level) / self.per_second));
        }
        *level -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_fills_again_and_is_nobody_elses() {
        let buckets = Buckets::new(2.0, 1.0);
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        assert!(buckets.take_at(1, at(0)).is_ok() && buckets.take_at(1, at(0)).is_ok());
        assert_eq!(buckets.take_at(1, at(0)), Err(Duration::from_secs(1)));
        assert!(buckets.take_at(2, at(0)).is_ok());
        assert!(buckets.take_at(1, at(1100)).is_ok());
        assert!(buckets.take_at(1, at(1200)).is_err());
    }

    #[test]
    fn it_remembers_no_more_than_its_limit() {
        let buckets = Buckets::new(2.0, 0.001);
        let now = Instant::now();
        for name in 0..2 * REMEMBERED {
            assert!(buckets.take_at(name, now).is_ok());
        }
        assert!(buckets.levels.lock().unwrap().len() <= REMEMBERED);
    }
}
