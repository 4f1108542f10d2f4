//! Rows 3 to 7: the hint, digits, `#`, `*`, and silence.

use super::call_scene::*;
use maskline::call::{Input, Leg};
use maskline::record::Outcome;

#[test]
fn row_03_a_moment_of_silence_after_the_greeting_brings_the_hint_once() {
    let mut scene = greeted(COURIER);
    scene.wait(secs(4));
    scene.said();
    scene.wait(ms(1_499));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["says OperatorHint"]);
    scene.said();
    scene.wait(ms(7_999));
    scene.does(&[]);
}

#[test]
fn row_03_no_hint_without_an_operator() {
    let mut scene = answered(COURIER, |s| s.operator = None);
    scene.said();
    scene.skip();
    scene.wait(ms(7_999));
    scene.does(&[]);
}

#[test]
fn row_03_no_hint_to_who_keys() {
    let mut scene = greeted(COURIER);
    scene.said();
    scene.wait(secs(1));
    scene.keys("1");
    scene.wait(secs(7));
    scene.does(&[]);
}

#[test]
fn row_03_the_hint_comes_once_per_call() {
    let mut scene = greeted(COURIER);
    scene.said();
    scene.wait(ms(1_500));
    scene.said();
    scene.keys("54321");
    scene.said();
    scene.skip();
    scene.wait(ms(7_999));
    scene.does(&[]);
}

#[test]
fn row_03_the_first_key_stops_the_hint() {
    let mut scene = greeted(COURIER);
    scene.said();
    scene.wait(ms(1_500));
    scene.skip();
    scene.keys("1");
    scene.does(&["hushes"]);
}

#[test]
fn row_04_each_digit_restarts_the_timer_and_the_last_one_looks_up() {
    let mut scene = greeted(COURIER);
    for digit in ["1", "2", "3", "4"] {
        scene.keys(digit);
        scene.wait(ms(7_999));
    }
    scene.does(&["hushes"]);
    scene.keys("5");
    scene.does(&["looks up 12345", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn row_04_the_site_says_how_many_digits() {
    let mut scene = answered(COURIER, |s| s.order_digits = 3);
    scene.skip();
    scene.keys("123");
    scene.does(&["hushes", "looks up 123", "says OrderNotFound OrOperator"]);
}

#[test]
fn row_05_the_operator_during_the_greeting() {
    let mut scene = greeted(COURIER);
    scene.keys("#");
    scene.does(&["says ConnectingOperator"]);
    scene.said();
    scene.does(&["holds", "dials the operator"]);
}

#[test]
fn row_05_the_operator_before_the_sound_is_there() {
    let mut scene = ringing(|_| {});
    scene.mute.push(Asked::Sound);
    scene.caller(COURIER);
    scene.keys("#");
    scene.does(&["answers"]);
    scene.input(Input::SoundReady);
    scene.does(&["says ConnectingOperator"]);
}

#[test]
fn row_05_the_operator_among_the_digits() {
    let mut scene = greeted(COURIER);
    scene.keys("12#");
    scene.does(&["hushes", "says ConnectingOperator"]);
}

#[test]
fn row_05_the_operator_while_the_order_is_looked_up() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::LookUp);
    scene.keys("12345#");
    scene.does(&["hushes", "looks up 12345", "says ConnectingOperator"]);
    scene.input(Input::LookedUp(Some(order(ORDER, COURIER, CUSTOMER))));
    scene.said();
    scene.does(&["holds", "dials the operator"]);
}

#[test]
fn row_05_the_operator_after_a_refusal() {
    let mut scene = greeted(COURIER);
    scene.keys("54321");
    scene.skip();
    scene.keys("#");
    scene.does(&["says ConnectingOperator"]);
}

#[test]
fn row_05_the_operator_while_being_told_of_the_connection() {
    let mut scene = greeted(COURIER);
    scene.keys("12345");
    scene.skip();
    scene.keys("#");
    scene.does(&["says ConnectingOperator"]);
    scene.said();
    scene.does(&["holds", "dials the operator"]);
}

#[test]
fn row_05_the_operator_while_being_put_on_hold() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::Hold);
    scene.keys("12345");
    scene.said();
    scene.skip();
    scene.keys("#");
    scene.mute.clear();
    scene.input(Input::Held);
    scene.does(&["takes A back", "says ConnectingOperator"]);
    scene.said();
    scene.does(&["holds", "dials the operator"]);
}

