//! One pair of tones, followed from look to look, and the rules that make it a key.

use super::spectrum::{Complex, Spectrum, deviation, drift, window_gain};
use super::{HOP, Tone, time_of};
use crate::audio::level::{dbm0, mean_square_of};
use crate::call::Key;

/// A tone below this is not a key's. (Q.24: to be heard from -25 dBm0; not heard at -55.)
const LEVEL_MIN_DBM0: f32 = -38.0;
/// Most that the column may be above the row, and below it, in dB. (Q.24: 4 and 8; a low-rate codec
/// adds a lot.)
const TWIST_MAX_DB: f32 = 15.0;
const TWIST_MIN_DB: f32 = -18.0;
/// Share of the two tones in the energy of one look, for the look to count.
const SHARE_OF_LOOK: f32 = 0.50;

/// Looks that must continue the one before, so that their phases can be compared.
const ADVANCES_MIN: u32 = 2;
/// Most that a tone may be off its frequency, as a fraction. (Q.24: 1.5 % is, 3.5 % is not a
/// key's.)
const DEVIATION_MAX: f32 = 0.018;
/// The same for tones so steady that the measure is exact: the note G is 1.8 % off a row.
const DEVIATION_MAX_STEADY: f32 = 0.0165;
/// Share of the two tones in the energy of all looks that count. (Noise of 15 dB leaves 0.97 of a
/// whole look, but 0.85 of what is seen of a tone of 40 ms, its ends included.)
const SHARE_MIN: f32 = 0.81;
/// The same if one tone is much stronger than the other and they are not steady, as in a voice.
const SHARE_MIN_VOICED: f32 = 0.88;
const TWIST_VOICED_DB: f32 = 6.0;
const STEADINESS_VOICED: f32 = 0.97;
/// How steadily the phases advance, where 1 is a pure tone: below this it is none.
const STEADINESS_MIN: f32 = 0.75;
/// Below this a codec bent it.
const STEADINESS_BENT: f32 = 0.90;
/// Steadier than this, and neither noise nor a codec disturbs the tones.
const STEADINESS_STEADY: f32 = 0.99;
/// What else than the tones may be in the purest look at steady ones, as a share of its energy and
/// as a multiple of the noise before them: more is another note of a chord.
const REST_MAX: f32 = 0.03;
const REST_MAX_OF_NOISE: f32 = 2.0;
/// Twist of steady tones: a low-rate codec that adds more also bends them.
const TWIST_MAX_STEADY_DB: f32 = 8.0;
const TWIST_MIN_STEADY_DB: f32 = -11.5;
/// Beyond this twist tones must begin in quiet and be pure: a voice has such pairs, too.
const TWIST_MAX_LOPSIDED_DB: f32 = 12.0;
const TWIST_MIN_LOPSIDED_DB: f32 = -15.0;
const NOISE_LOPSIDED: f32 = 0.02;
const SHARE_MIN_LOPSIDED: f32 = 0.90;
/// Times that the tones may be interrupted before they are a key: a voice comes in pulses.
const BREAKS_MAX: u32 = 1;
/// Energy just before the tones, as a share of theirs, above which they begin amid sound: who keys
/// does not speak meanwhile, but notes follow each other. (Noise of 15 dB leaves 0.16 at most.)
const NOISE_MAX: f32 = 0.2;
/// Amid sound it takes tones that are purer, more exact and as long as networks make them.
const SHARE_MIN_AMID: f32 = 0.95;
const DEVIATION_MAX_AMID: f32 = 0.0155;
const LENGTH_MIN_AMID: f32 = 0.058 * 8000.0;
/// Samples that the tones must have lasted: between the 23 ms that are no key and the 40 that are.
const LENGTH_MIN: f32 = 0.030 * 8000.0;
/// The same for bent tones: networks make those 65 ms long.
const LENGTH_MIN_BENT: f32 = 0.036 * 8000.0;
/// What is no key when it lasted so many samples is none later: a chord of which two notes ring on.
const LENGTH_MAX: f32 = 0.100 * 8000.0;

/// Looks in a row without the tones that end a run: a drop-out of 10 ms does not.
const MISSES_MAX: u32 = 4;
/// Looks in a row at another pair of tones that end a run: a codec may show one by mistake.
const OTHERS_MAX: u32 = 2;

/// What a look means for the run.
pub enum Verdict {
    /// Nothing new.
    Wait,
    /// It is a key from now on.
    Key,
    /// It is over.
    Over {
        /// Whether it was a key.
        reported: bool,
    },
}

