//! The PCM port, ears and keys.

use crate::bench::*;
use simulator::*;

/// 20 ms of a loud square wave, as the box would write it.
fn loud() -> Vec<u8> {
    (0..160).flat_map(|n| if n % 20 < 10 { 8000i16 } else { -8000 }.to_le_bytes()).collect()
}

fn speak(bench: &mut Bench, frames: usize) {
    for _ in 0..frames {
        bench.input(Input::Audio(&loud()));
        bench.run(ms(20));
    }
}

fn answered(bench: &mut Bench) {
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.take();
}

#[test]
fn cpcmreg_needs_an_active_call_and_frames_flow_until_it_is_stopped() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("AT+CPCMREG=1"), ["ERROR"]);
    answered(&mut bench);
    assert!(bench.audio.is_empty());
    assert_eq!(bench.ask("AT+CPCMREG=1"), ["OK"]);
    bench.audio.clear();
    bench.run(s(1));
    assert_eq!((bench.audio.len(), bench.audio[0].len()), (50, 320));
    assert_eq!(bench.ask("AT+CPCMREG=0;+CPCMREG?"), ["+CPCMREG: 0", "OK"]);
    bench.audio.clear();
    bench.run(s(1));
    assert!(bench.audio.is_empty());
}

#[test]
fn frames_end_with_the_last_call_though_the_port_stays_registered() {
    let mut bench = Bench::manual();
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    bench.hang_up(COURIER);
    bench.run(ms(10));
    bench.audio.clear();
    bench.run(s(1));
    assert!(bench.audio.is_empty() && bench.modem.is_audio_on());
}

#[test]
fn plain_0_may_be_refused() {
    let mut bench = Bench::named("clcc-ids-3");
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    assert_eq!(bench.ask("AT+CPCMREG=0"), ["ERROR"]);
    assert_eq!(bench.ask("AT+CPCMREG=0,1"), ["OK"]);
}

#[test]
fn the_first_cpcmreg_of_each_call_may_be_refused() {
    let mut bench = Bench::named("cpcmreg-late");
    for _ in 0..2 {
        answered(&mut bench);
        assert_eq!(bench.ask("AT+CPCMREG=1"), ["ERROR"]);
        assert_eq!(bench.ask("AT+CPCMREG=1"), ["OK"]);
        bench.at("AT+CPCMREG=0");
        bench.at("AT+CHUP");
    }
}

#[test]
fn decay_is_cured_by_a_reset_only() {
    let mut bench = Bench::named("decay");
    answered(&mut bench);
    assert_eq!(bench.ask("AT+CPCMREG=1"), ["OK"]);
    bench.at("AT+CPCMREG=0");
    bench.at("AT+CHUP");
    answered(&mut bench);
    assert_eq!(bench.ask("AT+CPCMREG=1"), ["ERROR"]);
    bench.inject(Fault::Reboot);
    bench.run(s(30));
    answered(&mut bench);
    bench.at("ATE0");
    assert_eq!(bench.ask("AT+CPCMREG=1"), ["OK"]);
}

#[test]
fn wideband_until_it_is_forbidden_in_odd_chunks() {
    let mut bench = Bench::named("wideband");
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    bench.audio.clear();
    bench.run(s(2));
    let rate = bench.audio.concat().len() / 2;
    assert!((31_500..=32_500).contains(&rate), "{rate}");
    assert!(bench.audio.iter().any(|chunk| chunk.len() % 2 == 1));
    bench.at("AT+CPCMREG=0");
    bench.at("AT+CPCMBANDWIDTH=1,1");
    bench.at("AT+CPCMREG=1");
    bench.audio.clear();
    bench.run(s(2));
    let rate = bench.audio.concat().len() / 2;
    assert!((15_700..=16_300).contains(&rate), "{rate}");
}

#[test]
fn only_the_active_leg_hears_the_box_and_utterances_have_their_length() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.at("AT+CPCMREG=1");
    speak(&mut bench, 50);
    bench.run(s(1));
    let phone = CUSTOMER.to_string();
    assert_eq!(
        bench.events,
        [
            PhoneEvent::SoundBegan { phone: phone.clone(), from: Source::Box },
            PhoneEvent::SoundEnded { phone, from: Source::Box, length: s(1), peak: 8000 },
        ]
    );
}

#[test]
fn a_hold_cuts_the_utterance_off() {
    let mut bench = Bench::manual();
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    speak(&mut bench, 5);
    bench.type_line("AT+CHLD=2");
    speak(&mut bench, 50);
    let lengths: Vec<_> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            PhoneEvent::SoundEnded { length, .. } => Some(*length),
            _ => None,
        })
        .collect();
    assert!(lengths.len() == 1 && lengths[0] < ms(600), "{lengths:?}");
}

