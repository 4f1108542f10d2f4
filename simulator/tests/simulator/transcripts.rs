//! The shapes of real logs, each reproduced by the profile that stands for its firmware.

use crate::bench::*;
use simulator::*;

/// Log of a SIM7600G-H, LE20B03SIM7600M22: octets, because the doubled CR is the point.
#[test]
fn g_h_m22_hang_up_by_ath() {
    let mut bench = Bench::named("g-h-m22");
    bench.behave(COURIER, Behaviour::AnswerAfter(s(3)));
    bench.at("ATD0255501111;");
    bench.run(s(37));
    bench.type_line("ATH");
    bench.run(s(1));
    let said = String::from_utf8(std::mem::take(&mut bench.octets)).expect("ASCII");
    assert_eq!(
        said,
        "\r\nOK\r\n\r\r\nVOICE CALL: BEGIN\r\r\n\r\nOK\r\n\
         \r\r\nVOICE CALL: END: 000033\r\r\n\r\r\nNO CARRIER\r\r\n"
    );
}

#[test]
fn g_h_m22_key_and_far_hang_up() {
    let mut bench = Bench::named("g-h-m22");
    bench.behave(COURIER, Behaviour::AnswerAfter(s(3)));
    bench.at("ATD0255501111;");
    bench.run(s(14 * 60 + 4) + ms(3650));
    bench.key(COURIER, '1');
    bench.run(ms(100));
    bench.hang_up(COURIER);
    bench.run(s(1));
    assert_eq!(
        bench.take(),
        ["OK", "VOICE CALL: BEGIN", "+RXDTMF: 1", "VOICE CALL: END: 001404", "NO CARRIER"]
    );
}

#[test]
fn g_h_m22_missed_call_is_seen_when_the_port_is_opened_again() {
    let mut bench = Bench::named("g-h-m22");
    bench.input(Input::AtClosed);
    bench.call_from(COURIER);
    bench.hang_up(COURIER);
    bench.run(s(5));
    assert!(bench.take().is_empty());
    bench.input(Input::AtOpened);
    assert_eq!(bench.take(), ["RING", "MISSED_CALL: 09:00AM +61255501111"]);
}

/// `AT+CLCC=1` in minicom: ids 4 and 3 with only one call up.
#[test]
fn clcc_ids_3_incoming_not_answered() {
    let mut bench = Bench::named("clcc-ids-3");
    bench.at("AT+CLCC=1");
    bench.take();
    let presentation = Presentation::National;
    bench.act(PhoneAction::Call { from: COURIER.into(), presentation });
    bench.run(s(8));
    bench.hang_up(COURIER);
    bench.run(s(1));
    assert_eq!(
        bench.take(),
        ["RING", "+CLCC: 4,1,4,0,0,\"0255501111\",128", "RING", "MISSED_CALL: 09:00AM 0255501111"]
    );
}

#[test]
fn clcc_ids_3_incoming_answered() {
    let mut bench = Bench::named("clcc-ids-3");
    bench.at("AT+CLCC=1");
    bench.act(PhoneAction::Call { from: COURIER.into(), presentation: Presentation::National });
    bench.run(s(2));
    bench.take();
    bench.at("ATA");
    bench.run(s(7));
    bench.hang_up(COURIER);
    bench.run(s(1));
    assert_eq!(
        bench.take(),
        [
            "VOICE CALL: BEGIN",
            "OK",
            "+CLCC: 4,1,0,0,0,\"0255501111\",128",
            "+CLCC: 4,1,6,0,0,\"0255501111\",128",
            "VOICE CALL: END: 000007",
        ]
    );
}

