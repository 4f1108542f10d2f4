//! `maskline tones`: what the tone detector hears in recordings.

use super::resample::resample;
use super::tones::{Detector, Heard, RATE_HZ, Tone};
use super::wav;
use crate::call::Key;
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file as `--json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    path: String,
    digits: String,
    tones: Vec<ToneReport>,
}

#[derive(Debug, Serialize)]
struct ToneReport {
    key: char,
    start_ms: u64,
    length_ms: u64,
    low_dbm0: f32,
    high_dbm0: f32,
}

/// Writes what is heard in each file to `out`: a line `path`, TAB, digits; or as JSON a line with
/// times and levels. A file that cannot be read is told on standard error; then the answer is
/// `false`.
pub fn tones(paths: &[PathBuf], json: bool, out: &mut impl Write) -> io::Result<bool> {
    let mut all_read = true;
    for path in paths {
        match tones_of(path) {
            Ok(tones) if json => {
                serde_json::to_writer(&mut *out, &report(path, &tones))?;
                writeln!(out)?;
            }
            Ok(tones) => {
                let digits: String = tones.iter().map(|tone| symbol(tone.key)).collect();
                writeln!(out, "{}\t{digits}", path.display())?;
            }
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                all_read = false;
            }
        }
    }
    Ok(all_read)
}

/// The tones heard in a recording.
pub fn tones_of(path: &Path) -> io::Result<Vec<Tone>> {
    let recording = wav::read(&std::fs::read(path)?)?;
    let samples = match recording.rate_hz {
        RATE_HZ => recording.samples,
        other => resample(&recording.samples, other, RATE_HZ),
    };
    let mut tones = Vec::new();
    let mut heard = |heard| match heard {
        Heard::Began(tone) => tones.push(tone),
        Heard::Ended(tone) => {
            if let Some(last) = tones.last_mut() {
                *last = tone;
            }
        }
    };
    let mut detector = Detector::new();
    detector.push(&samples, &mut heard);
    detector.finish(&mut heard);
    Ok(tones)
}

/// A key as it is printed.
pub fn symbol(key: Key) -> char {
    match key {
        Key::Digit(digit) => char::from(b'0' + digit.min(9)),
        Key::Star => '*',
        Key::Pound => '#',
    }
}

fn report(path: &Path, tones: &[Tone]) -> Report {
    let tenth = |level: f32| (level * 10.0).round() / 10.0;
    let tone = |tone: &Tone| ToneReport {
        key: symbol(tone.key),
        start_ms: tone.start.as_millis() as u64,
        length_ms: tone.length.as_millis() as u64,
        low_dbm0: tenth(tone.low_dbm0),
        high_dbm0: tenth(tone.high_dbm0),
    };
    Report {
        path: path.display().to_string(),
        digits: tones.iter().map(|tone| symbol(tone.key)).collect(),
        tones: tones.iter().map(tone).collect(),
    }
}
