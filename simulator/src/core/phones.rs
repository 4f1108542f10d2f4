//! The phones of the network.

use super::{Core, Event};
use crate::phone::{Cause, Handset, PhoneEvent};
use crate::snapshot::{CallState, Direction};
use crate::{Mono, Sound};
use std::time::Duration;

impl Core {
    /// The phone of that number; it exists as soon as it is named.
    pub(crate) fn phone(&mut self, number: &str) -> &mut Handset {
        if !self.phones.contains_key(number) {
            let behaviour = self.config.network.stranger.clone();
            let handset = Handset { behaviour, ..Handset::default() };
            self.phones.insert(number.to_string(), handset);
        }
        self.phones.get_mut(number).expect("it has just been put there")
    }

    /// Phones whose call is on its way to the modem.
    pub(crate) fn phones_calling(&self) -> Vec<String> {
        let calling = self.phones.iter().filter(|(_, phone)| phone.calling.is_some());
        calling.map(|(number, _)| number.clone()).collect()
    }

    pub(crate) fn phone_answers(&mut self, phone: &str) {
        let ringing = self.leg_of(phone).filter(|leg| {
            let rings = leg.state == CallState::Alerting || leg.began.is_some();
            leg.direction == Direction::Outgoing && leg.answered.is_none() && rings
        });
        if let Some(serial) = ringing.map(|leg| leg.serial) {
            self.later(Mono::ZERO, Event::Answered(serial));
        }
    }

    pub(crate) fn phone_hangs_up(&mut self, phone: &str) {
        if self.phone(phone).calling.take().is_some() {
            let phone = phone.to_string();
            return self.event(PhoneEvent::Ended { phone, cause: Cause::HungUp });
        }
        let leg = self.leg_of(phone).filter(|leg| leg.state != CallState::Dialing);
        if let Some(serial) = leg.map(|leg| leg.serial) {
            self.later(Mono::ZERO, Event::FarRelease(serial, Cause::HungUp));
        }
    }

    pub(crate) fn phone_speaks(&mut self, phone: &str, samples: &[i16]) {
        if self.config.sound != Sound::Off && self.is_connected(phone) {
            self.phone(phone).mouth.speak(samples);
            self.wake_sound();
        }
    }

    pub(crate) fn phone_talks(&mut self, phone: &str, samples: &[i16]) {
        if self.config.sound != Sound::Off && self.is_connected(phone) {
            self.phone(phone).mouth.talk(samples);
            self.wake_sound();
        }
    }

    pub(crate) fn phone_says(&mut self, phone: &str, length: Duration) {
        if self.config.sound != Sound::Off && self.is_connected(phone) {
            self.phone(phone).mouth.say(length);
            self.wake_sound();
        }
    }

    fn is_connected(&self, phone: &str) -> bool {
        self.leg_of(phone).is_some_and(|leg| leg.answered.is_some())
    }
}
