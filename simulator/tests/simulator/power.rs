//! Starts, stops, ports.

use crate::bench::*;
use simulator::*;

#[test]
fn creset_takes_the_ports_away_and_all_starts_anew() {
    let mut bench = Bench::manual();
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.take();
    bench.at("AT+CRESET");
    assert_eq!(bench.take(), ["OK"]);
    bench.run(s(14));
    let [gone, back] = bench.ports[..] else { panic!("{:?}", bench.ports) };
    assert!(!gone.1 && back.1 && back.0 - gone.0 == ms(11_500));
    let lost = PhoneEvent::Ended { phone: COURIER.into(), cause: Cause::Lost };
    assert_eq!(bench.events.last(), Some(&lost));
    bench.input(Input::AtOpened);
    bench.run(s(30));
    assert_eq!(bench.take(), ["RDY", "+CPIN: READY", "SMS DONE", "PB DONE"]);
    assert!(bench.modem.is_registered());
}

#[test]
fn a_reboot_keeps_the_ports_and_says_what_it_is() {
    let mut bench = Bench::manual();
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.take();
    bench.inject(Fault::Reboot);
    bench.at("AT");
    bench.run(s(20));
    assert_eq!(bench.take(), ["RDY", "+CPIN: READY", "SMS DONE", "PB DONE"]);
    assert!(bench.ports.is_empty() && bench.modem.calls().legs.is_empty());
    assert_eq!(bench.modem.counters().input_lost, 3);
}

#[test]
fn ports_gone_and_back_while_the_call_goes_on() {
    let mut bench = Bench::manual();
    bench.call_from(COURIER);
    bench.at("ATA");
    bench.inject(Fault::PortsGone(s(3)));
    bench.at("AT");
    bench.run(s(5));
    assert_eq!(bench.ports.len(), 2);
    assert_eq!(bench.state(COURIER), Some(CallState::Active));
    bench.take();
    assert_eq!(bench.ask("AT"), ["OK"]);
}

#[test]
fn the_power_key_is_a_toggle_that_takes_its_time() {
    let mut config = Config { start: Start::Off, ..Config::default() };
    config.profile.boot.ready = ms(500);
    let mut bench = Bench::new(config);
    assert!(!bench.modem.has_ports());
    let press = |bench: &mut Bench, time| {
        bench.input(Input::Power(Power::KeyDown));
        bench.run(time);
        bench.input(Input::Power(Power::KeyUp));
    };
    press(&mut bench, ms(50));
    bench.run(s(20));
    assert!(!bench.modem.has_ports());
    press(&mut bench, ms(500));
    bench.run(s(12));
    assert!(bench.modem.has_ports() && bench.modem.is_status_high());
    press(&mut bench, s(2));
    bench.run(s(30));
    assert!(bench.modem.is_status_high(), "two seconds are not enough to stop it");
    press(&mut bench, s(3));
    bench.run(s(26));
    assert!(!bench.modem.is_status_high() && bench.modem.has_ports());
    bench.run(s(2));
    assert!(!bench.modem.has_ports());
    bench.input(Input::Power(Power::SupplyOff));
    bench.input(Input::Power(Power::SupplyOn));
    press(&mut bench, ms(500));
    bench.run(s(30));
    assert!(bench.modem.is_registered());
}

#[test]
fn the_sim_is_busy_for_a_while_after_a_start() {
    let mut bench = Bench::new(Config { start: Start::Booting, ..Config::default() });
    bench.run(s(13));
    bench.input(Input::AtOpened);
    bench.run(ms(100));
    bench.at("ATE0;+CPIN?");
    bench.run(s(20));
    assert!(bench.take().contains(&"+CME ERROR: 14".to_string()));
    assert_eq!(bench.ask("AT+CPIN?"), ["+CPIN: READY", "OK"]);
}

#[test]
fn no_sim() {
    let mut config = Config::default();
    config.sim.present = false;
    let mut bench = Bench::new(config);
    bench.at("ATE0");
    assert_eq!(bench.ask("AT+CPIN?"), ["+CME ERROR: 10"]);
    assert_eq!(bench.ask("ATD0255501111;"), ["+CME ERROR: 10"]);
}

#[test]
fn a_changed_usb_composition_restarts_by_itself() {
    let mut bench = Bench::manual();
    assert_eq!(bench.ask("AT+CUSBPIDSWITCH?"), ["+CUSBPIDSWITCH: 9001", "OK"]);
    bench.at("AT+CUSBPIDSWITCH=9011,1,1");
    bench.run(s(40));
    assert_eq!(bench.ports.len(), 2);
}
