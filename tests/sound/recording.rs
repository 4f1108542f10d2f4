//! What a recording holds: both directions, from its begin, each sample in its place.

use maskline::audio::script::{Item, Script};
use maskline::audio::tape::Block;
use maskline::audio::{Output, Packs, Sound, SoundSettings};
use std::f32::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

const START: Duration = Duration::from_secs(50);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A sound that is recorded while a modem sends at some rate.
struct Bench {
    sound: Sound,
    now: Duration,
    rate_hz: u32,
    sent: u64,
    blocks: Vec<Block>,
}

impl Bench {
    fn recording(rate_hz: u32) -> Bench {
        let settings = SoundSettings { settle: ms(100), ..SoundSettings::default() };
        let sound = Sound::new(Arc::new(Packs::builtin()), settings);
        let mut bench = Bench { sound, now: START, rate_hz, sent: 0, blocks: Vec::new() };
        assert!(!bench.sound.record(START), "there is no sound yet");
        bench.sound.start(START);
        assert!(bench.sound.record(START));
        bench.drain();
        bench
    }

    fn drain(&mut self) {
        while let Some(output) = self.sound.poll_output() {
            if let Output::Recorded(block) = output {
                self.blocks.push(block);
            }
        }
    }

    /// Time passes, and the modem sends a tone of 440 Hz, or nothing at all.
    fn pass(&mut self, time: Duration, sends: bool) {
        let end = self.now + time;
        while self.now < end {
            self.now += ms(10);
            while let Some(due) = self.sound.poll_timeout().filter(|due| *due <= self.now) {
                self.sound.handle_timeout(due);
                self.drain();
            }
            if sends {
                let count = u64::from(self.rate_hz / 100);
                let tone =
                    |n: u64| (6000.0 * (TAU * 440.0 / self.rate_hz as f32 * n as f32).sin()) as i16;
                let octets: Vec<u8> =
                    (self.sent..self.sent + count).flat_map(|n| tone(n).to_le_bytes()).collect();
                self.sent += count;
                self.sound.handle_octets(self.now, &octets);
                self.drain();
            }
        }
    }

    /// The whole recording, laid out.
    fn end(mut self) -> Vec<i16> {
        let rest = self.sound.end_recording(self.now).expect("it runs");
        self.blocks.extend(rest);
        let mut all = Vec::new();
        for block in &self.blocks {
            assert!(block.at >= all.len() as u64, "blocks come in order");
            all.resize(usize::try_from(block.at).unwrap(), 0);
            all.extend(block.samples);
        }
        all
    }
}

/// The share of a frequency in a stretch of 100 ms.
fn has(samples: &[i16], at_ms: usize, hz: f32) -> bool {
    let samples = &samples[at_ms * 8..at_ms * 8 + 800];
    let turn = |n: usize| TAU * hz / 8000.0 * n as f32;
    let sum = |of: fn(f32) -> f32| -> f32 {
        samples.iter().enumerate().map(|(n, s)| f32::from(*s) * of(turn(n))).sum()
    };
    let amplitude = sum(f32::sin).hypot(sum(f32::cos)) * 2.0 / samples.len() as f32;
    amplitude > 1000.0
}

#[test]
fn both_directions_are_recorded_from_the_first_moment_at_either_rate() {
    for rate_hz in [8000, 16000] {
        let mut bench = Bench::recording(rate_hz);
        bench.pass(ms(2000), true);
        bench.sound.say(bench.now, &Script::new([Item::WarningTone]));
        bench.pass(ms(3000), true);
        let all = bench.end();
        assert!(all.len().abs_diff(5 * 8000) <= 320, "{rate_hz}: {}", all.len());
        // Also what was heard before the rate was known.
        for at_ms in (50..4800).step_by(250) {
            assert!(has(&all, at_ms, 440.0), "{rate_hz}: nothing heard at {at_ms} ms");
        }
        assert!(has(&all, 2150, 1400.0), "{rate_hz}: the warning tone is missing");
        assert!(!has(&all, 1000, 1400.0) && !has(&all, 3500, 1400.0), "{rate_hz}");
        assert!(all.iter().all(|s| s.unsigned_abs() < 20_000), "nothing twice in one place");
    }
}

#[test]
fn a_modem_that_falls_silent_leaves_a_gap_of_that_length() {
    let mut bench = Bench::recording(8000);
    bench.pass(ms(2000), true);
    bench.pass(ms(3000), false);
    bench.pass(ms(1000), true);
    let all = bench.end();
    assert!(all.len().abs_diff(6 * 8000) <= 320, "{}", all.len());
    assert!(has(&all, 1800, 440.0) && has(&all, 5300, 440.0));
    assert!(all[2100 * 8..4900 * 8].iter().all(|s| *s == 0));
}

#[test]
fn a_port_that_goes_and_comes_back_keeps_the_times_right() {
    let mut bench = Bench::recording(8000);
    bench.pass(ms(2000), true);
    bench.sound.start_silent(bench.now);
    bench.pass(ms(10_000), false);
    bench.sound.start(bench.now);
    bench.pass(ms(2000), true);
    let all = bench.end();
    assert!(all.len().abs_diff(14 * 8000) <= 320, "{}", all.len());
    assert!(has(&all, 1800, 440.0) && !has(&all, 7000, 440.0) && has(&all, 13_500, 440.0));
}

#[test]
fn without_a_recording_nothing_is_recorded() {
    let mut sound = Sound::new(Arc::new(Packs::builtin()), SoundSettings::default());
    sound.start(START);
    sound.handle_octets(START + ms(20), &[1; 3200]);
    sound.handle_timeout(START + ms(2000));
    while let Some(output) = sound.poll_output() {
        assert!(!matches!(output, Output::Recorded(_)));
    }
    assert!(sound.end_recording(START + ms(2000)).is_none());
}
