//! Calls that phones make to the modem.

use crate::bench::*;
use simulator::*;

#[test]
fn rings_every_six_seconds_with_the_number_after_each() {
    let mut bench = Bench::manual();
    bench.at("AT+CLIP=1;+CRC=1");
    bench.take();
    bench.call_from(COURIER);
    bench.run(s(6));
    let clip = format!("+CLIP: \"{COURIER}\",145,,,\"\",0");
    assert_eq!(bench.take(), ["+CRING: VOICE", &clip, "+CRING: VOICE", &clip]);
    assert_eq!(bench.events_of(COURIER), [&PhoneEvent::RingBack { phone: COURIER.into() }]);
}

#[test]
fn a_hidden_number_is_empty_with_its_reason() {
    for (presentation, validity) in [(Presentation::Withheld, 1), (Presentation::Unavailable, 2)] {
        let mut bench = Bench::manual();
        bench.at("AT+CLIP=1");
        bench.take();
        bench.act(PhoneAction::Call { from: COURIER.into(), presentation });
        bench.run(s(1));
        assert_eq!(bench.take(), ["RING", &format!("+CLIP: \"\",128,,,\"\",{validity}")]);
        assert_eq!(bench.ask("AT+CLCC"), ["+CLCC: 1,1,4,0,0,\"\",128,\"\"", "OK"]);
    }
}

#[test]
fn rows_without_a_number_may_have_five_fields() {
    let mut bench = Bench::named("clcc-ids-3");
    bench.act(PhoneAction::Call { from: COURIER.into(), presentation: Presentation::Withheld });
    bench.run(s(1));
    assert_eq!(bench.ask("AT+CLCC"), ["+CLCC: 4,1,4,0,0", "OK"]);
}

#[test]
fn a_second_caller_hears_busy() {
    let mut bench = Bench::manual();
    bench.call_from(COURIER);
    bench.call_from(CUSTOMER);
    let busy = PhoneEvent::Ended { phone: CUSTOMER.into(), cause: Cause::Busy };
    assert_eq!(bench.events_of(CUSTOMER), [&busy]);
}

#[test]
fn with_call_waiting_the_second_caller_waits_and_chld_0_refuses_him() {
    let mut config = Config::default();
    config.network.call_waiting = true;
    let mut bench = Bench::new(config);
    bench.at("ATE0");
    bench.at("AT+CCWA=1");
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.take();
    bench.call_from(CUSTOMER);
    assert_eq!(bench.take(), [format!("+CCWA: \"{CUSTOMER}\",145,1")]);
    assert_eq!(bench.state(CUSTOMER), Some(CallState::Waiting));
    bench.at("AT+CHLD=0");
    let busy = PhoneEvent::Ended { phone: CUSTOMER.into(), cause: Cause::Busy };
    assert_eq!(bench.events_of(CUSTOMER).last(), Some(&&busy));
    assert_eq!(bench.state(COURIER), Some(CallState::Active));
}

#[test]
fn a_waiting_call_rings_once_the_line_is_free() {
    let mut config = Config::default();
    config.network.call_waiting = true;
    let mut bench = Bench::new(config);
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.call_from(CUSTOMER);
    bench.take();
    bench.hang_up(COURIER);
    bench.run(ms(10));
    assert_eq!(bench.take(), ["VOICE CALL: END: 000001", "NO CARRIER", "RING"]);
    assert_eq!(bench.state(CUSTOMER), Some(CallState::Incoming));
}

#[test]
fn a_caller_gives_up_before_the_modem_knows() {
    let mut bench = Bench::manual();
    bench.act(PhoneAction::Call { from: COURIER.into(), presentation: Default::default() });
    bench.hang_up(COURIER);
    bench.run(s(5));
    assert!(bench.take().is_empty());
    assert_eq!(bench.modem.counters().incoming, 0);
}

#[test]
fn nobody_answers() {
    let mut bench = Bench::manual();
    bench.at("AT+CLCC=1");
    bench.take();
    bench.call_from(COURIER);
    bench.run(s(70));
    let said = bench.take();
    assert_eq!(said.iter().filter(|line| *line == "RING").count(), 10);
    assert!(said[11].starts_with("+CLCC: 1,1,6,0,0"), "{said:?}");
    assert_eq!(said[12], "MISSED_CALL: 09:01AM +61255501111");
    let ended = PhoneEvent::Ended { phone: COURIER.into(), cause: Cause::NoAnswer };
    assert_eq!(bench.events.last(), Some(&ended));
}

#[test]
fn ats0_answers_by_itself() {
    let mut bench = Bench::manual();
    bench.at("ATS0=2");
    bench.take();
    bench.call_from(COURIER);
    bench.run(s(6));
    assert_eq!(bench.take(), ["RING", "RING", "VOICE CALL: BEGIN"]);
}

#[test]
fn ok_before_begin_where_the_firmware_does_so() {
    let mut bench = Bench::named("adverse");
    bench.call_from(COURIER);
    bench.take();
    bench.at("ATA");
    assert_eq!(bench.take(), ["OK", "VOICE CALL: BEGIN"]);
}

#[test]
fn an_unregistered_modem_is_not_reached() {
    let mut bench = Bench::manual();
    bench.type_line("AT+CFUN=0");
    bench.run(s(3));
    bench.call_from(COURIER);
    let ended = PhoneEvent::Ended { phone: COURIER.into(), cause: Cause::Unreachable };
    assert_eq!(bench.events.last(), Some(&ended));
}

#[test]
fn chld_1_ends_the_active_call_and_takes_the_waiting_one_without_a_ring() {
    let mut config = Config::default();
    config.network.call_waiting = true;
    let mut bench = Bench::new(config);
    bench.at("ATE0");
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.call_from(CUSTOMER);
    bench.run(s(1));
    assert_eq!(bench.ask("AT+CHLD=1"), ["VOICE CALL: END: 000003", "VOICE CALL: BEGIN", "OK"]);
    assert_eq!(bench.state(CUSTOMER), Some(CallState::Active));
}
