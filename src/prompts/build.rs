//! All prompts of a manifest, rendered. Nothing is written before everything was spoken.

use super::engine::{Engine, EngineError, Voice};
use super::render;
use crate::audio::pack::{Manifest, PackError, is_digit};
use crate::audio::wav::{self, Recording};
use crate::limits::SAMPLE_RATE;
use sha2::{Digest, Sha256};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

/// How long a digit should be, in ms, well inside what [`super::check_pack`] allows.
const DIGIT_AIM_MS: std::ops::RangeInclusive<usize> = 480..=760;
/// Tenths by which a digit is spoken slower or faster at most.
const STRETCH_STEPS: u8 = 20;

/// Who says the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An engine.
    Voice(Voice),
    /// A person: a folder of WAV files of any rate, named as the prompts are.
    Recordings(PathBuf),
}

/// Why a pack was not built.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each says what it is")]
pub enum BuildError {
    #[error(transparent)]
    Manifest(#[from] PackError),
    #[error("{0}: manifest.toml has no such prompt")]
    NoSuchPrompt(String),
    #[error("{name}: {error}")]
    Engine { name: String, error: EngineError },
    #[error("{path}: {error}")]
    File { path: PathBuf, error: std::io::Error },
    #[error("{0}: nothing but silence was spoken")]
    Silence(String),
    #[error(
        "{0}: its [clips] must be as in prompts/en/manifest.toml: `[clips.NAME]`, then `text = \"...\"` on \
         one line"
    )]
    Layout(PathBuf),
}

/// A prompt as it was rendered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Built {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub ms: usize,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

impl Source {
    /// Who says the texts of a manifest, if the command line names nobody.
    pub fn voice(
        manifest: &Manifest,
        engine: Option<&str>,
        voice: Option<&str>,
    ) -> Result<Source, EngineError> {
        // The manifest's voice belongs to the manifest's engine.
        let own = engine.is_none() || engine == manifest.engine.as_deref();
        let voice = voice.or_else(|| manifest.engine_voice.as_deref().filter(|_| own));
        let engine = engine.or(manifest.engine.as_deref()).map(Engine::named).transpose()?;
        Voice::find(&manifest.language, engine, voice).map(Source::Voice)
    }

    fn speak(&self, name: &str, text: &str, stretch: f32) -> Result<Recording, BuildError> {
        match self {
            Source::Voice(voice) => voice
                .speak(text, stretch)
                .map_err(|error| BuildError::Engine { name: name.to_owned(), error }),
            Source::Recordings(folder) => {
                let path = folder.join(format!("{name}.wav"));
                let read = std::fs::read(&path).and_then(|octets| wav::read(&octets));
                read.map_err(|error| BuildError::File { path, error })
            }
        }
    }

    /// One prompt, fit for a telephone.
    fn say(&self, name: &str, text: &str, level_dbm0: f32) -> Result<Vec<i16>, BuildError> {
        let say = |stretch| {
            let spoken = self.speak(name, text, stretch)?;
            render(&spoken, level_dbm0).ok_or_else(|| BuildError::Silence(name.to_owned()))
        };
        let samples = say(1.0)?;
        let Source::Voice(_) = self else { return Ok(samples) };
        let length = ms(&samples);
        if !is_digit(name) || DIGIT_AIM_MS.contains(&length) {
            return Ok(samples);
        }
        // Engines do not stretch evenly, so it is tried.
        let slower = length < *DIGIT_AIM_MS.start();
        for step in 1..=STRETCH_STEPS {
            let by = f32::from(step) * 0.1;
            let other = say(if slower { 1.0 + by } else { 1.0 / (1.0 + by) })?;
            if DIGIT_AIM_MS.contains(&ms(&other)) {
                return Ok(other);
            }
        }
        Ok(samples)
    }
}

fn ms(samples: &[i16]) -> usize {
    samples.len() * 1000 / SAMPLE_RATE as usize
}