#[test]
fn row_05_the_operator_during_the_goodbye() {
    let mut scene = greeted(COURIER);
    scene.said();
    scene.wait(ms(1_500));
    scene.said();
    scene.wait(secs(8));
    scene.said();
    scene.wait(secs(8));
    scene.skip();
    scene.keys("#");
    scene.does(&["says ConnectingOperator"]);
}

#[test]
fn row_05_once_leg_b_is_dialled_the_key_means_nothing() {
    let mut scene = alerting(|_| {});
    scene.keys("#");
    scene.hangs_up(Leg::B);
    scene.does(&["takes A back", "says CalleeUnavailable"]);
    scene.keys("#");
    scene.does(&[]);
    scene.said();
    assert_eq!(scene.record().need_operator, "");
}

#[test]
fn row_05_the_operator_is_called_once() {
    let mut scene = greeted(COURIER);
    scene.keys("##");
    scene.does(&["says ConnectingOperator"]);
    scene.refused.push(Asked::Dial);
    scene.said();
    scene.does(&["holds", "dials the operator", "takes A back", "says OperatorBusy"]);
    scene.keys("#");
    scene.does(&[]);
}

#[test]
fn row_05_without_an_operator_the_key_is_ignored() {
    let mut scene = answered(COURIER, |s| s.operator = None);
    scene.skip();
    scene.keys("#");
    scene.does(&[]);
    scene.keys("12#345#");
    let found = ["hushes", "looks up 12345", "counts success=true", "says ConnectingCustomer"];
    scene.does(&found);
    scene.said();
    scene.does(&["holds", "dials the customer"]);
}

#[test]
fn row_06_a_star_clears_what_was_entered() {
    let mut scene = greeted(COURIER);
    scene.keys("9999*12345");
    scene.does(&["hushes", "looks up 12345", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn row_06_a_star_starts_the_entry_again() {
    let mut scene = greeted(COURIER);
    scene.keys("99");
    scene.wait(secs(7));
    scene.keys("*");
    scene.skip();
    scene.wait(ms(7_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["says AskAgain OrOperator"]);
}

#[test]
fn row_07_some_digits_are_looked_up_as_they_are() {
    let mut scene = ringing(|_| {});
    scene.orders.push(order("123", COURIER, CUSTOMER));
    scene.caller(COURIER);
    scene.keys("123");
    scene.skip();
    scene.wait(ms(7_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["looks up 123", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn row_07_silence_asks_again_then_says_goodbye_to_who_never_keyed() {
    let mut scene = greeted(COURIER);
    scene.said();
    scene.wait(ms(1_500));
    scene.wait(secs(3));
    scene.said();
    scene.does(&["says OperatorHint"]);
    scene.wait(secs(8));
    scene.does(&["says AskAgain OrOperator"]);
    scene.wait(secs(5));
    scene.said();
    scene.wait(ms(7_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["says GoodbyeNoInput"]);
    scene.said();
    scene.does(&["ends A", "record NoInput"]);
    assert_eq!((scene.record().outcome, scene.record().entries), (Outcome::NoInput, 0));
}

#[test]
fn row_07_after_a_failed_entry_the_goodbye_is_another() {
    let mut scene = greeted(COURIER);
    scene.keys("54321");
    scene.said();
    scene.skip();
    scene.wait(secs(8));
    scene.does(&["says AskAgain OrOperator"]);
    scene.said();
    scene.wait(secs(8));
    scene.does(&["says GoodbyeFailed"]);
    scene.said();
    scene.does(&["ends A", "record OrderNotFound"]);
}

#[test]
fn row_07_no_prompt_speaks_of_an_operator_where_there_is_none() {
    let mut scene = ringing(|s| s.operator = None);
    scene.locked_out = false;
    scene.caller(STRANGER);
    scene.said();
    scene.wait(secs(8));
    scene.said();
    scene.keys("54321");
    scene.said();
    scene.keys("12345");
    scene.said();
    scene.wait(secs(8));
    scene.said();
    assert!(!scene.whole_transcript().iter().any(|line| line.contains("Operator")));
    assert!(scene.whole_transcript().contains(&"says AskAgain".to_owned()));
}

#[test]
fn row_07_a_prompt_whose_end_is_never_reported_does_not_stop_the_timers() {
    let mut scene = greeted(COURIER);
    scene.wait(secs(60));
    scene.wait(ms(1_500));
    scene.does(&["says OperatorHint"]);
}