/// A pair of tones that lasts.
#[derive(Debug, Clone)]
pub struct Run {
    row: usize,
    column: usize,
    /// The look in which it began; its window's end is that many hops after the first sample.
    first_look: u64,
    looks: u32,
    misses: u32,
    /// Looks in a row that show another pair.
    others: u32,
    /// Looks that continue the one before.
    advances: u32,
    reported: bool,
    /// Sum of the tones' amplitudes over all looks: under a Hann window at half overlap it grows by
    /// the plateau's amplitude per hop of tone, however the windows lie.
    amplitudes: f32,
    /// The part of it up to the first look that counted.
    lead: f32,
    /// The part of looks without the tones, until it is known whether the run goes on.
    bridged: f32,
    plateau: f32,
    powers: [f32; 2],
    energy: f32,
    /// Least energy of a look just before.
    before: f32,
    /// Powers of the tones and energy in the look that shows little else.
    purest: ([f32; 2], f32),
    drifts: [Complex; 2],
    drift_lengths: [f32; 2],
    length: f32,
}

impl Run {
    /// Begins a run if this look shows a pair of tones; `before` is the least energy of the looks
    /// just before.
    pub fn begin(now: &Spectrum, last: &Spectrum, look: u64, before: f32) -> Option<Run> {
        let (row, column) = now.strongest();
        let mut run = Run {
            row,
            column,
            first_look: look,
            looks: 0,
            misses: 0,
            others: 0,
            advances: 0,
            reported: false,
            amplitudes: 0.0,
            lead: 0.0,
            bridged: 0.0,
            plateau: 0.0,
            powers: [0.0; 2],
            energy: 0.0,
            before,
            purest: ([0.0; 2], f32::MIN_POSITIVE),
            drifts: [Complex::default(); 2],
            drift_lengths: [0.0; 2],
            length: 0.0,
        };
        if !run.shows(now) {
            return None;
        }
        run.amplitudes = run.amplitude(last).min(run.amplitude(now));
        run.count(now);
        run.lead = run.amplitudes;
        Some(run)
    }

    /// Takes the next look.
    pub fn follow(&mut self, now: &Spectrum, last: &Spectrum) -> Verdict {
        if self.shows(now) {
            if self.misses == 0 {
                self.add_drift(now, last);
            }
            self.resume();
            self.count(now);
            return self.decide();
        }
        self.bridge(now);
        self.misses += 1;
        self.others = if self.shows_another(now) { self.others + 1 } else { 0 };
        if self.misses >= MISSES_MAX || self.others >= OTHERS_MAX {
            return Verdict::Over { reported: self.reported && self.key().is_some() };
        }
        self.decide()
    }

    fn decide(&mut self) -> Verdict {
        if self.reported || !self.is_key() {
            return Verdict::Wait;
        }
        self.reported = true;
        Verdict::Key
    }

    /// The tone so far, unless it is `A` to `D`.
    pub fn tone(&self) -> Option<Tone> {
        let start = (self.first_look as f32 - 0.5 - self.lead / self.plateau) * HOP as f32;
        let level = |i: usize| dbm0(self.powers[i] / self.looks as f32);
        Some(Tone {
            key: self.key()?,
            start: time_of(start),
            length: time_of(self.length),
            low_dbm0: level(0),
            high_dbm0: level(1),
        })
    }

    fn key(&self) -> Option<Key> {
        const KEYPAD: [[Key; 3]; 4] = [
            [Key::Digit(1), Key::Digit(2), Key::Digit(3)],
            [Key::Digit(4), Key::Digit(5), Key::Digit(6)],
            [Key::Digit(7), Key::Digit(8), Key::Digit(9)],
            [Key::Star, Key::Digit(0), Key::Pound],
        ];
        KEYPAD[self.row].get(self.column - 4).copied()
    }

    fn amplitude(&self, look: &Spectrum) -> f32 {
        (look.bins[self.row].power() + look.bins[self.column].power()).sqrt()
    }

    /// Whether this look shows the run's tones.
    fn shows(&self, look: &Spectrum) -> bool {
        let (low, high) = (look.bins[self.row].power(), look.bins[self.column].power());
        let twist = 10.0 * (high / low).log10();
        low.min(high) > mean_square_of(LEVEL_MIN_DBM0)
            && (TWIST_MIN_DB..=TWIST_MAX_DB).contains(&twist)
            && low + high >= SHARE_OF_LOOK * look.energy
            && look.strongest() == (self.row, self.column)
    }

