//! Rows 11 to 13: hold, dial, announce, merge, and all that can go wrong; `accept_key`.

use super::call_scene::*;
use maskline::call::{Input, Leg};
use maskline::record::{EndedBy, Outcome};

#[test]
fn row_11_the_caller_hears_the_words_to_their_end_before_being_held() {
    let mut scene = greeted(COURIER);
    scene.keys(ORDER);
    scene.wait(secs(6));
    scene.keys("99");
    scene.does(&["hushes", "looks up 12345", "counts success=true", "says ConnectingCustomer"]);
    scene.said();
    scene.does(&["holds", "dials the customer"]);
}

#[test]
fn row_11_nothing_is_dialled_before_leg_a_is_held() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::Hold);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene.wait(secs(3));
    scene.does(&[]);
    scene.input(Input::Held);
    scene.does(&["dials the customer"]);
}

#[test]
fn row_12a_leg_b_hears_who_calls_about_which_order_digit_by_digit_then_merge() {
    let mut scene = alerting(|_| {});
    scene.wait(secs(20));
    scene.input(Input::LegBAnswered);
    scene.does(&["says CourierCalls 1 2 3 4 5"]);
    scene.wait(secs(6));
    scene.said();
    scene.does(&["merges", "merge works"]);
    scene.wait(secs(600));
    scene.does(&[]);
    assert_eq!(scene.conversation.phase(), "talking");
}

#[test]
fn row_12a_an_answer_that_overtakes_the_ok_of_the_dialling() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::Dial);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene.input(Input::LegBAnswered);
    scene.input(Input::Dialling);
    scene.does(&["says CourierCalls 1 2 3 4 5"]);
}

#[test]
fn row_12b_a_busy_callee_gives_leg_a_back() {
    let mut scene = alerting(|_| {});
    scene.hangs_up(Leg::B);
    scene.does(&["takes A back", "says CalleeUnavailable"]);
    scene.said();
    scene.does(&["ends A", "record CalleeUnavailable"]);
    let record = scene.record();
    assert_eq!((record.sub_available.as_str(), record.ended_by), ("No", EndedBy::Box));
}

#[test]
fn row_12b_a_dial_that_fails_at_once() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::Dial);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene.hangs_up(Leg::B);
    scene.does(&["takes A back", "says CalleeUnavailable"]);
}

#[test]
fn row_12b_ring_timeout_counts_from_the_ok_of_the_dialling() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::Dial);
    scene.keys(ORDER);
    scene.said();
    scene.wait(secs(20));
    scene.skip();
    scene.input(Input::Dialling);
    scene.wait(ms(44_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["ends B", "takes A back", "says CalleeUnavailable"]);
}

#[test]
fn row_12b_a_modem_that_never_takes_the_number() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::Dial);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene.wait(secs(30));
    scene.does(&["ends B", "takes A back", "says CalleeUnavailable"]);
}

#[test]
fn row_12b_leg_a_comes_back_when_leg_b_is_gone_or_does_not_go() {
    for stuck in [false, true] {
        let mut scene = alerting(|_| {});
        scene.mute.push(Asked::EndB);
        scene.wait(secs(45));
        scene.does(&["ends B"]);
        scene.input(Input::LegBAnswered);
        scene.does(&[]);
        if stuck {
            scene.wait(secs(5));
        } else {
            scene.hangs_up(Leg::B);
        }
        scene.does(&["takes A back", "says CalleeUnavailable"]);
    }
}

#[test]
fn row_12b_leg_a_that_cannot_be_had_back_is_ended() {
    let mut scene = alerting(|_| {});
    scene.refused.push(Asked::Retrieve);
    scene.hangs_up(Leg::B);
    scene.does(&["takes A back", "ends A", "record CalleeUnavailable"]);
}

#[test]
fn row_12b_the_callee_hangs_up_during_the_announcement() {
    let mut scene = announcing(|_| {});
    scene.hangs_up(Leg::B);
    scene.does(&["takes A back", "says CalleeUnavailable"]);
    scene.hangs_up(Leg::A);
    let record = scene.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::CalleeUnavailable, EndedBy::Caller));
    assert_eq!(record.sub_available, "Yes");
}

