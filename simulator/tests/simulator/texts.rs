//! Short messages in PDU mode: 27.005 and chapter 9 of the manual.

use crate::bench::*;
use simulator::*;

/// `hellohello` to +61255502222 with a report asked for, as 23.040 writes it.
const HELLO: &str = "0031000B911652552022F20000A70AE8329BFD4697D9EC37";
const LENGTH: usize = HELLO.len() / 2 - 1;

/// Types at the prompt, without an end of line.
fn typed(bench: &mut Bench, octets: &[u8]) {
    bench.input(Input::At(octets));
}

fn send(bench: &mut Bench) -> Vec<String> {
    assert_eq!(bench.ask(&format!("AT+CMGS={LENGTH}")), ["> "]);
    typed(bench, HELLO.as_bytes());
    typed(bench, b"\x1a");
    bench.run(s(4));
    bench.take()
}

fn arrived(bench: &Bench) -> Vec<(&str, &str)> {
    let texts = bench.events.iter().filter_map(|event| match event {
        PhoneEvent::Text { phone, text, from, .. } => {
            assert_eq!(from, "+61255500099", "nobody sees another number");
            Some((phone.as_str(), text.as_str()))
        }
        _ => None,
    });
    texts.collect()
}

#[test]
fn a_message_is_typed_at_the_prompt_sent_by_ctrl_z_and_counted() {
    let mut bench = Bench::manual();
    assert_eq!(send(&mut bench), ["+CMGS: 0", "OK"]);
    assert_eq!(send(&mut bench), ["+CMGS: 1", "OK"]);
    assert_eq!(arrived(&bench), [(CUSTOMER, "hellohello"); 2]);
    assert_eq!(bench.modem.counters().texts_sent, 2);
}

#[test]
fn escape_at_the_prompt_sends_nothing() {
    let mut bench = Bench::manual();
    bench.ask(&format!("AT+CMGS={LENGTH}"));
    typed(&mut bench, b"0031\x1b");
    bench.run(s(1));
    assert_eq!(bench.take(), ["OK"]);
    assert_eq!(bench.ask("AT+CSQ").last().unwrap(), "OK", "commands are taken again");
    assert!(arrived(&bench).is_empty());
}

#[test]
fn what_is_no_message_is_refused_with_its_cms_error() {
    let mut bench = Bench::manual();
    let mut refused = |length: usize, pdu: &str| {
        bench.ask(&format!("AT+CMGS={length}"));
        typed(&mut bench, pdu.as_bytes());
        typed(&mut bench, b"\x1a");
        bench.run(s(4));
        bench.take()
    };
    for (length, pdu) in
        [(LENGTH + 1, HELLO), (LENGTH, "00310"), (LENGTH, &HELLO.replace("0031", "0030"))]
    {
        assert_eq!(refused(length, pdu), ["+CMS ERROR: 304"], "{pdu}");
    }
    assert_eq!(bench.ask("AT+CMGS=3"), ["+CMS ERROR: 304"]);
    assert_eq!(bench.ask("AT+CMGS"), ["ERROR"]);
    bench.at("AT+CMGF=1");
    bench.take();
    assert_eq!(bench.ask(&format!("AT+CMGS={LENGTH}")), ["+CMS ERROR: 303"]);
    assert!(arrived(&bench).is_empty());
}

#[test]
fn a_network_that_refuses_is_silent_or_gone_says_so_or_nothing() {
    let mut bench = Bench::manual();
    bench.inject(Fault::RefuseText(38));
    assert_eq!(send(&mut bench), ["+CMS ERROR: 38"]);
    bench.inject(Fault::SilenceText(s(120)));
    assert_eq!(send(&mut bench), [""; 0]);
    bench.run(s(120));
    assert_eq!(bench.take(), ["+CMS ERROR: 332"]);
    bench.inject(Fault::LostOk);
    assert_eq!(send(&mut bench), ["+CMGS: 0"], "the network has it, and the end is lost");
    assert_eq!(arrived(&bench).len(), 1);
    bench.inject(Fault::NoService(s(60)));
    bench.run(s(1));
    bench.take();
    assert_eq!(send(&mut bench), ["+CMS ERROR: 331"]);
}