/// Renders the prompts of these names, or all, of the pack in a folder, and writes their checksums into
/// its manifest. `done` is told each one.
pub fn build(
    folder: &Path,
    source: &Source,
    names: &[String],
    mut done: impl FnMut(&Built),
) -> Result<Vec<Built>, BuildError> {
    let manifest = Manifest::load(folder)?;
    if let Some(name) = names.iter().find(|name| !manifest.clips.contains_key(*name)) {
        return Err(BuildError::NoSuchPrompt(name.clone()));
    }
    let (mut built, mut files) = (Vec::new(), Vec::new());
    for (name, clip) in &manifest.clips {
        if !names.is_empty() && !names.contains(name) {
            continue;
        }
        let samples = source.say(name, &clip.text, manifest.level_dbm0)?;
        let octets = wav_of(&samples);
        let sha256 = sha256(&octets);
        let one = Built { name: name.clone(), ms: ms(&samples), sha256 };
        done(&one);
        built.push(one);
        files.push((folder.join(format!("{name}.wav")), octets));
    }
    let path = folder.join("manifest.toml");
    let failed = |path: &Path, error| BuildError::File { path: path.to_owned(), error };
    let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
    let text = with_checksums(&text, &built).ok_or_else(|| BuildError::Layout(path.clone()))?;
    files.push((path, text.into_bytes()));
    for (path, octets) in files {
        replace(&path, &octets).map_err(|error| failed(&path, error))?;
    }
    Ok(built)
}

/// Checksum of a file, in hex.
pub(super) fn sha256(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The manifest's text with these checksums in it, everything else as it was; `None` if it is not laid out
/// so that this can be done.
fn with_checksums(text: &str, built: &[Built]) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut of: Option<&Built> = None;
    for line in text.lines() {
        if let Some(table) = line.strip_prefix('[') {
            let name = table.strip_prefix("clips.").and_then(|name| name.strip_suffix(']'));
            let name = name.map(|name| name.trim_matches('"'));
            of = built.iter().find(|built| Some(built.name.as_str()) == name);
        }
        if of.is_none() || !line.starts_with("sha256 =") {
            lines.push(line.to_owned());
        }
        if let Some(built) = of.filter(|_| line.starts_with("text =")) {
            lines.push(format!("sha256 = \"{}\"", built.sha256));
        }
    }
    let text = lines.join("\n") + "\n";
    let manifest = Manifest::parse(&text).ok()?;
    let clip = |built: &Built| manifest.clips.get(&built.name);
    let has = |built: &Built| clip(built).is_some_and(|clip| clip.sha256 == built.sha256);
    built.iter().all(has).then_some(text)
}

fn wav_of(samples: &[i16]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut octets = Cursor::new(Vec::new());
    let mut write = || {
        let mut wav = hound::WavWriter::new(&mut octets, spec)?;
        samples.iter().try_for_each(|sample| wav.write_sample(*sample))?;
        wav.finalize()
    };
    write().expect("memory takes a prompt of a minute");
    octets.into_inner()
}

/// Writes a file in place of another, so that there is always a whole one.
fn replace(path: &Path, octets: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(octets)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A comment.\nlanguage = \"en\"\nvoice = \"v\"\nlicence = \"l\"\ncredit = \"c\"\n\
        level_dbm0 = -16\n\n[clips.greeting]\ntext = \"sha256 = good\"\n\n[clips.\"digits/0\"]\n\
        text = \"zero.\"\nsha256 = \"old\"\n";

    fn built(name: &str) -> Built {
        Built { name: name.to_owned(), ms: 1, sha256: "new".to_owned() }
    }

    #[test]
    fn checksums_go_where_they_belong_and_nothing_else_changes() {
        let text = with_checksums(TEXT, &[built("digits/0")]).expect("laid out well");
        assert_eq!(text, TEXT.replace("\"old\"", "\"new\""));
        let text = with_checksums(TEXT, &[built("greeting")]).expect("laid out well");
        assert_eq!(text, TEXT.replace("good\"\n", "good\"\nsha256 = \"new\"\n"));
    }

    #[test]
    fn a_manifest_of_another_layout_is_left_alone() {
        let inline = TEXT.replace("[clips.greeting]\ntext", "[clips]\ngreeting.text");
        assert!(Manifest::parse(&inline).is_ok());
        assert_eq!(with_checksums(&inline, &[built("greeting")]), None);
    }
}
