//! People who speak live: 20 ms at a time, at their own pace.

use crate::bench::*;
use simulator::profile::Service;
use simulator::*;

const FRAME: usize = 160;

/// Courier and customer in one call, every sample told.
fn talking() -> Bench {
    let mut bench = Bench::new(Config { sound: Sound::Full, ..Config::default() });
    bench.at("ATE0");
    bench.held_and_active();
    assert_eq!(bench.ask("AT+CHLD=3"), ["OK"]);
    bench.events.clear();
    bench
}

/// Speaks frames that count upwards, so that each sample can be told from the others.
fn talk(bench: &mut Bench, frames: std::ops::Range<usize>) {
    for frame in frames {
        let samples = (0..FRAME).map(|n| (1 + frame * FRAME + n) as i16).collect();
        bench.act(PhoneAction::Talk { phone: COURIER.into(), samples });
    }
}

/// What the customer heard, from its first sound to its last.
fn heard(bench: &Bench) -> Vec<i16> {
    let samples = bench.events.iter().filter_map(|event| match event {
        PhoneEvent::Heard { phone, samples } if phone == CUSTOMER => Some(samples.clone()),
        _ => None,
    });
    let samples = samples.flatten().collect::<Vec<_>>();
    let sound = |sample: &i16| *sample != 0;
    let first = samples.iter().position(sound).unwrap_or(0);
    let last = samples.iter().rposition(sound).map_or(0, |last| last + 1);
    samples[first..last].to_vec()
}

#[test]
fn live_speech_is_heard_whole_a_moment_later_though_it_comes_unevenly() {
    let mut bench = talking();
    let began = bench.now;
    talk(&mut bench, 0..2);
    bench.run(ms(60));
    assert!(heard(&bench).is_empty(), "it is gathered first");
    talk(&mut bench, 2..3);
    for frame in 3..50 {
        bench.run(if frame % 2 == 0 { ms(5) } else { ms(35) });
        talk(&mut bench, frame..frame + 1);
    }
    bench.run(s(1));
    let spoken: Vec<i16> = (1..=50 * FRAME as i16).collect();
    assert_eq!(heard(&bench), spoken);
    let first = bench.events.iter().any(|event| {
        matches!(event, PhoneEvent::SoundBegan { from: Source::Phone(phone), .. } if phone == COURIER)
    });
    assert!(first && bench.now > began);
}

#[test]
fn live_speech_that_comes_late_and_all_at_once_loses_its_oldest() {
    let mut bench = talking();
    talk(&mut bench, 0..50);
    bench.run(s(2));
    let newest: Vec<i16> = (40 * FRAME as i16 + 1..=50 * FRAME as i16).collect();
    assert_eq!(heard(&bench), newest, "200 ms wait, no more");
}

#[test]
fn live_speech_begins_again_after_a_pause_and_ends_with_the_call() {
    let mut bench = talking();
    talk(&mut bench, 0..5);
    bench.run(s(1));
    bench.events.clear();
    talk(&mut bench, 5..10);
    bench.run(ms(40));
    bench.hang_up(COURIER);
    bench.run(s(1));
    assert!(heard(&bench).len() <= 2 * FRAME, "what was not said yet is gone");
    talk(&mut bench, 10..20);
    bench.events.clear();
    bench.run(s(1));
    assert!(heard(&bench).is_empty(), "a phone without a call speaks to nobody");
}

#[test]
fn the_network_may_stop_merging_and_begin_again() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.modem.set_multiparty(Service::Refused(0));
    for _ in 0..2 {
        assert_eq!(bench.ask("AT+CHLD=3"), ["ERROR"]);
    }
    bench.modem.set_multiparty(Service::Granted);
    assert_eq!(bench.ask("AT+CHLD=3"), ["OK"]);
    assert!(bench.modem.calls().hears(COURIER, CUSTOMER));
}
