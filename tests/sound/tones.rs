//! The tone detector over the limits of ITU-T Q.24, on tones made here from a seed. Codecs, speech
//! and other detectors: `scripts/tone-corpus.py`.

use maskline::audio::level::peak_of;
use maskline::audio::tones::{Detector, Heard, Tone};
use maskline::audio::tones_command::symbol;
use proptest::prelude::*;
use std::f32::consts::TAU;
use std::time::Duration;

const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYPAD: [&str; 4] = ["123A", "456B", "789C", "*0#D"];
const KEYS: &str = "1234567890*#";

/// A small seeded generator (SplitMix64).
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Nearly normal, with variance 1.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}

/// How keys are pressed.
#[derive(Clone, Copy)]
struct Press {
    tone_ms: f32,
    pause_ms: f32,
    /// Of the stronger tone.
    level_dbm0: f32,
    /// Column above row.
    twist_db: f32,
    /// Both tones, up or down at random.
    off_percent: f32,
    noise_db: Option<f32>,
    drop_out_ms: f32,
}

const PLAIN: Press = Press {
    tone_ms: 70.0,
    pause_ms: 70.0,
    level_dbm0: -10.0,
    twist_db: 0.0,
    off_percent: 0.0,
    noise_db: None,
    drop_out_ms: 0.0,
};

fn samples(ms: f32) -> usize {
    (ms * 8.0) as usize
}

fn press(keys: &str, how: Press, seed: &mut Seed) -> Vec<i16> {
    let mut sound = vec![0.0; samples(50.0 + 30.0 * seed.unit())];
    for key in keys.chars() {
        let row = KEYPAD.iter().position(|keys| keys.contains(key)).expect("a key");
        let column = KEYPAD[row].find(key).expect("in its row");
        let count = samples(how.tone_ms);
        let from = sound.len();
        sound.resize(from + count + samples(how.pause_ms), 0.0);
        let levels =
            [how.level_dbm0 - how.twist_db.max(0.0), how.level_dbm0 + how.twist_db.min(0.0)];
        for (hz, level) in [ROWS_HZ[row], COLUMNS_HZ[column]].into_iter().zip(levels) {
            let sign = if seed.unit() < 0.5 { -1.0 } else { 1.0 };
            let hz = hz * (1.0 + sign * how.off_percent / 100.0);
            let phase = seed.unit();
            for n in 0..count {
                sound[from + n] +=
                    peak_of(level) * (TAU * (hz / 8000.0 * n as f32 + phase).fract()).sin();
            }
        }
        let drop = from + (count as f32 * (0.3 + 0.3 * seed.unit())) as usize;
        sound[drop..drop + samples(how.drop_out_ms)].fill(0.0);
    }
    sound.resize(sound.len() + 400, 0.0);
    let noise = how.noise_db.map_or(0.0, |db| {
        // Two tones of this level together are 3 dB above one.
        let power = peak_of(how.level_dbm0).powi(2);
        (power / 10f32.powf(db / 10.0)).sqrt()
    });
    sound.iter().map(|s| (s + noise * seed.normal()) as i16).collect()
}

fn hear(sound: &[i16], chunk: usize) -> (String, Vec<Tone>) {
    let mut detector = Detector::new();
    let (mut keys, mut tones) = (String::new(), Vec::new());
    let mut heard = |heard| match heard {
        Heard::Began(tone) => keys.push(symbol(tone.key)),
        Heard::Ended(tone) => tones.push(tone),
    };
    for part in sound.chunks(chunk) {
        detector.push(part, &mut heard);
    }
    detector.finish(&mut heard);
    (keys, tones)
}

/// Presses every key ten times each way; all must be heard, none twice.
#[track_caller]
fn all_heard(ways: impl IntoIterator<Item = Press>) {
    let mut seed = Seed(24);
    for how in ways {
        let keys = KEYS.repeat(10);
        assert_eq!(hear(&press(&keys, how, &mut seed), 160).0, keys);
    }
}

/// Presses every key ten times each way; none must be heard.
#[track_caller]
fn none_heard(ways: impl IntoIterator<Item = Press>) {
    let mut seed = Seed(24);
    for how in ways {
        assert_eq!(hear(&press(&KEYS.repeat(10), how, &mut seed), 160).0, "");
    }
}

