//! The rows of call-flow through the modem: a line and a simulated SIM7600 in virtual time.

use super::world::*;
use maskline::call::{MergeService, Settings};
use maskline::line::Input;
use maskline::line::allowance::Limits;
use maskline::record::{EndedBy, Outcome};
use simulator::profile::ReleaseConnecting;
use simulator::{
    Behaviour, Cause, Config, NetworkConfig, PhoneEvent, Presentation, Profile, Source,
};
use std::time::Duration;

fn after(seconds: u64) -> Behaviour {
    Behaviour::AnswerAfter(Duration::from_secs(seconds))
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn on(profile: Profile) -> Plan {
    Plan { simulator: Config::with_profile(profile), ..Plan::default() }
}

fn named(name: &str) -> Profile {
    Profile::named(name).unwrap_or_else(|| panic!("no profile {name}"))
}

/// A caller who has keyed the order, while the box goes on.
fn keyed(plan: Plan, caller: &str, callee: &str, behaviour: Behaviour) -> World {
    let mut world = World::ready(plan);
    world.behave(callee, behaviour);
    world.call_in(caller);
    world.run_for(seconds(3));
    world.keys(caller, ORDER);
    world
}

/// Two who talk.
fn talking(plan: Plan) -> World {
    let mut world = keyed(plan, COURIER, CUSTOMER, after(3));
    world.run_until_talking(COURIER, CUSTOMER);
    world
}

fn assert_free(world: &mut World) {
    world.run_until("no call is left", 5, |w| w.modem.calls().legs.is_empty());
    world.run_until("the line is free", 10, |w| {
        w.status.takes_calls() && w.status.call.is_none() && w.status.legs == 0
    });
    world.run_until("sound is off between calls", 5, |w| !w.modem.is_audio_on());
}

#[test]
fn rows_1_to_15_a_masked_call_on_every_firmware() {
    let names = [
        "manual",
        "g-h-m22",
        "clcc-ids-3",
        "a7670-like",
        "early",
        "no-rxdtmf",
        "octet-by-octet",
        "wideband",
        "cpcmreg-late",
        "decay",
        "adverse",
    ];
    for name in names {
        let mut world = keyed(on(named(name)), CUSTOMER, COURIER, after(3));
        world.run_until_talking(COURIER, CUSTOMER);
        world.run_for(seconds(5));
        world.hang_up(CUSTOMER);
        let record = world.wait_record();
        assert_eq!(record.outcome, Outcome::Connected, "{name} {}", world.tell());
        assert_eq!(record.ended_by, EndedBy::Caller, "{name}");
        assert_eq!(record.sub_status, "Customer", "{name}");
        assert_eq!(record.entries, 1, "{name}");
        assert_free(&mut world);
    }
}

#[test]
fn rows_1_to_15_on_a_plain_27_007_modem_without_sound() {
    for fields in [7, 8, 10] {
        let mut profile = named("plain");
        profile.keys.when = simulator::profile::KeyReport::Always;
        profile.table.fields = fields;
        let plan = Plan { with_sound: false, ..on(profile) };
        let mut world = talking(plan);
        world.hang_up(CUSTOMER);
        assert_eq!(world.wait_record().ended_by, EndedBy::Callee);
    }
}

#[test]
fn row_1_a_caller_who_gives_up_before_the_answer_has_a_record() {
    let mut world = World::ready(Plan::default());
    world.call(COURIER);
    world.run_until("rings", 10, |w| !w.progress.is_empty());
    world.hang_up(COURIER);
    let record = world.wait_record();
    assert_eq!((record.outcome, record.answered_at), (Outcome::CallerHungUp, None));
    assert_free(&mut world);
}

#[test]
fn row_2_the_first_key_stops_the_prompt_within_100_ms() {
    let mut world = World::ready(Plan::default());
    world.call_in(COURIER);
    let hears = |w: &World| {
        matches!(w.phones.last(), Some((_, PhoneEvent::SoundBegan { from: Source::Box, .. })))
    };
    world.run_until("the greeting", 10, hears);
    world.run_for(seconds(1));
    let pressed_at = world.now;
    world.keys(COURIER, "1");
    world.run_until("silence", 5, |w| {
        matches!(w.phones.last(), Some((_, PhoneEvent::SoundEnded { .. })))
    });
    let (ended_at, event) = world.phones.last().unwrap().clone();
    let PhoneEvent::SoundEnded { .. } = event else { unreachable!() };
    // The network calls a sound ended after 400 ms of silence.
    let quiet_gap = NetworkConfig::default().quiet_gap;
    let heard_for = ended_at - quiet_gap - pressed_at;
    assert!(heard_for <= Duration::from_millis(100), "{heard_for:?}");
}

#[test]
fn row_10b_a_withheld_caller_matches_nobody() {
    let mut world = World::ready(Plan::default());
    world.call_as(COURIER, Presentation::Withheld);
    world.wait_answered();
    world.run_for(seconds(3));
    world.keys(COURIER, ORDER);
    world.run_for(seconds(12));
    world.hang_up(COURIER);
    let record = world.wait_record();
    assert_eq!(record.outcome, Outcome::PhoneNotFound);
    assert!(record.caller_withheld);
    assert_eq!(world.modem.counters().outgoing, 0);
}

#[test]
fn row_8_a_national_caller_number_is_the_same_number() {
    let mut world = World::ready(Plan::default());
    world.behave(CUSTOMER, after(2));
    world.call_as(COURIER, Presentation::National);
    world.wait_answered();
    world.keys(COURIER, ORDER);
    world.run_until_talking(COURIER, CUSTOMER);
}

#[test]
fn row_12a_the_announcement_is_for_leg_b_alone() {
    let world = talking(Plan::default());
    let at = |wanted: &dyn Fn(&PhoneEvent) -> bool| {
        world
            .phones
            .iter()
            .position(|(_, e)| wanted(e))
            .unwrap_or_else(|| panic!("{}", world.tell()))
    };
    let held = at(&|e| matches!(e, PhoneEvent::OnHold { phone } if phone == COURIER));
    let told = at(
        &|e| matches!(e, PhoneEvent::SoundBegan { phone, from: Source::Box } if phone == CUSTOMER),
    );
    let back = at(&|e| matches!(e, PhoneEvent::Retrieved { phone } if phone == COURIER));
    assert!(held < told && told < back);
    let leaked = world.phones[held..back]
        .iter()
        .any(|(_, e)| matches!(e, PhoneEvent::SoundBegan { phone, .. } if phone == COURIER));
    assert!(!leaked, "{}", world.tell());
    let shown = world.phones.iter().find_map(|(_, e)| match e {
        PhoneEvent::Ringing { phone, shown } if phone == CUSTOMER => Some(shown.clone()),
        _ => None,
    });
    assert_eq!(shown, Some(Some("+61255500099".to_owned())), "the neutral number is shown");
}

#[test]
fn row_12b_leg_b_busy_refused_unreachable_or_silent() {
    for behaviour in
        [Behaviour::Busy, Behaviour::Reject, Behaviour::Unreachable, Behaviour::NoAnswer]
    {
        for name in ["manual", "g-h-m22", "clcc-ids-3", "octet-by-octet"] {
            let text = format!("{name} {behaviour:?}");
            let mut world = keyed(on(named(name)), COURIER, CUSTOMER, behaviour.clone());
            let record = world.wait_record();
            assert_eq!(record.outcome, Outcome::CalleeUnavailable, "{text} {}", world.tell());
            assert_eq!((record.sub_available.as_str(), record.ended_by), ("No", EndedBy::Box));
            let heard_after = world.phones.iter().rev().find(
                |(_, e)| matches!(e, PhoneEvent::SoundBegan { phone, .. } if phone == COURIER),
            );
            let back =
                world.phones.iter().rev().find(
                    |(_, e)| matches!(e, PhoneEvent::Retrieved { phone } if phone == COURIER),
                );
            assert!(
                heard_after.unwrap().0 > back.unwrap().0,
                "{text}: told after it was taken back"
            );
            assert_free(&mut world);
        }
    }
}

#[test]
fn row_12b_a_ringing_leg_b_that_only_ends_with_all_was_ended_by_the_box() {
    let mut profile = named("manual");
    profile.services.release_connecting = ReleaseConnecting::Refused;
    let mut world = keyed(on(profile), COURIER, CUSTOMER, Behaviour::NoAnswer);
    let record = world.wait_record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::CalleeUnavailable, EndedBy::Box));
    assert_free(&mut world);
}

