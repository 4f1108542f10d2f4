//! Sound in frames of 20 ms at 8 kHz: mouths, ears, key tones and the PCM port.

mod ear;
mod mouth;
mod pcm;
mod tone;

pub(crate) use ear::{Ear, Heard};
pub(crate) use mouth::Mouth;
pub(crate) use pcm::PcmPort;
pub(crate) use tone::{amplitude, is_key, key_tone, noise, speech};

use std::time::Duration;

/// Samples of one frame.
pub(crate) const FRAME: usize = 160;
/// Length of one frame.
pub(crate) const FRAME_TIME: Duration = Duration::from_millis(20);
/// One frame of samples.
pub(crate) type Frame = [i16; FRAME];

/// Adds `other` to `sum`, limited to what a sample can hold.
pub(crate) fn mix(sum: &mut Frame, other: &Frame) {
    for (a, b) in sum.iter_mut().zip(other) {
        *a = a.saturating_add(*b);
    }
}

/// The highest absolute sample.
pub(crate) fn peak(samples: &[i16]) -> u16 {
    samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0)
}
