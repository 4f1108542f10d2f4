//! Sample rates: 16 kHz down and up by two for the modem, any rate to 8 kHz for recordings.

use std::f64::consts::PI;

/// Taps of the half-band filter; every second one but the middle is zero.
const TAPS: usize = 31;
const MIDDLE: usize = TAPS / 2;

fn half_band() -> [f32; TAPS] {
    let mut taps = [0.0; TAPS];
    for (n, tap) in taps.iter_mut().enumerate() {
        let x = n as f64 - MIDDLE as f64;
        let sinc = if x == 0.0 { 0.5 } else { (PI * x / 2.0).sin() / (PI * x) };
        let window = 0.54 + 0.46 * (PI * x / (MIDDLE as f64 + 1.0)).cos();
        *tap = (sinc * window) as f32;
    }
    taps
}

/// A filter that remembers the last samples.
#[derive(Debug, Clone)]
struct Filter {
    taps: [f32; TAPS],
    history: [f32; TAPS],
}

impl Filter {
    fn new() -> Filter {
        Filter { taps: half_band(), history: [0.0; TAPS] }
    }

    fn push(&mut self, sample: f32) {
        self.history.copy_within(1.., 0);
        self.history[TAPS - 1] = sample;
    }

    fn value(&self) -> f32 {
        self.taps.iter().zip(&self.history).map(|(t, h)| t * h).sum()
    }
}

fn to_sample(value: f32) -> i16 {
    value.round().clamp(-32768.0, 32767.0) as i16
}

/// 16 kHz to 8 kHz.
#[derive(Debug, Clone)]
pub struct Halver {
    filter: Filter,
    odd: bool,
}

impl Default for Halver {
    fn default() -> Halver {
        Halver { filter: Filter::new(), odd: false }
    }
}

impl Halver {
    /// Takes a sample at 16 kHz; every second one gives a sample at 8 kHz.
    pub fn push(&mut self, sample: i16) -> Option<i16> {
        self.filter.push(f32::from(sample));
        self.odd = !self.odd;
        (!self.odd).then(|| to_sample(self.filter.value()))
    }
}

/// 8 kHz to 16 kHz.
#[derive(Debug, Clone)]
pub struct Doubler {
    filter: Filter,
}

impl Default for Doubler {
    fn default() -> Doubler {
        Doubler { filter: Filter::new() }
    }
}

impl Doubler {
    /// Takes a sample at 8 kHz, gives two at 16 kHz.
    pub fn push(&mut self, sample: i16) -> [i16; 2] {
        [2.0 * f32::from(sample), 0.0].map(|s| {
            self.filter.push(s);
            to_sample(self.filter.value())
        })
    }
}

/// Zero crossings of the interpolation kernel on each side, and its steps per crossing.
const CROSSINGS: usize = 16;
const STEPS: usize = 256;

/// Resamples a whole recording from `from_hz` to `to_hz` by a windowed sinc.
pub fn resample(samples: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    if from_hz == to_hz || from_hz == 0 || samples.is_empty() {
        return samples.to_vec();
    }
    let kernel: Vec<f32> = (0..=CROSSINGS * STEPS).map(kernel_at).collect();
    let step = f64::from(from_hz) / f64::from(to_hz);
    let band = (1.0 / step).min(1.0) * 0.97;
    let reach = CROSSINGS as f64 / band;
    let count = (samples.len() as f64 / step) as usize;
    let at = |n: usize| {
        let centre = n as f64 * step;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let last = ((centre + reach).floor() as usize).min(samples.len() - 1);
        let sum: f32 = (first..=last)
            .map(|i| {
                let x = (i as f64 - centre).abs() * band * STEPS as f64;
                let tap = kernel.get(x as usize).copied().unwrap_or(0.0);
                f32::from(samples[i]) * tap
            })
            .sum();
        to_sample(sum * band as f32)
    };
    (0..count).map(at).collect()
}

fn kernel_at(step: usize) -> f32 {
    let x = step as f64 / STEPS as f64;
    let sinc = if step == 0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    (sinc * (0.5 + 0.5 * (PI * x / CROSSINGS as f64).cos())) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::level::{dbm0, mean_square};

    fn sine(hz: f64, rate: f64, samples: usize) -> Vec<i16> {
        (0..samples).map(|n| (10000.0 * (2.0 * PI * hz / rate * n as f64).sin()) as i16).collect()
    }

    fn level(samples: &[i16]) -> f32 {
        dbm0(mean_square(&samples[200..samples.len() - 200]))
    }

    #[test]
    fn halving_keeps_the_telephone_band_and_drops_what_would_fold_into_it() {
        let halved = |hz| -> Vec<i16> {
            let mut halver = Halver::default();
            sine(hz, 16000.0, 8000).into_iter().filter_map(|s| halver.push(s)).collect()
        };
        let reference = level(&sine(1000.0, 8000.0, 4000));
        assert_eq!(halved(1000.0).len(), 4000);
        for hz in [300.0, 1000.0, 3000.0] {
            assert!((level(&halved(hz)) - reference).abs() < 0.3, "{hz}");
        }
        assert!(level(&halved(5500.0)) < reference - 40.0);
    }

    #[test]
    fn doubling_keeps_level_and_length() {
        let mut doubler = Doubler::default();
        let doubled: Vec<i16> =
            sine(1000.0, 8000.0, 4000).into_iter().flat_map(|s| doubler.push(s)).collect();
        assert_eq!(doubled.len(), 8000);
        assert!((level(&doubled) - level(&sine(1000.0, 16000.0, 8000))).abs() < 0.3);
    }

    #[test]
    fn any_rate_becomes_8_khz() {
        let reference = level(&sine(1000.0, 8000.0, 8000));
        for rate in [11025, 44100, 48000, 6000] {
            let resampled = resample(&sine(1000.0, f64::from(rate), rate as usize), rate, 8000);
            assert!(resampled.len().abs_diff(8000) < 3);
            assert!((level(&resampled) - reference).abs() < 0.3, "{rate}");
        }
        let folded = resample(&sine(7000.0, 44100.0, 44100), 44100, 8000);
        assert!(level(&folded) < reference - 40.0);
    }
}
