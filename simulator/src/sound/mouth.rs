//! What a phone says.

use super::{FRAME, Frame, speech};
use std::collections::VecDeque;
use std::time::Duration;

/// A minute: what is queued beyond is not said.
const LIMIT: usize = 60 * 8000;
/// Live speech is gathered for 60 ms before it is played, so that frames which come unevenly leave
/// no gaps.
const LIVE_BEGIN: usize = 3 * FRAME;
/// Live speech that waits, 200 ms: of what comes too fast, or late and all at once, the oldest goes.
const LIVE_LIMIT: usize = 10 * FRAME;

/// Speech and key tones of one phone, played in real time while it is connected.
#[derive(Debug, Default)]
pub(crate) struct Mouth {
    speech: VecDeque<i16>,
    live: VecDeque<i16>,
    /// Enough live speech was gathered, and it has not run out since.
    flowing: bool,
    /// Frames of the synthetic voice still to come, and how many samples of it were made.
    humming: u64,
    hummed: u64,
    tone: VecDeque<i16>,
}

impl Mouth {
    pub(crate) fn is_silent(&self) -> bool {
        self.speech.is_empty() && !self.flowing && self.tone.is_empty() && self.humming == 0
    }

    pub(crate) fn shut(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn speak(&mut self, samples: &[i16]) {
        let room = LIMIT.saturating_sub(self.speech.len());
        self.speech.extend(samples.iter().take(room));
    }

    /// Speech as it is spoken elsewhere, frame by frame.
    pub(crate) fn talk(&mut self, samples: &[i16]) {
        self.live.extend(&samples[samples.len().saturating_sub(LIVE_LIMIT)..]);
        let late = self.live.len().saturating_sub(LIVE_LIMIT);
        self.live.drain(..late);
        self.flowing |= self.live.len() >= LIVE_BEGIN;
    }

    pub(crate) fn say(&mut self, length: Duration) {
        self.humming = (self.humming + (length.as_millis() / 20) as u64).min(180_000);
    }

    /// A tone is heard instead of speech, as networks blank the voice while they send a key.
    pub(crate) fn press(&mut self, tone: &[i16]) {
        let room = LIMIT.saturating_sub(self.tone.len());
        self.tone.extend(tone.iter().take(room));
    }

    /// The next 20 ms; none when there is nothing to say.
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        if self.is_silent() {
            return None;
        }
        let mut frame = [0; FRAME];
        if self.humming > 0 {
            self.humming -= 1;
            for sample in &mut frame {
                *sample = speech(self.hummed);
                self.hummed += 1;
            }
        }
        for sample in &mut frame {
            if let Some(said) = self.speech.pop_front() {
                *sample = sample.saturating_add(said);
            }
        }
        if self.flowing {
            for sample in &mut frame {
                let Some(said) = self.live.pop_front() else { break };
                *sample = sample.saturating_add(said);
            }
            self.flowing = !self.live.is_empty();
        }
        for sample in &mut frame {
            match self.tone.pop_front() {
                Some(tone) => *sample = tone,
                None => break,
            }
        }
        Some(frame)
    }
}
