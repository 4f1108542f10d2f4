//! What is wrong with a pack: what a caller would hear, found without listening.

use super::build::sha256;
use super::render::silences;
use super::{DIGIT_MS, PEAK_DBFS};
use crate::audio::level::active_dbm0;
use crate::audio::pack::{Manifest, decode, is_digit, names};
use crate::audio::tones::Detector;
use crate::limits::SAMPLE_RATE;
use std::path::{Path, PathBuf};

/// The active level of a prompt without a manifest, in dBm0.
const LEVEL_DBM0: f32 = -16.0;
/// How far it may be from there, in dB.
const LEVEL_ERROR_DB: f32 = 0.5;
/// Silence at either end at most, in ms.
const EDGE_MS: usize = 50;
/// How long a letter takes to be said, in ms; pauses included, shortest and longest.
const LETTER_MS: (usize, usize) = (40, 130);
/// Letters that one sign counts for in scripts that write syllables or words.
const SYLLABLE_LETTERS: usize = 3;
/// Files of a folder that are looked at.
const FILES: usize = 1000;

/// Something wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// The prompt; empty: the pack.
    pub prompt: String,
    /// What is wrong, and how it ought to be.
    pub problem: String,
}

fn fault(prompt: &str, problem: impl Into<String>) -> Fault {
    Fault { prompt: prompt.to_owned(), problem: problem.into() }
}

/// Checks a folder: a whole pack if it has a manifest, else single prompts of a site.
pub fn check_folder(folder: &Path) -> Vec<Fault> {
    let file = |name: &str| folder.join(format!("{name}.wav"));
    let manifest = match folder.join("manifest.toml").exists().then(|| Manifest::load(folder)) {
        Some(Err(error)) => return vec![fault("", error.to_string())],
        Some(Ok(manifest)) => Some(manifest),
        None => None,
    };
    let mut faults = check_pack(manifest.as_ref(), |name| std::fs::read(file(name)).ok());
    let known: Vec<PathBuf> = names().map(|name| file(&name)).collect();
    for path in wavs(folder).into_iter().filter(|path| !known.contains(path)) {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        faults.push(fault(&name, "no prompt has this name: it is never heard"));
    }
    faults
}

/// Checks a pack whose files come from anywhere.
pub fn check_pack(
    manifest: Option<&Manifest>,
    file: impl Fn(&str) -> Option<Vec<u8>>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let level = manifest.map_or(LEVEL_DBM0, |manifest| manifest.level_dbm0);
    let mut found = false;
    for name in names() {
        let clip = manifest.and_then(|manifest| manifest.clips.get(&name));
        let mut say = |problem: String| faults.push(fault(&name, problem));
        if manifest.is_some() && clip.is_none_or(|clip| clip.text.trim().is_empty()) {
            say("the manifest has no text for it".to_owned());
        }
        let Some(octets) = file(&name) else {
            if manifest.is_some() {
                say("there is no file".to_owned());
            }
            continue;
        };
        found = true;
        if clip.is_some_and(|clip| clip.sha256 != sha256(&octets)) {
            say("its checksum is not that of the manifest: build it again".to_owned());
        }
        match decode(Path::new(&format!("{name}.wav")), &octets[..]) {
            Ok(samples) => {
                let text = clip.map(|clip| clip.text.as_str());
                check_clip(&name, &samples, level, text).into_iter().for_each(&mut say);
            }
            Err(error) => say(error.to_string()),
        }
    }
    for name in manifest.iter().flat_map(|manifest| manifest.clips.keys()) {
        if !names().any(|known| known == *name) {
            faults.push(fault(name, "the manifest names it, and no prompt has this name"));
        }
    }
    if !found && manifest.is_none() {
        faults.push(fault("", "there is no prompt in this folder"));
    }
    faults
}

fn check_clip(name: &str, samples: &[i16], level: f32, text: Option<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    let ms = |samples: usize| samples * 1000 / SAMPLE_RATE as usize;
    let Some((begin, end)) = silences(samples) else {
        return vec!["nothing is said in it".to_owned()];
    };
    let active = active_dbm0(samples);
    if (active - level).abs() > LEVEL_ERROR_DB {
        problems.push(format!("its active level is {active:.1} dBm0, not {level}"));
    }
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    let peak = 20.0 * (f32::from(peak) / 32768.0).log10();
    if peak > PEAK_DBFS {
        problems.push(format!("its peak is {peak:.1} dBFS, above {PEAK_DBFS}"));
    }
    for (place, silence) in [("begins", ms(begin)), ("ends", ms(end))] {
        if silence > EDGE_MS {
            problems.push(format!("it {place} with {silence} ms of silence, more than {EDGE_MS}"));
        }
    }
    let length = ms(samples.len());
    if is_digit(name) {
        if !DIGIT_MS.contains(&length) {
            let (least, most) = (DIGIT_MS.start(), DIGIT_MS.end());
            problems.push(format!("it takes {length} ms, and a digit {least} to {most}"));
        }
    } else if let Some(text) = text {
        let letters = letters(text);
        let (least, most) = (letters * LETTER_MS.0, letters * LETTER_MS.1);
        if !(least..=most).contains(&length) {
            problems.push(format!("it takes {length} ms, and its text {least} to {most}"));
        }
    }
    if text.is_some_and(|text| text.contains(|c: char| c.is_ascii_digit())) {
        problems.push("its text has digits: write words, and never a telephone number".to_owned());
    }
    let mut detector = Detector::new();
    detector.push(samples, |heard| {
        problems.push(format!("something in it sounds like a key: {heard:?}"));
    });
    problems
}

/// How many letters are said.
fn letters(text: &str) -> usize {
    let weight = |c: char| if c >= '\u{2e80}' { SYLLABLE_LETTERS } else { 1 };
    text.chars().filter(|c| c.is_alphanumeric()).map(weight).sum()
}

/// The WAV files of a folder and of its `digits`.
fn wavs(folder: &Path) -> Vec<PathBuf> {
    let folders = [folder.to_owned(), folder.join("digits")];
    let items = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let files = items.flatten().take(FILES).map(|item| item.path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|kind| kind == "wav")).collect();
    files.sort();
    files
}