#[test]
fn row_12c_leg_a_hangs_up_and_nobodys_phone_keeps_ringing() {
    for name in ["manual", "g-h-m22", "clcc-ids-3", "octet-by-octet", "adverse"] {
        for wait_ms in [0, 300, 900, 2500, 4500, 6000, 9000] {
            let mut world = keyed(on(named(name)), COURIER, CUSTOMER, after(2));
            world.run_until("dialled", 60, |w| {
                w.commands.iter().any(|(_, line)| line.starts_with("ATD"))
            });
            world.run_for(Duration::from_millis(wait_ms));
            world.hang_up(COURIER);
            let text = format!("{name}, {wait_ms} ms after ATD");
            world.run_until(&text, 5, |w| w.modem.calls().legs.is_empty());
            world.wait_record();
            assert_free(&mut world);
        }
    }
}

#[test]
fn row_12d_hold_or_merge_refused() {
    for name in ["merge-refused", "hold-refused"] {
        let mut world = keyed(on(named(name)), COURIER, CUSTOMER, after(2));
        let record = world.wait_record();
        assert_eq!(record.outcome, Outcome::MergeRefused, "{name}");
        assert_eq!(world.status.merge, MergeService::Refused, "{name}");
        assert_eq!(world.status.counters.get("merge_refused"), Some(&1), "{name}");
        assert!(!world.merged(COURIER, CUSTOMER));
        let last = world.phones.iter().rev().find(|(_, e)| e.phone() == COURIER).unwrap();
        assert!(matches!(last.1, PhoneEvent::Ended { cause: Cause::Released, .. }), "{name}");
        assert_free(&mut world);
    }
}