    /// Whether this look shows another pair of tones, so that this one is over.
    fn shows_another(&self, look: &Spectrum) -> bool {
        look.strongest() != (self.row, self.column) && Run::begin(look, look, 0, 0.0).is_some()
    }

    /// A look without the tones: its end of a tone belongs to the run at once, all of it if the run
    /// goes on after it.
    fn bridge(&mut self, now: &Spectrum) {
        let amplitude = self.amplitude(now).min(self.plateau);
        if self.misses == 0 {
            self.amplitudes += amplitude;
            self.measure();
        } else {
            self.bridged += amplitude;
        }
    }

    fn resume(&mut self) {
        self.amplitudes += self.bridged;
        (self.misses, self.others, self.bridged) = (0, 0, 0.0);
    }

    fn count(&mut self, now: &Spectrum) {
        let amplitude = self.amplitude(now);
        self.looks += 1;
        self.amplitudes += amplitude;
        self.plateau = self.plateau.max(amplitude);
        let powers = [now.bins[self.row].power(), now.bins[self.column].power()];
        self.powers[0] += powers[0];
        self.powers[1] += powers[1];
        self.energy += now.energy;
        let (purest, energy) = self.purest;
        if (powers[0] + powers[1]) * energy > (purest[0] + purest[1]) * now.energy {
            self.purest = (powers, now.energy);
        }
        self.measure();
    }

    fn add_drift(&mut self, now: &Spectrum, last: &Spectrum) {
        self.advances += 1;
        for (i, f) in [self.row, self.column].into_iter().enumerate() {
            let drift = drift(f, now, last);
            self.drifts[i] = self.drifts[i].plus(drift);
            self.drift_lengths[i] += drift.power().sqrt();
        }
    }

    fn measure(&mut self) {
        self.length = self.amplitudes / self.plateau * HOP as f32;
    }

    /// Whether what was seen so far makes a key.
    fn is_key(&self) -> bool {
        if self.advances < ADVANCES_MIN || self.length > LENGTH_MAX {
            return false;
        }
        let off = [deviation(self.row, self.drifts[0]), deviation(self.column, self.drifts[1])];
        let gains = [window_gain(self.row, off[0]), window_gain(self.column, off[1])];
        let [low, high] = [self.powers[0] / gains[0], self.powers[1] / gains[1]];
        let share = (low + high) / self.energy;
        let off = off[0].abs().max(off[1].abs());
        let steadiness = self.steadiness(0).min(self.steadiness(1));
        let noise = self.before / (self.plateau * self.plateau);

        let twist = 10.0 * (high / low).log10();
        let voiced = twist.abs() >= TWIST_VOICED_DB && steadiness < STEADINESS_VOICED;
        let share_min = if voiced { SHARE_MIN_VOICED } else { SHARE_MIN };
        let length_min = if steadiness < STEADINESS_BENT { LENGTH_MIN_BENT } else { LENGTH_MIN };
        let (purest, energy) = self.purest;
        let rest = 1.0 - (purest[0] / gains[0] + purest[1] / gains[1]) / energy;
        let chord = steadiness >= STEADINESS_STEADY
            && (off > DEVIATION_MAX_STEADY
                || !(TWIST_MIN_STEADY_DB..=TWIST_MAX_STEADY_DB).contains(&twist)
                || rest > REST_MAX + REST_MAX_OF_NOISE * noise);
        let amid_sound = noise > NOISE_MAX
            && (share < SHARE_MIN_AMID
                || off > DEVIATION_MAX_AMID
                || self.length < LENGTH_MIN_AMID);
        let lopsided = !(TWIST_MIN_LOPSIDED_DB..=TWIST_MAX_LOPSIDED_DB).contains(&twist)
            && (noise > NOISE_LOPSIDED || share < SHARE_MIN_LOPSIDED);
        let breaks = self.looks - 1 - self.advances;
        off <= DEVIATION_MAX
            && !lopsided
            && breaks <= BREAKS_MAX
            && share >= share_min
            && steadiness >= STEADINESS_MIN
            && self.length >= length_min
            && !chord
            && !amid_sound
    }

    fn steadiness(&self, tone: usize) -> f32 {
        self.drifts[tone].power().sqrt() / self.drift_lengths[tone]
    }
}
