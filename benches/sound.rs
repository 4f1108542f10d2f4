//! What the sound costs: the tone detector, saying, mixing for a recording. `docs/sound.md`.
//!
//! `cargo bench --bench sound`; `BENCH_SECONDS` is how much sound each row takes (600).

use maskline::audio::script::{Phrase, Script};
use maskline::audio::tones::Detector;
use maskline::audio::{Output, Pack, Packs, Sound, SoundSettings};
use maskline::limits::{FRAME, FRAME_SAMPLES};
use rustix::time::{ClockId, clock_gettime};
use std::f32::consts::TAU;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

const RATE: usize = 8000;

fn main() {
    let seconds = std::env::var("BENCH_SECONDS").map_or(600, |n| n.parse().expect("a number"));
    let frames = seconds * RATE / FRAME_SAMPLES;
    println!("| {:<34} | ns per 20 ms | CPU s per hour | hours per CPU s |", "");
    println!("|{}|-------------:|---------------:|----------------:|", "-".repeat(36));
    for (name, sound) in [
        ("detector, silence", vec![0; RATE]),
        ("detector, speech", speech()),
        ("detector, keys", keys()),
        ("detector, noise", noise()),
    ] {
        let mut detector = Detector::new();
        row(name, frames, detect(&mut detector, &sound, frames));
    }
    row("a call: hears, says nothing", frames, call(frames, false, false));
    row("a call: hears and speaks", frames, call(frames, true, false));
    row("a call: hears, speaks, is recorded", frames, call(frames, true, true));
}

fn row(name: &str, frames: usize, took: Duration) {
    let ns = took.as_secs_f64() * 1e9 / frames as f64;
    let per_hour = ns * 1e-9 * 3600.0 / FRAME.as_secs_f64();
    println!("| {name:<34} | {ns:>12.0} | {per_hour:>14.3} | {:>15.1} |", 1.0 / per_hour);
}

/// CPU time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

fn detect(detector: &mut Detector, sound: &[i16], frames: usize) -> Duration {
    let began = cpu();
    for frame in sound.chunks_exact(FRAME_SAMPLES).cycle().take(frames) {
        detector.push(black_box(frame), |heard| {
            black_box(heard);
        });
    }
    cpu() - began
}

/// A call in virtual time that hears speech.
fn call(frames: usize, speaks: bool, recorded: bool) -> Duration {
    let mut sound = Sound::new(Arc::new(Packs::builtin()), SoundSettings::default());
    let heard: Vec<u8> = speech().iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut now = Duration::from_secs(1);
    sound.start(now);
    if recorded {
        assert!(sound.record(now), "there is sound to record");
    }
    let began = cpu();
    for frame in heard.chunks_exact(2 * FRAME_SAMPLES).cycle().take(frames) {
        now += FRAME;
        sound.handle_octets(now, frame);
        let mut said = speaks && now == Duration::from_secs(1) + FRAME;
        sound.handle_timeout(now);
        while let Some(output) = sound.poll_output() {
            said |= output == Output::Said;
            black_box(&output);
        }
        if said {
            sound.say(now, &Script::phrase(Phrase::Greeting).digits("12345"));
        }
    }
    cpu() - began
}

/// All prompts, one after the other.
fn speech() -> Vec<i16> {
    let pack = Pack::builtin();
    Phrase::ALL.iter().flat_map(|phrase| pack.phrase(*phrase).to_vec()).collect()
}

/// The key 5 for 70 ms, pauses of 70 ms.
fn keys() -> Vec<i16> {
    let wave = |hz: f32, n: usize| 5000.0 * (TAU * hz / RATE as f32 * n as f32).sin();
    let sounds = |n: usize| n % 1120 < 560;
    let sample = |n: usize| if sounds(n) { wave(770.0, n) + wave(1336.0, n) } else { 0.0 };
    (0..8 * 1120).map(|n| sample(n) as i16).collect()
}

/// Noise at about -20 dBm0.
fn noise() -> Vec<i16> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i16 / 8
    };
    (0..10 * RATE).map(|_| next()).collect()
}
