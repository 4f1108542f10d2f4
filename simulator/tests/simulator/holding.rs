//! Hold, swap, merge, and who leaves (27.007 §7.13, facts §3.4 to §3.6).

use crate::bench::*;
use simulator::*;

fn states(bench: &Bench) -> Vec<(CallState, bool)> {
    bench.modem.calls().legs.iter().map(|leg| (leg.state, leg.multiparty)).collect()
}

use CallState::{Active, Held};

#[test]
fn swap_and_back() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    assert_eq!(bench.ask("AT+CHLD"), ["OK"]);
    assert_eq!(states(&bench), [(Active, false), (Held, false)]);
    assert_eq!(bench.ask("AT+CHLD=2"), ["OK"]);
    assert_eq!(states(&bench), [(Held, false), (Active, false)]);
}

#[test]
fn a_merge_needs_active_and_held_and_then_all_hear_each_other() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("AT+CHLD=3"), ["+CME ERROR: 3"]);
    bench.call_from(COURIER);
    bench.at("ATA");
    assert_eq!(bench.ask("AT+CHLD=3"), ["+CME ERROR: 3"]);
    bench.at("AT+CHLD=2");
    bench.at("ATD0255502222;");
    bench.run(s(2));
    assert_eq!(bench.ask("AT+CHLD=3"), ["+CME ERROR: 3"], "the other phone still rings");
    bench.answer(CUSTOMER);
    bench.run(ms(100));
    bench.at("AT+CLCC=1");
    assert!(!bench.modem.calls().hears(COURIER, CUSTOMER));
    let said = bench.ask("AT+CHLD=3");
    assert_eq!(
        said,
        [
            "OK".to_string(),
            "+CLCC: 2,0,0,0,1,\"0255502222\",129,\"\"".to_string(),
            format!("+CLCC: 1,1,0,0,1,\"{COURIER}\",145,\"\""),
        ]
    );
    let calls = bench.modem.calls();
    assert!(calls.hears(COURIER, CUSTOMER) && calls.hears(CUSTOMER, COURIER));
    assert_eq!(bench.modem.counters().merges, 1);
}

#[test]
fn one_leaves_the_other_stays() {
    for (name, multiparty) in [("manual", false), ("adverse", true)] {
        let mut bench = Bench::named(name);
        bench.held_and_active();
        bench.at("AT+CHLD=3");
        bench.hang_up(CUSTOMER);
        bench.run(s(1));
        assert_eq!(states(&bench), [(Active, multiparty)]);
    }
}

#[test]
fn the_held_one_is_taken_back_or_not() {
    for (name, state) in [("manual", Held), ("a7670-like", Active)] {
        let mut bench = Bench::named(name);
        bench.held_and_active();
        bench.hang_up(CUSTOMER);
        bench.run(s(1));
        assert_eq!(bench.state(COURIER), Some(state), "{name}");
    }
}

#[test]
fn the_held_party_hangs_up() {
    let mut bench = Bench::manual();
    bench.at("AT+CSSN=1,1;+CLCC=1");
    bench.held_and_active();
    bench.hang_up(COURIER);
    bench.run(s(1));
    let said = bench.take();
    assert!(said[0].starts_with("+CLCC: 1,1,6,0,0"), "{said:?}");
    assert!(said[1].starts_with("VOICE CALL: END: "));
    assert_eq!(said[2..], ["NO CARRIER", "+CSSU: 5"]);
    assert_eq!(bench.state(CUSTOMER), Some(Active));
}

#[test]
fn every_form_of_chld() {
    for (line, left) in [
        ("AT+CHLD=0", vec![(CUSTOMER, Active)]),
        ("AT+CHLD=1", vec![(COURIER, Active)]),
        ("AT+CHLD=11", vec![(CUSTOMER, Active)]),
        ("AT+CHLD=12", vec![(COURIER, Held)]),
        ("AT+CHLD=2", vec![(COURIER, Active), (CUSTOMER, Held)]),
        ("AT+CHLD=21", vec![(COURIER, Active), (CUSTOMER, Held)]),
        ("AT+CHLD=3", vec![(COURIER, Active), (CUSTOMER, Active)]),
    ] {
        let mut bench = Bench::manual();
        bench.held_and_active();
        assert!(bench.ask(line).contains(&"OK".to_string()), "{line}");
        let legs = bench.modem.calls().legs;
        let now: Vec<_> = legs.iter().map(|leg| (leg.phone.as_str(), leg.state)).collect();
        assert_eq!(now, left, "{line}");
    }
}

