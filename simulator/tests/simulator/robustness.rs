//! Whatever comes in, the machine goes on; and it is fast.

use crate::bench::*;
use proptest::prelude::*;
use simulator::profile::NAMES;
use simulator::*;

const LINES: [&str; 24] = [
    "AT",
    "ATA",
    "ATH",
    "AT+CHUP",
    "ATD0255502222;",
    "ATD+61255503333;",
    "AT+CHLD=0",
    "AT+CHLD=1",
    "AT+CHLD=2",
    "AT+CHLD=3",
    "AT+CHLD=11",
    "AT+CHLD=12",
    "AT+CHLD=21",
    "AT+CHLD=22",
    "AT+CLCC",
    "AT+CLCC=1",
    "AT+CPCMREG=1",
    "AT+CPCMREG=0,1",
    "AT+CFUN=0",
    "AT+CFUN=1",
    "AT+CRESET",
    "AT+COLP=1",
    "AT+VTS=1",
    "AT&F;+CVHU=0",
];
const PHONES: [&str; 3] = [COURIER, CUSTOMER, OTHER];

fn step(bench: &mut Bench, kind: u8, which: usize, bytes: &[u8]) {
    let phone = PHONES[which % 3].to_string();
    match kind {
        0..=4 => bench.type_line(LINES[which % LINES.len()]),
        5 => bench.input(Input::At(bytes)),
        6 => bench.input(Input::Audio(bytes)),
        7 => bench.act(PhoneAction::Call { from: phone, presentation: Default::default() }),
        8 => bench.answer(&phone),
        9 => bench.hang_up(&phone),
        10 => bench.key(&phone, char::from(bytes.first().copied().unwrap_or(b'5'))),
        11 => bench.act(PhoneAction::Say { phone, length: ms(which as u64) }),
        12 => bench.behave(&phone, Behaviour::AnswerAfter(ms(which as u64 * 10))),
        13 => bench.input(Input::AtClosed),
        14 => {
            let actions =
                [Power::KeyDown, Power::KeyUp, Power::Reset, Power::SupplyOff, Power::SupplyOn];
            bench.input(Input::Power(actions[which % actions.len()]));
        }
        _ => bench.inject(Fault::NoService(s(3))),
    }
}

/// What the network can never show.
fn check(bench: &Bench) {
    let calls = bench.modem.calls();
    assert!(calls.legs.len() <= 7);
    let mut indices: Vec<u8> = calls.legs.iter().map(|leg| leg.index).collect();
    indices.sort_unstable();
    indices.dedup();
    assert_eq!(indices.len(), calls.legs.len(), "{calls:?}");
    let active = calls.legs.iter().filter(|leg| leg.state == CallState::Active);
    let alone = active.clone().filter(|leg| !leg.multiparty).count();
    assert!(alone == 0 || active.count() == 1, "{calls:?}");
    for leg in &calls.legs {
        for heard in &leg.hears {
            assert!(calls.hears(heard, &leg.phone), "{calls:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_octets_never_panic(
        octets in prop::collection::vec(any::<u8>(), 0..600),
        name in prop::sample::select(&NAMES[..]),
    ) {
        let mut bench = Bench::named(name);
        for chunk in octets.chunks(7) {
            bench.input(Input::At(chunk));
            bench.run(ms(30));
        }
        bench.run(s(60));
    }

    #[test]
    fn at_lines_of_random_signs_never_panic(
        lines in prop::collection::vec("[A-Z+&;=?,\"0-9 ]{0,24}", 1..12),
    ) {
        let mut bench = Bench::manual();
        bench.call_from(COURIER);
        for line in lines {
            bench.at(&format!("AT{line}"));
        }
        bench.run(s(60));
    }

    #[test]
    fn random_lives_keep_the_networks_rules(
        steps in prop::collection::vec(
            (0u8..16, 0usize..200, prop::collection::vec(any::<u8>(), 0..12), 0u64..3000),
            1..80,
        ),
        name in prop::sample::select(&NAMES[..]),
        seed in any::<u64>(),
        stormy in any::<bool>(),
        call_waiting in any::<bool>(),
    ) {
        let profile = Profile::named(name).expect("a known name");
        let faults = if stormy { Faults::storm() } else { Faults::default() };
        let mut config = Config { faults, seed, ..Config::with_profile(profile) };
        config.network.call_waiting = call_waiting;
        let mut bench = Bench::new(config);
        for (kind, which, bytes, wait) in steps {
            step(&mut bench, kind, which, &bytes);
            bench.run(ms(wait));
            check(&bench);
        }
    }
}

/// A masked call, without sound: thousands a second even in a debug build would be too much to
/// ask of a busy machine, but hundreds are not.
#[test]
fn many_calls_in_virtual_time() {
    let mut bench = Bench::new(Config { sound: Sound::Off, ..Config::default() });
    bench.behave(CUSTOMER, Behaviour::AnswerAfter(s(3)));
    for _ in 0..500 {
        bench.call_from(COURIER);
        bench.at("ATA");
        for key in "12345".chars() {
            bench.key(COURIER, key);
        }
        bench.at("AT+CHLD=2");
        bench.at("ATD0255502222;");
        bench.run(s(5));
        bench.at("AT+CHLD=3");
        bench.hang_up(COURIER);
        bench.at("AT+CHUP");
    }
    assert_eq!(bench.modem.counters().merges, 500);
    assert!(bench.modem.calls().legs.is_empty());
}

/// Sixty seconds with frames in both directions, twenty times.
#[test]
fn many_calls_with_sound_in_virtual_time() {
    let mut bench = Bench::manual();
    for _ in 0..20 {
        bench.call_from(COURIER);
        bench.at("ATA");
        bench.at("AT+CPCMREG=1");
        for _ in 0..60 * 50 {
            bench.input(Input::Audio(&[0; 320]));
            bench.run(ms(20));
        }
        bench.at("AT+CHUP");
        bench.at("AT+CPCMREG=0");
        bench.audio.clear();
    }
    let counters = bench.modem.counters();
    assert!(counters.downlink_octets >= 20 * 60 * 16_000);
}
