//! The tape of a recording: what was heard and what was said, mixed on one timeline of 8 kHz.
//!
//! Both come in pieces and at moments of their own: what is said leaves a little before it is played, what is
//! heard arrives in bursts, and is not known at all until its rate is. So the tape is given out 1.5 s
//! behind the present. A piece is put where the clock says, unless it follows the one before it closely
//! enough; what is missing is silence.

use crate::clock::Mono;
use crate::limits::{FRAME, FRAME_SAMPLES, SAMPLE_RATE};
use std::collections::VecDeque;
use std::time::Duration;

/// How far behind the present the tape is given out: the rate of a call is known after 1 s at most.
const LAG: Duration = Duration::from_millis(1500);
/// Samples that may wait: the lag, and what is said ahead of its time.
const WAITING_SAMPLES: usize = 2 * SAMPLE_RATE as usize;
/// What is heard may come so much earlier or later than the clock says before its place is found anew.
const SLACK_SAMPLES: u64 = SAMPLE_RATE as u64 / 5;

/// 20 ms of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The place of its first sample, counted from the begin of the recording. Between two blocks may be
    /// a gap: silence.
    pub at: u64,
    /// Both directions.
    pub samples: [i16; FRAME_SAMPLES],
}

/// A recording that runs.
#[derive(Debug, Clone)]
pub struct Tape {
    began: Mono,
    /// The place of the first sample of `mix`: all before it was given out.
    given: u64,
    mix: VecDeque<i16>,
    /// Where the next samples that are heard belong, if they follow.
    heard_to: Option<u64>,
}

impl Tape {
    /// A recording that begins now.
    pub fn begin(now: Mono) -> Tape {
        Tape { began: now, given: 0, mix: VecDeque::with_capacity(WAITING_SAMPLES), heard_to: None }
    }

    /// What was heard until now.
    pub fn heard(&mut self, now: Mono, samples: &[i16]) {
        if samples.is_empty() {
            return;
        }
        let (end, count) = (self.place(now), samples.len() as u64);
        let follows = self.heard_to.filter(|at| (at + count).abs_diff(end) <= SLACK_SAMPLES);
        // What was heard before the recording began is no part of it.
        let before = if follows.is_some() { 0 } else { count.saturating_sub(end) };
        let from = follows.unwrap_or(end.saturating_sub(count));
        let samples = &samples[usize::try_from(before).unwrap_or(samples.len())..];
        self.add(from, samples);
        self.heard_to = Some(from + samples.len() as u64);
    }

    /// What is said from this moment on.
    pub fn said(&mut self, at: Mono, samples: &[i16]) {
        if at >= self.began {
            self.add(self.place(at), samples);
        }
    }

    /// The next block, if it is old enough that nothing more comes for it.
    pub fn poll(&mut self, now: Mono) -> Option<Block> {
        let due = self.place(now.saturating_sub(LAG));
        if self.mix.is_empty() {
            // Nothing was heard nor said: a gap.
            self.given = self.given.max(due);
        }
        (self.given + FRAME_SAMPLES as u64 <= due).then(|| self.take())
    }

    /// The recording ends now: the rest of it.
    pub fn end(mut self, now: Mono) -> impl Iterator<Item = Block> {
        let left =
            usize::try_from(self.place(now).saturating_sub(self.given)).unwrap_or(usize::MAX);
        self.mix.truncate(left);
        std::iter::from_fn(move || (!self.mix.is_empty()).then(|| self.take()))
    }

    fn take(&mut self) -> Block {
        let mut samples = [0; FRAME_SAMPLES];
        let there = self.mix.len().min(FRAME_SAMPLES);
        for (slot, sample) in samples.iter_mut().zip(self.mix.drain(..there)) {
            *slot = sample;
        }
        let at = self.given;
        self.given += FRAME_SAMPLES as u64;
        Block { at, samples }
    }

