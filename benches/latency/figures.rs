//! From what was on the ttys during a call to the figures.

use super::wire::{Tick, What};
use std::time::{Duration, Instant};

const FRAME: Duration = Duration::from_millis(20);
/// Samples per second.
const RATE: f64 = 8000.0;

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    pub took: Vec<Duration>,
}

impl Row {
    pub fn new(name: &'static str) -> Row {
        Row { name, took: Vec::new() }
    }

    pub fn print(&mut self) {
        self.took.sort();
        let ms = |at: usize| self.took[at].as_secs_f64() * 1000.0;
        let n = self.took.len();
        println!(
            "| {:<66} | {:>8.3} | {:>8.3} | {:>4} |",
            self.name,
            ms(n / 2),
            ms(n * 99 / 100),
            n
        );
    }
}

pub fn print(title: &str, rows: &mut [Row]) {
    println!("\n| {title:<66} | p50 (ms) | p99 (ms) |    n |");
    println!("|{}|---------:|---------:|-----:|", "-".repeat(68));
    rows.iter_mut().for_each(Row::print);
}

/// What is read off one call.
pub struct Call<'a>(pub &'a [Tick]);

impl Call<'_> {
    /// When the modem told of the last key.
    pub fn last_key(&self) -> Option<usize> {
        let key = |(_, what): &Tick| matches!(what, What::Told(t) if t.contains("+RXDTMF"));
        self.0.iter().rposition(key)
    }

    /// The first command after `from` that begins so.
    pub fn asked(&self, from: usize, command: &str) -> Option<usize> {
        let found = |(_, what): &Tick| matches!(what, What::Asked(c) if c.starts_with(command));
        Some(from + self.0[from..].iter().position(found)?)
    }

    /// When the modem told of leg B's answer: the first it wrote after `from` that tells of an active
    /// outgoing call.
    pub fn leg_b_answers(&self, from: usize) -> Option<usize> {
        let active = |(_, what): &Tick| {
            let What::Told(text) = what else { return false };
            text.lines().any(|line| {
                let fields: Vec<&str> = line.trim_start_matches("+CLCC: ").split(',').collect();
                line.starts_with("+CLCC: ") && fields[1..3] == ["0", "0"]
            })
        };
        Some(from + self.0[from..].iter().position(active)?)
    }

    pub fn between(&self, from: usize, to: usize) -> Duration {
        self.0[to].0.saturating_duration_since(self.0[from].0)
    }

    /// Of the time between two ticks, how much the modem had a command to answer.
    pub fn modem_time(&self, from: usize, to: usize) -> Duration {
        let mut asked: Option<Instant> = None;
        let mut sum = Duration::ZERO;
        for (at, what) in &self.0[from..to] {
            match what {
                What::Asked(_) => asked = Some(*at),
                What::Told(text) if text.contains("OK\r") || text.contains("ERROR") => {
                    sum += asked.take().map_or(Duration::ZERO, |asked| *at - asked);
                }
                What::Told(_) | What::Frame(_) => {}
            }
        }
        sum
    }

    /// The first frame with sound from `from` on.
    pub fn sound_begins(&self, from: usize) -> Option<usize> {
        let loud = |(_, what): &Tick| matches!(what, What::Frame(Some(_)));
        Some(from + self.0[from..].iter().position(loud)?)
    }

    /// The last frame with sound before `to`.
    pub fn sound_ends(&self, to: usize) -> Option<usize> {
        self.0[..to].iter().rposition(|(_, what)| matches!(what, What::Frame(Some(_))))
    }

    /// When the last sample with sound before `to` has been played: a modem plays a frame in 20 ms, and
    /// one that comes early waits for those before it.
    pub fn played(&self, to: usize) -> Option<Instant> {
        let mut until: Option<Instant> = None;
        let mut end = None;
        for (at, what) in &self.0[..to] {
            let What::Frame(last) = what else { continue };
            let begins = until.map_or(*at, |until| until.max(*at));
            if let Some(last) = last {
                end = Some(begins + Duration::from_secs_f64((last + 1) as f64 / RATE));
            }
            until = Some(begins + FRAME);
        }
        end
    }
}
