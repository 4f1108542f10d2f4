//! The modem's power: PWRKEY, RESET and STATUS, by the times of the SIM7600 Hardware Design V1.05,
//! tables 6 and 8 to 10.
//!
//! PWRKEY is a toggle: what it does depends on whether the module is on, so that is looked at
//! first. A short press does nothing to a module that is on (off needs 2.5 s), so it is safe in
//! doubt; a long one is not.
//!
//! | state | does | goes on |
//! |---|---|---|
//! | `Look` | is it on? | off: `PressOn`; on, or nobody can tell: `PressOff` |
//! | `PressOff` | 3 s | `WaitOff` |
//! | `WaitOff` | waits until STATUS is low and USB gone | off: `PressOn`; on: `PressReset` |
//! | `PressOn` | 500 ms | `WaitOn` |
//! | `WaitOn` | USB takes 11 to 12 s, STATUS 12 to 16 s | the end |
//! | `PressReset` | 200 ms if that pin is there: PWRKEY is without effect | the end |

use super::profile::{Active, Press};
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin, PinState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Longest until an off press shows: 28 s, and some.
const OFF_WITHIN_MS: u32 = 30_000;
/// Longest until an on press shows: 16 s, and some.
const ON_WITHIN_MS: u32 = 18_000;
/// Between two looks while waiting.
const LOOK_MS: u32 = 500;

/// A pin could not be set or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pin}: {why}")]
pub struct PowerError {
    pin: &'static str,
    why: String,
}

/// A pin with the level at which it acts.
#[derive(Debug)]
pub struct Acting<P> {
    /// The pin.
    pub pin: P,
    /// The level at which it acts.
    pub active: Active,
}

impl<P> Acting<P> {
    fn level(&self, acts: bool) -> PinState {
        PinState::from((self.active == Active::High) == acts)
    }
}

/// The pins of a modem.
#[derive(Debug)]
pub struct Pins<O, I> {
    /// PWRKEY.
    pub power_key: Acting<O>,
    /// RESET, if it is wired.
    pub reset: Option<Acting<O>>,
    /// STATUS, if it is wired.
    pub status: Option<Acting<I>>,
    /// FLIGHTMODE, if it is wired: inactive from the start, and held so.
    pub flight_mode: Option<Acting<O>>,
}

/// Where a power cycle stands; the table above says what each does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Look,
    PressOff,
    WaitOff,
    PressOn,
    WaitOn,
    PressReset,
    End(Outcome),
}

/// How a power cycle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The module is on.
    On,
    /// It was switched on, and nothing tells whether it is.
    Pressed,
    /// It did not come on in time.
    DidNotStart,
    /// The key is without effect, and there is no RESET pin.
    KeyIgnored,
    /// The key was without effect: RESET was pressed.
    Reset,
    /// The box is stopping.
    Stopped,
}

/// A wait ended.
enum Waited {
    Seen,
    NotSeen,
    Blind,
    Stopped,
}

/// The modem's power.
pub struct Power<O, I, D> {
    pins: Pins<O, I>,
    press: Press,
    delay: D,
    /// Whether the modem shows itself on USB; `None` where that cannot be told.
    on_usb: Box<dyn FnMut() -> Option<bool> + Send>,
    /// Told of each key that was pressed.
    pressed: Box<dyn FnMut(&'static str) + Send>,
    stop: Arc<AtomicBool>,
}

impl<O: OutputPin, I: InputPin, D: DelayNs> Power<O, I, D> {
    /// The power of a modem with these pins.
    pub fn new(
        pins: Pins<O, I>,
        press: Press,
        delay: D,
        on_usb: Box<dyn FnMut() -> Option<bool> + Send>,
        pressed: Box<dyn FnMut(&'static str) + Send>,
        stop: Arc<AtomicBool>,
    ) -> Power<O, I, D> {
        Power { pins, press, delay, on_usb, pressed, stop }
    }

    /// Whether the module is on: by STATUS or by USB; `None` where neither can tell.
    pub fn is_on(&mut self) -> Result<Option<bool>, PowerError> {
        let status = match &mut self.pins.status {
            None => None,
            Some(status) => Some(match status.active {
                Active::High => status.pin.is_high(),
                Active::Low => status.pin.is_low(),
            }),
        };
        let failed = |error| PowerError { pin: "STATUS", why: format!("{error:?}") };
        let status = status.transpose().map_err(failed)?;
        Ok(match (status, (self.on_usb)()) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (None, None) => None,
            _ => Some(false),
        })
    }

