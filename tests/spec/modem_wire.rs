//! What a SIM7600's octets come to, however they are cut: no URC is lost, no answer is taken for another's.

use maskline::modem::at::channel::Event;
use maskline::modem::at::{Channel, Expect, Failure, FinalCode, Request};
use maskline::modem::command::Command;
use maskline::modem::command::call::{Dial, ListCalls};
use maskline::modem::command::general::Model;
use maskline::modem::command::network::{GetRegistration, GetSignal};
use std::time::Duration;

use super::world::dialable;

const START: Duration = Duration::from_secs(1);

/// What came of a command: its final code and information lines, and the unsolicited lines.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    answers: Vec<(FinalCode, Vec<String>)>,
    urcs: Vec<String>,
}

fn drain(channel: &mut Channel, seen: &mut Seen) {
    while let Some(event) = channel.poll_event() {
        match event {
            Event::Answer(answer) => seen.answers.push((answer.code, answer.info)),
            Event::Unsolicited(line) => seen.urcs.push(line),
            Event::Write(_)
            | Event::Message(_)
            | Event::InStep
            | Event::Mute
            | Event::EchoIsBack => {}
        }
    }
}

/// Sends a command and reads these octets, cut into pieces of a size.
fn read(request: Request, octets: &[u8], piece: usize) -> Seen {
    let mut channel = Channel::default();
    let mut seen = Seen { answers: Vec::new(), urcs: Vec::new() };
    channel.send(START, request);
    for part in octets.chunks(piece) {
        channel.handle_octets(START, part);
        drain(&mut channel, &mut seen);
    }
    seen
}

/// The same whether the octets come at once, in pairs or one by one.
fn however_cut(request: &Request, octets: &[u8]) -> Seen {
    let whole = read(request.clone(), octets, octets.len());
    for piece in [1, 2, 3, 7] {
        assert_eq!(read(request.clone(), octets, piece), whole, "in pieces of {piece}");
    }
    whole
}

fn ok(info: &[&str]) -> Vec<(FinalCode, Vec<String>)> {
    vec![(FinalCode::Ok, info.iter().map(|line| (*line).to_owned()).collect())]
}

#[test]
fn a_ring_between_data_and_ok_is_a_ring() {
    let seen =
        however_cut(&GetSignal.request(), b"AT+CSQ\r\r\n+CSQ: 16,99\r\n\r\nRING\r\n\r\nOK\r\n");
    assert_eq!(seen.answers, ok(&["+CSQ: 16,99"]));
    assert_eq!(seen.urcs, ["RING"]);
}

#[test]
fn no_carrier_inside_another_commands_answer_is_unsolicited() {
    let seen =
        however_cut(&GetSignal.request(), b"\r\n+CSQ: 16,99\r\n\r\nNO CARRIER\r\n\r\nOK\r\n");
    assert_eq!(seen.answers, ok(&["+CSQ: 16,99"]));
    assert_eq!(seen.urcs, ["NO CARRIER"]);
}

#[test]
fn an_unknown_line_while_idle_is_told_at_once() {
    let mut channel = Channel::default();
    let mut seen = Seen { answers: Vec::new(), urcs: Vec::new() };
    channel.handle_octets(START, b"\r\nVOICE CALL: END: 000017\r\n");
    drain(&mut channel, &mut seen);
    assert_eq!(seen.urcs, ["VOICE CALL: END: 000017"]);
}

#[test]
fn text_that_ends_like_a_prompt_is_no_prompt() {
    let expect = Expect { prefixes: &["+CMGR:"], bare: true, ..Expect::NOTHING };
    let request = Request { expect, ..GetSignal.request() };
    let octets = b"\r\n+CMGR: 0,\"\",38\r\nmail@example.com >\r\n> \r\n\r\nOK\r\n";
    let seen = however_cut(&request, octets);
    assert_eq!(seen.answers, ok(&["+CMGR: 0,\"\",38", "mail@example.com >", ">"]));
}

#[test]
fn ok_as_the_text_of_a_message_does_not_end_the_answer() {
    let expect = Expect { prefixes: &["+CMGR:"], body: true, ..Expect::NOTHING };
    let request = Request { expect, ..GetSignal.request() };
    let seen = however_cut(&request, b"\r\n+CMGR: 0,\"\",38\r\nOK\r\n\r\nOK\r\n");
    assert_eq!(seen.answers, ok(&["+CMGR: 0,\"\",38", "OK"]));
}

