//! `maskline tones`: a line per file, any common kind of WAV, errors that name the file.

use maskline::audio::tones_command::tones;
use std::f32::consts::TAU;
use std::path::{Path, PathBuf};

/// A recording of the keys 1, 5 and 9, 80 ms each.
fn record(path: &Path, rate: u32, channels: u16, bits: u16, format: hound::SampleFormat) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: bits,
        sample_format: format,
    };
    let mut wav = hound::WavWriter::create(path, spec).expect("created");
    let full = (1i64 << (bits - 1)) as f32;
    let pause = vec![0.0; rate as usize / 10];
    let tone = |row: f32, column: f32| -> Vec<f32> {
        let wave = |hz: f32, n: u32| (TAU * hz / rate as f32 * n as f32).sin();
        (0..rate * 8 / 100).map(|n| 0.2 * (wave(row, n) + wave(column, n))).collect()
    };
    let keys = [tone(697.0, 1209.0), tone(770.0, 1336.0), tone(852.0, 1477.0)];
    for sample in keys.iter().flat_map(|tone| pause.iter().chain(tone)) {
        for _ in 0..channels {
            match format {
                hound::SampleFormat::Int => wav.write_sample((sample * full) as i32),
                hound::SampleFormat::Float => wav.write_sample(*sample),
            }
            .expect("written");
        }
    }
    wav.finalize().expect("finished");
}

fn run(paths: &[PathBuf], json: bool) -> (bool, String) {
    let mut out = Vec::new();
    let all_read = tones(paths, json, &mut out).expect("a vector takes everything");
    (all_read, String::from_utf8(out).expect("text"))
}

#[test]
fn every_common_kind_of_recording_gives_its_digits() {
    use hound::SampleFormat::{Float, Int};
    let dir = tempfile::tempdir().expect("a folder");
    let kinds = [
        (8000, 1, 16, Int),
        (8000, 2, 16, Int),
        (8000, 1, 8, Int),
        (8000, 1, 24, Int),
        (8000, 1, 32, Float),
        (16000, 1, 16, Int),
        (44100, 2, 16, Int),
        (48000, 1, 32, Int),
    ];
    for (rate, channels, bits, format) in kinds {
        let path = dir.path().join(format!("{rate}-{channels}-{bits}.wav"));
        record(&path, rate, channels, bits, format);
        let line = format!("{}\t159\n", path.display());
        assert_eq!(run(&[path], false), (true, line));
    }
}

#[test]
fn an_unreadable_file_does_not_keep_the_others_from_being_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let good = dir.path().join("good.wav");
    record(&good, 8000, 1, 16, hound::SampleFormat::Int);
    let bad = dir.path().join("bad.wav");
    std::fs::write(&bad, "no sound").expect("written");
    let missing = dir.path().join("missing.wav");
    let (all_read, out) = run(&[bad, missing, good.clone()], false);
    assert_eq!((all_read, out), (false, format!("{}\t159\n", good.display())));
}

#[test]
fn json_adds_times_and_levels() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("keys.wav");
    record(&path, 8000, 1, 16, hound::SampleFormat::Int);
    let (_, out) = run(&[path], true);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["digits"], "159");
    let tone = &report["tones"][1];
    assert_eq!(tone["key"], "5");
    let near = |field: &str, value: f64| {
        let found = tone[field].as_f64().expect("a number");
        assert!((found - value).abs() < 6.0, "{field}: {found}");
    };
    near("start_ms", 280.0);
    near("length_ms", 80.0);
    near("low_dbm0", -10.8);
    near("high_dbm0", -10.8);
}
