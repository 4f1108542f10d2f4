//! One look at the sound: power and phase at the eight frequencies of the keypad.

use super::{HOP, RATE_HZ, WINDOW};
use crate::audio::level::mean_square_of;
use std::f64::consts::TAU;
use std::sync::LazyLock;

/// Rows, then columns, in Hz (ITU-T Q.23).
pub const FREQUENCIES_HZ: [f64; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
/// Sound below this is not looked at: nothing in it can be a key.
const QUIET_DBM0: f32 = -45.0;

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Complex {
    pub re: f32,
    pub im: f32,
}

impl Complex {
    /// `self` times the conjugate of `other`: its angle is how far the phase went from there to
    /// here.
    pub fn advance_from(self, other: Complex) -> Complex {
        Complex {
            re: self.re * other.re + self.im * other.im,
            im: self.im * other.re - self.re * other.im,
        }
    }

    pub fn times(self, other: Complex) -> Complex {
        Complex {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    pub fn plus(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }

    pub fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    pub fn angle(self) -> f32 {
        self.im.atan2(self.re)
    }
}

/// What one look found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spectrum {
    /// Amplitude and phase at each frequency, scaled so that `power` is the tone's mean square.
    pub bins: [Complex; 8],
    /// Mean square of the whole sound, weighted as the tones are.
    pub energy: f32,
}

impl Spectrum {
    /// The strongest row and column, as indices into [`FREQUENCIES_HZ`].
    pub fn strongest(&self) -> (usize, usize) {
        let power = |i: &usize| self.bins[*i].power();
        let strongest = |from: usize| {
            (from..from + 4).max_by(|a, b| power(a).total_cmp(&power(b))).unwrap_or(from)
        };
        (strongest(0), strongest(4))
    }
}

/// The tables: a Hann window, and under it sine and cosine of each frequency.
#[derive(Debug)]
pub struct Bank {
    /// Per sample: cosines of the eight frequencies, then their sines.
    waves: [[f32; 16]; WINDOW],
    weights: [f32; WINDOW],
    quiet: f32,
    /// How far the phase of each frequency goes from look to look, as a rotation back.
    unwind: [Complex; 8],
}

impl Bank {
    /// The tables, made once.
    pub fn shared() -> &'static Bank {
        static BANK: LazyLock<Bank> = LazyLock::new(Bank::new);
        &BANK
    }

    fn new() -> Bank {
        let hann = |n: usize| 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / WINDOW as f64).cos();
        let sum: f64 = (0..WINDOW).map(hann).sum();
        let sum_of_squares: f64 = (0..WINDOW).map(|n| hann(n).powi(2)).sum();
        let turn = |f: usize| TAU * FREQUENCIES_HZ[f] / f64::from(RATE_HZ);
        let mut waves = [[0.0; 16]; WINDOW];
        let mut weights = [0.0; WINDOW];
        for n in 0..WINDOW {
            weights[n] = (hann(n).powi(2) / sum_of_squares) as f32;
            let scale = std::f64::consts::SQRT_2 * hann(n) / sum;
            for f in 0..8 {
                waves[n][f] = (scale * (turn(f) * n as f64).cos()) as f32;
                waves[n][8 + f] = (-scale * (turn(f) * n as f64).sin()) as f32;
            }
        }
        let unwind = std::array::from_fn(|f| {
            let angle = -turn(f) * HOP as f64;
            Complex { re: angle.cos() as f32, im: angle.sin() as f32 }
        });
        Bank { waves, weights, quiet: mean_square_of(QUIET_DBM0), unwind }
    }

    /// Looks at a window of samples.
    pub fn look(&self, window: &[f32; WINDOW]) -> Spectrum {
        let energy: f32 = self.weights.iter().zip(window).map(|(w, x)| w * x * x).sum();
        if energy < self.quiet {
            return Spectrum { energy, ..Spectrum::default() };
        }
        let mut sums = [0.0f32; 16];
        for (waves, sample) in self.waves.iter().zip(window) {
            for (sum, wave) in sums.iter_mut().zip(waves) {
                *sum += wave * sample;
            }
        }
        let bins = std::array::from_fn(|f| Complex { re: sums[f], im: sums[8 + f] });
        Spectrum { bins, energy }
    }
}

/// The phase advance of frequency `f` from look to look beyond what its nominal frequency explains;
/// its length is the product of the two amplitudes.
pub fn drift(f: usize, now: &Spectrum, last: &Spectrum) -> Complex {
    now.bins[f].advance_from(last.bins[f]).times(Bank::shared().unwind[f])
}

/// The deviation from the nominal frequency that a drift means, as a fraction of it.
pub fn deviation(f: usize, drift: Complex) -> f32 {
    let hz = f64::from(drift.angle()) / TAU * f64::from(RATE_HZ) / HOP as f64;
    (hz / FREQUENCIES_HZ[f]) as f32
}

/// What the window leaves of the power of a tone that is off by a fraction of frequency `f`.
pub fn window_gain(f: usize, off: f32) -> f32 {
    const WINDOW_S: f32 = WINDOW as f32 / RATE_HZ as f32;
    // The main lobe of a Hann window, near its top.
    const FALL: f32 = 1.29;
    let bins = FREQUENCIES_HZ[f] as f32 * off * WINDOW_S;
    (1.0 - FALL * bins * bins).max(0.5)
}
