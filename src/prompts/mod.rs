//! Prompt packs made and checked: what `maskline prompts` does. What speaks them is [`crate::audio`].
//!
//! | file | room |
//! |---|---|
//! | `engine` | the voice engines of this machine, and what they say |
//! | `render` | anything that was spoken, made fit for a telephone |
//! | `build` | all prompts of a manifest, rendered, with their checksums |
//! | `check` | what is wrong with a pack |

mod build;
mod check;
mod engine;
mod render;

pub use build::{BuildError, Built, Source, build};
pub use check::{Fault, check_folder, check_pack};
pub use engine::{Engine, EngineError, Voice};
pub use render::render;

/// Peaks of a prompt at most, in dBFS.
const PEAK_DBFS: f32 = -3.0;
/// How long a digit is that is spoken alone, in ms.
const DIGIT_MS: std::ops::RangeInclusive<usize> = 450..=800;
