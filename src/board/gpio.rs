//! GPIO lines of the running kernel behind the `embedded-hal` traits.
//!
//! `linux-embedded-hal` speaks the first character-device interface, which newer kernels can be
//! built without: there, every request of a line gives EINVAL, and `gpiocdev` speaks the second.

use super::power::{Acting, Pins};
use super::profile::{Active, Pin, Profile};
use embedded_hal::digital::{Error, ErrorKind, ErrorType, InputPin, OutputPin, PinState};
use gpiocdev_embedded_hal as v2;
use linux_embedded_hal::CdevPin;
use linux_embedded_hal::gpio_cdev::{self, Chip, LineRequestFlags};
use std::path::{Path, PathBuf};

/// What the kernel shows as the user of our lines.
const CONSUMER: &str = "maskline";

/// Pins could not be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No chip has one of these labels.
    #[error("there is no GPIO chip labelled {}: found {}", .wanted.join(" or "), list(.found))]
    NoChip {
        /// Labels looked for.
        wanted: Vec<String>,
        /// Labels found.
        found: Vec<String>,
    },
    /// A line is taken, not there, or not ours.
    #[error("{field}, line {line} of {chip}: {why}", chip = .chip.display())]
    Line {
        /// The profile's field.
        field: &'static str,
        /// Its line.
        line: u32,
        /// The chip.
        chip: PathBuf,
        /// What the kernel says.
        why: String,
    },
}

fn list(labels: &[String]) -> String {
    if labels.is_empty() { "none".to_owned() } else { labels.join(", ") }
}

/// A line could not be set or read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct GpioError(String);

impl Error for GpioError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

/// A line that is set.
pub struct Out(OutLine);

enum OutLine {
    V1(CdevPin),
    V2(v2::OutputPin),
}

/// A line that is read.
pub struct In(InLine);

enum InLine {
    V1(CdevPin),
    V2(v2::InputPin),
}

impl ErrorType for Out {
    type Error = GpioError;
}

impl OutputPin for Out {
    fn set_low(&mut self) -> Result<(), GpioError> {
        match &mut self.0 {
            OutLine::V1(pin) => pin.set_low().map_err(told),
            OutLine::V2(pin) => pin.set_low().map_err(told),
        }
    }

    fn set_high(&mut self) -> Result<(), GpioError> {
        match &mut self.0 {
            OutLine::V1(pin) => pin.set_high().map_err(told),
            OutLine::V2(pin) => pin.set_high().map_err(told),
        }
    }
}

impl ErrorType for In {
    type Error = GpioError;
}

impl InputPin for In {
    fn is_high(&mut self) -> Result<bool, GpioError> {
        match &mut self.0 {
            InLine::V1(pin) => pin.is_high().map_err(told),
            InLine::V2(pin) => pin.is_high().map_err(told),
        }
    }

    fn is_low(&mut self) -> Result<bool, GpioError> {
        self.is_high().map(|high| !high)
    }
}

fn told(error: impl std::fmt::Display) -> GpioError {
    GpioError(error.to_string())
}

/// The chip with the first of these labels that is there. Its number says nothing: a Raspberry Pi 5
/// has had its header at 4, and at 0 since.
pub fn find_chip(labels: &[String]) -> Result<PathBuf, OpenError> {
    // A chip that may not be opened is as good as none; a link to one is found as itself.
    let chips: Vec<Chip> =
        gpio_cdev::chips().map(|all| all.filter_map(Result::ok).collect()).unwrap_or_default();
    let with = |label: &String| chips.iter().find(|chip| chip.label() == label);
    match labels.iter().find_map(with) {
        Some(chip) => Ok(chip.path().to_owned()),
        None => {
            let found = chips.iter().map(|chip| chip.label().to_owned()).collect();
            Err(OpenError::NoChip { wanted: labels.to_vec(), found })
        }
    }
}

/// Takes the profile's pins, none of them acting; `None` where it has no power key.
pub fn open(profile: &Profile, header: &[String]) -> Result<Option<Pins<Out, In>>, OpenError> {
    let Some(power_key) = profile.power_key else { return Ok(None) };
    let labels = if profile.header.is_empty() { header } else { &profile.header };
    let chip = find_chip(labels)?;
    let out = |field, pin: Option<Pin>| pin.map(|pin| take_out(&chip, field, pin)).transpose();
    Ok(Some(Pins {
        power_key: take_out(&chip, "power_key", power_key)?,
        reset: out("reset", profile.reset)?,
        flight_mode: out("flight_mode", profile.flight_mode)?,
        status: profile.status.map(|pin| take_in(&chip, "status", pin)).transpose()?,
    }))
}

fn take_out(chip: &Path, field: &'static str, pin: Pin) -> Result<Acting<Out>, OpenError> {
    let Pin { line, active } = pin;
    let at_rest = PinState::from(active == Active::Low);
    let taken = take_v1(chip, line, LineRequestFlags::OUTPUT, at_rest).map(OutLine::V1);
    let taken = taken.or_else(|_| v2::OutputPin::new(chip, line, at_rest).map(OutLine::V2));
    Ok(Acting { pin: Out(taken.map_err(|error| refused(chip, field, line, error))?), active })
}

fn take_in(chip: &Path, field: &'static str, pin: Pin) -> Result<Acting<In>, OpenError> {
    let Pin { line, active } = pin;
    let taken = take_v1(chip, line, LineRequestFlags::INPUT, PinState::Low).map(InLine::V1);
    let taken = taken.or_else(|_| v2::InputPin::new(chip, line).map(InLine::V2));
    Ok(Acting { pin: In(taken.map_err(|error| refused(chip, field, line, error))?), active })
}

/// Whatever the first interface refuses is asked of the second, whose error is the one that is
/// told: a kernel that has both gives the same for both.
fn take_v1(
    chip: &Path,
    line: u32,
    flags: LineRequestFlags,
    level: PinState,
) -> Result<CdevPin, gpio_cdev::errors::Error> {
    let level = u8::from(level == PinState::High);
    CdevPin::new(Chip::new(chip)?.get_line(line)?.request(flags, level, CONSUMER)?)
}

fn refused(chip: &Path, field: &'static str, line: u32, error: v2::Error) -> OpenError {
    OpenError::Line { field, line, chip: chip.to_owned(), why: error.to_string() }
}
