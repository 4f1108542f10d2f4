//! What happens later: events in order of their virtual time.

use crate::Mono;
use std::collections::BTreeMap;

/// A queue of future events. Two events of one instant come out in the order they went in.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    events: BTreeMap<(Mono, u64), T>,
    serial: u64,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self { events: BTreeMap::new(), serial: 0 }
    }

    pub(crate) fn at(&mut self, when: Mono, event: T) {
        self.serial += 1;
        self.events.insert((when, self.serial), event);
    }

    pub(crate) fn next_time(&self) -> Option<Mono> {
        self.events.keys().next().map(|(when, _)| *when)
    }

    /// The next event that is due at `now`, with its own time.
    pub(crate) fn pop_due(&mut self, now: Mono) -> Option<(Mono, T)> {
        let entry = self.events.first_entry()?;
        let when = entry.key().0;
        (when <= now).then(|| (when, entry.remove()))
    }
}