#[test]
fn row_13_the_operator() {
    let mut world = World::ready(Plan::default());
    world.behave(OPERATOR, after(2));
    world.call_in(STRANGER);
    world.keys(STRANGER, "#");
    world.run_until_talking(STRANGER, OPERATOR);
    world.hang_up(OPERATOR);
    let record = world.wait_record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::OperatorConnected, EndedBy::Operator));
    assert_free(&mut world);
}

#[test]
fn row_14_either_leg_ends_and_the_line_is_free_within_5_s() {
    for (who, ended_by) in [(COURIER, EndedBy::Caller), (CUSTOMER, EndedBy::Callee)] {
        for name in ["manual", "g-h-m22", "clcc-ids-3", "octet-by-octet", "decay", "adverse"] {
            let mut world = talking(on(named(name)));
            world.run_for(seconds(20));
            world.hang_up(who);
            world.run_until(name, 5, |w| w.modem.calls().legs.is_empty());
            assert_eq!(world.wait_record().ended_by, ended_by, "{name}");
            assert_free(&mut world);
        }
    }
}

#[test]
fn row_14_leg_b_hangs_up_the_moment_the_network_joins_the_two() {
    for name in ["manual", "octet-by-octet", "adverse"] {
        let mut world = keyed(on(named(name)), COURIER, CUSTOMER, after(3));
        world.run_until("joined", 60, |w| w.merged(COURIER, CUSTOMER));
        world.hang_up(CUSTOMER);
        let record = world.wait_record();
        assert_eq!(
            (record.outcome, record.ended_by),
            (Outcome::Connected, EndedBy::Callee),
            "{name}"
        );
        assert_free(&mut world);
    }
}

