//! What goes into the machine and what comes out.

use crate::phone::{PhoneAction, PhoneEvent};
use serde::{Deserialize, Serialize};

/// Something that happens to the modem or its network.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Octets written to the AT port. Implies that it is open.
    At(&'a [u8]),
    /// Octets written to the audio port. Implies that it is open.
    Audio(&'a [u8]),
    /// Somebody uses a phone.
    Phone(PhoneAction),
    /// A program opened the AT port: gets what was reported while nobody listened.
    AtOpened,
    /// The AT port was closed.
    AtClosed,
    /// A program opened the audio port.
    AudioOpened,
    /// The audio port was closed.
    AudioClosed,
    /// The board does something to the module's power.
    Power(Power),
}

/// What a board can do to the module's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// PWRKEY is pressed. Held for 100 ms or more it starts a module that is off.
    KeyDown,
    /// PWRKEY is released. After 2.5 s or more it stops a module that is on.
    KeyUp,
    /// RESET is pulsed.
    Reset,
    /// The supply is cut.
    SupplyOff,
    /// The supply is back; the module waits for its key.
    SupplyOn,
    /// The USB device is unauthorised and authorised again: ports go and come, the module
    /// and its calls stay.
    UsbReplug,
}

/// Something the modem or its network does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Octets to be read at the AT port.
    At(Vec<u8>),
    /// Octets to be read at the audio port.
    Audio(Vec<u8>),
    /// A phone notices something.
    Phone(PhoneEvent),
    /// Both ports vanish.
    PortsGone,
    /// Both ports are there again (closed: they want opening).
    PortsBack,
}