#[test]
fn row_12b_the_dialling_limits_sound_like_an_unavailable_callee() {
    let mut scene = greeted(COURIER);
    scene.refused.push(Asked::Dial);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene.said();
    assert_eq!(scene.whole_transcript().last().unwrap(), "record CalleeUnavailable");
    let record = scene.record();
    assert_eq!((&record.callee_number, record.last_key_to_dial_ms), (&None, None));
    assert_eq!(record.sub_available, "No");
}

#[test]
fn row_12c_the_caller_hangs_up_and_leg_b_ends_at_once() {
    type Moment = fn() -> Scene;
    let moments: [Moment; 3] = [dialling, || alerting(|_| {}), || announcing(|_| {})];
    for moment in moments {
        let mut scene = moment();
        scene.hangs_up(Leg::A);
        scene.does(&["ends B", "record CallerHungUp"]);
        assert_eq!(scene.record().ended_by, EndedBy::Caller);
    }
}

fn dialling() -> Scene {
    let mut scene = answered(COURIER, |_| {});
    scene.mute.push(Asked::Dial);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene
}

#[test]
fn row_12c_the_caller_hangs_up_during_the_merge() {
    let mut scene = announcing(|_| {});
    scene.mute.push(Asked::Merge);
    scene.said();
    scene.skip();
    scene.hangs_up(Leg::A);
    scene.does(&["ends B", "record CallerHungUp"]);
}

#[test]
fn row_12d_the_network_refuses_hold() {
    let mut scene = greeted(COURIER);
    scene.refused.push(Asked::Hold);
    scene.keys(ORDER);
    scene.skip();
    scene.said();
    scene.does(&["holds", "alarm: merge refused", "says ConnectionFailed"]);
    scene.keys("#");
    scene.does(&[]);
    scene.said();
    scene.does(&["ends A", "record MergeRefused"]);
}

#[test]
fn row_12d_the_network_refuses_merge() {
    let mut scene = announcing(|_| {});
    scene.refused.push(Asked::Merge);
    scene.said();
    scene.does(&[
        "merges",
        "alarm: merge refused",
        "ends B",
        "takes A back",
        "says ConnectionFailed",
    ]);
    scene.said();
    scene.does(&["ends A", "record MergeRefused"]);
    assert_eq!(scene.record().merged_at, None);
}

#[test]
fn row_12d_a_merge_that_is_never_confirmed_is_refused() {
    let mut scene = announcing(|_| {});
    scene.mute.push(Asked::Merge);
    scene.said();
    scene.wait(secs(30));
    scene.said();
    assert_eq!(scene.record().outcome, Outcome::MergeRefused);
}

#[test]
fn row_12d_a_merge_undone_while_they_talk_leaves_nobody_hanging() {
    let mut scene = talking(|_| {});
    scene.input(Input::MergeLost);
    scene.does(&["alarm: merge refused", "ends B", "takes A back", "says ConnectionFailed"]);
    scene.said();
    scene.does(&["ends A", "record Connected"]);
}

#[test]
fn row_12b_the_callee_hangs_up_before_the_legs_are_joined() {
    for told in [true, false] {
        let mut scene = announcing(|_| {});
        scene.mute.push(Asked::Merge);
        scene.said();
        scene.skip();
        scene.hangs_up(Leg::B);
        scene.does(&[]);
        match told {
            true => scene.input(Input::MergeRefused),
            false => scene.wait(secs(60)),
        }
        scene.does(&["takes A back", "says CalleeUnavailable"]);
    }
}

fn operator_rings() -> Scene {
    let mut scene = answered(STRANGER, |_| {});
    scene.keys("#");
    scene.said();
    scene.does(&[
        "answers",
        "says Greeting",
        "says ConnectingOperator",
        "holds",
        "dials the operator",
    ]);
    scene
}