#[test]
fn row_16_a_second_caller_hears_busy() {
    for call_waiting in [false, true] {
        for at in ["entry", "ringing", "talking"] {
            let mut profile = named("manual");
            profile.lines.ring_every = seconds(3);
            let mut plan = on(profile);
            plan.simulator.network.call_waiting = call_waiting;
            let mut world = World::ready(plan);
            world.behave(CUSTOMER, after(6));
            world.call_in(COURIER);
            if at != "entry" {
                world.keys(COURIER, ORDER);
                world.run_until("rings", 60, |w| {
                    w.phones.iter().any(|(_, e)| {
                        matches!(e, PhoneEvent::Ringing { phone, .. } if phone == CUSTOMER)
                    })
                });
            }
            if at == "talking" {
                world.run_until_talking(COURIER, CUSTOMER);
            }
            world.call(STRANGER);
            world.run_until("busy", 20, |w| {
                w.phones.iter().any(|(_, e)| {
                    matches!(e, PhoneEvent::Ended { phone, cause: Cause::Busy } if phone == STRANGER)
                })
            });
            let text = format!("call waiting {call_waiting}, {at}: {}", world.tell());
            assert!(world.modem.calls().leg(COURIER).is_some(), "{text}");
            if at == "entry" {
                world.keys(COURIER, ORDER);
            }
            world.run_until_talking(COURIER, CUSTOMER);
        }
    }
}

#[test]
fn direct_connect_needs_no_key() {
    let mut plan = Plan::default();
    plan.calls = Settings { direct_connect: true, ..plan.calls };
    let mut world = World::ready(plan);
    world.behave(CUSTOMER, after(2));
    world.call_in(COURIER);
    world.run_until_talking(COURIER, CUSTOMER);
}

#[test]
fn settings_that_staff_change_hold_from_the_next_call_on() {
    let mut world = World::ready(Plan::default());
    world.behave(CUSTOMER, after(2));
    world.call_in(COURIER);
    let calls = Settings { direct_connect: true, ..Plan::default().calls };
    let limits = Limits { minutes_per_hour: 100, new_numbers_per_hour: 100 };
    let now = world.wall();
    world.line.handle_input(now, Input::Settings(Box::new(calls), limits));
    world.run_for(seconds(5));
    assert!(world.modem.calls().leg(CUSTOMER).is_none(), "the call that runs goes on as it began");
    world.hang_up(COURIER);
    world.wait_record();
    world.call_in(COURIER);
    world.run_until_talking(COURIER, CUSTOMER);
}

#[test]
fn accept_key_voicemail_never_answers_for_a_person() {
    let mut plan = Plan::default();
    plan.calls = Settings { accept_key: true, ..plan.calls };
    let voicemail = Behaviour::Voicemail { after: seconds(2) };
    let mut world = keyed(plan, COURIER, CUSTOMER, voicemail);
    let record = world.wait_record();
    assert_eq!(record.outcome, Outcome::CalleeUnavailable);
    assert_eq!(world.modem.counters().merges, 0);
}

#[test]
fn never_5_a_key_of_leg_b_is_no_digit_of_leg_a() {
    let mut plan = Plan::default();
    plan.calls = Settings { accept_key: true, ..plan.calls };
    let mut world = keyed(plan, COURIER, CUSTOMER, after(2));
    world.run_until("told", 60, |w| {
        w.phones
            .iter()
            .any(|(_, e)| matches!(e, PhoneEvent::SoundBegan { phone, .. } if phone == CUSTOMER))
    });
    world.keys(CUSTOMER, "9");
    world.run_until_talking(COURIER, CUSTOMER);
    world.hang_up(COURIER);
    assert_eq!(world.wait_record().order_number, ORDER);
}
