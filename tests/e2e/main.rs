//! The shipped program, end to end and in real time: `maskline run` as a process, a simulated modem
//! behind pseudo-terminals, HTTP, signals. Names carry the row of call-flow that they are about.
//!
//! Every test has a stage of its own, so all of them run at once; they wait for what they are about,
//! never for a time.

mod demo;
mod doctor;
mod lines;
mod masked_call;
mod ports;
mod program;
mod prompts;
mod receiver;
mod recording;
mod relay;
mod scene;
mod settings;
mod stops;
mod texts;
