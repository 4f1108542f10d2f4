//! What a line counts and measures on its way.

use super::world::*;
use simulator::Behaviour;
use std::time::Duration;

fn count(world: &World, counter: &str) -> u64 {
    world.status.counters.get(counter).copied().unwrap_or(0)
}

#[test]
fn each_answer_of_the_modem_is_measured() {
    let mut world = World::ready(Plan::default());
    let longest = world.round_trips.iter().max().copied();
    assert!(longest.is_some_and(|most| most > Duration::ZERO && most < Duration::from_secs(10)));
    // What is asked of a modem that boots gets no answer; afterwards each command does.
    let before = (world.commands.len(), world.round_trips.len());
    world.run_for(Duration::from_secs(120));
    let asked = world.commands.len() - before.0;
    let answered = world.round_trips.len() - before.1;
    assert!(asked > 3 && asked.abs_diff(answered) <= 1, "{asked} asked, {answered} answered");
}

#[test]
fn the_frames_of_a_call_are_counted_when_it_is_over() {
    let mut world = World::ready(Plan::default());
    world.behave(CUSTOMER, Behaviour::AnswerAfter(Duration::from_secs(3)));
    world.call_in(COURIER);
    world.run_for(Duration::from_secs(3));
    world.keys(COURIER, ORDER);
    world.run_until_talking(COURIER, CUSTOMER);
    let before = world.now;
    assert_eq!(count(&world, "sound_sent_frames"), 0, "not in the middle of a call");
    world.run_for(Duration::from_secs(10));
    world.hang_up(COURIER);
    world.run_until("the line is free", 20, |w| w.status.takes_calls() && w.status.legs == 0);
    world.run_until("sound is off", 5, |w| !w.modem.is_audio_on());
    let talked = (world.now - before).as_millis() as u64 / 20;
    let (sent, received) =
        (count(&world, "sound_sent_frames"), count(&world, "sound_received_frames"));
    assert!(sent > 500 && received > 500, "{sent} sent, {received} received in {talked} and more");
    assert!(count(&world, "sound_late_frames") * 100 < sent, "{:?}", world.status.counters);
    assert_eq!(count(&world, "sound_dropped_frames"), 0);
    assert_eq!(count(&world, "calls_without_received_sound"), 0);
    let again = world.status.counters.clone();
    world.run_for(Duration::from_secs(30));
    assert_eq!(world.status.counters, again, "they are counted once");
}
