//! The sound: prompts out, keys in, in 20 ms frames of 8 kHz PCM. Pure but for [`pack`] and
//! [`tones_command`], which read files.
//!
//! One line has one [`Sound`]. It is given the octets that the modem sends and the time; it gives
//! back the frames that the modem is to be sent, and the keys that it heard in the sound:
//!
//! - out: a [`script::Script`] is taken from a [`Pack`] and joined by `speaker`, paced by `uplink`;
//! - in: `downlink` measures the rate, [`level`] the health, [`tones`] hears the keys;
//! - [`tape`] mixes both for a recording, `report` says how they were;
//! - [`keys`] makes one stream of the keys that modem and tone detector heard;
//! - [`tones_command`] is `maskline tones`, over [`wav`] and [`resample`].

mod downlink;
pub mod keys;
pub mod level;
pub mod pack;
pub mod rate;
mod report;
pub mod resample;
pub mod script;
mod sound;
mod speaker;
pub mod tape;
pub mod tones;
pub mod tones_command;
mod uplink;
pub mod wav;

pub use pack::{Pack, PackError, Packs};
pub use report::SoundReport;
pub use sound::{Frame, Output, Sound, SoundSettings};
