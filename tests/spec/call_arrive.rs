//! Rows 1 and 2: from the ring to the greeting; `record`, `recording_notice`, `direct_connect`.

use super::call_scene::*;
use maskline::call::{Input, Leg};
use maskline::record::{EndedBy, Outcome};

#[test]
fn row_01_the_ring_is_noted_before_anything_else() {
    let scene = ringing(|_| {});
    assert_eq!(scene.progress.len(), 1);
    assert_eq!(scene.progress[0].started_at, scene.now().wall);
    assert_eq!(scene.conversation.phase(), "ringing");
}

#[test]
fn row_01_answers_as_soon_as_the_caller_is_known() {
    let mut scene = ringing(|_| {});
    scene.wait(ms(400));
    scene.does(&[]);
    scene.caller(COURIER);
    scene.does(&["answers", "says Greeting"]);
    assert_eq!(scene.progress.last().unwrap().answered_at, Some(scene.now().wall));
}

#[test]
fn row_01_the_wait_for_caller_id_is_bounded() {
    let mut scene = ringing(|_| {});
    scene.wait(ms(2_499));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["answers", "says Greeting"]);
    scene.hangs_up(Leg::A);
    assert!(scene.record().caller_withheld);
}

#[test]
fn row_01_a_caller_id_that_comes_late_still_counts() {
    let mut scene = ringing(|_| {});
    scene.wait(ms(2_500));
    scene.skip();
    scene.caller(COURIER);
    scene.keys(ORDER);
    scene.does(&["hushes", "looks up 12345", "counts success=true", "says ConnectingCustomer"]);
    scene.hangs_up(Leg::A);
    assert!(!scene.record().caller_withheld);
}

#[test]
fn row_01_a_late_caller_id_of_somebody_locked_out_is_no_way_round() {
    let mut scene = ringing(|_| {});
    scene.locked_out = true;
    scene.wait(ms(2_500));
    scene.skip();
    scene.caller(STRANGER);
    scene.does(&["says LockedOut OrOperator"]);
}

#[test]
fn row_01_a_store_that_does_not_answer_delays_the_answer_by_a_second_at_most() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::LockedOut);
    scene.caller(COURIER);
    scene.does(&[]);
    scene.wait(secs(1));
    scene.does(&["answers", "says Greeting"]);
}

#[test]
fn row_01_nothing_is_said_before_the_sound_settles() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::Sound);
    scene.caller(COURIER);
    scene.does(&["answers"]);
    scene.input(Input::SoundReady);
    scene.does(&["says Greeting"]);
}

#[test]
fn row_01_without_any_sound_the_call_goes_on() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::Sound);
    scene.caller(COURIER);
    scene.wait(secs(5));
    scene.does(&["answers", "says Greeting"]);
}

#[test]
fn row_01_recording_starts_if_recording_is_on() {
    let mut scene = answered(COURIER, |s| s.record = true);
    scene.does(&["answers", "records", "says Greeting"]);
    scene.hangs_up(Leg::A);
    let path = format!("/api/v1/calls/{}/recording", scene.record().call_id);
    assert_eq!(scene.record().call_record, path);
}

#[test]
fn row_01_a_recording_that_does_not_start_is_not_promised() {
    let mut scene = ringing(|s| s.record = true);
    scene.mute.push(Asked::Recording);
    scene.caller(COURIER);
    scene.hangs_up(Leg::A);
    assert_eq!(scene.record().call_record, "");
}

#[test]
fn row_02_the_first_key_stops_the_greeting() {
    let mut scene = greeted(COURIER);
    scene.keys("1");
    scene.does(&["hushes"]);
    scene.keys("2345");
    scene.does(&["looks up 12345", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn row_02_keys_count_from_the_moment_of_answer() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::Sound);
    scene.caller(COURIER);
    scene.keys("123");
    scene.input(Input::SoundReady);
    scene.does(&["answers"]);
    scene.keys("45");
    scene.does(&["looks up 12345", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn row_02_a_whole_order_number_keyed_before_the_sound_is_there() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::Sound);
    scene.caller(COURIER);
    scene.keys("99*123456");
    scene.input(Input::SoundReady);
    let found = ["answers", "looks up 12345", "counts success=true", "says ConnectingCustomer"];
    scene.does(&found);
}

#[test]
fn row_02_keys_before_the_answer_do_not_count() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::Answer);
    scene.caller(COURIER);
    scene.keys("9");
    scene.input(Input::Answered);
    scene.input(Input::SoundReady);
    scene.does(&["answers", "says Greeting"]);
}