#[test]
fn a_verbose_error_is_a_final_code() {
    let seen = however_cut(&GetSignal.request(), b"\r\n+CME ERROR: SIM not inserted\r\n");
    assert_eq!(seen.answers, [(FinalCode::Failed(Failure::Cme(10)), Vec::new())]);
}

#[test]
fn a_message_that_comes_unasked_owns_its_next_line() {
    let seen = however_cut(
        &GetSignal.request(),
        b"\r\n+CMT: \"\",24\r\nNO CARRIER\r\n\r\n+CSQ: 16,99\r\n\r\nOK\r\n",
    );
    assert_eq!(seen.answers, ok(&["+CSQ: 16,99"]));
    assert_eq!(seen.urcs, ["+CMT: \"\",24"], "its text is nobody's hang-up");
}

#[test]
fn registration_answer_and_report_have_one_name() {
    let octets = b"\r\n+CREG: 1,\"1A2B\",\"01C3D4E5\",7\r\n\r\n+CREG: 2,1,\"1A2B\",\"01C3D4E5\",7\r\n\r\nOK\r\n";
    let seen = however_cut(&GetRegistration.request(), octets);
    assert_eq!(seen.answers, ok(&["+CREG: 2,1,\"1A2B\",\"01C3D4E5\",7"]));
    assert_eq!(seen.urcs, ["+CREG: 1,\"1A2B\",\"01C3D4E5\",7"]);
}

#[test]
fn rows_of_one_report_share_their_line_ends() {
    let octets = b"\r\n^CIEV: 1,0\r\n+CLCC: 1,1,0,0,0,\"\",161\r\n+CLCC: 2,1,5,0,0\r\n^CIEV: 1,0\r\n\r\nOK\r\n";
    let seen = however_cut(&ListCalls.request(), octets);
    assert_eq!(seen.answers, ok(&["+CLCC: 1,1,0,0,0,\"\",161", "+CLCC: 2,1,5,0,0"]));
    assert_eq!(seen.urcs.len(), 2);
}

#[test]
fn a_bare_answer_is_told_from_known_reports() {
    let octets = b"AT+CGMM\r\r\nSIMCOM_SIM7600G-H\r\n\r\r\n+CRING: VOICE\r\r\n\r\nOK\r\n";
    let seen = however_cut(&Model.request(), octets);
    assert_eq!(seen.answers, ok(&["SIMCOM_SIM7600G-H"]));
    assert_eq!(seen.urcs, ["+CRING: VOICE"]);
}

#[test]
fn no_carrier_of_the_held_leg_does_not_fail_the_dial() {
    let mut request = Dial::new(&dialable("+61255502222")).request();
    request.expect.other_calls = true;
    let seen =
        however_cut(&request, b"\r\nVOICE CALL: END: 000017\r\n\r\nNO CARRIER\r\n\r\nOK\r\n");
    assert_eq!(seen.answers, ok(&[]));
    // Alone in the modem there is no doubt.
    let request = Dial::new(&dialable("+61255502222")).request();
    let seen = however_cut(&request, b"\r\nNO CARRIER\r\n");
    assert_eq!(seen.answers, [(FinalCode::Failed(Failure::NoConnection), Vec::new())]);
}

/// Runs the channel's deadlines up to a time.
fn wait(channel: &mut Channel, until: Duration, seen: &mut Seen, written: &mut Vec<String>) {
    while let Some(at) = channel.poll_timeout().filter(|at| *at <= until) {
        channel.handle_timeout(at);
        while let Some(event) = channel.poll_event() {
            match event {
                Event::Write(octets) => written.push(String::from_utf8(octets).unwrap()),
                Event::Answer(answer) => seen.answers.push((answer.code, answer.info)),
                _ => {}
            }
        }
    }
}

#[test]
fn a_late_answer_is_never_the_next_commands() {
    let mut channel = Channel::default();
    let (mut seen, mut written) = (Seen { answers: Vec::new(), urcs: Vec::new() }, Vec::new());
    channel.send(START, GetSignal.request());
    wait(&mut channel, START + Duration::from_secs(7), &mut seen, &mut written);
    assert_eq!(seen.answers, [(FinalCode::Failed(Failure::Timeout), Vec::new())]);
    assert!(written.contains(&"AT+CPIN?\r".to_owned()) && !channel.is_idle());
    let now = START + Duration::from_secs(7);
    channel.handle_octets(now, b"\r\n+CSQ: 16,99\r\n\r\nOK\r\n");
    assert!(!channel.is_idle(), "that was the late answer");
    channel.handle_octets(now, b"\r\n+CPIN: READY\r\n\r\nOK\r\n");
    assert!(channel.is_idle());
}

