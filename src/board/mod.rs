//! The board: what the modem sits on, and what can be done to it from outside.
//!
//! A line names what carries its modem (`board = "waveshare-sim7600x-hat"`); the computer below it
//! is found at run time. `docs/boards.md` tells how to wire and add one.
//!
//! | file | does |
//! |---|---|
//! | `boards`, `document`, `profile` | profiles: built in and from a folder, what they inherit |
//! | `gpio` | lines of the running kernel behind `embedded-hal`, the chip found by label |
//! | `power` | PWRKEY, RESET, STATUS: a state machine over `embedded-hal` |
//! | `usb` | the device behind a tty, off the bus and back |
//! | `keeper` | when a module that is off is switched on |
//! | `rungs` | the board's rungs of the recovery ladder, on a thread of its own |

mod boards;
mod document;
mod gpio;
mod keeper;
mod power;
mod profile;
mod rungs;
mod usb;

pub use boards::{Boards, FOLDER, ProfileError};
pub use gpio::{GpioError, OpenError, find_chip};
pub use power::{Acting, Outcome, Pins, Power, PowerError};
pub use profile::{Active, Leds, Pin, Press, Profile, Usb};
pub use rungs::{BoardError, BoardRungs};
pub use usb::{Device, FindError, ReauthoriseError, SIMCOM, SYSFS, UsbModem};

/// The model of this computer, as its device tree has it; empty where there is none.
pub fn model() -> String {
    let text = std::fs::read_to_string("/sys/firmware/devicetree/base/model").unwrap_or_default();
    text.trim_end_matches('\0').to_owned()
}
