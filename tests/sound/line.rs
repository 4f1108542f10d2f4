//! The sound of a line: pacing, prompts, barge-in, keys, in virtual time.

use maskline::audio::script::{Item, Phrase, Script};
use maskline::audio::tape::Block;
use maskline::audio::{Output, Pack, Packs, Sound, SoundSettings};
use maskline::call::Key;
use std::f32::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

const SETTLE: Duration = Duration::from_millis(800);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A sound and what came out of it.
struct Bench {
    sound: Sound,
    now: Duration,
    frames: Vec<(Duration, Vec<i16>)>,
    said: Vec<Duration>,
    keys: Vec<(Key, Duration, Duration)>,
    rate: Option<u32>,
    recorded: Vec<Block>,
}

impl Bench {
    fn new() -> Bench {
        let settings = SoundSettings { settle: SETTLE, ..SoundSettings::default() };
        Bench {
            sound: Sound::new(Arc::new(Packs::builtin()), settings),
            now: ms(5000),
            frames: Vec::new(),
            said: Vec::new(),
            keys: Vec::new(),
            rate: None,
            recorded: Vec::new(),
        }
    }

    fn started() -> Bench {
        let mut bench = Bench::new();
        bench.sound.start(bench.now);
        bench.drain();
        bench
    }

    fn drain(&mut self) {
        while let Some(output) = self.sound.poll_output() {
            match output {
                Output::Frame(octets) => {
                    let (pairs, _) = octets.as_chunks::<2>();
                    let samples = pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
                    self.frames.push((self.now, samples));
                }
                Output::Key(key, began) => self.keys.push((key, began, self.now)),
                Output::Said => self.said.push(self.now),
                Output::Rate(hz) => self.rate = Some(hz),
                Output::Recorded(block) => self.recorded.push(block),
            }
        }
    }

    /// Lets the time pass, with every timeout served to the moment.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.sound.poll_timeout().filter(|due| *due <= end) {
            assert!(due > self.now, "a machine that was drained asks for the future");
            self.now = due;
            self.sound.handle_timeout(due);
            self.drain();
        }
        self.now = end;
    }

    fn say(&mut self, script: Script) {
        self.sound.say(self.now, &script);
        self.drain();
    }

    /// Receives samples in frames of 20 ms.
    fn receive(&mut self, samples: &[i16], per_frame: usize) {
        for frame in samples.chunks(per_frame) {
            self.pass(ms(20));
            let octets: Vec<u8> = frame.iter().flat_map(|s| s.to_le_bytes()).collect();
            // In odd pieces, as a tty gives them.
            for piece in octets.chunks(77) {
                self.sound.handle_octets(self.now, piece);
                self.drain();
            }
        }
    }

    /// What was sent from this moment on.
    fn sent_since(&self, from: Duration) -> Vec<i16> {
        let frames = self.frames.iter().filter(|(at, _)| *at >= from);
        frames.flat_map(|(_, samples)| samples.clone()).collect()
    }
}

fn key_tone(rows_hz: f32, columns_hz: f32, rate: f32, length: Duration) -> Vec<i16> {
    let wave = |hz: f32, n: usize| (TAU * hz / rate * n as f32).sin();
    let count = (length.as_secs_f32() * rate) as usize;
    (0..count).map(|n| (5000.0 * (wave(rows_hz, n) + wave(columns_hz, n))) as i16).collect()
}

#[test]
fn a_frame_leaves_every_20_ms_and_is_silent_when_nothing_is_said() {
    let mut bench = Bench::started();
    assert!(bench.frames.len() <= 3, "no more than the port may queue");
    bench.pass(Duration::from_secs(10));
    assert!((500..=503).contains(&bench.frames.len()), "{}", bench.frames.len());
    assert!(bench.sent_since(Duration::ZERO).iter().all(|s| *s == 0));
    assert_eq!(bench.sound.report().late_frames, 0);
    bench.sound.stop(bench.now);
    assert_eq!((bench.sound.poll_timeout(), bench.sound.poll_output()), (None, None));
    assert_eq!(bench.sound.report().frames_out, bench.frames.len() as u64);
}