#[test]
fn a_call_rings_between_prompt_and_result() {
    let mut bench = Bench::manual();
    bench.ask(&format!("AT+CMGS={LENGTH}"));
    bench.call_from(COURIER);
    assert!(bench.take().iter().any(|line| line == "RING"), "at the prompt");
    typed(&mut bench, HELLO.as_bytes());
    typed(&mut bench, b"\x1a");
    bench.run(s(4));
    assert!(bench.take().ends_with(&["+CMGS: 0".to_owned(), "OK".to_owned()]));
    assert_eq!(bench.state(COURIER), Some(CallState::Incoming));
}

#[test]
fn a_report_comes_when_it_is_asked_for_twice() {
    let mut bench = Bench::manual();
    send(&mut bench);
    bench.run(s(10));
    assert_eq!(bench.take(), [""; 0], "AT+CNMI does not ask for it");
    bench.at("AT+CNMI=2,1,0,1,0");
    send(&mut bench);
    bench.run(s(10));
    let lines = bench.take();
    assert_eq!(lines[0], "+CDS: 25", "{lines:?}");
    // Kind, reference, address, two times, status: the phone has it.
    assert!(lines[1].contains("06010B911652552022F2") && lines[1].ends_with("00"), "{lines:?}");
    bench.behave(CUSTOMER, Behaviour::Unreachable);
    send(&mut bench);
    bench.run(s(10));
    assert!(bench.take()[1].ends_with("30"), "the network goes on trying");
    assert_eq!(arrived(&bench).len(), 2);
}

fn text(bench: &mut Bench, from: &str, text: &str) {
    bench.act(PhoneAction::Text { from: from.into(), text: text.into() });
    bench.run(s(1));
}

#[test]
fn a_message_comes_in_is_listed_read_and_deleted() {
    let mut bench = Bench::manual();
    text(&mut bench, COURIER, "STOP");
    assert_eq!(bench.take(), ["+CMTI: \"SM\",0"]);
    // Service centre, kind, sender, coding, 26/03/02 09:00:01 at +10 h, four characters.
    let pdu = "07911652550090F0040B911652551011F10000623020900010040453EA130A";
    let listed = bench.ask("AT+CMGL=4");
    assert_eq!(listed[0], "+CMGL: 0,0,\"\",23", "{listed:?}");
    assert_eq!(listed[1..], [pdu, "OK"]);
    assert_eq!(bench.ask("AT+CMGR=0")[0], "+CMGR: 1,\"\",23", "listing has read it");
    assert_eq!(bench.ask("AT+CPMS?")[0], "+CPMS: \"SM\",1,50,\"SM\",1,50,\"SM\",1,50");
    assert_eq!(bench.ask("AT+CMGD=0"), ["OK"]);
    assert_eq!(bench.ask("AT+CMGL=4"), ["OK"]);
    assert_eq!(bench.ask("AT+CMGR=0"), ["+CMS ERROR: 321"]);
}

#[test]
fn a_memory_that_is_full_takes_nothing_until_there_is_room() {
    let mut config = Config::default();
    config.sim.messages = 2;
    let mut bench = Bench::new(config);
    bench.at("ATE0");
    bench.take();
    for n in 0..4 {
        text(&mut bench, COURIER, &format!("message {n}"));
    }
    assert_eq!(bench.take(), ["+CMTI: \"SM\",0", "+CMTI: \"SM\",1", "+SMS FULL"]);
    bench.at("AT+CMGD=1");
    let lines = bench.take();
    assert!(lines.contains(&"+CMTI: \"SM\",1".to_owned()), "{lines:?}");
    bench.at("AT+CMGD=0,4");
    let lines = bench.take();
    assert!(lines.contains(&"+CMTI: \"SM\",0".to_owned()), "{lines:?}");
    bench.at("AT+CNMI=2,2,0,0,0");
    bench.take();
    text(&mut bench, COURIER, "straight");
    assert!(bench.take()[0].starts_with("+CMT: ,"));
}