#[test]
fn an_answer_later_than_all_questions_is_no_sign_of_a_restart() {
    let mut channel = Channel::default();
    let (mut seen, mut written) = (Seen { answers: Vec::new(), urcs: Vec::new() }, Vec::new());
    channel.send(START, GetSignal.request());
    let mut now = START;
    while written.iter().filter(|text| *text == "AT+CPIN?\r").count() < 3 {
        now += Duration::from_millis(100);
        wait(&mut channel, now, &mut seen, &mut written);
    }
    channel.handle_octets(now, b"\r\nOK\r\n");
    assert!(!channel.is_idle(), "the late answer, not that to a question");
    for _ in 0..3 {
        channel.handle_octets(now, b"\r\n+CPIN: READY\r\n\r\nOK\r\n");
    }
    drain(&mut channel, &mut seen);
    assert!(channel.is_idle());
    assert!(seen.urcs.is_empty(), "{:?}", seen.urcs);
}

#[test]
fn a_modem_that_says_a_bare_ok_to_the_question_is_in_step_all_the_same() {
    let mut channel = Channel::default();
    let (mut seen, mut written) = (Seen { answers: Vec::new(), urcs: Vec::new() }, Vec::new());
    channel.resync(START);
    for tenth in 1..200 {
        let before = written.len();
        let now = START + Duration::from_millis(100 * tenth);
        wait(&mut channel, now, &mut seen, &mut written);
        if written.len() > before {
            channel.handle_octets(now, b"\r\nOK\r\n");
        }
        if channel.is_idle() {
            return;
        }
    }
    panic!("never in step");
}

#[test]
fn a_modem_that_does_not_know_the_question_is_in_step_all_the_same() {
    let mut channel = Channel::default();
    let (mut seen, mut written) = (Seen { answers: Vec::new(), urcs: Vec::new() }, Vec::new());
    channel.resync(START);
    for second in 1..20 {
        let now = START + Duration::from_secs(second);
        let before = written.len();
        wait(&mut channel, now, &mut seen, &mut written);
        if written.len() > before {
            channel.handle_octets(now, b"\r\n+CME ERROR: 4\r\n");
        }
        if channel.is_idle() {
            return;
        }
    }
    panic!("never in step");
}

#[test]
fn what_real_modems_printed_never_panics_and_loses_no_call_event() {
    let logs: [(&str, usize); 4] = [
        (
            "\r\nOK\r\n\r\n\r\nVOICE CALL: BEGIN\r\n\r\r\n+RXDTMF: 1\r\r\n\r\n\r\nVOICE CALL: END: 000352\r\n\r\n\r\nNO CARRIER\r\n",
            4,
        ),
        (
            "\r\n+CLCC: 4,1,4,0,0,\"0255501234\",128\r\n\r\nRING\r\n\r\nMISSED_CALL: 11:53AM 0255501234\r\n",
            3,
        ),
        (
            "\r\nOK\r\n\r\n+CGEV: NW ACT 8,10\r\n\r\n+CLCC: 1,0,2,0,0,\"0255501234\",129,\"\"\r\n\r\nVOICE CALL: BEGIN\r\n\r\n+COLP: \"0255501234\",129\r\n",
            4,
        ),
        (
            "\r\n+CRING: VOICE\r\n\r\n+CLIP: \"0255501234\",161,,,,0\r\n\r\nMISSED_CALL: 07:54PM 0255501234\r\n",
            3,
        ),
    ];
    for (log, urcs) in logs {
        for piece in [1, 5, 1000] {
            let mut channel = Channel::default();
            let mut seen = Seen { answers: Vec::new(), urcs: Vec::new() };
            for part in log.as_bytes().chunks(piece) {
                channel.handle_octets(START, part);
                drain(&mut channel, &mut seen);
            }
            assert_eq!(seen.urcs.len(), urcs, "{seen:?}");
        }
    }
}

mod random {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn octets_of_any_kind_never_panic(
            octets in proptest::collection::vec(any::<u8>(), 0..600),
            piece in 1usize..40,
        ) {
            let _seen = read(ListCalls.request(), &octets, piece);
            let text = String::from_utf8_lossy(&octets);
            let _row = maskline::modem::command::call::parse_row(&text);
            let _urc = maskline::modem::urc::Urc::read(&text);
        }
    }
}