#[test]
fn a_prompt_waits_for_the_settle_time_and_said_comes_when_it_was_heard() {
    let mut bench = Bench::started();
    let start = bench.now;
    bench.say(Script::phrase(Phrase::Greeting));
    bench.pass(Duration::from_secs(6));
    let length = Pack::builtin().phrase(Phrase::Greeting).len();
    let sent = bench.sent_since(Duration::ZERO);
    let first = sent.iter().position(|s| *s != 0).expect("it speaks");
    assert!((800 * 8..830 * 8).contains(&first), "{first}");
    let heard = SETTLE + Duration::from_secs_f64(length as f64 / 8000.0);
    let said = bench.said[0] - start;
    assert!(said >= heard && said < heard + ms(45), "{said:?}, {heard:?}");
    assert_eq!(bench.said.len(), 1);
    // The second one does not wait.
    let again = bench.now;
    bench.say(Script::new([Item::WarningTone]));
    bench.pass(ms(1000));
    let first = bench.sent_since(again).iter().position(|s| *s != 0).expect("it sounds");
    assert!(first < 30 * 8, "{first}");
}

#[test]
fn digits_are_spoken_one_by_one_with_pauses_and_without_a_click() {
    let mut bench = Bench::started();
    bench.pass(SETTLE);
    let from = bench.now + ms(1);
    bench.say(Script::phrase(Phrase::CourierCalls).digits("42"));
    bench.pass(Duration::from_secs(8));
    let sent = bench.sent_since(from);
    let pack = Pack::builtin();
    let clips = [pack.phrase(Phrase::CourierCalls), pack.digit(4).unwrap(), pack.digit(2).unwrap()];
    let mut at = 0;
    for clip in clips {
        assert_eq!(&sent[at..at + clip.len()], &clip[..]);
        at += clip.len();
        assert!(sent[at..at + 1200].iter().all(|s| *s == 0), "150 ms of silence");
        at += 1200;
    }
    assert_eq!(bench.said.len(), 1);
}

#[test]
fn a_hush_is_heard_within_60_ms_and_fades() {
    let mut bench = Bench::started();
    bench.say(Script::phrase(Phrase::Greeting));
    bench.pass(SETTLE + ms(500));
    let handed_out = bench.frames.len();
    bench.sound.hush(bench.now);
    bench.drain();
    bench.pass(Duration::from_secs(3));
    let after: Vec<i16> = bench.frames[handed_out..].iter().flat_map(|f| f.1.clone()).collect();
    assert!(after[40..].iter().all(|s| *s == 0), "5 ms of fade, then silence");
    let before = *bench.frames[handed_out - 1].1.last().expect("a frame");
    assert!(before.abs_diff(after[0]) < 4000, "no click");
    assert!(bench.said.is_empty(), "a stopped utterance is not told as said");
}

#[test]
fn a_replaced_utterance_is_said_once() {
    let mut bench = Bench::started();
    bench.say(Script::phrase(Phrase::Greeting));
    bench.pass(SETTLE + ms(300));
    bench.say(Script::new([Item::Digit(1), Item::Pause(200), Item::Digit(2)]));
    bench.pass(Duration::from_secs(6));
    assert_eq!(bench.said.len(), 1);
}

#[test]
fn a_late_call_loses_time_but_nothing_of_what_is_said() {
    let mut bench = Bench::started();
    bench.pass(SETTLE);
    let from = bench.now + ms(1);
    bench.say(Script::phrase(Phrase::Greeting));
    bench.pass(ms(300));
    for late in [30, 100, 250] {
        bench.now += ms(late);
        let before = bench.frames.len();
        bench.sound.handle_timeout(bench.now);
        bench.drain();
        assert!(bench.frames.len() - before <= 3, "no burst");
        bench.pass(ms(200));
    }
    bench.pass(Duration::from_secs(4));
    let clip = Pack::builtin().phrase(Phrase::Greeting).clone();
    assert_eq!(bench.sent_since(from)[..clip.len()], clip[..]);
    let late = bench.sound.report().late_frames;
    assert!((14..=20).contains(&late), "{late}");
}

#[test]
fn without_a_port_everything_is_said_at_once() {
    let mut bench = Bench::new();
    bench.sound.start_silent(bench.now);
    bench.say(Script::phrase(Phrase::Greeting));
    assert_eq!(bench.said, [bench.now]);
    assert_eq!(bench.sound.poll_timeout(), None);
    // A port that is lost in the middle of a word.
    let mut bench = Bench::started();
    bench.say(Script::phrase(Phrase::Greeting));
    bench.pass(ms(1500));
    bench.sound.start_silent(bench.now);
    bench.drain();
    assert_eq!(bench.said.len(), 1);
}

