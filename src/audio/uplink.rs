//! What the modem is sent: frames paced by the clock, silence when nothing is said.
//!
//! The modem plays one frame in 20 ms. So the clock tells how much of what was handed out is still
//! to be played, and a frame is due whenever that falls below [`AHEAD`]. If nobody called in time
//! the modem ran dry: the time is lost, what is being said is not.

use super::pack::Pack;
use super::rate::Rate;
use super::resample::Doubler;
use super::script::Script;
use super::sound::{Frame, SoundSettings};
use super::speaker::Speaker;
use crate::clock::Mono;
use crate::limits::{AUDIO_QUEUE_FRAMES, FRAME, FRAME_SAMPLES, SAMPLE_RATE};
use std::time::Duration;

/// Frames that are handed out before the moment they are played.
const AHEAD: u32 = 2;
const _: () = assert!(AHEAD as usize <= AUDIO_QUEUE_FRAMES, "no more than the port may queue");

/// A frame to send.
#[derive(Debug, Clone)]
pub struct Sent {
    /// As the port wants it.
    pub octets: Frame,
    /// The same at 8 kHz.
    pub samples: [i16; FRAME_SAMPLES],
    /// When it is played.
    pub played_at: Mono,
}

/// The sending half of a line's sound.
#[derive(Debug, Clone)]
pub struct Uplink {
    speaker: Speaker,
    doubler: Doubler,
    rate: Rate,
    /// Nothing is said before this moment: the first words after an answer are often clipped.
    settled: Mono,
    /// When the modem will have played everything that was handed out.
    played_until: Mono,
    said_at: Option<Mono>,
    frames: u64,
    late_frames: u64,
}

impl Uplink {
    /// Starts sending now.
    pub fn start(now: Mono, settings: &SoundSettings) -> Uplink {
        Uplink {
            speaker: Speaker::new(settings.gain_db),
            doubler: Doubler::default(),
            rate: Rate::Narrow,
            settled: now + settings.settle,
            played_until: now,
            said_at: None,
            frames: 0,
            late_frames: 0,
        }
    }

    /// The modem turned out to want this rate.
    pub fn set_rate(&mut self, rate: Rate) {
        self.rate = rate;
    }

    /// Somebody else answered: what is said next waits for the settle time again.
    pub fn settle(&mut self, now: Mono, settings: &SoundSettings) {
        self.settled = now + settings.settle;
    }

    pub fn say(&mut self, script: &Script, pack: &Pack, settings: &SoundSettings) {
        self.said_at = None;
        self.speaker.say(script, pack, settings);
    }

    pub fn hush(&mut self) {
        self.said_at = None;
        self.speaker.hush();
    }

    /// Whether an utterance has not been heard to its end.
    pub fn speaks(&self) -> bool {
        self.speaker.speaks() || self.said_at.is_some()
    }

    /// Whether the utterance has just been heard to its end; said once.
    pub fn take_said(&mut self, now: Mono) -> bool {
        let said = self.said_at.is_some_and(|at| at <= now);
        if said {
            self.said_at = None;
        }
        said
    }

    /// When the next frame is due.
    pub fn next_frame_at(&self) -> Mono {
        self.played_until.saturating_sub(FRAME * (AHEAD - 1))
    }

    /// When [`Uplink::frame`] or [`Uplink::take_said`] has something to give.
    pub fn next_timeout(&self) -> Mono {
        self.said_at.map_or(self.next_frame_at(), |said| said.min(self.next_frame_at()))
    }

    /// The next frame, if it is due.
    pub fn frame(&mut self, now: Mono) -> Option<Sent> {
        if now < self.next_frame_at() {
            return None;
        }
        if self.played_until < now {
            self.late_frames +=
                if self.frames == 0 { 0 } else { frames_in(now - self.played_until) };
            self.played_until = now;
        }
        let held = self.played_until < self.settled;
        let (samples, ended) = self.speaker.frame(held);
        if let Some(samples) = ended {
            let samples = u32::try_from(samples).expect("at most a frame");
            self.said_at = Some(self.played_until + Duration::from_secs(1) * samples / SAMPLE_RATE);
        }
        let played_at = self.played_until;
        self.played_until += FRAME;
        self.frames += 1;
        Some(Sent { octets: self.octets(&samples), samples, played_at })
    }

    /// Frames sent, and frames that were handed out too late.
    pub fn counts(&self) -> (u64, u64) {
        (self.frames, self.late_frames)
    }

    fn octets(&mut self, samples: &[i16; FRAME_SAMPLES]) -> Frame {
        match self.rate {
            Rate::Narrow => samples.iter().flat_map(|s| s.to_le_bytes()).collect(),
            Rate::Wide => {
                let doubler = &mut self.doubler;
                let wide = samples.iter().flat_map(|s| doubler.push(*s));
                wide.flat_map(i16::to_le_bytes).collect()
            }
        }
    }
}

/// Frames in a time, a part of one counted as one.
fn frames_in(time: Duration) -> u64 {
    time.as_nanos().div_ceil(FRAME.as_nanos()) as u64
}
