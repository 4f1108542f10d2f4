//! The sound: prompts out, keys in, in 20 ms frames of 8 kHz PCM. Pure but for `port`.

pub mod script;