#[test]
fn tones_and_pauses_of_40_ms_are_heard() {
    all_heard([40.0, 45.0, 60.0, 200.0].map(|ms| Press { tone_ms: ms, pause_ms: 40.0, ..PLAIN }));
}

#[test]
fn tones_of_23_ms_are_not_heard() {
    none_heard([20.0, 22.0, 23.0].map(|ms| Press { tone_ms: ms, ..PLAIN }));
}

#[test]
fn levels_down_to_minus_25_dbm0_are_heard() {
    all_heard([-3.0, -12.0, -20.0, -25.0].map(|level_dbm0| Press { level_dbm0, ..PLAIN }));
}

#[test]
fn levels_of_minus_55_dbm0_are_not_heard() {
    none_heard([-55.0].map(|level_dbm0| Press { level_dbm0, ..PLAIN }));
}

#[test]
fn twist_of_plus_4_to_minus_8_db_is_heard() {
    all_heard([4.0, 2.0, -4.0, -8.0].map(|twist_db| Press { twist_db, ..PLAIN }));
}

#[test]
fn tones_off_by_1_5_percent_are_heard() {
    all_heard([0.5, 1.0, 1.5].map(|off_percent| Press { off_percent, ..PLAIN }));
}

#[test]
fn tones_off_by_3_5_percent_are_not_heard() {
    none_heard([3.5, 4.0].map(|off_percent| Press { off_percent, ..PLAIN }));
}

#[test]
fn noise_15_db_below_the_tones_is_no_obstacle() {
    all_heard([15.0, 20.0].map(|db| Press { noise_db: Some(db), ..PLAIN }));
}

#[test]
fn a_drop_out_of_10_ms_is_bridged_and_doubles_nothing() {
    all_heard([5.0, 10.0].map(|drop_out_ms| Press { drop_out_ms, ..PLAIN }));
}

#[test]
fn a_to_d_are_never_reported() {
    assert_eq!(hear(&press("A1B2C3D4", PLAIN, &mut Seed(1)), 160).0, "1234");
}

#[test]
fn the_size_of_a_push_changes_nothing() {
    let sound = press(KEYS, PLAIN, &mut Seed(5));
    let whole = hear(&sound, sound.len());
    for chunk in [1, 7, 51, 102, 160, 999] {
        assert_eq!(hear(&sound, chunk), whole, "in pieces of {chunk}");
    }
}

#[test]
fn start_length_and_level_are_told() {
    let mut sound = vec![0i16; 8000];
    let how = Press { tone_ms: 100.0, twist_db: -4.0, ..PLAIN };
    sound.extend(press("5", how, &mut Seed(6)));
    let lead = sound.iter().position(|s| s.abs() > 100).expect("a tone");
    let tone = hear(&sound, 160).1[0];
    let start = Duration::from_secs_f64(lead as f64 / 8000.0);
    assert!(tone.start.abs_diff(start) < Duration::from_millis(4), "{tone:?}, {start:?}");
    assert!(
        tone.length.abs_diff(Duration::from_millis(100)) < Duration::from_millis(6),
        "{tone:?}"
    );
    assert!((tone.low_dbm0 + 10.0).abs() < 1.5 && (tone.high_dbm0 + 14.0).abs() < 1.5, "{tone:?}");
}

#[test]
fn the_first_report_comes_within_60_ms_of_the_40th_millisecond() {
    let mut seed = Seed(7);
    for key in KEYS.chars() {
        let sound = press(&key.to_string(), Press { tone_ms: 40.0, ..PLAIN }, &mut seed);
        let start = sound.iter().position(|s| s.abs() > 50).expect("a tone");
        let mut detector = Detector::new();
        let mut reported = None;
        for (n, sample) in sound.iter().enumerate() {
            detector.push(&[*sample], |_| {
                reported.get_or_insert(n);
            });
        }
        let after = reported.expect("heard") - start;
        assert!(after < samples(100.0), "key {key}: {} ms after its start", after / 8);
    }
}

