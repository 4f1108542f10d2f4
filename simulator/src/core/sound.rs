//! Every 20 ms: who speaks, who hears it, and what the PCM port carries.

use super::{Core, Emit, Event};
use crate::phone::{PhoneEvent, Source};
use crate::snapshot::CallState;
pub(crate) use crate::sound::FRAME_TIME;
use crate::sound::{self, FRAME, Frame, Heard, amplitude, noise};
use crate::{Output, Sound};
use std::time::Duration;

/// One active call in this frame.
struct Party {
    phone: String,
    multiparty: bool,
    says: Option<Frame>,
}

impl Core {
    /// Whether anything would happen in a frame.
    fn needs_frames(&self) -> bool {
        let connected = |leg: &super::Leg| leg.answered.is_some();
        self.config.sound != Sound::Off
            && self.legs.iter().any(connected)
            && (self.pcm.registered
                || self.legs.iter().any(|leg| {
                    let phone = self.phones.get(&leg.phone);
                    phone.is_some_and(|p| !p.mouth.is_silent() || p.ear.is_hearing())
                }))
    }

    /// Starts the 20 ms clock if it is needed and does not run.
    pub(crate) fn wake_sound(&mut self) {
        if !self.framing && self.needs_frames() {
            self.framing = true;
            self.later(FRAME_TIME, Event::Frame);
        }
    }

    pub(crate) fn frame(&mut self) {
        self.framing = false;
        if !self.needs_frames() {
            return;
        }
        let uplink = if self.pcm.registered { self.pcm.uplink_frame() } else { None };
        let uplink = uplink.filter(|frame| !self.settings.muted && sound::peak(frame) > 0);
        if uplink.is_none() && self.is_quiet() {
            self.give_downlink(&[]);
            return self.wake_sound();
        }
        let parties = self.parties();
        self.give_downlink(&parties);
        self.give_ears(&parties, uplink.as_ref());
        self.end_utterances();
        self.wake_sound();
    }

    /// Nobody speaks, nobody hears an end, nobody wants samples: most frames of most calls.
    fn is_quiet(&self) -> bool {
        self.config.sound != Sound::Full
            && self.legs.iter().all(|leg| {
                let phone = self.phones.get(&leg.phone);
                phone.is_none_or(|p| p.mouth.is_silent() && !p.ear.is_hearing())
            })
    }

    fn parties(&mut self) -> Vec<Party> {
        let mut parties = Vec::new();
        for leg in &self.legs {
            let Some(phone) = self.phones.get_mut(&leg.phone) else { continue };
            // A held phone's speech is lost, but time passes for it too.
            let says = phone.mouth.frame();
            if leg.talks() {
                parties.push(Party { phone: leg.phone.clone(), multiparty: leg.multiparty, says });
            }
        }
        parties
    }

    fn give_downlink(&mut self, parties: &[Party]) {
        if !self.pcm.registered || !self.audio_open {
            return;
        }
        let mut sum: Option<Frame> = None;
        for said in parties.iter().filter_map(|party| party.says.as_ref()) {
            sound::mix(sum.get_or_insert([0; FRAME]), said);
        }
        if let Some(level) = self.config.network.noise_dbm0 {
            // The RMS of a sine of that level.
            let rms = amplitude(level) / std::f64::consts::SQRT_2;
            for sample in sum.get_or_insert([0; FRAME]) {
                *sample = sample.saturating_add(noise(&mut self.random, rms));
            }
        }
        let octets = self.pcm.encode(sum.as_ref());
        self.counters.downlink_octets += octets.len() as u64;
        if !self.config.profile.pcm.odd_chunks {
            self.out.push_back(Emit::Other(Output::Audio(octets)));
            return;
        }
        for chunk in self.pcm.chunks(octets, &mut self.random) {
            self.out.push_back(Emit::Other(Output::Audio(chunk)));
        }
    }

    fn give_ears(&mut self, parties: &[Party], uplink: Option<&Frame>) {
        let now = self.now;
        let uplink_peak = uplink.map_or(0, |frame| sound::peak(frame));
        for listener in parties {
            let mut heard = Vec::new();
            let mut ear = |phone: &mut crate::phone::Handset, from: Source, peak: u16| {
                heard.extend(phone.ear.hear(now, &from, peak));
            };
            let phone = self.phone(&listener.phone);
            if uplink_peak > 0 {
                ear(phone, Source::Box, uplink_peak);
            }
            let others = || {
                parties.iter().filter(|other| {
                    listener.multiparty && other.multiparty && other.phone != listener.phone
                })
            };
            for other in others() {
                if let Some(said) = &other.says {
                    ear(phone, Source::Phone(other.phone.clone()), sound::peak(said));
                }
            }
            for event in heard {
                self.heard(&listener.phone, event);
            }
            if self.config.sound == Sound::Full {
                let mut sum = uplink.copied().unwrap_or([0; FRAME]);
                for said in others().filter_map(|other| other.says.as_ref()) {
                    sound::mix(&mut sum, said);
                }
                let (phone, samples) = (listener.phone.clone(), sum.to_vec());
                self.event(PhoneEvent::Heard { phone, samples });
            }
        }
    }

    fn heard(&mut self, phone: &str, heard: Heard) {
        let phone = phone.to_string();
        self.event(match heard {
            Heard::Began(from) => PhoneEvent::SoundBegan { phone, from },
            Heard::Ended { from, length, peak } => {
                PhoneEvent::SoundEnded { phone, from, length, peak }
            }
        });
    }

    fn end_utterances(&mut self) {
        let gap = self.config.network.quiet_gap.max(FRAME_TIME);
        for phone in self.legs.iter().map(|leg| leg.phone.clone()).collect::<Vec<_>>() {
            self.end_sounds(&phone, gap);
        }
    }

    /// A phone is held or gone: whatever it heard is over.
    pub(crate) fn silence(&mut self, phone: &str) {
        self.end_sounds(phone, Duration::ZERO);
    }

    fn end_sounds(&mut self, phone: &str, gap: Duration) {
        let now = self.now;
        let Some(handset) = self.phones.get_mut(phone).filter(|p| p.ear.is_hearing()) else {
            return;
        };
        for event in handset.ear.ended(now, gap) {
            self.heard(phone, event);
        }
    }

    pub(crate) fn input_audio(&mut self, octets: &[u8]) {
        if !self.power.ports {
            return;
        }
        self.audio_open = true;
        self.counters.uplink_octets += octets.len() as u64;
        let flows = self.pcm.registered && self.legs.iter().any(|leg| leg.answered.is_some());
        let lost = if flows && self.config.sound != Sound::Off {
            self.pcm.write(octets, self.config.profile.pcm.uplink_limit)
        } else {
            octets.len()
        };
        self.counters.uplink_lost += lost as u64;
    }

    /// `AT+CPCMREG=1`.
    pub(crate) fn register_pcm(&mut self) -> bool {
        let pcm = self.config.profile.pcm.clone();
        let up = self.legs.iter().filter(|leg| leg.state == CallState::Active);
        let ready = up.filter_map(|leg| leg.began).any(|b| self.now >= b + pcm.ready_after);
        if !ready {
            return false;
        }
        if self.pcm_refusals > 0 {
            self.pcm_refusals -= 1;
            return false;
        }
        if !self.pcm.registered {
            let (volte, other) = self.settings.bandwidth;
            let band = if self.config.network.volte { volte } else { other };
            self.pcm.start(self.settings.cpcmfrm == 1 || band == 0);
        }
        self.wake_sound();
        true
    }
}