    /// The place of a moment.
    fn place(&self, at: Mono) -> u64 {
        let since = at.saturating_sub(self.began);
        let samples = since.as_nanos() * FRAME_SAMPLES as u128 / FRAME.as_nanos();
        u64::try_from(samples).unwrap_or(u64::MAX)
    }

    /// Mixes samples in. What is older than what was given out, or further ahead than there is room, is lost.
    fn add(&mut self, from: u64, samples: &[i16]) {
        for (at, sample) in (from..).zip(samples) {
            let Some(at) = at.checked_sub(self.given) else { continue };
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            if at >= WAITING_SAMPLES {
                return;
            }
            if at >= self.mix.len() {
                self.mix.resize(at + 1, 0);
            }
            self.mix[at] = self.mix[at].saturating_add(*sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Mono = Duration::from_secs(7);

    fn ms(ms: u64) -> Mono {
        START + Duration::from_millis(ms)
    }

    /// All samples in their places.
    fn laid_out(blocks: impl IntoIterator<Item = Block>) -> Vec<i16> {
        let mut all = Vec::new();
        for block in blocks {
            all.resize(usize::try_from(block.at).unwrap(), 0);
            all.extend(block.samples);
        }
        all
    }

    #[test]
    fn both_directions_are_in_their_places() {
        let mut tape = Tape::begin(START);
        tape.said(ms(20), &[5; 160]);
        tape.heard(ms(40), &[7; 240]);
        let all = laid_out(tape.end(ms(60)));
        assert_eq!(all.len(), 320);
        assert_eq!((all[79], all[80], all[159]), (0, 7, 7));
        assert_eq!((all[160], all[319]), (12, 12));
    }

    #[test]
    fn a_block_is_given_out_when_nothing_more_can_come_for_it() {
        let mut tape = Tape::begin(START);
        (0..100).for_each(|n| {
            tape.said(ms(20 * n), &[1; 160]);
            let blocks: Vec<_> = std::iter::from_fn(|| tape.poll(ms(20 * n))).collect();
            assert_eq!(blocks.len(), usize::from(n >= 76), "{n}");
        });
    }

    #[test]
    fn bursts_are_joined_and_a_loss_is_a_gap() {
        let mut tape = Tape::begin(START);
        // 100 ms late, then all at once.
        tape.heard(ms(20), &[1; 160]);
        tape.heard(ms(140), &[2; 960]);
        assert_eq!(laid_out(tape.clone().end(ms(140))), [vec![1; 160], vec![2; 960]].concat());
        // Nothing for a second: what comes then belongs to then.
        tape.heard(ms(1140), &[3; 160]);
        let all = laid_out(tape.end(ms(1140)));
        assert_eq!((all.len(), all[1120], all[8959], all[8960]), (9120, 0, 0, 3));
    }

    #[test]
    fn what_came_before_the_begin_or_too_late_is_left_out_and_nothing_grows() {
        let mut tape = Tape::begin(START);
        tape.heard(ms(10), &[4; 8000]);
        tape.said(START - Duration::from_millis(5), &[9; 160]);
        assert_eq!(laid_out(tape.clone().end(ms(10))), [vec![4; 80], vec![0; 80]].concat());
        tape.said(ms(3_600_000), &[1; 160]);
        assert!(tape.mix.len() <= WAITING_SAMPLES);
        let blocks = std::iter::from_fn(|| tape.poll(ms(3_600_000))).count();
        assert!(blocks <= 1 && tape.poll(ms(3_600_000)).is_none(), "a gap is no blocks");
        tape.said(ms(3_599_000), &[6; 160]);
        let last = std::iter::from_fn(|| tape.poll(ms(3_600_520))).last();
        assert_eq!(last, Some(Block { at: 3_599_000 * 8, samples: [6; 160] }));
    }

    #[test]
    fn loud_and_loud_is_loudest() {
        let mut tape = Tape::begin(START);
        tape.said(START, &[30_000; 160]);
        tape.heard(ms(20), &[30_000; 160]);
        assert_eq!(laid_out(tape.end(ms(20))), vec![i16::MAX; 160]);
    }
}
