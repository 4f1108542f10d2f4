//! `record` through the modem, and how the sound of a call was: a line and a simulated SIM7600 in virtual
//! time.

use super::world::*;
use maskline::call::Settings;
use maskline::record::{CallSound, NoSound, Outcome};
use simulator::{Behaviour, Config, Fault, PhoneAction, Profile, Sound};
use std::time::Duration;

fn plan(change: impl FnOnce(&mut Settings)) -> Plan {
    let mut plan = Plan::default();
    plan.calls.record = true;
    change(&mut plan.calls);
    plan
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn say(world: &mut World, phone: &str, length: Duration) {
    world.act(PhoneAction::Say { phone: phone.to_owned(), length });
}

/// A masked call in which both speak, to its record.
fn call(world: &mut World) -> maskline::record::CallRecord {
    world.behave(CUSTOMER, Behaviour::AnswerAfter(seconds(3)));
    world.call_in(COURIER);
    world.run_for(seconds(3));
    world.keys(COURIER, ORDER);
    world.run_until_talking(COURIER, CUSTOMER);
    say(world, COURIER, seconds(2));
    world.run_for(seconds(3));
    say(world, CUSTOMER, seconds(2));
    world.run_for(seconds(3));
    world.hang_up(CUSTOMER);
    world.wait_record()
}

/// The last recording, laid out: 8 kHz.
fn recorded(world: &World) -> Vec<i16> {
    let (_, blocks, complete) = world.recordings.last().expect("a recording");
    assert!(*complete, "it has an end");
    let mut all = Vec::new();
    for block in blocks {
        assert!(block.at >= all.len() as u64, "in order");
        all.resize(usize::try_from(block.at).unwrap(), 0);
        all.extend(block.samples);
    }
    all
}

fn is_silent(samples: &[i16]) -> bool {
    samples.iter().all(|sample| sample.unsigned_abs() < 30)
}

#[test]
fn record_keeps_both_directions_from_the_answer_to_the_end_on_every_firmware() {
    for name in ["manual", "wideband", "cpcmreg-late", "octet-by-octet"] {
        let profile = Profile::named(name).unwrap();
        let mut world = World::ready(Plan {
            simulator: Config::with_profile(profile),
            ..plan(|calls| calls.recording_notice = true)
        });
        let record = call(&mut world);
        assert_eq!(record.outcome, Outcome::Connected, "{name}");
        let path = format!("/api/v1/calls/{}/recording", record.call_id);
        assert_eq!(record.call_record, path, "{name}");
        assert_eq!(world.recordings.len(), 1, "{name}");
        assert_eq!(world.recordings[0].0, record.call_id, "{name}");

        let all = recorded(&world);
        let call = record.ended_at.unwrap().duration_since(record.answered_at.unwrap());
        let length = all.len() as f64 / 8000.0;
        let missing = call.as_secs_f64() - length;
        assert!((0.0..2.0).contains(&missing), "{name}: {length} of {call}");
        // The notice is recorded as well: it comes first, from the box.
        assert!(!is_silent(&all[8000..3 * 8000]), "{name}: the notice");
        // The phones: the courier speaks as the two are merged, then the customer.
        let merged = record.merged_at.unwrap().duration_since(record.answered_at.unwrap());
        let merged = ((merged.as_secs_f64() - missing) * 8000.0) as usize;
        assert!(!is_silent(&all[merged + 4000..merged + 12_000]), "{name}: the courier");
        assert!(is_silent(&all[merged + 20_000..merged + 23_000]), "{name}: a pause");
        assert!(!is_silent(&all[merged + 30_000..merged + 36_000]), "{name}: the customer");
    }
}

#[test]
fn record_off_records_nothing() {
    let mut world = World::ready(Plan::default());
    let record = call(&mut world);
    assert_eq!((record.call_record.as_str(), world.recordings.len()), ("", 0));
}

#[test]
fn record_promises_nothing_where_there_is_no_sound() {
    let mut world = World::ready(Plan { with_sound: false, ..plan(|_| {}) });
    world.call_in(COURIER);
    world.run_for(seconds(5));
    world.hang_up(COURIER);
    let record = world.wait_record();
    assert_eq!((record.call_record.as_str(), world.recordings.len()), ("", 0));
    assert_eq!(record.sound, None, "this line is to have none");
}

#[test]
fn record_ends_with_a_modem_that_is_lost_and_the_next_call_has_its_own() {
    let mut world = World::ready(plan(|_| {}));
    world.call_in(COURIER);
    world.run_for(seconds(6));
    let now = world.now;
    world.modem.inject(now, Fault::Reboot);
    let record = world.wait_record();
    assert_eq!(record.outcome, Outcome::ModemLost);
    assert!(recorded(&world).len() > 4 * 8000);
    world.run_until("takes calls again", 90, |w| w.status.takes_calls());
    world.phones.clear();
    let second = call(&mut world);
    assert_eq!(world.recordings.len(), 2);
    assert_eq!(world.recordings[1].0, second.call_id);
}

#[test]
fn the_record_says_how_the_sound_was() {
    let mut world = World::ready(Plan::default());
    let record = call(&mut world);
    let sound = record.sound.expect("there was sound");
    assert_eq!((sound.missing, sound.rate_hz), (None, Some(8000)));
    assert!(sound.measured_hz.unwrap().abs_diff(8000) < 400, "{sound:?}");
    assert!((-40..0).contains(&sound.received_dbm0.unwrap()), "{sound:?}");
    assert!(sound.loudest_dbm0 >= sound.received_dbm0, "{sound:?}");
    assert!(sound.silent_stretches > 0 && sound.longest_silence_ms >= 1000, "{sound:?}");
    assert!(sound.frames_received > 500 && sound.frames_sent > 500, "{sound:?}");
    assert_eq!((sound.frames_late, sound.frames_dropped, sound.frames_clipped), (0, 0, 0));
    assert_eq!(world.status.last_call_sound, Some(sound));
    // The record so far has it too: a crash costs none of it.
    let merged = world.progress.iter().rev().find(|record| record.merged_at.is_some());
    assert!(merged.unwrap().sound.unwrap().frames_sent > 100);
}

#[test]
fn a_call_in_which_nothing_was_heard_says_so_in_record_and_status() {
    let mut plan = Plan::default();
    plan.simulator.sound = Sound::Off;
    let mut world = World::ready(plan);
    world.call_in(COURIER);
    world.run_for(seconds(8));
    world.hang_up(COURIER);
    let sound = world.wait_record().sound.expect("it was to have sound");
    assert_eq!((sound.missing, sound.received_dbm0), (Some(NoSound::Received), None));
    assert_eq!(world.status.counters["calls_without_received_sound"], 1);
    assert_eq!(world.status.last_call_sound, Some(sound));
}

#[test]
fn a_call_whose_port_took_nothing_says_so() {
    let mut world = World::ready(Plan::default());
    world.call_in(COURIER);
    world.takes_frames = false;
    say(&mut world, COURIER, seconds(2));
    world.run_for(seconds(8));
    world.hang_up(COURIER);
    let sound = world.wait_record().sound.expect("it was to have sound");
    assert_eq!(sound.missing, Some(NoSound::Sent), "{sound:?}");
    assert_eq!(world.status.counters["calls_without_sent_sound"], 1);
}

#[test]
fn a_modem_that_gives_no_sound_and_a_caller_who_is_not_answered_are_told_apart() {
    let mut profile = Profile::named("manual").unwrap();
    profile.pcm.refusals = u8::MAX;
    let mut world = World::ready(Plan { simulator: Config::with_profile(profile), ..plan(|_| {}) });
    world.call_in(COURIER);
    world.run_for(seconds(8));
    world.hang_up(COURIER);
    let record = world.wait_record();
    let nothing = CallSound { missing: Some(NoSound::Both), ..CallSound::default() };
    assert_eq!(record.sound, Some(nothing));
    assert_eq!((record.call_record.as_str(), world.recordings.len()), ("", 0));

    let mut world = World::ready(Plan::default());
    world.call(COURIER);
    world.run_until("it rings", 20, |w| w.line.phase().is_some());
    world.hang_up(COURIER);
    assert_eq!(world.wait_record().sound, None);
}
