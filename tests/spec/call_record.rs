//! Row 15 and "The call record": one record whatever happens, and what it says.

use super::call_scene::*;
use maskline::call::{Input, Leg};
use maskline::clock::Now;
use maskline::record::{EndedBy, Outcome};

#[test]
fn row_15_a_caller_who_gives_up_before_the_answer_has_a_record() {
    let mut scene = ringing(|_| {});
    scene.wait(secs(1));
    scene.hangs_up(Leg::A);
    scene.does(&["record CallerHungUp"]);
    let record = scene.record();
    assert_eq!((record.answered_at, record.ended_by), (None, EndedBy::Caller));
    assert_eq!(record.started_at, Now::simulated(scene.now - secs(1)).wall);
    assert_eq!(record.ended_at, Some(scene.now().wall));
    assert!(record.caller_withheld);
}

#[test]
fn row_15_a_connected_call_in_full() {
    let mut scene = ringing(|_| {});
    scene.wait(secs(1));
    scene.caller(COURIER);
    scene.wait(secs(4));
    scene.keys(ORDER);
    scene.wait(secs(3));
    scene.said();
    scene.wait(secs(10));
    scene.input(Input::LegBAnswered);
    scene.wait(ms(6_500));
    scene.said();
    scene.wait(secs(60));
    scene.hangs_up(Leg::B);
    let at = |s| Some(Now::simulated(secs(s)).wall);
    let record = scene.record();
    assert_eq!(record.line, "line1");
    assert_eq!(record.order_number, "12345");
    assert_eq!(record.order_search, "Order is found");
    assert_eq!(record.phone_search, "Phone number is found");
    assert_eq!(record.sub_status, "Courier");
    assert_eq!(record.sub_available, "Yes");
    assert_eq!((record.need_operator.as_str(), record.call_operator.as_str()), ("", ""));
    assert_eq!(record.call_record, "");
    assert_eq!(record.outcome, Outcome::Connected);
    assert_eq!((Some(record.started_at), record.answered_at), (at(100), at(101)));
    assert_eq!(record.leg_b_answered_at, at(118));
    let merged = Now::simulated(ms(124_500)).wall;
    assert_eq!((record.merged_at, record.ended_at.unwrap() > merged), (Some(merged), true));
    assert!(record.clock_trusted && !record.caller_withheld && !record.near_miss);
    assert_eq!((record.ended_by, record.entries), (EndedBy::Callee, 1));
    assert_eq!(record.last_key_to_dial_ms, Some(3_000));
    assert_eq!(record.leg_b_answer_to_merge_ms, Some(6_500));
    assert_eq!(record.caller_number.as_deref(), Some(COURIER));
    assert_eq!(record.callee_number.as_deref(), Some(CUSTOMER));
}

#[test]
fn row_15_the_record_so_far_is_kept_at_each_milestone_as_interrupted() {
    let scene = talking(|_| {});
    let told = scene.progress.iter();
    assert!(told.clone().all(|r| r.outcome == Outcome::Interrupted && r.ended_at.is_none()));
    assert!(told.clone().all(|r| r.ended_by == EndedBy::Box));
    let milestones: Vec<_> = told
        .map(|r| {
            let known = !r.order_search.is_empty();
            (r.answered_at.is_some(), known, r.leg_b_answered_at.is_some(), r.merged_at.is_some())
        })
        .collect();
    assert_eq!(
        milestones,
        [
            (false, false, false, false),
            (true, false, false, false),
            (true, true, false, false),
            (true, true, false, false),
            (true, true, true, false),
            (true, true, true, true),
        ]
    );
}

#[test]
fn outcome_of_who_hangs_up_before_any_failed_entry() {
    let mut scene = greeted(COURIER);
    scene.keys("12");
    scene.hangs_up(Leg::A);
    scene.does(&["hushes", "record CallerHungUp"]);
}

#[test]
fn outcome_of_who_hangs_up_after_a_failed_entry_is_the_last_failure() {
    let mut scene = greeted(STRANGER);
    scene.keys("54321");
    scene.keys(ORDER);
    scene.hangs_up(Leg::A);
    assert_eq!(scene.record().outcome, Outcome::PhoneNotFound);

    let mut scene = greeted(STRANGER);
    scene.keys(ORDER);
    scene.keys("54321");
    scene.hangs_up(Leg::A);
    let record = scene.record();
    assert_eq!(record.outcome, Outcome::OrderNotFound);
    assert_eq!((record.order_number.as_str(), record.phone_search.as_str()), ("54321", ""));
}

#[test]
fn outcome_of_who_gets_it_right_after_a_failed_entry_and_hangs_up_is_no_failure() {
    let mut scene = greeted(COURIER);
    scene.keys("54321");
    scene.keys(ORDER);
    scene.hangs_up(Leg::A);
    assert_eq!(scene.record().outcome, Outcome::CallerHungUp);
}

#[test]
fn outcome_keeps_the_furthest_when_the_caller_hangs_up_in_the_last_words() {
    let mut scene = alerting(|_| {});
    scene.hangs_up(Leg::B);
    scene.hangs_up(Leg::A);
    let record = scene.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::CalleeUnavailable, EndedBy::Caller));
}

#[test]
fn outcome_of_our_own_stop_is_interrupted() {
    for mut scene in [ringing(|_| {}), greeted(COURIER), alerting(|_| {}), talking(|_| {})] {
        scene.input(Input::Stop);
        assert_eq!(scene.record().outcome, Outcome::Interrupted);
        assert_eq!(scene.record().ended_by, EndedBy::Box);
    }
}

#[test]
fn last_key_to_dial_counts_from_the_last_digit_also_when_silence_ended_the_entry() {
    let mut scene = ringing(|_| {});
    scene.orders.push(order("123", COURIER, CUSTOMER));
    scene.caller(COURIER);
    scene.keys("123");
    scene.wait(secs(8));
    scene.said();
    scene.hangs_up(Leg::A);
    assert_eq!(scene.record().last_key_to_dial_ms, Some(8_000));
}

#[test]
fn clock_trusted_is_false_when_any_time_is_not_to_be_believed() {
    let mut scene = greeted(COURIER);
    let untrusted = Now { trusted: false, ..scene.now() };
    let gone = Input::Gone(Leg::A, maskline::call::Gone::FarEnd);
    scene.conversation.handle_input(untrusted, gone);
    scene.input(Input::Said);
    assert!(!scene.record().clock_trusted);
}

#[test]
fn numbers_are_in_the_record_for_the_store_and_can_be_taken_out() {
    let mut scene = talking(|_| {});
    scene.hangs_up(Leg::A);
    let record = scene.record().clone();
    assert!(serde_json::to_string(&record).unwrap().contains("555"));
    let shown = serde_json::to_string(&record.without_numbers()).unwrap();
    assert!(!shown.contains("5550"), "{shown}");
}

#[test]
fn near_miss_stays_noted_whatever_is_keyed_next() {
    let mut scene = ringing(|_| {});
    scene.orders.push(order("54321", STRANGER, COURIER));
    scene.caller(NEAR_CUSTOMER);
    scene.keys(ORDER);
    scene.keys("54321");
    scene.hangs_up(Leg::A);
    assert!(scene.record().near_miss);
}
