//! Anything that was spoken, made fit for a telephone: 8 kHz, 300 to 3400 Hz, to level, without silence
//! at its ends.

use super::PEAK_DBFS;
use crate::audio::level::{active_dbm0, mean_square, mean_square_of};
use crate::audio::wav::Recording;
use crate::limits::SAMPLE_RATE;
use std::f32::consts::{PI, TAU};

/// What a telephone carries, in Hz.
const BAND_HZ: (f32, f32) = (300.0, 3400.0);
/// Half the length of the filter, in seconds.
const REACH_S: f32 = 0.032;
/// Room that is kept above what was spoken, until it is brought to level.
const HEADROOM: f32 = 0.5;
/// Samples over which silence is looked for, which are kept at each end, and over which it is faded: 5 ms.
const EDGE: usize = 40;
/// An edge so far below the active level is silence: 40 dB. A soft `s` is louder.
const SILENCE: f32 = 1e-4;

/// Renders what was spoken; `None` if nothing was.
pub fn render(spoken: &Recording, level_dbm0: f32) -> Option<Vec<i16>> {
    let mut samples = trim(telephone_band(spoken))?;
    to_level(&mut samples, level_dbm0);
    fade(&mut samples);
    Some(samples)
}

/// To 8 kHz, without what a telephone does not carry: one windowed band-pass, evaluated where a sample is
/// wanted.
fn telephone_band(spoken: &Recording) -> Vec<i16> {
    let (from, to) = (spoken.rate_hz as usize, SAMPLE_RATE as usize);
    let common = gcd(from, to);
    let (step, phases) = (from / common, to / common);
    let reach = (REACH_S * from as f32) as isize;
    let kernels: Vec<Vec<f32>> = (0..phases)
        .map(|phase| {
            let at = phase as f32 / phases as f32;
            (-reach..=reach)
                .map(|tap| filter((tap as f32 - at) / from as f32) / from as f32)
                .collect()
        })
        .collect();
    let silence = vec![0.0; reach.unsigned_abs()];
    let spoken_here = spoken.samples.iter().map(|sample| HEADROOM * f32::from(*sample));
    let padded: Vec<f32> =
        silence.iter().copied().chain(spoken_here).chain(silence.iter().copied()).collect();
    let sample = |n: usize| {
        let (place, phase) = (n * step / phases, n * step % phases);
        dot(&kernels[phase], &padded[place..]).round() as i16
    };
    (0..spoken.samples.len() * to / from).map(sample).collect()
}

/// The sum of products. A plain loop: without optimisation, as in tests, it is many times as fast.
fn dot(weights: &[f32], values: &[f32]) -> f32 {
    let (mut sum, mut n) = (0.0, 0);
    while n < weights.len() {
        sum += weights[n] * values[n];
        n += 1;
    }
    sum
}