#[test]
fn recording_notice_comes_first_and_no_key_skips_it() {
    let mut scene = answered(COURIER, |s| s.recording_notice = true);
    scene.does(&["answers", "says RecordingNotice"]);
    scene.keys("12");
    scene.does(&[]);
    scene.said();
    scene.does(&[]);
    scene.keys("345");
    scene.does(&["looks up 12345", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn recording_notice_is_heard_by_both_legs() {
    let mut scene = answered(COURIER, |s| s.recording_notice = true);
    scene.said();
    scene.does(&["answers", "says RecordingNotice", "says Greeting"]);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene.input(Input::LegBAnswered);
    scene.does(&["says RecordingNotice CourierCalls 1 2 3 4 5"]);
}

#[test]
fn recording_notice_is_heard_by_the_operator_too() {
    let mut scene = answered(COURIER, |s| s.recording_notice = true);
    scene.keys("#");
    scene.said();
    scene.said();
    scene.skip();
    scene.input(Input::LegBAnswered);
    scene.does(&["says RecordingNotice"]);
    scene.said();
    scene.does(&["merges", "merge works"]);
}

#[test]
fn direct_connect_offers_the_only_order_of_the_caller() {
    let mut scene = answered(CUSTOMER, |s| s.direct_connect = true);
    scene.does(&[
        "answers",
        "looks up the caller",
        "counts success=true",
        "says ConnectingCourier OrAnotherOrder ...",
    ]);
    scene.said();
    scene.does(&["holds", "dials the courier"]);
    scene.hangs_up(Leg::A);
    let record = scene.record();
    assert_eq!((record.order_number.as_str(), record.entries), (ORDER, 0));
    assert_eq!((record.sub_status.as_str(), record.last_key_to_dial_ms), ("Customer", None));
}

#[test]
fn direct_connect_any_digit_declines_and_counts() {
    let mut scene = answered(CUSTOMER, |s| s.direct_connect = true);
    scene.skip();
    scene.keys("5");
    scene.does(&["hushes"]);
    scene.keys("4321");
    scene.does(&["looks up 54321", "says OrderNotFound OrOperator"]);
}

#[test]
fn direct_connect_a_star_declines() {
    let mut scene = answered(CUSTOMER, |s| s.direct_connect = true);
    scene.skip();
    scene.keys("*");
    scene.does(&["hushes"]);
    scene.wait(secs(8));
    scene.does(&["says AskAgain OrOperator"]);
}

#[test]
fn direct_connect_greets_who_has_no_order_or_two() {
    let mut scene = answered(STRANGER, |s| s.direct_connect = true);
    scene.does(&["answers", "looks up the caller", "says Greeting"]);

    let mut scene = ringing(|s| s.direct_connect = true);
    scene.orders.push(order("54321", COURIER, STRANGER));
    scene.caller(COURIER);
    scene.does(&["answers", "looks up the caller", "says Greeting"]);
}

#[test]
fn direct_connect_greets_who_hides_the_number() {
    let mut scene = answered("", |s| s.direct_connect = true);
    scene.does(&["answers", "says Greeting"]);
}

#[test]
fn direct_connect_a_store_that_does_not_answer_is_not_waited_for() {
    let mut scene = ringing(|s| s.direct_connect = true);
    scene.mute.push(Asked::LookUpByCaller);
    scene.caller(COURIER);
    scene.wait(secs(5));
    scene.does(&["answers", "looks up the caller", "says Greeting"]);
}

#[test]
fn direct_connect_who_keys_at_once_is_not_interrupted() {
    let mut scene = ringing(|s| s.direct_connect = true);
    scene.mute.push(Asked::Sound);
    scene.caller(COURIER);
    scene.keys("1");
    scene.input(Input::SoundReady);
    scene.does(&["answers", "looks up the caller"]);
}

#[test]
fn row_01_a_modem_that_does_not_answer_the_call_is_given_up() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::Answer);
    scene.caller(COURIER);
    scene.wait(secs(20));
    scene.does(&["answers", "ends A", "record ModemLost"]);
    assert_eq!(scene.record().ended_by, EndedBy::Box);
    assert_eq!(scene.record().outcome, Outcome::ModemLost);
}

#[test]
fn recording_notice_the_entry_timer_counts_from_its_end() {
    let mut scene = answered(COURIER, |s| s.recording_notice = true);
    scene.keys("12");
    scene.wait(secs(4));
    scene.said();
    scene.skip();
    scene.wait(ms(7_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["looks up 12", "says OrderNotFound OrOperator"]);
}