/// Notes that ring on, one after the other, each of two pure tones at the frequencies of a key.
fn melody(keys: &str, rest_ms: f32) -> Vec<i16> {
    let how = Press { tone_ms: 45.0, pause_ms: rest_ms, level_dbm0: -12.0, ..PLAIN };
    let mut sound = press(keys, how, &mut Seed(9));
    // A third note that sounds from the first to the last.
    for (n, sample) in sound.iter_mut().enumerate() {
        *sample += (peak_of(-14.0) * (TAU * 1046.5 / 8000.0 * n as f32).sin()) as i16;
    }
    sound
}

#[test]
fn a_chord_with_a_key_in_it_is_no_key() {
    for rest in [50.0, 200.0] {
        assert_eq!(hear(&melody(&KEYS.repeat(5), rest), 160).0, "");
    }
}

#[test]
fn short_notes_that_follow_a_loud_one_are_no_keys() {
    let mut seed = Seed(10);
    let note = |hz: f32, count: usize| {
        (0..count).map(move |n| (peak_of(-10.0) * (TAU * hz / 8000.0 * n as f32).sin()) as i16)
    };
    for key in KEYS.chars() {
        let mut sound: Vec<i16> = note(587.3, 2400).collect();
        let tone = press(&key.to_string(), Press { tone_ms: 45.0, ..PLAIN }, &mut seed);
        let loud: Vec<usize> = (0..tone.len()).filter(|n| tone[*n].abs() > 50).collect();
        sound.extend(&tone[loud[0]..=loud[loud.len() - 1]]);
        sound.extend(note(587.3, 2400));
        assert_eq!(hear(&sound, 160).0, "", "{key}");
    }
}

/// Sound of all kinds: silence, noise, keys, extremes.
fn any_sound() -> impl Strategy<Value = Vec<i16>> {
    let part = prop_oneof![
        (1usize..700).prop_map(|count| vec![0; count]),
        proptest::collection::vec(any::<i16>(), 1..700),
        proptest::collection::vec(prop_oneof![Just(i16::MIN), Just(i16::MAX)], 1..700),
        ("[0-9*#A-D]{1,3}", 15.0f32..120.0, -40.0f32..3.0, any::<u64>()).prop_map(
            |(keys, tone_ms, level_dbm0, seed)| {
                press(&keys, Press { tone_ms, level_dbm0, ..PLAIN }, &mut Seed(seed))
            }
        ),
    ];
    proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_samples_in_any_pieces_give_the_same_keys(
        sound in any_sound(),
        sizes in proptest::collection::vec(1usize..500, 1..20),
    ) {
        let (keys, tones) = hear(&sound, sound.len().max(1));
        let mut detector = Detector::new();
        let (mut began, mut ended) = (String::new(), Vec::new());
        let mut heard = |heard| match heard {
            Heard::Began(tone) => began.push(symbol(tone.key)),
            Heard::Ended(tone) => ended.push(tone),
        };
        let mut left = &sound[..];
        for size in sizes.iter().cycle() {
            let (now, later) = left.split_at(left.len().min(*size));
            detector.push(now, &mut heard);
            left = later;
            if left.is_empty() {
                break;
            }
        }
        detector.finish(&mut heard);
        prop_assert_eq!(&began, &keys);
        prop_assert_eq!(&ended, &tones);
        prop_assert_eq!(began.len(), ended.len(), "what began ends");
        prop_assert!(ended.iter().all(|tone| tone.low_dbm0.is_finite() && tone.high_dbm0.is_finite()));
        prop_assert!(ended.windows(2).all(|pair| pair[0].start < pair[1].start));
    }
}

#[test]
fn any_sound_is_survived() {
    let mut seed = Seed(8);
    let mut detector = Detector::new();
    for _ in 0..200 {
        let kind = seed.next() % 4;
        let part: Vec<i16> = (0..seed.next() % 999)
            .map(|n| match kind {
                0 => seed.next() as i16,
                1 => {
                    if n % 2 == 0 {
                        i16::MAX
                    } else {
                        i16::MIN
                    }
                }
                2 => i16::MIN,
                _ => 0,
            })
            .collect();
        detector.push(&part, |_| panic!("no key in this"));
    }
}
