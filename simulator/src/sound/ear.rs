//! When sound begins and ends at a phone's ear, source by source.

use super::FRAME_TIME;
use crate::Mono;
use crate::phone::Source;
use std::time::Duration;

/// A frame counts as sound from this peak on (about -42 dB below full scale).
const LOUD: u16 = 260;

/// One source being heard.
#[derive(Debug)]
struct Sounding {
    from: Source,
    began: Mono,
    last: Mono,
    peak: u16,
}

/// What changed at the ear.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Began(Source),
    Ended { from: Source, length: Duration, peak: u16 },
}

/// The ear of one phone.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    sounding: Vec<Sounding>,
}

impl Ear {
    /// One frame of one source with this peak.
    pub(crate) fn hear(&mut self, now: Mono, from: &Source, peak: u16) -> Option<Heard> {
        if peak < LOUD {
            return None;
        }
        if let Some(sounding) = self.sounding.iter_mut().find(|s| s.from == *from) {
            sounding.last = now;
            sounding.peak = sounding.peak.max(peak);
            return None;
        }
        self.sounding.push(Sounding { from: from.clone(), began: now, last: now, peak });
        Some(Heard::Began(from.clone()))
    }

    pub(crate) fn is_hearing(&self) -> bool {
        !self.sounding.is_empty()
    }

    /// Sources that have been silent for `gap`; with a gap of zero, all of them.
    pub(crate) fn ended(&mut self, now: Mono, gap: Duration) -> Vec<Heard> {
        let over = |s: &mut Sounding| gap.is_zero() || now.saturating_sub(s.last) >= gap;
        self.sounding
            .extract_if(.., over)
            .map(|s| Heard::Ended {
                from: s.from,
                length: s.last - s.began + FRAME_TIME,
                peak: s.peak,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_silences_belong_to_one_utterance() {
        let ms = Duration::from_millis;
        let mut ear = Ear::default();
        assert_eq!(ear.hear(ms(0), &Source::Box, 5000), Some(Heard::Began(Source::Box)));
        assert_eq!(ear.hear(ms(300), &Source::Box, 4000), None);
        assert_eq!(ear.hear(ms(400), &Source::Box, 10), None);
        assert!(ear.ended(ms(600), ms(400)).is_empty());
        let ended = ear.ended(ms(700), ms(400));
        let length = ms(320);
        assert_eq!(ended, [Heard::Ended { from: Source::Box, length, peak: 5000 }]);
    }
}
