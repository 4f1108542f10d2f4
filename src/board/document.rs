//! The shape of a profile's file: fields, and what each value may be by itself.

use super::profile::{Active, Pin};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use toml::Spanned;

/// One file. Everything may be left out: a base can have it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Document {
    pub base: Option<Spanned<String>>,
    pub about: Option<String>,
    pub models: Vec<String>,
    pub header: Option<Vec<String>>,
    pub power_key: Option<Spanned<PinTable>>,
    pub reset: Option<Spanned<PinTable>>,
    pub status: Option<Spanned<PinTable>>,
    pub flight_mode: Option<Spanned<PinTable>>,
    pub press: Press,
    pub usb: Usb,
    pub leds: Leds,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PinTable {
    pub line: Bounded<0, 255>,
    pub active: Active,
}

impl PinTable {
    pub fn pin(self) -> Pin {
        Pin { line: self.line.0, active: self.active }
    }
}

/// Bounds of the hardware manual: an on press must stay below what switches off (2.5 s).
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Press {
    pub on_ms: Option<Bounded<100, 2000>>,
    pub off_ms: Option<Bounded<2500, 5000>>,
    pub reset_ms: Option<Bounded<100, 500>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Usb {
    pub vendor: Option<Hex>,
    pub product: Option<Hex>,
    pub at_interface: Option<Bounded<0, 31>>,
    pub audio_interface: Option<Bounded<0, 31>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Leds {
    pub activity: Option<Vec<String>>,
}

/// A whole number between two bounds, both allowed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounded<const MIN: u32, const MAX: u32>(pub u32);

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Bounded<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = i64::deserialize(deserializer)?;
        match u32::try_from(value) {
            Ok(value) if (MIN..=MAX).contains(&value) => Ok(Bounded(value)),
            _ => Err(D::Error::custom(format!("{value} is not between {MIN} and {MAX}"))),
        }
    }
}

/// A USB vendor or product: four hexadecimal digits, as sysfs writes them.
#[derive(Debug, Clone)]
pub(super) struct Hex(pub String);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?.to_ascii_lowercase();
        if text.len() != 4 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            let message = format!("`{text}` is not four hexadecimal digits, such as \"1e0e\"");
            return Err(D::Error::custom(message));
        }
        Ok(Hex(text))
    }
}
