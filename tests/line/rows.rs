//! The rows of call-flow through the modem.

use super::world::*;
use maskline::record::{EndedBy, Outcome};
use simulator::{Behaviour, Config, Profile};
use std::time::Duration;

fn answers_after(seconds: u64) -> Behaviour {
    Behaviour::AnswerAfter(Duration::from_secs(seconds))
}

#[test]
fn rows_1_to_15_a_masked_call() {
    let mut world = World::ready(Plan::default());
    world.behave(CUSTOMER, answers_after(3));
    world.call_in(COURIER);
    world.run_for(Duration::from_secs(3));
    world.keys(COURIER, ORDER);
    world.run_until("merged", 60, |w| w.merged(COURIER, CUSTOMER));
    world.run_for(Duration::from_secs(5));
    world.hang_up(CUSTOMER);
    let record = world.wait_record();
    assert_eq!(record.outcome, Outcome::Connected, "{}", world.tell());
    assert_eq!(record.ended_by, EndedBy::Callee);
    assert!(world.modem.calls().legs.is_empty());
}

#[test]
fn row_1_to_14_on_every_firmware() {
    let names = ["manual", "g-h-m22", "clcc-ids-3", "a7670-like", "early", "no-rxdtmf",
        "octet-by-octet", "wideband", "cpcmreg-late", "adverse", "plain"];
    for name in names {
        let profile = Profile::named(name).unwrap_or_else(|| panic!("no profile {name}"));
        let plan = Plan { simulator: Config::with_profile(profile), ..Plan::default() };
        let mut world = World::ready(plan);
        world.behave(COURIER, answers_after(3));
        world.call_in(CUSTOMER);
        world.run_for(Duration::from_secs(4));
        world.keys(CUSTOMER, ORDER);
        world.run_until(&format!("{name}: merged"), 60, |w| w.merged(COURIER, CUSTOMER));
        world.run_for(Duration::from_secs(5));
        world.hang_up(CUSTOMER);
        let record = world.wait_record();
        assert_eq!(record.outcome, Outcome::Connected, "{name} {}", world.tell());
        assert_eq!(record.ended_by, EndedBy::Caller, "{name}");
    }
}
