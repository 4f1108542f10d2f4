//! Two detectors, one stream of keys: the modem's `+RXDTMF` and our own tone detector.
//!
//! Each source hears the presses of a key in order. So the n-th press that one source hears is the
//! n-th that the other hears, and it suffices to count: a key that the other source already gave
//! and that still waits for its echo is that echo; any other is a new press. The keys that wait are
//! all of the source that is ahead, so as many presses come out as the source that heard more of
//! them heard, each at the moment when the first of the two heard it.

use crate::call::Key;
use crate::clock::Mono;
use heapless::Deque;
use std::time::Duration;

/// How far the two sources may be apart about one press: half a second is common, and a modem whose port
/// is busy reports later still. Counting keeps a wide window harmless.
const APART_MAX: Duration = Duration::from_millis(1500);
/// The same key from the same source within this time is one press told twice: a press and the
/// pause after it take 130 ms and more.
const TWICE_MAX: Duration = Duration::from_millis(100);
/// Presses that may wait for the other source.
const WAITING_MAX: usize = 16;

/// Who heard a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The modem: `+RXDTMF`, `+DTMF`.
    Modem,
    /// Our tone detector, in the sound.
    Tone,
}

/// How often each source heard a key, for the call record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCounts {
    /// Presses in all.
    pub presses: u32,
    /// Those that the modem told, doubles left out.
    pub modem: u32,
    /// Those that the tone detector heard, doubles left out.
    pub tone: u32,
}

#[derive(Debug, Clone, Copy)]
struct Hearing {
    at: Mono,
    source: Source,
    key: Key,
}

/// One call's keys.
#[derive(Debug, Clone, Default)]
pub struct KeyStream {
    /// Presses that only one source gave yet, oldest first.
    waiting: Deque<Hearing, WAITING_MAX>,
    /// The last keys of both sources, doubles included, oldest first.
    heard: Deque<Hearing, WAITING_MAX>,
    counts: KeyCounts,
}

impl KeyStream {
    /// A stream without keys yet.
    pub fn new() -> KeyStream {
        KeyStream::default()
    }

    /// A source heard a key now; the key, if this is news. `now` never goes back.
    pub fn hear(&mut self, now: Mono, source: Source, key: Key) -> Option<Key> {
        let hearing = Hearing { at: now, source, key };
        let twice = self
            .heard
            .iter()
            .any(|h| h.source == source && h.key == key && now.saturating_sub(h.at) < TWICE_MAX);
        push(&mut self.heard, hearing);
        if twice {
            return None;
        }
        match source {
            Source::Modem => self.counts.modem += 1,
            Source::Tone => self.counts.tone += 1,
        }
        while self.waiting.front().is_some_and(|h| now.saturating_sub(h.at) > APART_MAX) {
            self.waiting.pop_front();
        }
        if self.take_echo(source, key) {
            return None;
        }
        push(&mut self.waiting, hearing);
        self.counts.presses += 1;
        Some(key)
    }

    /// How often each source heard a key.
    pub fn counts(&self) -> KeyCounts {
        self.counts
    }

    /// Another leg is heard from now on: what waits for its echo belongs to the one before.
    pub fn change_leg(&mut self) {
        self.waiting.clear();
        self.heard.clear();
    }

    /// Removes the oldest press that waits for this hearing.
    fn take_echo(&mut self, source: Source, key: Key) -> bool {
        let mut found = false;
        for _ in 0..self.waiting.len() {
            let Some(hearing) = self.waiting.pop_front() else { break };
            if !found && hearing.source != source && hearing.key == key {
                found = true;
            } else {
                push(&mut self.waiting, hearing);
            }
        }
        found
    }
}

/// Adds an element; a full queue loses its oldest.
fn push<T, const N: usize>(queue: &mut Deque<T, N>, element: T) {
    if queue.is_full() {
        queue.pop_front();
    }
    let _room = queue.push_back(element);
}

#[cfg(test)]
mod tests {
    use super::*;
    use Source::{Modem, Tone};