#[test]
fn clcc_ids_3_outgoing_without_alerting() {
    let mut bench = Bench::named("clcc-ids-3");
    bench.at("AT+CLCC=1");
    bench.take();
    bench.behave(COURIER, Behaviour::AnswerAfter(s(1)));
    bench.at("ATD0255501111;");
    bench.run(s(5));
    bench.hang_up(COURIER);
    bench.run(s(1));
    assert_eq!(
        bench.take(),
        [
            "OK",
            "+CLCC: 3,0,2,0,0,\"0255501111\",129",
            "VOICE CALL: BEGIN",
            "+CLCC: 3,0,0,0,0,\"0255501111\",129",
            "+CLCC: 3,0,6,0,0,\"0255501111\",129",
            "VOICE CALL: END: 000003",
        ]
    );
}

/// Measured logs of an A7670E.
#[test]
fn a7670_outgoing_answered() {
    let mut bench = Bench::named("a7670-like");
    bench.at("AT+CLCC=1");
    bench.take();
    bench.behave(COURIER, Behaviour::AnswerAfter(s(1)));
    bench.at("ATD0255501111;");
    bench.run(s(10) - ms(200));
    bench.hang_up(COURIER);
    bench.run(s(1));
    assert_eq!(
        bench.take(),
        [
            "OK",
            "+CGEV: NW ACT 8,10",
            "+CLCC: 1,0,2,0,0,\"0255501111\",129,\"\"",
            "+CLCC: 1,0,3,0,0,\"0255501111\",129,\"\"",
            "VOICE CALL: BEGIN",
            "+CLCC: 1,0,0,0,0,\"0255501111\",129,\"\"",
            "+COLP: \"0255501111\",129",
            "+CGEV: NW DEACT 8,10",
            "+CLCC: 1,0,6,0,0,\"0255501111\",129,\"\"",
            "VOICE CALL: END: 000008",
            "NO CARRIER",
        ]
    );
}

#[test]
fn a7670_outgoing_not_answered() {
    let mut bench = Bench::named("a7670-like");
    bench.at("AT+CLCC=1");
    bench.take();
    bench.behave(COURIER, Behaviour::NoAnswer);
    bench.at("ATD0255501111;");
    bench.run(s(90));
    let said = bench.take();
    assert_eq!(
        said[4..],
        [
            "+CGEV: NW DEACT 8,10",
            "+CLCC: 1,0,6,0,0,\"0255501111\",129,\"\"",
            "VOICE CALL: END",
            "NO CARRIER",
        ]
    );
}

/// A MicroPython session: the caller gives up, END without a time, no MISSED_CALL.
#[test]
fn missed_call_told_as_an_end() {
    let mut profile = Profile::clcc_ids_3();
    profile.lines.missed = profile::Missed::End;
    profile.table.indices = profile::Indices::Lowest;
    let mut bench = Bench::with(profile);
    bench.at("AT+CLCC=1");
    bench.take();
    bench.call_from(COURIER);
    bench.run(s(10));
    bench.hang_up(COURIER);
    bench.run(s(1));
    assert_eq!(
        bench.take(),
        [
            "RING",
            "+CLCC: 1,1,4,0,0,\"+61255501111\",145",
            "RING",
            "VOICE CALL: END",
            "NO CARRIER",
            "+CLCC: 1,1,6,0,0,\"+61255501111\",145",
        ]
    );
}

/// Events seen by a Rust client: `+CLIP` with type 161 and no alpha.
#[test]
fn cring_and_clip_of_another_firmware() {
    let mut bench = Bench::named("adverse");
    bench.at("AT+CRC=1;+CLIP=1");
    bench.take();
    bench.act(PhoneAction::Call { from: COURIER.into(), presentation: Presentation::National });
    bench.run(s(1));
    let said = String::from_utf8_lossy(&bench.octets).into_owned();
    assert_eq!(said, "\r\r\n+CRING: VOICE\r\r\n\r\n+CLIP: \"0255501111\",161,,,,0\r\n");
}

