//! A prompt pack whose every clip is a tone of a tenth of a second: calls are short with it.

use maskline::audio::pack;
use std::f32::consts::TAU;
use std::path::Path;
use tempfile::TempDir;

/// How long each clip is, in samples at 8 kHz.
pub const CLIP_SAMPLES: usize = 800;

/// Makes the pack; it lives as long as what is returned.
pub fn short() -> TempDir {
    let folder = tempfile::Builder::new().prefix("maskline-prompts-").tempdir().unwrap();
    std::fs::create_dir(folder.path().join("digits")).unwrap();
    for name in pack::names() {
        clip(&folder.path().join(format!("{name}.wav")));
    }
    folder
}

/// The configuration that makes a daemon speak with it.
pub fn config(pack: &TempDir) -> String {
    format!("[sound]\nprompts = {:?}\nsettle_ms = 100\n", pack.path())
}

fn clip(file: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).unwrap();
    for n in 0..CLIP_SAMPLES {
        // 400 Hz: no tone of a keypad.
        let sample = 6000.0 * (TAU * 400.0 / 8000.0 * (n as f32 + 0.5)).sin();
        writer.write_sample(sample as i16).unwrap();
    }
    writer.finalize().unwrap();
}
