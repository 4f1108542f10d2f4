//! Maskline: a phone-number-masking box.
//!
//! `ARCHITECTURE.md` beside this crate is the map.

pub mod audio;
pub mod board;
pub mod call;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod doctor;
pub mod http;
pub mod language;
pub mod limits;
pub mod line;
pub mod memory;
pub mod metrics;
pub mod modem;
pub mod number;
pub mod order;
pub mod prompts;
pub mod record;
pub mod recording;
pub mod status;
pub mod stick;
pub mod store;
pub mod texts;
