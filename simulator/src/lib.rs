//! A SIM7600 modem and the telephone network behind it, as its manual and logs describe it.
//!
//! [`Modem`] is a pure machine: octets in, octets out, and the time as an argument. It has no
//! clock, thread, socket or file, so a test runs thousands of calls a second in virtual time,
//! and every fault comes from a seed. The [`pty`] module puts it behind two pseudo-terminals in
//! real time.
//!
//! ```
//! use simulator::{Config, Input, Modem, Output};
//! use std::time::Duration;
//!
//! let mut modem = Modem::new(Config::default());
//! modem.handle_input(Duration::ZERO, Input::At(b"ATE0;+CREG?\r"));
//! let mut said = Vec::new();
//! while let Some(when) = modem.poll_timeout() {
//!     modem.handle_timeout(when);
//!     while let Some(output) = modem.poll_output() {
//!         if let Output::At(octets) = output {
//!             said.extend(octets);
//!         }
//!     }
//! }
//! assert_eq!(said, b"ATE0;+CREG?\r\r\n+CREG: 0,1\r\n\r\nOK\r\n");
//! ```
//!
//! Storeys, from the wire inwards: `fault` (what goes wrong on the wire), `at` (command lines
//! and result codes), `command` (commands by chapter of the manual), `core` (power, calls,
//! sound), `phone` (the phones), with `profile` as the table of what firmware differs in.

mod agenda;
mod at;
mod clock;
mod command;
mod config;
mod core;
mod fault;
mod io;
mod modem;
mod number;
mod phone;
pub mod profile;
pub mod pty;
mod random;
mod sms;
mod snapshot;
mod sound;

pub use clock::WallClock;
pub use config::{Config, Keys, NetworkConfig, SimCard, Sound, Start};
pub use fault::{Fault, Faults};
pub use io::{Input, Output, Power};
pub use modem::Modem;
pub use number::NumberingPlan;
pub use phone::{Behaviour, Cause, PhoneAction, PhoneEvent, Presentation, Source};
pub use profile::Profile;
pub use snapshot::{CallState, Calls, Counters, Direction, LegView};

/// Time since the simulation began.
pub type Mono = std::time::Duration;
