//! The English prompt pack is complete and fit for a telephone.

use maskline::audio::level::active_dbm0;
use maskline::audio::pack::{Manifest, Pack, names};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts/en")
}

fn samples(name: &str) -> Vec<i16> {
    let reader = hound::WavReader::open(folder().join(format!("{name}.wav"))).expect(name);
    reader.into_samples().map(|s| s.expect(name)).collect()
}

#[test]
fn every_phrase_and_digit_has_a_file_a_text_and_its_checksum() {
    Pack::load(&folder(), None).expect("complete and in the right format");
    let manifest = Manifest::load(&folder()).expect("a manifest");
    assert_eq!(manifest.language, "en");
    let mut expected: Vec<String> = names().collect();
    expected.sort();
    assert_eq!(manifest.clips.keys().cloned().collect::<Vec<_>>(), expected);
    for (name, clip) in &manifest.clips {
        assert!(!clip.text.is_empty(), "{name}");
        let file = std::fs::read(folder().join(format!("{name}.wav"))).expect(name);
        let hex: String = Sha256::digest(file).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(clip.sha256, hex, "{name}: render the pack again");
    }
}

#[test]
fn every_file_has_the_level_of_the_manifest_and_no_peak_above_minus_3_dbfs() {
    let level = Manifest::load(&folder()).expect("a manifest").level_dbm0;
    for name in names() {
        let samples = samples(&name);
        let active = active_dbm0(&samples);
        assert!((active - level).abs() < 0.5, "{name}: {active} dBm0");
        let peak = samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
        assert!(f64::from(peak) <= 32768.0 * 10f64.powf(-3.0 / 20.0), "{name}: peak {peak}");
    }
}

#[test]
fn no_file_begins_or_ends_with_silence_and_digits_are_short() {
    for name in names() {
        let samples = samples(&name);
        let loud = |s: &i16| s.unsigned_abs() > 60;
        let begins = samples.iter().position(loud).expect("sound");
        let ends = samples.iter().rev().position(loud).expect("sound");
        assert!(begins < 400 && ends < 400, "{name}: {begins} and {ends} samples of silence");
        if name.starts_with("digits/") {
            let ms = samples.len() / 8;
            assert!((450..=800).contains(&ms), "{name}: {ms} ms");
        }
    }
}

#[test]
fn no_prompt_speaks_a_telephone_number() {
    for (name, clip) in Manifest::load(&folder()).expect("a manifest").clips {
        assert!(!clip.text.contains(|c: char| c.is_ascii_digit()), "{name}: {}", clip.text);
    }
}

#[test]
fn nothing_that_is_said_sounds_like_a_key() {
    for name in names() {
        let mut detector = maskline::audio::tones::Detector::new();
        detector.push(&samples(&name), |heard| panic!("{name}: {heard:?}"));
    }
}