#[test]
fn row_13_an_operator_who_answers_is_merged_at_once() {
    let mut scene = operator_rings();
    scene.input(Input::LegBAnswered);
    scene.does(&["merges", "merge works"]);
    scene.hangs_up(Leg::B);
    let record = scene.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::OperatorConnected, EndedBy::Operator));
    assert_eq!(record.need_operator, "Yes");
    assert_eq!(record.call_operator, "Operator is free");
    assert_eq!(record.sub_available, "");
}

#[test]
fn row_13_a_busy_operator_and_one_who_does_not_answer() {
    for busy in [true, false] {
        let mut scene = operator_rings();
        if busy {
            scene.hangs_up(Leg::B);
            scene.does(&["takes A back", "says OperatorBusy"]);
        } else {
            scene.wait(secs(45));
            scene.does(&["ends B", "takes A back", "says OperatorBusy"]);
        }
        scene.said();
        scene.does(&["ends A", "record OperatorUnavailable"]);
        assert_eq!(scene.record().call_operator, "Operator is busy");
    }
}

#[test]
fn row_13_an_operator_who_cannot_be_merged() {
    let mut scene = operator_rings();
    scene.refused.push(Asked::Merge);
    scene.input(Input::LegBAnswered);
    scene.said();
    assert_eq!(scene.record().outcome, Outcome::MergeRefused);
}

#[test]
fn accept_key_any_key_of_leg_b_accepts() {
    for key in ["7", "*", "#"] {
        let mut scene = alerting(|s| s.accept_key = true);
        scene.input(Input::LegBAnswered);
        scene.does(&["says CourierCalls 1 2 3 4 5 PressAnyKey"]);
        scene.said();
        scene.wait(ms(9_999));
        scene.does(&[]);
        scene.keys_of(Leg::B, key);
        scene.does(&["merges", "merge works"]);
        scene.hangs_up(Leg::A);
        assert_eq!(scene.record().sub_available, "Yes");
    }
}

#[test]
fn accept_key_a_key_during_the_announcement_accepts_at_its_end() {
    let mut scene = announcing(|s| s.accept_key = true);
    scene.keys_of(Leg::B, "1");
    scene.does(&[]);
    scene.said();
    scene.does(&["merges", "merge works"]);
}

#[test]
fn accept_key_none_in_ten_seconds_is_unavailable() {
    let mut scene = announcing(|s| s.accept_key = true);
    scene.said();
    scene.wait(secs(10));
    scene.does(&["ends B", "takes A back", "says CalleeUnavailable"]);
    scene.said();
    let record = scene.record();
    assert_eq!((record.outcome, record.sub_available.as_str()), (Outcome::CalleeUnavailable, "No"));
}

#[test]
fn accept_key_a_voice_mail_that_hangs_up_was_nobody() {
    let mut scene = announcing(|s| s.accept_key = true);
    scene.said();
    scene.hangs_up(Leg::B);
    scene.does(&["takes A back", "says CalleeUnavailable"]);
    scene.said();
    assert_eq!(scene.record().sub_available, "No");
}

#[test]
fn accept_key_the_operator_presses_one_too() {
    let mut scene = answered(COURIER, |s| s.accept_key = true);
    scene.keys("#");
    scene.said();
    scene.skip();
    scene.input(Input::LegBAnswered);
    scene.does(&["says PressAnyKey"]);
    scene.said();
    scene.wait(secs(10));
    scene.does(&["ends B", "takes A back", "says OperatorBusy"]);
    scene.said();
    assert_eq!(scene.record().call_operator, "Operator is busy");
}

#[test]
fn accept_key_off_no_key_is_asked_for() {
    let mut scene = announcing(|_| {});
    scene.keys_of(Leg::B, "1");
    scene.does(&[]);
    scene.said();
    scene.does(&["merges", "merge works"]);
}

#[test]
fn row_13_a_caller_who_cannot_be_had_back_for_the_operator_did_not_hang_up() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::Hold);
    scene.refused.push(Asked::Retrieve);
    scene.keys(ORDER);
    scene.said();
    scene.keys("#");
    scene.skip();
    scene.input(Input::Held);
    scene.does(&["takes A back", "ends A", "record OperatorUnavailable"]);
    assert_eq!(scene.record().need_operator, "Yes");
}
