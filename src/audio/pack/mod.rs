//! Prompt packs: one folder per language, one WAV per phrase and digit, and a manifest.

mod builtin;
mod library;
mod manifest;

use super::script::Phrase;
pub use builtin::manifest as builtin_manifest;
pub use library::{FOLDER, Found, Library, Packs, builtin_file};
pub use manifest::{Clip, Manifest};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Samples per second of a pack's files.
const RATE_HZ: u32 = crate::limits::SAMPLE_RATE;
/// Samples at each end of a clip over which it is faded: 4 ms.
const FADE_SAMPLES: usize = 32;
/// Samples of the longest clip: 30 s.
const CLIP_SAMPLES_MAX: u32 = 30 * RATE_HZ;

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A phrase or digit has no file.
    #[error("prompt pack: no file for `{name}`: {path} does not exist")]
    Missing {
        /// The phrase, or `digits/0`.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file cannot be read as WAV.
    #[error("prompt {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: hound::Error,
    },
    /// A file is a WAV of another format.
    #[error("prompt {path}: {found}; a prompt is 8000 Hz, mono, 16-bit PCM, at most 30 s")]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
    },
    /// The manifest cannot be read.
    #[error("prompt manifest {path}: {reason}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The samples of one phrase or digit, at 8 kHz; they begin and end at zero.
pub type Samples = Arc<[i16]>;

/// Everything a line can say in one language.
#[derive(Debug, Clone)]
pub struct Pack {
    phrases: [Samples; Phrase::ALL.len()],
    digits: [Samples; 10],
}

impl Pack {
    /// The English pack that is part of the program.
    pub fn builtin() -> Pack {
        let read = |name: &str| {
            let path = PathBuf::from(file_of(name));
            let wav = builtin::file(name).ok_or_else(|| missing(name, &path))?;
            read_clip(&path, wav)
        };
        Pack::gather(read).expect("a test loads every file of the built-in pack")
    }

    /// The samples of a phrase.
    pub fn phrase(&self, phrase: Phrase) -> &Samples {
        &self.phrases[phrase as usize]
    }

    /// The samples of a digit, 0 to 9; `None` for anything else.
    pub fn digit(&self, digit: u8) -> Option<&Samples> {
        self.digits.get(usize::from(digit))
    }

    fn gather(read: impl Fn(&str) -> Result<Samples, PackError>) -> Result<Pack, PackError> {
        let phrases: Result<Vec<Samples>, PackError> =
            Phrase::ALL.iter().map(|phrase| read(phrase.name())).collect();
        let digits: Result<Vec<Samples>, PackError> =
            (0..10).map(|digit| read(&format!("digits/{digit}"))).collect();
        Ok(Pack {
            phrases: phrases?.try_into().expect("as many as Phrase::ALL"),
            digits: digits?.try_into().expect("ten"),
        })
    }
}

/// The names of all files of a pack without `.wav`: phrases, then `digits/0` to `digits/9`.
pub fn names() -> impl Iterator<Item = String> {
    let digits = (0..10).map(|digit| format!("digits/{digit}"));
    Phrase::ALL.iter().map(|phrase| phrase.name().to_owned()).chain(digits)
}

/// Whether a prompt is a digit that is spoken alone.
pub fn is_digit(name: &str) -> bool {
    name.starts_with("digits/")
}

fn file_of(name: &str) -> String {
    format!("{name}.wav")
}

fn missing(name: &str, path: &Path) -> PackError {
    PackError::Missing { name: name.to_owned(), path: path.to_owned() }
}

fn read_file(path: &Path) -> Result<Samples, PackError> {
    let file = std::fs::File::open(path).map_err(|e| PackError::Unreadable {
        path: path.to_owned(),
        source: hound::Error::IoError(e),
    })?;
    read_clip(path, std::io::BufReader::new(file))
}

fn read_clip(path: &Path, wav: impl std::io::Read) -> Result<Samples, PackError> {
    let mut samples = decode(path, wav)?;
    fade_ends(&mut samples);
    Ok(samples.into())
}

/// The samples of a prompt's file as they are written; `path` is what errors call it.
pub fn decode(path: &Path, wav: impl std::io::Read) -> Result<Vec<i16>, PackError> {
    let unreadable = |source| PackError::Unreadable { path: path.to_owned(), source };
    let reader = hound::WavReader::new(wav).map_err(unreadable)?;
    let spec = reader.spec();
    let right = spec.sample_rate == RATE_HZ
        && spec.channels == 1
        && spec.bits_per_sample == 16
        && spec.sample_format == hound::SampleFormat::Int
        && reader.duration() <= CLIP_SAMPLES_MAX;
    if !right {
        let seconds = reader.duration() / spec.sample_rate.max(1);
        let found = format!(
            "this one is {} Hz, {} channel(s), {}-bit {:?}, {seconds} s",
            spec.sample_rate, spec.channels, spec.bits_per_sample, spec.sample_format
        );
        return Err(PackError::Format { path: path.to_owned(), found });
    }
    let samples: Result<Vec<i16>, hound::Error> = reader.into_samples().collect();
    samples.map_err(unreadable)
}

/// Fades the ends of a clip, so that it can be joined to anything without a click.
fn fade_ends(samples: &mut [i16]) {
    let fade = FADE_SAMPLES.min(samples.len() / 2);
    let last = samples.len().saturating_sub(1);
    for n in 0..fade {
        let gain = n as f32 / fade as f32;
        for at in [n, last - n] {
            samples[at] = (f32::from(samples[at]) * gain) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, rate: u32, channels: u16) {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let mut wav = hound::WavWriter::create(path, spec).expect("created");
        for _ in 0..400 * channels {
            wav.write_sample(1000i16).expect("written");
        }
        wav.finalize().expect("finished");
    }

    pub(super) fn write_pack(dir: &Path) {
        for name in names() {
            write(&dir.join(file_of(&name)), 8000, 1);
        }
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        let dir = tempfile::tempdir().expect("dir");
        write_pack(dir.path());
        let library = Library::new(Some(dir.path()), crate::language::Language::english());
        let load = || library.load(library.language());
        write(&dir.path().join("greeting.wav"), 16000, 2);
        let error = load().expect_err("stereo").to_string();
        assert!(error.contains("greeting.wav") && error.contains("16000 Hz"), "{error}");
        std::fs::write(dir.path().join("greeting.wav"), b"RIFF").expect("written");
        let error = load().expect_err("no WAV").to_string();
        assert!(error.contains("greeting.wav"), "{error}");
    }

    #[test]
    fn the_built_in_pack_is_complete_and_starts_and_ends_at_zero() {
        let pack = Pack::builtin();
        for phrase in Phrase::ALL {
            let samples = pack.phrase(phrase);
            assert_eq!((samples.first(), samples.last()), (Some(&0), Some(&0)), "{phrase:?}");
        }
        assert!((0..10).all(|digit| pack.digit(digit).is_some_and(|d| d.len() > 2000)));
    }
}
