//! The DTMF detector (ITU-T Q.23, Q.24): which keys are heard in 8 kHz sound.
//!
//! Every [`HOP`] samples `spectrum` looks at the last [`WINDOW`] samples at the eight frequencies
//! of the keypad; `run` follows one pair of tones from hop to hop and decides when it is a key.
//! Pure, and allocates nothing after it is made.

mod run;
mod spectrum;

use crate::call::Key;
use run::{Run, Verdict};
use spectrum::{Bank, Spectrum};
use std::time::Duration;

/// Samples per second that the detector wants.
pub const RATE_HZ: u32 = 8000;
/// Samples from one look to the next: 6.4 ms.
pub const HOP: usize = 51;
/// Samples of one look: 12.75 ms.
pub const WINDOW: usize = 2 * HOP;

/// Looks before a tone in which it must have been quiet once: 64 ms.
const LOOK_BACK: usize = 10;

/// A key that was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Which.
    pub key: Key,
    /// When it began, counted from the first sample pushed.
    pub start: Duration,
    /// How long it sounded so far; its whole length in [`Heard::Ended`].
    pub length: Duration,
    /// Level of the row's tone (697 to 941 Hz), in dBm0.
    pub low_dbm0: f32,
    /// Level of the column's tone (1209 to 1477 Hz), in dBm0.
    pub high_dbm0: f32,
}

/// What the detector says of a tone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heard {
    /// It is a key: said once, 30 to 60 ms after it began.
    Began(Tone),
    /// The key that was reported last is over.
    Ended(Tone),
}

/// Hears keys in a stream of samples.
#[derive(Debug, Clone)]
pub struct Detector {
    bank: &'static Bank,
    window: [f32; WINDOW],
    filled: usize,
    hops: u64,
    last: Spectrum,
    /// Energy of the last looks, in a ring.
    energies: [f32; LOOK_BACK],
    run: Option<Run>,
}

impl Default for Detector {
    fn default() -> Detector {
        Detector::new()
    }
}

impl Detector {
    /// A detector for 8 kHz sound that has heard nothing yet.
    pub fn new() -> Detector {
        Detector {
            bank: Bank::shared(),
            window: [0.0; WINDOW],
            filled: 0,
            hops: 0,
            last: Spectrum::default(),
            energies: [0.0; LOOK_BACK],
            run: None,
        }
    }

    /// Takes the next samples, any number of them, and tells what is heard in them.
    pub fn push(&mut self, mut samples: &[i16], mut heard: impl FnMut(Heard)) {
        while !samples.is_empty() {
            let take = samples.len().min(HOP - self.filled);
            let (now, later) = samples.split_at(take);
            let at = HOP + self.filled;
            for (slot, sample) in self.window[at..at + take].iter_mut().zip(now) {
                *slot = f32::from(*sample);
            }
            self.filled += take;
            samples = later;
            if self.filled == HOP {
                self.look(&mut heard);
                self.window.copy_within(HOP.., 0);
                self.filled = 0;
            }
        }
    }

    /// Ends the stream: what is still sounding ends here.
    pub fn finish(&mut self, heard: impl FnMut(Heard)) {
        self.push(&[0; 10 * HOP], heard);
    }

    /// Samples pushed so far.
    pub fn samples(&self) -> u64 {
        self.hops * HOP as u64 + self.filled as u64
    }

    fn look(&mut self, heard: &mut impl FnMut(Heard)) {
        self.hops += 1;
        let now = self.bank.look(&self.window);
        let verdict = match &mut self.run {
            Some(run) => run.follow(&now, &self.last),
            None => {
                self.run = self.begin(&now);
                Verdict::Wait
            }
        };
        match verdict {
            Verdict::Wait => {}
            Verdict::Key => self.tell(heard, Heard::Began),
            Verdict::Over { reported } => {
                if reported {
                    self.tell(heard, Heard::Ended);
                }
                self.run = self.begin(&now);
            }
        }
        self.energies[(self.hops % LOOK_BACK as u64) as usize] = now.energy;
        self.last = now;
    }

    fn begin(&self, now: &Spectrum) -> Option<Run> {
        let before = self.energies.iter().copied().fold(f32::MAX, f32::min);
        Run::begin(now, &self.last, self.hops, before)
    }

    fn tell(&self, heard: &mut impl FnMut(Heard), kind: fn(Tone) -> Heard) {
        if let Some(tone) = self.run.as_ref().and_then(Run::tone) {
            heard(kind(tone));
        }
    }
}

/// Time that so many samples last.
fn time_of(samples: f32) -> Duration {
    Duration::from_secs_f32(samples.max(0.0) / RATE_HZ as f32)
}