#[test]
fn keys_are_heard_at_8_khz_and_at_16_khz() {
    for (rate, per_frame) in [(8000u32, 160), (16000, 320)] {
        let mut bench = Bench::started();
        bench.receive(&vec![0; rate as usize], per_frame);
        assert_eq!(bench.rate, Some(rate));
        let began = bench.now;
        bench.receive(&key_tone(852.0, 1336.0, rate as f32, ms(100)), per_frame);
        bench.receive(&vec![0; rate as usize / 2], per_frame);
        let [(key, at, told)] = bench.keys[..] else { panic!("one key: {:?}", bench.keys) };
        assert_eq!(key, Key::Digit(8));
        assert!(at.abs_diff(began) <= ms(25), "began {at:?}, told so {began:?}");
        assert!(told - began <= ms(80), "{:?}", told - began);
        let frame = bench.frames.last().expect("a frame");
        assert_eq!(frame.1.len(), per_frame, "sent at the rate received");
        assert_eq!(bench.sound.report().rate_hz, Some(rate));
    }
}

#[test]
fn a_key_in_the_first_moments_of_a_16_khz_call_is_heard() {
    let mut bench = Bench::started();
    bench.receive(&[0; 640], 320);
    bench.receive(&key_tone(697.0, 1209.0, 16000.0, ms(80)), 320);
    bench.receive(&[0; 16000], 320);
    assert_eq!(bench.keys.iter().map(|k| k.0).collect::<Vec<_>>(), [Key::Digit(1)]);
}

#[test]
fn a_start_forgets_the_call_before() {
    let mut bench = Bench::started();
    bench.receive(&[0; 16000], 320);
    bench.say(Script::phrase(Phrase::Greeting));
    bench.sound.stop(bench.now);
    bench.sound.start(bench.now);
    bench.drain();
    bench.pass(Duration::from_secs(2));
    assert!(bench.said.is_empty());
    let report = bench.sound.report();
    assert_eq!((report.rate_hz, report.octets_in), (None, 0));
}

#[test]
fn a_key_silences_a_prompt_within_100_ms_of_its_start() {
    let mut bench = Bench::started();
    bench.say(Script::phrase(Phrase::OrderNotFound));
    bench.receive(&vec![0; 8000 + 4000], 160);
    let began = bench.now;
    for frame in key_tone(697.0, 1477.0, 8000.0, ms(200)).chunks(160) {
        bench.receive(frame, 160);
        if bench.keys.len() == 1 && bench.sound.poll_timeout().is_some() {
            bench.sound.hush(bench.now);
        }
    }
    let loud = |frame: &&(Duration, Vec<i16>)| frame.1.iter().any(|s| *s != 0);
    let last = bench.frames.iter().rfind(loud).expect("it spoke");
    assert!(last.0 > began && last.0 - began <= ms(100), "{:?}", last.0 - began);
}

#[test]
fn in_whatever_order_it_is_used_it_paces_its_frames() {
    let mut seed = 1u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut bench = Bench::new();
    for _ in 0..3000 {
        let (before, from) = (bench.frames.len(), bench.now);
        match random(9) {
            0 => bench.sound.start(bench.now),
            1 if random(3) == 0 => {
                let _report = bench.sound.stop(bench.now);
            }
            2 if random(3) == 0 => {
                let _report = bench.sound.start_silent(bench.now);
            }
            3 => bench.say(Script::phrase(Phrase::ALL[random(21) as usize]).digits("90210")),
            4 => bench.sound.hush(bench.now),
            5 => bench.sound.settle(bench.now),
            6 => bench.now += ms(random(300)),
            7 => {
                let noise: Vec<u8> = (0..random(2000)).map(|_| random(256) as u8).collect();
                bench.sound.handle_octets(bench.now, &noise);
            }
            _ => bench.pass(ms(random(500))),
        }
        bench.sound.handle_timeout(bench.now);
        bench.drain();
        let sent = (bench.frames.len() - before) as u64;
        let passed = (bench.now - from).as_millis() as u64;
        assert!(sent <= passed / 20 + 3, "{sent} frames in {passed} ms");
        assert!(bench.sound.poll_timeout().is_none_or(|due| due > bench.now));
    }
}
