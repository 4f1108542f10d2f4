//! A pack's `manifest.toml`: what each file says, in whose voice, under which licence.

use super::PackError;
use crate::language::Language;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The manifest of a pack.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Language tag (BCP 47), such as `en`.
    pub language: Language,
    /// Who speaks: voice and engine.
    pub voice: String,
    /// The engine that renders it, by its name in `maskline prompts build`; absent where people speak.
    #[serde(default)]
    pub engine: Option<String>,
    /// The engine's own name of the voice.
    #[serde(default)]
    pub engine_voice: Option<String>,
    /// Under which terms the files may be passed on.
    pub licence: String,
    /// Whose those terms are, as they ask to be named.
    pub credit: String,
    /// Active level of every file, in dBm0.
    pub level_dbm0: f32,
    /// The files, by name without `.wav`.
    pub clips: BTreeMap<String, Clip>,
}

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// What it says.
    pub text: String,
    /// SHA-256 of the file, in hex.
    #[serde(default)]
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of the pack in `dir`.
    pub fn load(dir: &Path) -> Result<Manifest, PackError> {
        let path = dir.join("manifest.toml");
        let manifest = std::fs::read_to_string(&path)
            .map_err(|e| e.to_string())
            .and_then(|text| Manifest::parse(&text));
        manifest.map_err(|reason| PackError::Manifest { path, reason })
    }

    /// Reads the text of a manifest.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }
}