    /// Plays hearings (ms, source, key) in the order of time; the keys that came out.
    fn play(hearings: &[(u64, Source, u8)]) -> String {
        let mut hearings = hearings.to_vec();
        hearings.sort_by_key(|h| h.0);
        let mut stream = KeyStream::new();
        let news = hearings.iter().filter_map(|(ms, source, key)| {
            stream.hear(Duration::from_millis(*ms), *source, Key::Digit(*key))
        });
        let digit = |key| if let Key::Digit(digit) = key { char::from(b'0' + digit) } else { '?' };
        news.map(digit).collect()
    }

    /// A source that hears these digits, the first after `delay_ms` and one every `every_ms`.
    fn hears(source: Source, digits: &str, delay_ms: u64, every_ms: u64) -> Vec<(u64, Source, u8)> {
        let digits = digits.bytes().enumerate();
        digits.map(|(n, b)| (delay_ms + n as u64 * every_ms, source, b - b'0')).collect()
    }

    #[test]
    fn two_that_agree_are_one_press() {
        for delay in [0, 30, 150, 400, 500] {
            for digits in ["7", "12345", "11111", "1122331122"] {
                for every in [140, 200, 600] {
                    let (early, late) = (hears(Modem, digits, 1000, every), |source| {
                        hears(source, digits, 1000 + delay, every)
                    });
                    assert_eq!(play(&[early, late(Tone)].concat()), digits, "{delay} ms apart");
                    let early = hears(Tone, digits, 1000, every);
                    assert_eq!(play(&[early, late(Modem)].concat()), digits, "{delay} ms apart");
                }
            }
        }
    }

    #[test]
    fn a_lag_that_changes_from_key_to_key_is_no_obstacle() {
        let lags = [0, 400, 90, 330, 10, 250, 400, 0];
        let digits = "11111111";
        for turn in 0..lags.len() {
            let lag = |n: usize| lags[(n + turn) % lags.len()];
            let mut last = 0;
            let modem = hears(Modem, digits, 1000, 140).into_iter().enumerate().map(|(n, h)| {
                // A source tells its keys in order, and never two presses within 100 ms.
                last = (h.0 + lag(n)).max(last + 100);
                (last, h.1, h.2)
            });
            let hearings: Vec<_> = modem.chain(hears(Tone, digits, 1040, 140)).collect();
            assert_eq!(play(&hearings), digits);
        }
    }

    #[test]
    fn either_alone_suffices() {
        for source in [Modem, Tone] {
            assert_eq!(play(&hears(source, "1234511", 0, 140)), "1234511");
        }
    }

    #[test]
    fn one_that_misses_keys_does_no_harm() {
        let all = hears(Modem, "1112211", 1000, 140);
        for missing in 0..7 {
            let mut other = hears(Tone, "1112211", 1080, 140);
            other.remove(missing);
            assert_eq!(play(&[all.clone(), other.clone()].concat()), "1112211");
            let mut early: Vec<_> = other.iter().map(|h| (h.0 - 160, h.1, h.2)).collect();
            early.extend(&all);
            assert_eq!(play(&early), "1112211");
        }
    }

    #[test]
    fn a_key_that_one_source_tells_twice_is_one_press() {
        let mut twice = hears(Modem, "11", 1000, 200);
        twice.extend(hears(Modem, "11", 1060, 200));
        assert_eq!(play(&twice), "11");
        twice.extend(hears(Tone, "11", 1090, 200));
        assert_eq!(play(&twice), "11");
    }

    #[test]
    fn a_press_after_a_second_and_a_half_is_a_new_one() {
        assert_eq!(play(&[(0, Modem, 4), (1501, Tone, 4)]), "44");
        assert_eq!(play(&[(0, Modem, 4), (501, Modem, 4)]), "44");
    }

    #[test]
    fn another_leg_starts_with_nothing_to_wait_for() {
        let mut stream = KeyStream::new();
        assert!(stream.hear(Duration::from_millis(0), Modem, Key::Star).is_some());
        stream.change_leg();
        assert!(stream.hear(Duration::from_millis(90), Tone, Key::Star).is_some());
        assert_eq!(stream.counts(), KeyCounts { presses: 2, modem: 1, tone: 1 });
    }

    #[test]
    fn any_stream_of_hearings_is_survived() {
        let mut stream = KeyStream::new();
        for n in 0..10_000u64 {
            let source = if n % 3 == 0 { Modem } else { Tone };
            stream.hear(Duration::from_millis(n * (n % 7)), source, Key::Digit((n % 5) as u8));
        }
    }
}
