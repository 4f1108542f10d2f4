//! Rows 8 to 10c: whose order, refusals, `uniform_refusal`, the lock-out.

use super::call_scene::*;
use maskline::call::{Input, Leg};
use maskline::record::Outcome;

#[test]
fn row_08_the_courier_is_connected_to_the_customer() {
    let mut scene = greeted(COURIER);
    scene.keys(ORDER);
    scene.does(&["hushes", "looks up 12345", "counts success=true", "says ConnectingCustomer"]);
    scene.said();
    scene.does(&["holds", "dials the customer"]);
}

#[test]
fn row_09_the_customer_is_connected_to_the_courier() {
    let mut scene = greeted(CUSTOMER);
    scene.keys(ORDER);
    scene.does(&["hushes", "looks up 12345", "counts success=true", "says ConnectingCourier"]);
    scene.said();
    scene.does(&["holds", "dials the courier"]);
    scene.input(Input::LegBAnswered);
    scene.does(&["says CustomerCalls 1 2 3 4 5"]);
}

#[test]
fn row_10a_an_unknown_order_is_said_and_asked_for_again() {
    let mut scene = greeted(COURIER);
    scene.keys("54321");
    scene.does(&["hushes", "looks up 54321", "says OrderNotFound OrOperator"]);
    scene.keys(ORDER);
    scene.does(&["hushes", "looks up 12345", "counts success=true", "says ConnectingCustomer"]);
    scene.hangs_up(Leg::A);
    assert_eq!(scene.record().entries, 2);
    assert_eq!(scene.record().order_search, "Order is found");
}

