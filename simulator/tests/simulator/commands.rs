//! Command lines and their answers.

use crate::bench::*;
use simulator::*;

#[test]
fn echo_is_on_until_ate0() {
    let mut bench = Bench::new(Config::default());
    bench.at("ate0");
    assert_eq!(std::mem::take(&mut bench.octets), b"ate0\r\r\nOK\r\n");
    bench.at("AT");
    assert_eq!(std::mem::take(&mut bench.octets), b"\r\nOK\r\n");
}

#[test]
fn numbers_instead_of_words() {
    let mut bench = Bench::manual();
    bench.at("ATV0");
    bench.at("AT+CSQ;+NOSUCH");
    assert_eq!(std::mem::take(&mut bench.octets), b"0\r+CSQ: 21,99\r\n4\r");
    bench.call_from(COURIER);
    assert_eq!(std::mem::take(&mut bench.octets), b"2\r");
    bench.at("ATQ1");
    bench.octets.clear();
    bench.at("AT");
    assert!(bench.octets.is_empty());
}

#[test]
fn commands_are_joined_spaced_and_of_either_case() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("at +creg? ; + C"), ["+CREG: 0,1", "ERROR"]);
    assert_eq!(
        bench.ask("AT+CREG=2;+CREG?;+CMEE?"),
        ["+CREG: 2,1,\"0FA1\",\"01A2B3C4\",2", "+CMEE: 1", "OK"]
    );
    bench.octets.clear();
    bench.input(Input::At(b"A/"));
    bench.run(s(1));
    assert_eq!(bench.take().len(), 3);
}

#[test]
fn a_line_of_560_characters_is_an_error() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask(&format!("AT+CSQ;+CREG={}", "0".repeat(560))), ["ERROR"]);
    assert_eq!(bench.ask("AT"), ["OK"]);
}

#[test]
fn errors_in_the_form_that_cmee_asks_for() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("AT+CHLD=1"), ["+CME ERROR: 3"]);
    bench.at("AT+CMEE=2");
    assert_eq!(bench.ask("AT+CHLD=1"), ["+CME ERROR: operation not allowed"]);
    bench.at("AT+CMEE=0");
    assert_eq!(bench.ask("AT+CHLD=1"), ["ERROR"]);
}

#[test]
fn a_plain_module_refuses_what_is_simcoms() {
    let mut bench = Bench::named("plain");
    for line in ["AT+CPCMREG=1", "AT+CRESET", "AT+CPSI?", "AT+CLCC=1", "AT+CNSMOD?"] {
        assert_eq!(bench.ask(line), ["+CME ERROR: 4"], "{line}");
    }
    assert!(!bench.ask("AT+CLAC").iter().any(|line| line.contains("CPCMREG")));
}

#[test]
fn every_command_that_is_listed_is_known() {
    let mut bench = Bench::manual();
    let listed = bench.ask("AT+CLAC");
    for name in listed.iter().filter(|name| name.starts_with("AT+")) {
        let asked = [format!("{name}=?"), format!("{name}?"), name.clone()];
        let known = asked.iter().any(|line| {
            !["AT+CPOF", "AT+CRESET"].contains(&line.as_str()) && {
                bench.run(s(60));
                bench.take();
                bench.at(line);
                bench.run(s(60));
                bench.take().last().is_some_and(|last| last == "OK")
            }
        });
        assert!(known, "{name}");
    }
}

#[test]
fn octets_typed_while_a_command_runs_are_kept_or_lost() {
    for (name, answers) in [("manual", 2), ("adverse", 1)] {
        let mut bench = Bench::named(name);
        bench.type_line("AT+CHUP");
        bench.run(ms(50));
        bench.type_line("AT+CSQ");
        bench.run(s(1));
        let said = bench.take();
        assert_eq!(said.iter().filter(|line| *line == "OK").count(), answers, "{said:?}");
    }
}

#[test]
fn an_octet_aborts_a_dial_and_the_rest_of_its_line_is_no_command() {
    let mut bench = Bench::manual();
    bench.type_line("ATD0255501111;");
    bench.run(ms(50));
    bench.type_line("AT+CLCC");
    bench.run(s(1));
    assert_eq!(bench.take(), ["NO CARRIER"]);
    assert!(bench.modem.calls().legs.is_empty());
    assert_eq!(bench.ask("AT+CLCC"), ["OK"]);
}

#[test]
fn with_colp_an_octet_kills_the_call_while_it_rings() {
    let mut bench = Bench::manual();
    bench.at("AT+COLP=1");
    bench.at("ATD0255501111;");
    bench.run(s(3));
    assert_eq!(bench.state(COURIER), Some(CallState::Alerting));
    bench.octets.clear();
    bench.at("AT");
    assert_eq!(bench.take(), ["NO CARRIER"]);
    assert_eq!(bench.state(COURIER), None);
}

#[test]
fn cops_test_is_aborted_by_any_octet() {
    let mut bench = Bench::manual();
    bench.at("AT+COPS=?");
    bench.take();
    bench.input(Input::At(b"x"));
    assert_eq!(bench.take(), ["ERROR"]);
}

#[test]
fn settings_are_volatile_but_for_the_saved_ones() {
    let mut bench = Bench::manual();
    bench.at("AT+CLIP=1;+CRC=1;+CMEE=2;+CLVL=2;+CREG=1");
    bench.at("AT&W");
    bench.inject(Fault::Reboot);
    bench.run(s(20));
    bench.take();
    assert_eq!(
        bench.ask("AT+CRC?;+CMEE?;+CLVL?;+CREG?"),
        ["+CRC: 0", "+CMEE: 1", "+CLVL: 2", "+CREG: 0,1", "OK"]
    );
}

#[test]
fn pin_wrong_three_times_wants_the_puk() {
    let mut config = Config::default();
    config.sim.pin = Some("0000".into());
    let mut bench = Bench::new(config);
    bench.at("ATE0");
    bench.take();
    assert_eq!(bench.ask("AT+CPIN?;+CREG?"), ["+CPIN: SIM PIN", "+CREG: 0,0", "OK"]);
    assert_eq!(bench.ask("ATD0255501111;"), ["+CME ERROR: 11"]);
    assert_eq!(bench.ask("AT+CPIN=1111"), ["+CME ERROR: 16"]);
    assert_eq!(bench.ask("AT+CPIN=1111"), ["+CME ERROR: 16"]);
    assert_eq!(bench.ask("AT+SPIC"), ["+SPIC: 1,10,0,10", "OK"]);
    assert_eq!(bench.ask("AT+CPIN=1111"), ["+CME ERROR: 12"]);
    assert_eq!(bench.ask("AT+CPIN?"), ["+CPIN: SIM PUK", "OK"]);
    assert_eq!(bench.ask("AT+CPIN=\"12345678\",\"4321\""), ["OK", "+CPIN: READY"]);
    bench.run(s(10));
    assert!(bench.modem.is_registered());
    assert_eq!(bench.take(), ["SMS DONE", "PB DONE"]);
}

#[test]
fn call_waiting_in_the_network_is_set_and_asked() {
    let mut bench = Bench::manual();
    bench.type_line("AT+CCWA=1,1,1");
    bench.run(s(4));
    assert!(bench.modem.is_call_waiting_on());
    bench.take();
    bench.type_line("AT+CCWA=1,2,1");
    bench.run(s(4));
    assert_eq!(bench.take(), ["+CCWA: 1,1", "OK"]);
    bench.type_line("AT+CCWA=0,0,1");
    bench.run(s(4));
    assert!(!bench.modem.is_call_waiting_on());
}
