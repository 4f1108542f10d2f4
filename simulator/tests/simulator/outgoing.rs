//! Calls that the modem dials.

use crate::bench::*;
use simulator::*;

fn dialled(bench: &mut Bench, behaviour: Behaviour) -> Vec<String> {
    bench.behave(COURIER, behaviour);
    bench.take();
    bench.at("ATD0255501111;");
    bench.run(s(70));
    bench.take()
}

#[test]
fn each_reason_has_its_code() {
    for (behaviour, code) in [
        (Behaviour::Busy, "BUSY"),
        (Behaviour::Reject, "BUSY"),
        (Behaviour::NoAnswer, "NO ANSWER"),
        (Behaviour::Unreachable, "NO CARRIER"),
    ] {
        let mut bench = Bench::manual();
        assert_eq!(dialled(&mut bench, behaviour.clone()), ["OK", code]);
        let mut bench = Bench::named("g-h-m22");
        assert_eq!(dialled(&mut bench, behaviour), ["OK", "NO CARRIER"]);
    }
    let mut bench = Bench::named("adverse");
    assert_eq!(dialled(&mut bench, Behaviour::Busy), ["OK", "BUSY", "NO CARRIER"]);
    assert_eq!(bench.ask("AT+CEER"), ["+CEER: User busy", "OK"]);
}

#[test]
fn the_far_phone_is_shown_the_modems_number_unless_hidden() {
    for (line, shown) in [
        ("ATD0255501111;", Some("+61255500099".to_string())),
        ("ATD+61255501111I;", None),
        ("AT+CLIR=1;D+61255501111;", None),
        ("AT+CLIR=1;D+61255501111i;", Some("+61255500099".to_string())),
    ] {
        let mut bench = Bench::manual();
        bench.at(line);
        bench.run(s(2));
        let phone = COURIER.to_string();
        assert_eq!(bench.events, [PhoneEvent::Ringing { phone, shown }], "{line}");
    }
}

#[test]
fn what_cannot_be_dialled_is_not() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("ATD0255x501111;"), ["ERROR"]);
    assert_eq!(bench.ask("ATD;"), ["ERROR"]);
    bench.type_line("ATD0255501111");
    bench.run(s(3));
    assert_eq!(bench.take(), ["NO CARRIER"]);
    assert_eq!(bench.ask("ATD*21*0255501111#;"), ["NO CARRIER"]);
    let counters = bench.modem.counters();
    assert_eq!((counters.data_calls, counters.service_codes, counters.outgoing), (1, 1, 0));
    assert_eq!(bench.modem.dialled().collect::<Vec<_>>(), ["*21*0255501111#"]);
}

#[test]
fn a_second_dial_holds_the_first_call_or_is_refused() {
    for (name, answer, state) in [
        ("manual", "OK", CallState::Held),
        ("plain", "NO CARRIER", CallState::Active),
        ("hold-refused", "NO CARRIER", CallState::Active),
    ] {
        let mut bench = Bench::named(name);
        bench.call_from(COURIER);
        bench.at("ATA");
        assert_eq!(bench.ask("ATD0255502222;"), [answer]);
        assert_eq!(bench.state(COURIER), Some(state));
    }
}

#[test]
fn a_dialled_call_is_listed_late_and_its_row_lingers() {
    let mut bench = Bench::named("g-h-m22");
    bench.behave(COURIER, Behaviour::AnswerAfter(s(1)));
    bench.type_line("ATD0255501111;");
    bench.run(ms(300));
    bench.take();
    bench.type_line("AT+CLCC");
    bench.run(ms(100));
    assert_eq!(bench.take(), ["OK"]);
    bench.run(s(5));
    bench.hang_up(COURIER);
    bench.run(s(1));
    let row = "+CLCC: 1,0,0,0,0,\"0255501111\",129,\"\"";
    assert_eq!(bench.ask("AT+CLCC"), [row, "OK"]);
    bench.run(s(1));
    assert_eq!(bench.ask("AT+CLCC"), ["OK"]);
}

#[test]
fn early_firmware_says_begin_while_the_phone_still_rings() {
    let mut bench = Bench::named("early");
    bench.at("ATD0255501111;");
    bench.run(s(2));
    assert_eq!(bench.take(), ["OK", "VOICE CALL: BEGIN"]);
    assert_eq!(bench.ask("AT+CLCC"), ["+CLCC: 1,0,0,0,0,\"0255501111\",129,\"\"", "OK"]);
    assert_eq!(bench.modem.calls().legs[0].answered, None);
    bench.answer(COURIER);
    bench.run(s(1));
    assert!(bench.take().is_empty());
    assert!(bench.modem.calls().legs[0].answered.is_some());
}

#[test]
fn voicemail_answers_speaks_and_hangs_up() {
    let mut bench = Bench::manual();
    let said = dialled(&mut bench, Behaviour::Voicemail { after: s(4) });
    assert_eq!(said, ["OK", "VOICE CALL: BEGIN", "VOICE CALL: END: 000040", "NO CARRIER"]);
}

#[test]
fn hang_up_after_a_set_time() {
    let mut bench = Bench::manual();
    bench.act(PhoneAction::SetBehaviour {
        phone: COURIER.into(),
        behaviour: Behaviour::AnswerAfter(s(1)),
        hang_up_after: Some(s(5)),
    });
    bench.at("ATD0255501111;");
    bench.run(s(20));
    assert_eq!(bench.take()[2], "VOICE CALL: END: 000005");
}

#[test]
fn ids_roll_on_where_the_firmware_does_so() {
    let mut bench = Bench::named("adverse");
    let mut seen = Vec::new();
    for _ in 0..9 {
        bench.call_from(COURIER);
        seen.push(bench.modem.calls().legs[0].index);
        bench.hang_up(COURIER);
        bench.run(s(5));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 1, 2]);
}

#[test]
fn no_service_no_call() {
    let mut bench = Bench::manual();
    bench.at("AT+CREG=1");
    bench.inject(Fault::NoService(s(30)));
    assert_eq!(bench.ask("ATD0255501111;"), ["NO CARRIER"]);
    bench.run(s(30));
    assert_eq!(bench.take(), ["+CREG: 1"]);
    assert_eq!(bench.ask("ATD0255501111;"), ["OK"]);
}