/// The band-pass at a time, under a Blackman window.
fn filter(seconds: f32) -> f32 {
    let place = seconds / REACH_S;
    if place.abs() >= 1.0 {
        return 0.0;
    }
    let window = 0.42 + 0.5 * (PI * place).cos() + 0.08 * (TAU * place).cos();
    let low_pass = |hz: f32| match TAU * hz * seconds {
        angle if angle.abs() < 1e-6 => 2.0 * hz,
        angle => 2.0 * hz * angle.sin() / angle,
    };
    window * (low_pass(BAND_HZ.1) - low_pass(BAND_HZ.0))
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Cuts both ends but for 5 ms of silence.
fn trim(mut samples: Vec<i16>) -> Option<Vec<i16>> {
    let (begin, end) = silences(&samples)?;
    samples.truncate(samples.len() - end.saturating_sub(EDGE));
    samples.drain(..begin.saturating_sub(EDGE));
    Some(samples)
}

/// Samples of silence at the begin and at the end, in steps of 5 ms; `None` if there is nothing else.
pub(super) fn silences(samples: &[i16]) -> Option<(usize, usize)> {
    let gate = mean_square_of(active_dbm0(samples)) * SILENCE;
    let is_loud = |edge: &[i16]| mean_square(edge) > gate.max(1.0);
    let first = samples.chunks(EDGE).position(is_loud)?;
    let last = samples.chunks(EDGE).rposition(is_loud)?;
    Some((first * EDGE, samples.len().saturating_sub((last + 1) * EDGE)))
}

/// Brings the active level to where it belongs; three times, since bending peaks lowers it.
fn to_level(samples: &mut [i16], level_dbm0: f32) {
    // A little below the limit: rounding must not pass it.
    let peak = 32768.0 * 10f32.powf((PEAK_DBFS - 0.2) / 20.0);
    for _ in 0..3 {
        let gain = 10f32.powf((level_dbm0 - active_dbm0(samples)) / 20.0);
        for sample in &mut *samples {
            *sample = bend(f32::from(*sample) * gain, peak).round() as i16;
        }
    }
}

/// Leaves most samples alone and bends the rest below the highest peak allowed.
fn bend(value: f32, peak: f32) -> f32 {
    let knee = 0.7 * peak;
    if value.abs() <= knee {
        return value;
    }
    let over = (value.abs() - knee) / (peak - knee);
    (knee + (peak - knee) * over.tanh()).copysign(value)
}

fn fade(samples: &mut [i16]) {
    let edge = EDGE.min(samples.len() / 2);
    let last = samples.len().saturating_sub(1);
    for n in 0..edge {
        let gain = n as f32 / edge as f32;
        for at in [n, last - n] {
            samples[at] = (f32::from(samples[at]) * gain) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::level::dbm0;

    /// A tone of 300 ms between two silences of 100 ms.
    fn tone(hz: f32, rate_hz: u32, peak: f32) -> Recording {
        let rate = rate_hz as usize;
        let samples = (0..rate / 2).map(|n| {
            let loud = (rate / 10..rate * 2 / 5).contains(&n);
            if loud { (peak * (TAU * hz * n as f32 / rate as f32).sin()) as i16 } else { 0 }
        });
        Recording { rate_hz, samples: samples.collect() }
    }

    #[test]
    fn any_rate_comes_to_level_and_loses_its_silence() {
        for rate in [8000, 16000, 22050, 44100] {
            for peak in [300.0, 30000.0] {
                let samples = render(&tone(1000.0, rate, peak), -16.0).expect("sound");
                assert!((active_dbm0(&samples) + 16.0).abs() < 0.2, "{rate} Hz, peak {peak}");
                assert!((2350..=2700).contains(&samples.len()), "{rate} Hz: {}", samples.len());
                let crossings = samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
                assert!((295..=310).contains(&crossings), "{rate} Hz: {crossings} periods");
                assert_eq!((samples[0], samples[samples.len() - 1]), (0, 0));
            }
        }
    }

    #[test]
    fn what_a_telephone_does_not_carry_is_taken_out() {
        // In the middle: what begins at once has all frequencies.
        let level = |hz| dbm0(mean_square(&telephone_band(&tone(hz, 22050, 20000.0))[1600..2400]));
        let carried = level(1000.0);
        for hz in [400.0, 3250.0] {
            assert!((level(hz) - carried).abs() < 1.0, "{hz} Hz: {} dBm0", level(hz));
        }
        for hz in [60.0, 200.0, 3600.0, 5000.0, 12000.0] {
            assert!(level(hz) < carried - 25.0, "{hz} Hz: {} dBm0", level(hz));
        }
    }

    #[test]
    fn peaks_are_bent_below_the_limit_and_silence_is_nothing() {
        let mut samples = tone(500.0, 8000, 2000.0).samples;
        for n in (800..3200).step_by(800) {
            samples[n..n + 8].fill(30000);
        }
        let samples = render(&Recording { rate_hz: 8000, samples }, -10.0).expect("sound");
        let peak = samples.iter().map(|s| s.unsigned_abs()).max().expect("samples");
        assert!(f32::from(peak) <= 32768.0 * 10f32.powf(PEAK_DBFS / 20.0), "{peak}");
        assert!(render(&Recording { rate_hz: 8000, samples: vec![0; 800] }, -16.0).is_none());
        assert!(render(&Recording { rate_hz: 8000, samples: vec![] }, -16.0).is_none());
    }
}