#[test]
fn phones_of_a_conference_hear_each_other_and_the_box_hears_both() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.at("AT+CHLD=3");
    bench.at("AT+CPCMREG=1");
    bench.events.clear();
    bench.audio.clear();
    bench.act(PhoneAction::Say { phone: COURIER.into(), length: ms(600) });
    bench.run(s(2));
    let from = Source::Phone(COURIER.into());
    let [began, ended] = &bench.events[..] else { panic!("{:?}", bench.events) };
    assert_eq!(*began, PhoneEvent::SoundBegan { phone: CUSTOMER.into(), from });
    assert!(matches!(ended, PhoneEvent::SoundEnded { length, .. } if *length == ms(600)));
    assert_eq!(bench.audio.iter().filter(|f| f.iter().any(|b| *b != 0)).count(), 30);
}

#[test]
fn a_held_phone_is_heard_by_nobody() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.at("AT+CPCMREG=1");
    bench.audio.clear();
    bench.act(PhoneAction::Say { phone: COURIER.into(), length: ms(600) });
    bench.key(COURIER, '5');
    bench.run(s(1));
    assert!(bench.events.is_empty() && bench.take().iter().all(|line| line == "OK"));
    assert!(bench.audio.iter().all(|frame| frame.iter().all(|b| *b == 0)));
}

#[test]
fn full_sound_gives_every_sample() {
    let mut bench = Bench::new(Config { sound: Sound::Full, ..Config::default() });
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    bench.events.clear();
    speak(&mut bench, 10);
    let heard: Vec<i16> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            PhoneEvent::Heard { samples, .. } => Some(samples.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(heard.iter().filter(|s| s.unsigned_abs() == 8000).count(), 1600);
}

#[test]
fn uplink_beyond_the_buffer_or_outside_a_call_is_lost() {
    let mut bench = Bench::manual();
    speak(&mut bench, 1);
    assert_eq!(bench.modem.counters().uplink_lost, 320);
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    bench.input(Input::Audio(&vec![0; 20_000]));
    assert_eq!(bench.modem.counters().uplink_lost, 320 + 20_000 - 16 * 1024);
}

#[test]
fn a_key_comes_as_tone_and_as_report_each_at_its_time() {
    for (skew_ms, tone_at, report_at) in [(60, 0, 60), (-80, 80, 0)] {
        let mut config = Config::default();
        config.network.keys.skew_ms = skew_ms;
        let mut bench = Bench::new(config);
        answered(&mut bench);
        bench.at("AT+CPCMREG=1");
        bench.run(ms(10));
        bench.audio.clear();
        bench.take();
        let pressed = bench.now;
        bench.key(COURIER, '7');
        while bench.octets.is_empty() {
            bench.run(ms(1));
        }
        assert_eq!(bench.now - pressed, ms(report_at));
        bench.run(s(1));
        let sounding: Vec<usize> =
            (0..bench.audio.len()).filter(|n| bench.audio[*n].iter().any(|b| *b != 0)).collect();
        assert_eq!(sounding.len(), 4, "70 ms reach into four frames");
        assert!(sounding[0].abs_diff(tone_at / 20) <= 1, "{sounding:?}");
    }
}

#[test]
fn reports_follow_the_firmware() {
    let keys = |bench: &mut Bench| {
        bench.take();
        bench.key(COURIER, '5');
        bench.run(s(1));
        bench.take()
    };
    let mut bench = Bench::named("no-rxdtmf");
    answered(&mut bench);
    assert!(keys(&mut bench).is_empty());
    let mut bench = Bench::named("a7670-like");
    answered(&mut bench);
    assert!(keys(&mut bench).is_empty());
    bench.at("AT+DDET=1");
    assert_eq!(keys(&mut bench), ["+DTMF: 5,70"]);
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("AT+DDET=1"), ["ERROR"]);
    answered(&mut bench);
    assert_eq!(keys(&mut bench), ["+RXDTMF: 5"]);
}

#[test]
fn vts_is_heard_as_keys() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("AT+VTS=1"), ["+CME ERROR: 3"]);
    answered(&mut bench);
    bench.events.clear();
    assert_eq!(bench.ask("AT+VTS=\"1,#\""), ["OK"]);
    let heard = |key| PhoneEvent::HeardKey { phone: COURIER.into(), key, from: Source::Box };
    assert_eq!(bench.events, [heard('1'), heard('#')]);
}

#[test]
fn without_sound_nothing_flows_but_calls_go_on() {
    let mut bench = Bench::new(Config { sound: Sound::Off, ..Config::default() });
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    bench.key(COURIER, '1');
    bench.run(s(1));
    assert!(bench.audio.is_empty());
    assert!(bench.take().contains(&"+RXDTMF: 1".to_string()));
}

#[test]
fn noise_in_the_downlink() {
    let mut config = Config::default();
    config.network.noise_dbm0 = Some(-40.0);
    let mut bench = Bench::new(config);
    answered(&mut bench);
    bench.at("AT+CPCMREG=1");
    bench.run(s(1));
    let octets = bench.audio.concat();
    let square: f64 = octets
        .chunks_exact(2)
        .map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])).powi(2))
        .sum();
    let rms = (square / (octets.len() as f64 / 2.0)).sqrt();
    assert!((130.0..190.0).contains(&rms), "{rms}");
}
