//! What the modem sends: octets of any size in, health and keys out.

use super::level::{Health, Meter};
use super::rate::{Rate, RateMeter};
use super::resample::Halver;
use super::tones::{Detector, Heard, Tone};
use crate::clock::Mono;
use crate::limits::SAMPLE_RATE;

/// Samples that are converted at a time.
const CHUNK_SAMPLES: usize = 256;
/// Samples that are kept until the rate is known: 1 s at 16 kHz, all that the rate meter takes.
const HELD_SAMPLES: usize = 16_000;

/// Who hears what is received.
pub trait Hear {
    /// A key.
    fn key(&mut self, tone: Tone);
    /// All samples, at 8 kHz; the first ones come when the rate is known.
    fn samples(&mut self, samples: &[i16]);
}

/// The receiving half of a line's sound.
///
/// Until the rate is known the stream is taken as 8 kHz, so that no key waits; when it turns out to
/// be 16 kHz, what came before is heard again.
#[derive(Debug, Clone, Default)]
pub struct Downlink {
    /// The first octet of a sample whose second has not come yet.
    carry: Option<u8>,
    rate: RateMeter,
    held: Vec<i16>,
    halver: Halver,
    detector: Detector,
    meter: Meter,
    octets: u64,
}

impl Downlink {
    /// Starts receiving.
    pub fn start() -> Downlink {
        Downlink { held: Vec::with_capacity(HELD_SAMPLES), ..Downlink::default() }
    }

    /// Takes octets that arrived now; tells what is heard in them, and says the rate once it is known.
    pub fn handle_octets(&mut self, now: Mono, octets: &[u8], to: &mut impl Hear) -> Option<Rate> {
        self.octets += octets.len() as u64;
        let mut rest = octets;
        if let (Some(low), [high, after @ ..]) = (self.carry, rest) {
            self.carry = None;
            rest = after;
            self.handle_samples(&[i16::from_le_bytes([low, *high])], to);
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        self.carry = odd.first().copied().or(self.carry);
        for pairs in pairs.chunks(CHUNK_SAMPLES) {
            let samples: heapless::Vec<i16, CHUNK_SAMPLES> =
                pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
            self.handle_samples(&samples, to);
        }
        let rate = self.rate.count(now, octets.len());
        match rate {
            Some(Rate::Wide) => self.hear_again(to),
            Some(Rate::Narrow) => to.samples(&self.held),
            None => return None,
        }
        self.held = Vec::new();
        rate
    }

    /// The rate, once it is known.
    pub fn rate(&self) -> Option<Rate> {
        self.rate.decided()
    }

    /// Samples per second as counted last.
    pub fn measured_hz(&self) -> Option<u32> {
        self.rate.measured_hz()
    }

    /// Octets received.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// What the stream was like so far.
    pub fn health(&self) -> Health {
        self.meter.health()
    }

    /// When a tone began: what was received after its start is still to be subtracted from now.
    pub fn began_at(&self, now: Mono, tone: &Tone) -> Mono {
        let heard = Mono::from_secs_f64(self.detector.samples() as f64 / f64::from(SAMPLE_RATE));
        now.saturating_sub(heard.saturating_sub(tone.start))
    }

    fn handle_samples(&mut self, samples: &[i16], to: &mut impl Hear) {
        match self.rate.decided() {
            None => {
                let room = HELD_SAMPLES.saturating_sub(self.held.len()).min(samples.len());
                self.held.extend_from_slice(&samples[..room]);
                self.hear(samples, to);
            }
            Some(Rate::Narrow) => self.hear(samples, to),
            Some(Rate::Wide) => self.hear_wide(samples, to),
        }
    }

    fn hear_again(&mut self, to: &mut impl Hear) {
        self.detector = Detector::new();
        self.meter = Meter::default();
        let held = std::mem::take(&mut self.held);
        self.hear_wide(&held, to);
    }

    fn hear_wide(&mut self, samples: &[i16], to: &mut impl Hear) {
        for wide in samples.chunks(CHUNK_SAMPLES) {
            let narrow: heapless::Vec<i16, CHUNK_SAMPLES> =
                wide.iter().filter_map(|s| self.halver.push(*s)).collect();
            self.hear(&narrow, to);
        }
    }

    fn hear(&mut self, samples: &[i16], to: &mut impl Hear) {
        self.meter.push(samples);
        if self.rate.decided().is_some() {
            to.samples(samples);
        }
        self.detector.push(samples, |heard| {
            if let Heard::Began(tone) = heard {
                to.key(tone);
            }
        });
    }
}
