//! What goes wrong with the modem in mid-call, and that the line is back afterwards.

use super::world::*;
use maskline::modem::bring_up::Pin;
use maskline::record::Outcome;
use maskline::status::LineState;
use simulator::{Behaviour, Config, Fault, Faults, Profile};
use std::time::Duration;

fn talking() -> World {
    let mut world = World::ready(Plan::default());
    world.behave(CUSTOMER, Behaviour::AnswerAfter(Duration::from_secs(2)));
    world.call_in(COURIER);
    world.keys(COURIER, ORDER);
    world.run_until_talking(COURIER, CUSTOMER);
    world
}

fn inject(world: &mut World, fault: Fault) {
    let now = world.now;
    world.modem.inject(now, fault);
    world.run_for(Duration::from_millis(1));
}

fn works_again(world: &mut World) {
    world.run_until("takes calls again", 90, |w| w.status.state == LineState::Ready);
    world.behave(COURIER, Behaviour::AnswerAfter(Duration::from_secs(2)));
    world.phones.clear();
    world.call_in(CUSTOMER);
    world.keys(CUSTOMER, ORDER);
    world.run_until_talking(COURIER, CUSTOMER);
}

#[test]
fn never_6_a_modem_that_restarts_in_mid_call_ends_in_one_record() {
    let mut world = talking();
    inject(&mut world, Fault::Reboot);
    let record = world.wait_record();
    assert_eq!(record.outcome, Outcome::ModemLost);
    works_again(&mut world);
    assert_eq!(world.records.len(), 1);
}

#[test]
fn never_6_ports_that_vanish_in_mid_call_leave_no_orphan() {
    let mut world = talking();
    inject(&mut world, Fault::PortsGone(Duration::from_secs(5)));
    let record = world.wait_record();
    assert_eq!(record.outcome, Outcome::ModemLost);
    world.run_until("the orphans are ended", 30, |w| w.modem.calls().legs.is_empty());
    works_again(&mut world);
    assert_eq!(world.records.len(), 1);
}

#[test]
fn never_6_a_modem_that_hangs_in_mid_call_is_got_back() {
    let mut world = talking();
    inject(&mut world, Fault::Hang(Duration::from_secs(40)));
    let record = world.wait_record();
    assert_eq!(record.outcome, Outcome::ModemLost);
    world.run_until("the orphans are ended", 60, |w| w.modem.calls().legs.is_empty());
    works_again(&mut world);
}

#[test]
fn a_mute_modem_is_noticed_within_60_s() {
    let mut world = World::ready(Plan::default());
    inject(&mut world, Fault::Hang(Duration::from_secs(600)));
    world.run_until("noticed", 60, |w| !w.status.takes_calls());
    assert!(world.status.fault.as_deref().is_some_and(|fault| fault.contains("answer")));
}

#[test]
fn a_call_goes_through_whatever_the_wire_does_to_lines() {
    for seed in 0..40 {
        let simulator =
            Config { faults: Faults::nuisances(), seed, ..Config::with_profile(Profile::manual()) };
        let mut world = World::ready(Plan { simulator, ..Plan::default() });
        world.behave(CUSTOMER, Behaviour::AnswerAfter(Duration::from_secs(2)));
        world.call_in(COURIER);
        world.run_for(Duration::from_secs(2));
        world.keys(COURIER, ORDER);
        world.run_until_talking(COURIER, CUSTOMER);
        world.hang_up(COURIER);
        assert_eq!(world.wait_record().outcome, Outcome::Connected, "seed {seed}");
    }
}

#[test]
fn idle_for_ten_minutes_the_modem_is_asked_no_more_than_it_needs() {
    let mut world = World::ready(Plan::default());
    world.run_for(Duration::from_secs(5));
    let before = world.commands.len();
    world.run_for(Duration::from_secs(600));
    // A sign of life each 15 s; signal, two registrations and the operator's name each 60 s.
    let sent = world.commands.len() - before;
    assert!(sent <= 40 + 40 + 4, "{sent} commands");
}

fn with_pin(sim: &str, configured: &str, tries: u8) -> Plan {
    let mut plan = Plan::default();
    plan.simulator.sim.pin = Some(sim.to_owned());
    plan.simulator.sim.pin_tries = tries;
    plan.pin = Some(Pin { digits: configured.to_owned(), was_refused: false });
    plan
}

fn pins_sent(world: &World) -> usize {
    world.commands.iter().filter(|(_, line)| line.starts_with("AT+CPIN=")).count()
}

#[test]
fn a_sim_with_a_pin_is_unlocked() {
    let world = World::ready(with_pin("4321", "4321", 3));
    assert_eq!(pins_sent(&world), 1);
}

#[test]
fn a_wrong_pin_is_sent_once_and_the_last_try_never() {
    let mut world = World::new(with_pin("4321", "1111", 3));
    world.run_for(Duration::from_secs(300));
    assert_eq!(pins_sent(&world), 1);
    assert!(world.status.fault.as_deref().is_some_and(|fault| fault.contains("PIN")));
    let mut world = World::new(with_pin("4321", "4321", 1));
    world.run_for(Duration::from_secs(300));
    assert_eq!(pins_sent(&world), 0, "the last try is a person's");
}

#[test]
fn a_pin_that_was_refused_before_a_restart_is_not_sent_again() {
    let mut plan = with_pin("4321", "1111", 2);
    plan.pin = plan.pin.map(|pin| Pin { was_refused: true, ..pin });
    let mut world = World::new(plan);
    world.run_for(Duration::from_secs(300));
    assert_eq!(pins_sent(&world), 0);
}

#[test]
fn a_sim_for_calls_over_lte_only_is_registered() {
    let mut plan = Plan::default();
    plan.simulator.network.creg = 3;
    plan.simulator.network.cereg = 1;
    World::ready(plan);
}
