//! Two detectors, one stream of keys: the modem's `+RXDTMF` and our own tone detector.
//!
//! Each source hears the presses of a key in order. So the n-th press that one source hears is the
//! n-th that the other hears, and it suffices to count: a key that the other source already gave and
//! that still waits for its echo is that echo; any other is a new press. The keys that wait are all of
//! the source that is ahead, so as many presses come out as the source that heard more of them heard,
//! each at the moment when the first of the two heard it.

use crate::call::Key;
use crate::clock::Mono;
use heapless::Deque;
use std::time::Duration;

/// How far the two sources may be apart about one press.
const APART_MAX: Duration = Duration::from_millis(500);
/// The same key from the same source within this time is one press told twice: a press and the pause
/// after it take 130 ms and more.
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
