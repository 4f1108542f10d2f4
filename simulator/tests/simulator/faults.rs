//! Faults on the wire.

use crate::bench::*;
use simulator::*;

#[test]
fn octet_by_octet_with_chatter_in_every_gap() {
    let mut bench = Bench::named("octet-by-octet");
    bench.take();
    bench.reads = 0;
    bench.at("AT+CREG?");
    assert_eq!(bench.reads, bench.octets.len());
    let said = bench.take();
    assert_eq!((said.len(), said[1].as_str(), said[3].as_str()), (4, "+CREG: 0,1", "OK"));
}

#[test]
fn cuts_and_glue_change_no_octet() {
    let quiet = Config { seed: 7, ..Config::default() };
    let faults = Faults { split: 0.5, glue: 0.5, ..Faults::default() };
    let cut = Config { faults, ..quiet.clone() };
    let said = |config| {
        let mut bench = Bench::new(config);
        for line in ["AT+CLCC=1", "AT+CREG?;+CSQ", "ATD0255501111;", "AT+CLCC", "AT+CHUP"] {
            bench.at(line);
        }
        (bench.octets, bench.reads)
    };
    let ((whole, reads), (pieces, more)) = (said(quiet), said(cut));
    assert_eq!(whole, pieces);
    assert_ne!(reads, more);
}

#[test]
fn glue_joins_what_follows() {
    let mut bench = Bench::manual();
    bench.inject(Fault::Glue);
    bench.call_from(COURIER);
    bench.reads = 0;
    bench.at("AT+CLIP=1");
    bench.octets.clear();
    bench.run(s(3));
    bench.inject(Fault::Glue);
    bench.reads = 0;
    bench.run(s(3));
    assert_eq!(bench.take(), ["RING".to_string(), format!("+CLIP: \"{COURIER}\",145,,,\"\",0")]);
    assert_eq!(bench.reads, 1);
}

#[test]
fn a_result_is_lost_or_late_and_answers_keep_their_order() {
    let mut bench = Bench::manual();
    bench.inject(Fault::LostOk);
    assert_eq!(bench.ask("AT+CSQ"), ["+CSQ: 21,99"]);
    bench.inject(Fault::LateOk(s(20)));
    assert!(bench.ask("AT").is_empty());
    bench.at("AT+CSQ");
    bench.call_from(COURIER);
    assert_eq!(bench.take(), ["RING"], "only answers wait");
    bench.run(s(20));
    let said = bench.take();
    let answers: Vec<_> = said.iter().filter(|line| *line != "RING").collect();
    assert_eq!(answers, ["OK", "+CSQ: 21,99", "OK"]);
}

#[test]
fn unsolicited_lines_are_lost_or_doubled() {
    let mut bench = Bench::manual();
    bench.inject(Fault::LostUrc);
    bench.call_from(COURIER);
    assert!(bench.take().is_empty());
    bench.inject(Fault::DuplicateUrc);
    bench.run(s(6));
    assert_eq!(bench.take(), ["RING", "RING"]);
}

#[test]
fn garbage_and_foreign_octets() {
    let mut bench = Bench::manual();
    bench.inject(Fault::Garbage);
    bench.at("AT");
    assert!(bench.octets.ends_with(b"\r\nOK\r\n") && bench.octets.len() > 6);
    bench.octets.clear();
    bench.inject(Fault::Octets(b"\r\n+SMS FULL\r\n".to_vec()));
    assert_eq!(bench.take(), ["+SMS FULL"]);
    bench.inject(Fault::UrcInAnswer);
    assert_eq!(bench.ask("AT").len(), 2);
}

#[test]
fn a_hang_hears_and_says_nothing_while_the_network_goes_on() {
    let mut bench = Bench::manual();
    bench.inject(Fault::Hang(s(10)));
    bench.call_from(COURIER);
    assert!(bench.ask("AT").is_empty());
    assert_eq!(bench.state(COURIER), Some(CallState::Incoming));
    bench.run(s(10));
    assert_eq!(bench.ask("AT")[0], "OK");
}

#[test]
fn a_key_is_reported_twice() {
    let mut bench = Bench::manual();
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.take();
    bench.inject(Fault::DuplicateKey);
    bench.key(COURIER, '#');
    bench.run(s(1));
    assert_eq!(bench.take(), ["+RXDTMF: #", "+RXDTMF: #"]);
}

#[test]
fn a_seed_repeats_everything() {
    let storm = |seed| {
        let config = Config { seed, faults: Faults::storm(), ..Config::default() };
        let mut bench = Bench::new(config);
        for _ in 0..40 {
            bench.at("AT+CREG?;+CSQ;+CLCC");
        }
        bench.octets
    };
    assert_eq!(storm(3), storm(3));
    assert_ne!(storm(3), storm(4));
}
