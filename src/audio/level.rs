//! Levels in dBm0, and the health of a received stream: how loud, how silent, how clipped.

use crate::limits::{FRAME, FRAME_SAMPLES};
use std::time::Duration;

/// Level of a sine whose peak is full scale (ITU-T G.711), in dBm0.
#[allow(clippy::approx_constant, reason = "a level that happens to look like pi")]
pub const FULL_SCALE_DBM0: f32 = 3.14;
/// Mean square of that sine, in squared sample steps.
const FULL_SCALE_MEAN_SQUARE: f32 = 32768.0 * 32768.0 / 2.0;
/// A frame below this is silence.
const SILENCE_DBM0: f32 = -60.0;
/// What is told as the level of silence.
const FLOOR_DBM0: f32 = -99.0;
/// Silence becomes a stretch worth telling after this time.
const SILENT_STRETCH: Duration = Duration::from_secs(1);
/// Samples at full scale that make a frame a clipped one.
const CLIPPED_SAMPLES: usize = 3;

/// The level of a mean square (in squared sample steps), in dBm0; silence is -99.
pub fn dbm0(mean_square: f32) -> f32 {
    let level = 10.0 * (mean_square / FULL_SCALE_MEAN_SQUARE).log10() + FULL_SCALE_DBM0;
    if level.is_finite() { level.max(FLOOR_DBM0) } else { FLOOR_DBM0 }
}

/// The mean square of a level in dBm0, in squared sample steps.
pub fn mean_square_of(dbm0: f32) -> f32 {
    FULL_SCALE_MEAN_SQUARE * 10f32.powf((dbm0 - FULL_SCALE_DBM0) / 10.0)
}

/// The peak of a sine of this level, in sample steps.
pub fn peak_of(dbm0: f32) -> f32 {
    (2.0 * mean_square_of(dbm0)).sqrt()
}

/// The mean square of samples, in squared sample steps; 0 of none.
pub fn mean_square(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return 0.0;
    }
    let sum: f64 = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    (sum / samples.len() as f64) as f32
}

/// The active level of speech, in dBm0, in the manner of ITU-T P.56: the mean over the 20 ms frames
/// that are less than 15.9 dB below it, so that pauses do not count.
pub fn active_dbm0(samples: &[i16]) -> f32 {
    const MARGIN: f32 = 0.0257;
    let mut gate = 0.0;
    for _ in 0..8 {
        let powers = samples.chunks(FRAME_SAMPLES).map(mean_square).filter(|p| *p > gate);
        let (sum, count) = powers.fold((0.0, 0.0), |(s, n), p| (s + p, n + 1.0));
        if count == 0.0 {
            break;
        }
        gate = sum / count * MARGIN;
    }
    dbm0(gate / MARGIN)
}

/// What a received stream was like so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Health {
    /// Frames of 20 ms that were measured.
    pub frames: u64,
    /// Mean level of the frames that are not silent, in dBm0; `None` if all are.
    pub active_dbm0: Option<f32>,
    /// Level of the loudest frame, in dBm0.
    pub loudest_dbm0: Option<f32>,
    /// Stretches of silence longer than 1 s.
    pub silent_stretches: u32,
    /// The longest silence.
    pub longest_silence: Duration,
    /// Frames with samples at full scale.
    pub clipped_frames: u32,
}

/// Measures [`Health`], frame by frame.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    filled: usize,
    sum: f32,
    at_full_scale: usize,
    frames: u64,
    active_frames: u64,
    active_sum: f64,
    loudest: f32,
    silent_run: u32,
    longest_silent_run: u32,
    silent_stretches: u32,
    clipped_frames: u32,
}

impl Meter {
    /// Takes the next samples.
    pub fn push(&mut self, samples: &[i16]) {
        for sample in samples {
            self.sum += f32::from(*sample) * f32::from(*sample);
            self.at_full_scale += usize::from(sample.unsigned_abs() >= 32767);
            self.filled += 1;
            if self.filled == FRAME_SAMPLES {
                self.end_frame();
            }
        }
    }

    fn end_frame(&mut self) {
        let mean_square = self.sum / FRAME_SAMPLES as f32;
        self.frames += 1;
        self.loudest = self.loudest.max(mean_square);
        if dbm0(mean_square) < SILENCE_DBM0 {
            self.silent_run += 1;
            self.longest_silent_run = self.longest_silent_run.max(self.silent_run);
            let stretch = (SILENT_STRETCH.as_millis() / FRAME.as_millis()) as u32;
            self.silent_stretches += u32::from(self.silent_run == stretch);
        } else {
            self.silent_run = 0;
            self.active_frames += 1;
            self.active_sum += f64::from(mean_square);
        }
        self.clipped_frames += u32::from(self.at_full_scale >= CLIPPED_SAMPLES);
        (self.filled, self.sum, self.at_full_scale) = (0, 0.0, 0);
    }

    /// What the stream was like so far.
    pub fn health(&self) -> Health {
        let active = (self.active_sum / self.active_frames as f64) as f32;
        Health {
            frames: self.frames,
            active_dbm0: (self.active_frames > 0).then(|| dbm0(active)),
            loudest_dbm0: (self.active_frames > 0).then(|| dbm0(self.loudest)),
            silent_stretches: self.silent_stretches,
            longest_silence: FRAME * self.longest_silent_run,
            clipped_frames: self.clipped_frames,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(dbm0: f32, samples: usize) -> Vec<i16> {
        let peak = peak_of(dbm0);
        (0..samples).map(|n| (peak * (n as f32 * 0.8).sin()) as i16).collect()
    }

    #[test]
    fn a_full_scale_sine_is_plus_3_14_dbm0() {
        assert!((peak_of(FULL_SCALE_DBM0) - 32768.0).abs() < 1.0);
        assert!((dbm0(mean_square(&sine(-10.0, 8000))) + 10.0).abs() < 0.05);
        assert_eq!(dbm0(0.0), -99.0);
    }

    #[test]
    fn pauses_do_not_lower_the_active_level() {
        let mut samples = sine(-16.0, 8000);
        samples.extend([0; 16000]);
        assert!((active_dbm0(&samples) + 16.0).abs() < 0.1, "{}", active_dbm0(&samples));
        assert_eq!(active_dbm0(&[]), -99.0);
    }

    #[test]
    fn silence_and_clipping_are_told() {
        let mut meter = Meter::default();
        meter.push(&sine(-20.0, 8000));
        meter.push(&[0; 12000]);
        meter.push(&[32767; 160]);
        let health = meter.health();
        assert_eq!((health.silent_stretches, health.clipped_frames), (1, 1));
        assert_eq!(health.longest_silence, Duration::from_millis(1500));
        assert_eq!(health.frames, 50 + 75 + 1);
    }
}
