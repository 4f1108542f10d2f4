//! Tones: the keys of Q.23, something like speech, noise.

use crate::config::Keys;
use crate::random::Random;
use std::f64::consts::TAU;

const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const PAD: [&str; 4] = ["123A", "456B", "789C", "*0#D"];
const RATE: f64 = 8000.0;

/// Level of a full-scale sine in dBm0 (G.711).
#[allow(clippy::approx_constant, reason = "decibels, not pi")]
const FULL_SCALE_DBM0: f64 = 3.14;

/// The peak of a sine of this level.
pub(crate) fn amplitude(dbm0: f64) -> f64 {
    32767.0 * 10f64.powf((dbm0 - FULL_SCALE_DBM0) / 20.0)
}

fn pair(key: char) -> Option<(f64, f64)> {
    PAD.iter().enumerate().find_map(|(row, keys)| {
        keys.find(key.to_ascii_uppercase()).map(|column| (LOW[row], HIGH[column]))
    })
}

/// Whether a phone has this key.
pub(crate) fn is_key(key: char) -> bool {
    pair(key).is_some()
}

/// The tone of a key, or nothing for what is no key.
pub(crate) fn key_tone(key: char, how: &Keys) -> Vec<i16> {
    let Some((low, high)) = pair(key) else { return Vec::new() };
    let (a, b) = (amplitude(how.level_dbm0), amplitude(how.level_dbm0 + how.twist_db));
    let length = (how.tone.as_secs_f64() * RATE) as usize;
    let sample = |n: usize| {
        let t = n as f64 / RATE;
        (a * (TAU * low * t).sin() + b * (TAU * high * t).sin()) as i16
    };
    (0..length.min(8 * 8000)).map(sample).collect()
}

/// One sample of a voice-like hum that no key detector can mistake: 180 Hz and two harmonics.
pub(crate) fn speech(n: u64) -> i16 {
    let t = (n % 8000) as f64 / RATE;
    let wave =
        (TAU * 180.0 * t).sin() + 0.6 * (TAU * 360.0 * t).sin() + 0.3 * (TAU * 540.0 * t).sin();
    (2400.0 * wave) as i16
}

/// One sample of white noise with this RMS value.
pub(crate) fn noise(random: &mut Random, rms: f64) -> i16 {
    ((random.unit() * 2.0 - 1.0) * rms * 3f64.sqrt()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_70_ms_of_two_tones() {
        let tone = key_tone('5', &Keys::default());
        assert_eq!(tone.len(), 560);
        let power = |f: f64| {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, s) in tone.iter().enumerate() {
                let angle = TAU * f * n as f64 / RATE;
                re += f64::from(*s) * angle.cos();
                im += f64::from(*s) * angle.sin();
            }
            re.hypot(im) / tone.len() as f64 * 2.0
        };
        assert!(power(770.0) > 6000.0 && power(1336.0) > 6000.0);
        assert!(power(941.0) < 1500.0 && power(1477.0) < 1500.0);
        assert!(key_tone('x', &Keys::default()).is_empty());
    }
}