#[test]
fn row_10a_after_the_words_eight_seconds_are_left() {
    let mut scene = greeted(COURIER);
    scene.keys("54321");
    scene.wait(secs(6));
    scene.said();
    scene.skip();
    scene.wait(ms(7_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["says AskAgain OrOperator"]);
}

#[test]
fn row_10b_a_stranger_is_told_to_call_from_the_right_phone() {
    let mut scene = greeted(STRANGER);
    scene.keys(ORDER);
    scene.does(&["hushes", "looks up 12345", "says PhoneNotFound OrOperator"]);
    scene.hangs_up(Leg::A);
    let record = scene.record();
    assert_eq!(record.outcome, Outcome::PhoneNotFound);
    assert_eq!(record.phone_search, "Phone number is not found");
    assert!(!record.near_miss);
}

#[test]
fn row_10b_a_stranger_may_key_another_order() {
    let mut scene = ringing(|_| {});
    scene.orders.push(order("54321", STRANGER, CUSTOMER));
    scene.caller(STRANGER);
    scene.keys(ORDER);
    scene.skip();
    scene.keys("54321");
    scene.does(&["hushes", "looks up 54321", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn row_10b_a_near_miss_is_refused_and_counted() {
    let mut scene = greeted(NEAR_CUSTOMER);
    scene.keys(ORDER);
    scene.does(&["hushes", "looks up 12345", "says PhoneNotFound OrOperator"]);
    scene.hangs_up(Leg::A);
    assert!(scene.record().near_miss);
}

#[test]
fn row_10b_who_hides_the_number_matches_nobody_and_hears_why() {
    let mut scene = greeted("");
    scene.keys(ORDER);
    scene.does(&["hushes", "looks up 12345", "says NumberWithheld OrOperator"]);
    scene.hangs_up(Leg::A);
    let record = scene.record();
    assert_eq!(record.outcome, Outcome::PhoneNotFound);
    assert!(record.caller_withheld && !record.near_miss);
    assert_eq!(record.caller_number, None);
}

#[test]
fn uniform_refusal_says_the_same_whatever_is_wrong() {
    let wrong = [(COURIER, "54321"), (STRANGER, ORDER), ("", ORDER)];
    for (caller, keys) in wrong {
        let mut scene = answered(caller, |s| s.uniform_refusal = true);
        scene.keys(keys);
        assert_eq!(scene.unread().last().unwrap(), "says EntryRefused OrOperator");
    }
}

#[test]
fn row_10c_the_third_failed_entry_ends_the_call_and_counts() {
    let mut scene = greeted(STRANGER);
    scene.keys("54321");
    scene.keys(ORDER);
    scene.skip();
    scene.keys("54321");
    scene.does(&["hushes", "looks up 54321", "counts success=false", "says GoodbyeFailed"]);
    scene.said();
    scene.does(&["ends A", "record OrderNotFound"]);
    assert_eq!(scene.record().entries, 3);
}

#[test]
fn row_10c_two_failed_entries_do_not_count() {
    let mut scene = greeted(STRANGER);
    scene.keys("54321");
    scene.keys("54321");
    scene.hangs_up(Leg::A);
    assert!(!scene.whole_transcript().iter().any(|line| line.starts_with("counts")));
}

#[test]
fn row_10c_the_site_says_how_many_entries() {
    let mut scene = answered(STRANGER, |s| s.max_entries = 1);
    scene.keys("54321");
    assert_eq!(scene.unread().last().unwrap(), "says GoodbyeFailed");
}

#[test]
fn row_10c_nobody_is_locked_out_for_others_who_hide_their_number() {
    let mut scene = answered("", |s| s.max_entries = 1);
    scene.keys(ORDER);
    scene.does(&["answers", "says Greeting", "hushes", "looks up 12345", "says GoodbyeFailed"]);
}

fn barred(operator: bool) -> Scene {
    let mut scene = ringing(|s| {
        if !operator {
            s.operator = None;
        }
    });
    scene.locked_out = true;
    scene.caller(STRANGER);
    scene
}

#[test]
fn row_10c_a_locked_out_caller_is_answered_told_and_hung_up() {
    let mut scene = barred(true);
    scene.does(&["answers", "says LockedOut OrOperator"]);
    scene.keys(ORDER);
    scene.does(&[]);
    scene.said();
    scene.wait(ms(3_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["ends A", "record LockedOut"]);
    assert!(scene.record().answered_at.is_some());
}

#[test]
fn row_10c_a_locked_out_caller_may_call_the_operator_during_the_words_and_after() {
    for after in [false, true] {
        let mut scene = barred(true);
        if after {
            scene.said();
            scene.wait(secs(3));
        }
        scene.skip();
        scene.keys("#");
        scene.does(&["says ConnectingOperator"]);
        scene.said();
        scene.input(Input::LegBAnswered);
        scene.hangs_up(Leg::A);
        assert_eq!(scene.record().outcome, Outcome::OperatorConnected);
    }
}

#[test]
fn row_10c_without_an_operator_a_locked_out_caller_is_just_told() {
    let mut scene = barred(false);
    scene.said();
    scene.does(&["answers", "says LockedOut", "ends A", "record LockedOut"]);
}

#[test]
fn row_10c_a_locked_out_caller_who_hangs_up_was_locked_out_all_the_same() {
    let mut scene = barred(true);
    scene.hangs_up(Leg::A);
    assert_eq!(scene.record().outcome, Outcome::LockedOut);
}

#[test]
fn row_10c_direct_connect_is_no_way_round() {
    let mut scene = ringing(|s| s.direct_connect = true);
    scene.locked_out = true;
    scene.caller(COURIER);
    scene.does(&["answers", "says LockedOut OrOperator"]);
}

#[test]
fn rows_08_to_10_an_order_book_that_does_not_answer_accuses_nobody() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::LookUp);
    scene.keys(ORDER);
    scene.wait(secs(5));
    scene.does(&["hushes", "looks up 12345", "says ConnectionFailed"]);
    scene.input(Input::LookedUp(Some(order(ORDER, COURIER, CUSTOMER))));
    scene.does(&[]);
    scene.said();
    assert_eq!(scene.record().outcome, Outcome::Interrupted);
}
