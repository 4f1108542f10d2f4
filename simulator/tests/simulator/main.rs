//! The simulator, read as a specification: one file per chapter.

mod bench;
mod commands;
mod faults;
mod holding;
mod incoming;
mod live;
mod outgoing;
mod power;
mod robustness;
mod sound;
mod terminals;
mod texts;
mod transcripts;
