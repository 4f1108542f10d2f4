//! What a board is, as its profile says.

use crate::line::recovery::Rung;
use serde::{Deserialize, Serialize};

/// A board: a computer with a header, or a carrier of the modem, with all it inherited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Its name: that of its file.
    pub name: String,
    /// One sentence for people.
    pub about: String,
    /// The file it was read from, or `built in`.
    pub from: String,
    /// Beginnings of `/sys/firmware/devicetree/base/model`; a profile with models is a computer.
    pub models: Vec<String>,
    /// Labels of the GPIO chip with the pins; the first that is there is taken. Empty: the
    /// computer's.
    pub header: Vec<String>,
    /// PWRKEY: a toggle.
    pub power_key: Option<Pin>,
    /// RESET: for emergencies.
    pub reset: Option<Pin>,
    /// STATUS: active while the module is on.
    pub status: Option<Pin>,
    /// FLIGHTMODE: active = radio off. Held inactive.
    pub flight_mode: Option<Pin>,
    /// How long keys are pressed.
    pub press: Press,
    /// The modem on USB; `None`: not on USB, and no USB device is ever touched.
    pub usb: Option<Usb>,
    /// LEDs of `/sys/class/leds`.
    pub leds: Leds,
}

impl Profile {
    /// Whether this is a computer, which is found by itself, and not what carries the modem.
    pub fn is_computer(&self) -> bool {
        !self.header.is_empty() && self.pins().next().is_none() && self.usb.is_none()
    }

    /// The rungs a modem on this board can have.
    pub fn rungs(&self) -> Vec<Rung> {
        let usb = self.usb.as_ref().map(|_| Rung::UsbReauthorise);
        let key = self.power_key.map(|_| Rung::PowerKey);
        usb.into_iter().chain(key).collect()
    }

    /// Its pins by field.
    pub fn pins(&self) -> impl Iterator<Item = (&'static str, Pin)> {
        let pins = [
            ("power_key", self.power_key),
            ("reset", self.reset),
            ("status", self.status),
            ("flight_mode", self.flight_mode),
        ];
        pins.into_iter().filter_map(|(field, pin)| Some((field, pin?)))
    }
}

/// A line of the GPIO chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pin {
    /// Its offset; on a Raspberry Pi the BCM number.
    pub line: u32,
    /// Its level when it acts.
    pub active: Active,
}

/// The level at which a line acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Active {
    /// Low, as on the module's own pins.
    Low,
    /// High, as behind a transistor that inverts.
    High,
}

/// How long keys are pressed (SIM7600 Hardware Design V1.05, tables 8 to 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Press {
    /// PWRKEY to switch on: 100 ms at least, 500 ms typical.
    pub on_ms: u32,
    /// PWRKEY to switch off: 2.5 s at least.
    pub off_ms: u32,
    /// RESET: 100 to 500 ms, 200 ms typical.
    pub reset_ms: u32,
}

impl Default for Press {
    fn default() -> Press {
        Press { on_ms: 500, off_ms: 3000, reset_ms: 200 }
    }
}

/// A modem on USB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usb {
    /// Vendor, four hexadecimal digits: the only one that is ever taken off the bus.
    pub vendor: String,
    /// Product, which tells the composition.
    pub product: Option<String>,
    /// Interface of the AT port.
    pub at_interface: Option<u32>,
    /// Interface of the sound port.
    pub audio_interface: Option<u32>,
}

/// LEDs by what they tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Leds {
    /// Names of the activity LED; the first that is there is taken.
    pub activity: Vec<String>,
}