    /// Off if it is on, then on. Blocks for up to 52 s: for a thread of its own.
    pub fn cycle(&mut self) -> Result<Outcome, PowerError> {
        self.run(State::Look)
    }

    /// Presses to switch on; without effect on a module that is on. Blocks for up to 19 s.
    pub fn switch_on(&mut self) -> Result<Outcome, PowerError> {
        self.run(State::PressOn)
    }

    fn run(&mut self, mut state: State) -> Result<Outcome, PowerError> {
        loop {
            if let State::End(outcome) = state {
                return Ok(outcome);
            }
            state = self.step(state)?;
        }
    }

    fn step(&mut self, state: State) -> Result<State, PowerError> {
        Ok(match state {
            State::Look if self.is_on()? == Some(false) => State::PressOn,
            State::Look => State::PressOff,
            State::PressOff => {
                self.hold_power_key(self.press.off_ms)?;
                State::WaitOff
            }
            State::WaitOff => match self.wait(false, OFF_WITHIN_MS)? {
                Waited::Seen | Waited::Blind => State::PressOn,
                Waited::NotSeen => State::PressReset,
                Waited::Stopped => State::End(Outcome::Stopped),
            },
            State::PressOn => {
                self.hold_power_key(self.press.on_ms)?;
                State::WaitOn
            }
            State::WaitOn => State::End(match self.wait(true, ON_WITHIN_MS)? {
                Waited::Seen => Outcome::On,
                Waited::NotSeen => Outcome::DidNotStart,
                Waited::Blind => Outcome::Pressed,
                Waited::Stopped => Outcome::Stopped,
            }),
            State::PressReset => State::End(match &mut self.pins.reset {
                None => Outcome::KeyIgnored,
                Some(reset) => {
                    hold("RESET", reset, self.press.reset_ms, &mut self.delay)?;
                    (self.pressed)("RESET");
                    Outcome::Reset
                }
            }),
            State::End(_) => state,
        })
    }

    fn hold_power_key(&mut self, ms: u32) -> Result<(), PowerError> {
        hold("PWRKEY", &mut self.pins.power_key, ms, &mut self.delay)?;
        (self.pressed)("PWRKEY");
        Ok(())
    }

    /// Waits until the module is on or off. Where nobody can tell, an off is given its whole time.
    fn wait(&mut self, on: bool, within_ms: u32) -> Result<Waited, PowerError> {
        let mut blind = false;
        for _ in 0..within_ms / LOOK_MS {
            match self.is_on()? {
                Some(is_on) if is_on == on => return Ok(Waited::Seen),
                Some(_) => blind = false,
                None if on => return Ok(Waited::Blind),
                None => blind = true,
            }
            if self.stop.load(Ordering::Acquire) {
                return Ok(Waited::Stopped);
            }
            self.delay.delay_ms(LOOK_MS);
        }
        Ok(if blind { Waited::Blind } else { Waited::NotSeen })
    }
}

/// Holds a key for a time. It is let go even where pressing gave an error: a key that stays down
/// keeps the module off.
fn hold<O: OutputPin>(
    name: &'static str,
    key: &mut Acting<O>,
    ms: u32,
    delay: &mut impl DelayNs,
) -> Result<(), PowerError> {
    let (down, up) = (key.level(true), key.level(false));
    let pressed = key.pin.set_state(down);
    if pressed.is_ok() {
        delay.delay_ms(ms);
    }
    let released = key.pin.set_state(up);
    pressed.and(released).map_err(|error| PowerError { pin: name, why: format!("{error:?}") })
}
