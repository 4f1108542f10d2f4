//! Says scripts: joins clips, digits, pauses and tones without clicks, one sample after the other.

use super::level::peak_of;
use super::pack::{Pack, Samples};
use super::script::{Item, Script};
use super::sound::SoundSettings;
use crate::limits::{FRAME_SAMPLES, SAMPLE_RATE, SCRIPT_ITEMS};
use heapless::Vec;
use std::f32::consts::TAU;
use std::time::Duration;

/// Samples over which what is being said fades when it is stopped: 5 ms.
const FADE_SAMPLES: usize = 40;
/// The warning tone: 1400 Hz for 400 ms, as an operator's intrusion tone sounds (ITU-T E.180).
const WARNING_HZ: f32 = 1400.0;
const WARNING_SAMPLES: usize = 3200;
const WARNING_DBM0: f32 = -16.0;

/// A part of an utterance.
#[derive(Debug, Clone)]
enum Part {
    Clip(Samples),
    /// So many samples of silence.
    Silence(usize),
    WarningTone,
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Part::Clip(samples) => samples.len(),
            Part::Silence(samples) => *samples,
            Part::WarningTone => WARNING_SAMPLES,
        }
    }

    fn sample(&self, at: usize) -> f32 {
        match self {
            Part::Clip(samples) => samples.get(at).copied().map_or(0.0, f32::from),
            Part::Silence(_) => 0.0,
            Part::WarningTone => {
                let edge = at.min(WARNING_SAMPLES - 1 - at).min(FADE_SAMPLES);
                let gain = peak_of(WARNING_DBM0) * edge as f32 / FADE_SAMPLES as f32;
                gain * (TAU * WARNING_HZ / SAMPLE_RATE as f32 * at as f32).sin()
            }
        }
    }
}

/// Parts one after the other, and how far it is said.
#[derive(Debug, Clone, Default)]
struct Utterance {
    /// An item is at most a gap and a clip.
    parts: Vec<Part, { 2 * SCRIPT_ITEMS }>,
    part: usize,
    at: usize,
}

impl Utterance {
    fn new(script: &Script, pack: &Pack, settings: &SoundSettings) -> Utterance {
        let mut utterance = Utterance::default();
        let mut last: Option<Item> = None;
        for item in &script.items {
            let gap = last.map_or(Duration::ZERO, |last| gap(last, *item, settings));
            if !gap.is_zero() {
                utterance.add(Part::Silence(samples_of(gap)));
            }
            let part = match item {
                Item::Phrase(phrase) => Some(Part::Clip(pack.phrase(*phrase).clone())),
                Item::Digit(digit) => pack.digit(*digit).cloned().map(Part::Clip),
                Item::Pause(ms) => {
                    Some(Part::Silence(usize::from(*ms) * SAMPLE_RATE as usize / 1000))
                }
                Item::WarningTone => Some(Part::WarningTone),
            };
            part.into_iter().for_each(|part| utterance.add(part));
            last = Some(*item);
        }
        utterance
    }

    fn add(&mut self, part: Part) {
        let _fits = self.parts.push(part);
    }

    /// Whether every sample was given.
    fn is_over(&self) -> bool {
        let left: usize = self.parts.iter().skip(self.part).map(Part::len).sum();
        left == self.at
    }

    /// The next sample; `None` after the last.
    fn next(&mut self) -> Option<f32> {
        while self.at >= self.parts.get(self.part)?.len() {
            self.part += 1;
            self.at = 0;
        }
        let sample = self.parts[self.part].sample(self.at);
        self.at += 1;
        Some(sample)
    }
}

/// The silence between two items. A pause that the script names is all the silence there is.
fn gap(last: Item, next: Item, settings: &SoundSettings) -> Duration {
    match (last, next) {
        (Item::Pause(_), _) | (_, Item::Pause(_)) => Duration::ZERO,
        (Item::Phrase(_), Item::Phrase(_)) => settings.phrase_gap,
        _ => settings.digit_gap,
    }
}

fn samples_of(time: Duration) -> usize {
    (time.as_secs_f64() * f64::from(SAMPLE_RATE)) as usize
}

/// Says one script at a time.
#[derive(Debug, Clone)]
pub struct Speaker {
    gain: f32,
    saying: Option<Utterance>,
    /// The fading end of what was stopped.
    tail: [f32; FADE_SAMPLES],
}

impl Speaker {
    /// A speaker that is silent; `gain_db` is added to every sample.
    pub fn new(gain_db: f32) -> Speaker {
        let gain = 10f32.powf(gain_db / 20.0);
        Speaker { gain, saying: None, tail: [0.0; FADE_SAMPLES] }
    }

    /// Says this from the next frame on, in place of what is being said.
    pub fn say(&mut self, script: &Script, pack: &Pack, settings: &SoundSettings) {
        self.hush();
        self.saying = Some(Utterance::new(script, pack, settings));
    }

    /// Says nothing from the next frame on, but for a fade of 5 ms.
    pub fn hush(&mut self) {
        let Some(mut stopped) = self.saying.take() else { return };
        for (n, slot) in self.tail.iter_mut().enumerate() {
            let fade = 1.0 - (n + 1) as f32 / FADE_SAMPLES as f32;
            *slot += stopped.next().unwrap_or(0.0) * fade;
        }
    }

    /// Whether something is being said.
    pub fn speaks(&self) -> bool {
        self.saying.is_some()
    }

    /// The next frame, and after how many of its samples what was being said ends, if it does. `held`
    /// keeps an utterance back.
    pub fn frame(&mut self, held: bool) -> ([i16; FRAME_SAMPLES], Option<usize>) {
        let mut frame = [0; FRAME_SAMPLES];
        let mut ended = None;
        if self.saying.is_none() && self.tail == [0.0; FADE_SAMPLES] {
            return (frame, ended);
        }
        for (n, slot) in frame.iter_mut().enumerate() {
            let mut sample = self.tail.get(n).copied().unwrap_or(0.0);
            if !held && let Some(utterance) = &mut self.saying {
                match utterance.next() {
                    Some(next) => sample += next,
                    None => {
                        ended = Some(n);
                        self.saying = None;
                    }
                }
            }
            *slot = (sample * self.gain).round().clamp(-32768.0, 32767.0) as i16;
        }
        self.tail = [0.0; FADE_SAMPLES];
        if self.saying.as_ref().is_some_and(Utterance::is_over) {
            ended = Some(FRAME_SAMPLES);
            self.saying = None;
        }
        (frame, ended)
    }
}