/// Several rows share one block, one CR LF between them.
#[test]
fn whole_table_in_one_block() {
    let mut bench = Bench::named("adverse");
    bench.at("AT+CLCC=1");
    bench.held_and_active();
    bench.at("AT+CHLD=2");
    let said = String::from_utf8_lossy(&bench.octets).into_owned();
    assert!(
        said.contains("+CLCC: 1,1,0,0,0,\"\"\r\n+CLCC: 2,0,1,0,0,\"0255502222\",129,\"\"\r\n"),
        "{said}"
    );
}

/// A real module of another maker: what it must print around CHLD=3.
#[test]
fn chld_3_as_a_cinterion_prints_it() {
    let mut profile = Profile::clcc_ids_3();
    profile.table.indices = profile::Indices::Lowest;
    let mut config = Config::with_profile(profile);
    config.network.call_waiting = true;
    let mut bench = Bench::new(config);
    bench.at("ATE0");
    bench.behave(COURIER, Behaviour::AnswerAfter(s(1)));
    bench.at("ATD+61255501111;");
    bench.run(s(5));
    bench.call_from(CUSTOMER);
    let row =
        |n, dir, stat, mpty, phone| format!("+CLCC: {n},{dir},{stat},0,{mpty},\"{phone}\",145");
    let rows = |a: (u8, u8), b: (u8, u8)| {
        [row(1, 0, a.0, a.1, COURIER), row(2, 1, b.0, b.1, CUSTOMER), "OK".to_string()]
    };
    assert_eq!(bench.ask("AT+CLCC"), rows((0, 0), (5, 0)));
    assert_eq!(bench.ask("AT+CHLD=2"), ["VOICE CALL: BEGIN", "OK"]);
    assert_eq!(bench.ask("AT+CLCC"), rows((1, 0), (0, 0)));
    assert_eq!(bench.ask("AT+CHLD=3"), ["OK"]);
    assert_eq!(bench.ask("AT+CLCC"), rows((0, 1), (0, 1)));
}

/// The manual's own examples.
#[test]
fn manual_chup_and_ata() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("ATA"), ["NO CARRIER"]);
    assert_eq!(bench.ask("AT+CHUP"), ["OK"]);
    bench.held_and_active();
    bench.run(s(17));
    let ends = bench.ask("AT+CHUP");
    assert_eq!(ends.len(), 3);
    assert!(
        ends[0].starts_with("VOICE CALL: END: 0000") && ends[1].starts_with("VOICE CALL: END: ")
    );
    assert_eq!(ends[2], "OK");
    assert!(bench.modem.calls().legs.is_empty());
}

#[test]
fn manual_ath_needs_cvhu_0() {
    let mut bench = Bench::manual();
    bench.behave(COURIER, Behaviour::AnswerAfter(s(1)));
    bench.at("ATD+61255501111;");
    bench.run(s(4));
    bench.take();
    assert_eq!(bench.ask("ATH"), ["OK"]);
    assert_eq!(bench.state(COURIER), Some(CallState::Active));
    bench.at("AT+CVHU=0");
    let said = bench.ask("ATH");
    assert!(said[0].starts_with("VOICE CALL: END: 00000"));
    assert_eq!(said[1], "OK");
}

#[test]
fn manual_colp_puts_begin_before_the_ok_of_atd() {
    let mut bench = Bench::manual();
    bench.at("AT+COLP=1");
    bench.take();
    bench.behave(COURIER, Behaviour::AnswerAfter(s(1)));
    bench.at("ATD0255501111;");
    assert!(bench.take().is_empty());
    bench.run(s(4));
    assert_eq!(bench.take(), ["VOICE CALL: BEGIN", "+COLP: \"0255501111\",129,,,", "OK"]);
}

#[test]
fn compact_voice_call_lines() {
    let mut profile = Profile::manual();
    profile.lines.compact = true;
    let mut bench = Bench::with(profile);
    bench.call_from(COURIER);
    bench.take();
    bench.at("ATA");
    assert_eq!(bench.take(), ["VOICE CALL:BEGIN", "OK"]);
}
