//! Keys in both directions: `+RXDTMF`, tones in the sound, `AT+VTS`.

use super::{Core, Event};
use crate::phone::{PhoneEvent, Source};
use crate::profile::KeyReport;
use crate::sound::{is_key, key_tone};
use crate::{Mono, Sound};
use std::time::Duration;

impl Core {
    pub(crate) fn phone_key(&mut self, phone: String, key: char) {
        let key = key.to_ascii_uppercase();
        let keys = self.config.network.keys.clone();
        let twice = std::mem::take(&mut self.duplicate_key);
        let Some(leg) = self.leg_of(&phone).filter(|leg| leg.talks() && is_key(key)) else {
            return;
        };
        let (serial, multiparty) = (leg.serial, leg.multiparty);
        if multiparty {
            self.others_hear_key(&phone, key);
        }
        let skew = Duration::from_millis(u64::from(keys.skew_ms.unsigned_abs()));
        let (tone_after, report_after) =
            if keys.skew_ms < 0 { (skew, Mono::ZERO) } else { (Mono::ZERO, skew) };
        if keys.report {
            self.later(report_after, Event::KeyReport(serial, key, twice));
        }
        if keys.in_band && self.config.sound != Sound::Off {
            self.later(tone_after, Event::Tone(phone, key));
        }
    }

    fn others_hear_key(&mut self, phone: &str, key: char) {
        let listeners: Vec<String> = self
            .legs
            .iter()
            .filter(|leg| leg.multiparty && leg.talks() && leg.phone != phone)
            .map(|leg| leg.phone.clone())
            .collect();
        for listener in listeners {
            let from = Source::Phone(phone.to_string());
            self.event(PhoneEvent::HeardKey { phone: listener, key, from });
        }
    }

    /// A key of the far end is reported, if the firmware does that and the call is still up.
    pub(crate) fn key_report(&mut self, serial: u64, key: char, twice: bool) {
        let keys = &self.config.profile.keys;
        let reports = match keys.when {
            KeyReport::Always => true,
            KeyReport::AfterDdet => self.settings.ddet,
            KeyReport::Never => false,
        };
        if !reports || !self.leg(serial).is_some_and(|leg| leg.talks()) {
            return;
        }
        let line = if keys.with_length {
            format!("+DTMF: {key},{}", self.config.network.keys.tone.as_millis())
        } else {
            format!("+RXDTMF: {key}")
        };
        for _ in 0..1 + u8::from(twice) {
            self.call_line(&line, false);
        }
    }

    pub(crate) fn tone(&mut self, phone: &str, key: char) {
        if !self.leg_of(phone).is_some_and(|leg| leg.talks()) {
            return;
        }
        let tone = key_tone(key, &self.config.network.keys);
        self.phone(phone).mouth.press(&tone);
        self.wake_sound();
    }

    /// One key of `AT+VTS`: made in the network, heard by every active phone.
    pub(crate) fn send_key(&mut self, key: char) {
        let listeners: Vec<String> =
            self.legs.iter().filter(|leg| leg.talks()).map(|leg| leg.phone.clone()).collect();
        for phone in listeners {
            self.event(PhoneEvent::HeardKey { phone, key, from: Source::Box });
        }
    }
}
