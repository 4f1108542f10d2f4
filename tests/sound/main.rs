//! The sound room: a call's sound from octets to words and keys, packs, the tone detector.

mod line;
mod pack;
mod recording;
mod tones;
mod tones_command;