#[test]
fn forms_that_are_refused() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    for line in ["AT+CHLD=4", "AT+CHLD=17", "AT+CHLD=22", "AT+CHLD=5", "AT+CHLD=x", "AT+CHLD?"] {
        let answer = bench.ask(line);
        assert!(answer[0].contains("ERROR"), "{line}: {answer:?}");
    }
    assert_eq!(states(&bench), [(Held, false), (Active, false)]);
}

#[test]
fn one_is_split_out_of_a_conference() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.at("AT+CHLD=3");
    bench.at("AT+CHLD=21");
    assert_eq!(states(&bench), [(Active, false), (Held, false)]);
    bench.at("AT+CHLD=3");
    assert_eq!(states(&bench), [(Active, true), (Active, true)]);
    bench.at("AT+CHLD=12");
    assert_eq!(states(&bench), [(Active, false)]);
}

#[test]
fn services_that_the_operator_refuses() {
    let mut bench = Bench::named("merge-refused");
    bench.held_and_active();
    assert_eq!(bench.ask("AT+CHLD=3"), ["+CME ERROR: 133"]);
    assert_eq!(states(&bench), [(Held, false), (Active, false)]);
    let mut bench = Bench::named("hold-refused");
    bench.call_from(COURIER);
    bench.at("ATA");
    assert_eq!(bench.ask("AT+CHLD=2"), ["ERROR"]);
    assert_eq!(bench.state(COURIER), Some(Active));
}

#[test]
fn refusals_and_silent_failures_on_command() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.inject(Fault::RefuseHold);
    bench.inject(Fault::RefuseMerge);
    assert_eq!(bench.ask("AT+CHLD=2"), ["ERROR"]);
    assert_eq!(bench.ask("AT+CHLD=3"), ["ERROR"]);
    bench.inject(Fault::IgnoreMerge);
    assert_eq!(bench.ask("AT+CHLD=3"), ["OK"]);
    assert_eq!(states(&bench), [(Held, false), (Active, false)]);
    assert_eq!(bench.ask("AT+CHLD=3"), ["OK"]);
    assert_eq!(states(&bench), [(Active, true), (Active, true)]);
}

#[test]
fn chld_1x_on_a_ringing_call_may_hang_the_port() {
    let mut profile = Profile::manual();
    profile.services.release_connecting = profile::ReleaseConnecting::Hangs;
    let mut bench = Bench::with(profile);
    bench.at("ATD0255501111;");
    bench.run(s(2));
    bench.take();
    assert!(bench.ask("AT+CHLD=11").is_empty());
    assert!(bench.ask("AT").is_empty());
    bench.input(Input::Power(Power::Reset));
    bench.run(s(30));
    bench.input(Input::AtOpened);
    bench.take();
    assert_eq!(bench.ask("ATE0"), ["ATE0", "OK"]);
}

#[test]
fn a_third_party_joins_and_a_swap_holds_the_whole_conference() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.at("AT+CHLD=3");
    bench.at("AT+CHLD=2");
    assert_eq!(states(&bench), [(Held, true), (Held, true)]);
    bench.behave(OTHER, Behaviour::AnswerAfter(s(1)));
    bench.at("ATD0255503333;");
    bench.run(s(5));
    bench.at("AT+CHLD=3");
    assert_eq!(states(&bench), [(Active, true); 3]);
    assert_eq!(bench.modem.calls().leg(OTHER).map(|leg| leg.hears.len()), Some(2));
}

#[test]
fn the_phones_notice() {
    let mut bench = Bench::manual();
    bench.held_and_active();
    bench.at("AT+CHLD=3");
    bench.at("AT+CHUP");
    let phone = COURIER.to_string();
    assert_eq!(
        bench.events_of(COURIER),
        [
            &PhoneEvent::Retrieved { phone: phone.clone() },
            &PhoneEvent::Ended { phone, cause: Cause::Released },
        ]
    );
}

#[test]
fn no_call_is_taken_back_while_another_is_set_up() {
    let mut bench = Bench::manual();
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.at("AT+CHLD=2");
    bench.at("ATD0255502222;");
    for line in ["AT+CHLD=2", "AT+CHLD=21"] {
        assert_eq!(bench.ask(line), ["+CME ERROR: 3"], "{line}");
    }
}
