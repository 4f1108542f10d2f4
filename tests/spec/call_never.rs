//! "Never" 1 to 6.

use super::call_scene::*;
use maskline::call::{Gone, Input, Leg};
use maskline::record::{EndedBy, Outcome};

#[test]
fn never_1_a_stranger_gets_nothing_dialled() {
    for caller in [STRANGER, NEAR_CUSTOMER, ""] {
        let mut scene = greeted(caller);
        scene.keys("123451234512345");
        for _ in 0..20 {
            scene.said();
            scene.wait(secs(9));
        }
        let transcript = scene.whole_transcript();
        assert!(!transcript.iter().any(|line| line.starts_with("dials")), "{transcript:?}");
        assert!(scene.conversation.is_over());
    }
}

#[test]
fn never_1_an_answer_about_another_order_is_no_answer() {
    let mut scene = greeted(COURIER);
    scene.mute.push(Asked::LookUp);
    scene.keys(ORDER);
    scene.skip();
    scene.input(Input::LookedUp(Some(order("54321", COURIER, STRANGER))));
    scene.does(&[]);
    scene.input(Input::LookedUp(Some(order(ORDER, COURIER, CUSTOMER))));
    scene.does(&["counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn never_1_an_order_offered_to_who_is_no_party_of_it_is_not_offered() {
    let mut scene = ringing(|s| s.direct_connect = true);
    scene.mute.push(Asked::LookUpByCaller);
    scene.caller(STRANGER);
    scene.skip();
    scene.input(Input::LookedUpByCaller(Some(order(ORDER, COURIER, CUSTOMER))));
    scene.does(&["says Greeting"]);
}

#[test]
fn never_1_a_look_up_nobody_asked_for_is_ignored() {
    let mut scene = greeted(COURIER);
    scene.input(Input::LookedUp(Some(order(ORDER, COURIER, CUSTOMER))));
    scene.input(Input::LookedUpByCaller(Some(order(ORDER, COURIER, CUSTOMER))));
    scene.does(&[]);
}

#[test]
fn never_1_a_number_that_may_not_be_dialled_sounds_like_an_unavailable_callee() {
    for callee in ["+447700900123", "+611900555012"] {
        let mut scene = ringing(|_| {});
        scene.orders = vec![order(ORDER, COURIER, callee)];
        scene.caller(COURIER);
        scene.skip();
        scene.keys(ORDER);
        let words = "says CalleeUnavailable";
        scene.does(&["hushes", "looks up 12345", "counts success=true", words]);
        scene.said();
        scene.does(&["ends A", "record CalleeUnavailable"]);
        assert_eq!(scene.record().callee_number, None);
        assert_eq!(scene.record().sub_available, "No");
    }
}

#[test]
fn never_2_no_merge_without_a_held_leg_a_and_an_answered_leg_b() {
    let mut scene = greeted(COURIER);
    for early in [Input::LegBAnswered, Input::Held, Input::Merged, Input::Dialling] {
        scene.input(early);
    }
    scene.does(&[]);
    scene.keys(ORDER);
    scene.mute.push(Asked::Hold);
    scene.said();
    scene.skip();
    scene.input(Input::LegBAnswered);
    scene.input(Input::Said);
    scene.input(Input::Merged);
    scene.does(&[]);
    scene.input(Input::Held);
    scene.does(&["dials the customer"]);
    scene.said();
    scene.input(Input::Merged);
    scene.does(&[]);
}

#[test]
fn never_2_an_answer_after_the_time_is_up_is_not_merged() {
    let mut scene = alerting(|_| {});
    scene.mute.push(Asked::EndB);
    scene.wait(secs(45));
    scene.input(Input::LegBAnswered);
    scene.said();
    scene.input(Input::Merged);
    scene.does(&["ends B"]);
}

#[test]
fn never_3_no_prompt_says_a_telephone_number() {
    let mut scene = talking(|_| {});
    scene.hangs_up(Leg::A);
    let digits = |line: &String| line.split(' ').filter(|word| word.len() == 1).count();
    let spoken: usize =
        scene.whole_transcript().iter().filter(|line| line.starts_with("says")).map(digits).sum();
    assert_eq!(spoken, ORDER.len());
}

#[test]
fn never_3_numbers_do_not_show_in_what_may_be_logged() {
    use maskline::call::Output;
    use maskline::number::{CallerId, Dialable};
    let settings = settings();
    let dial = Output::Dial(Dialable::new(&number(CUSTOMER), &settings.countries).unwrap());
    let caller = CallerId::Number(number(COURIER));
    let attempt = Output::CountAttempt { caller: caller.clone(), success: true };
    let found = Input::LookedUp(Some(order(ORDER, COURIER, CUSTOMER)));
    let shown = format!("{dial:?} {attempt:?} {found:?} {caller:?} {settings:?}");
    assert!(!shown.contains("555"), "{shown}");
}

#[test]
fn never_4_a_leg_that_does_not_end_holds_the_line_for_five_seconds_at_most() {
    let mut scene = talking(|_| {});
    scene.mute.push(Asked::EndB);
    scene.hangs_up(Leg::A);
    scene.does(&["ends B"]);
    scene.wait(ms(4_999));
    assert!(!scene.conversation.is_over());
    scene.wait(ms(1));
    scene.does(&["record Connected"]);
}

#[test]
fn never_4_the_record_waits_for_the_last_leg() {
    let mut scene = talking(|_| {});
    scene.mute.push(Asked::EndB);
    scene.hangs_up(Leg::A);
    scene.wait(secs(2));
    scene.does(&["ends B"]);
    scene.input(Input::Gone(Leg::B, Gone::Ended));
    scene.does(&["record Connected"]);
    assert_eq!(scene.record().ended_at, Some(scene.now().wall));
}

#[test]
fn never_4_each_leg_is_ended_once() {
    let mut scene = alerting(|_| {});
    scene.mute.extend([Asked::EndB, Asked::EndA]);
    scene.wait(secs(45));
    scene.hangs_up(Leg::A);
    scene.input(Input::Stop);
    scene.does(&["ends B"]);
    scene.wait(secs(5));
    scene.does(&["record CalleeUnavailable"]);
}

#[test]
fn never_5_keys_of_leg_b_are_no_order_digits() {
    let mut scene = greeted(COURIER);
    scene.keys("12");
    scene.keys_of(Leg::B, "99*#");
    scene.keys("345");
    scene.does(&["hushes", "looks up 12345", "counts success=true", "says ConnectingCustomer"]);
}

#[test]
fn never_5_keys_of_leg_a_do_not_accept_for_leg_b() {
    let mut scene = announcing(|s| s.accept_key = true);
    scene.keys("1");
    scene.said();
    scene.keys("1#*");
    scene.does(&[]);
}

#[test]
fn never_6_a_lost_modem_ends_in_one_record_that_says_so() {
    type Moment = fn() -> Scene;
    let moments: [Moment; 5] = [
        || ringing(|_| {}),
        || greeted(COURIER),
        || alerting(|_| {}),
        || announcing(|_| {}),
        || talking(|_| {}),
    ];
    for moment in moments {
        let mut scene = moment();
        scene.input(Input::ModemLost);
        scene.does(&["record ModemLost"]);
        assert_eq!(scene.record().ended_by, EndedBy::Network);
    }
}

#[test]
fn never_6_a_modem_lost_while_hanging_up_does_not_change_what_happened() {
    let mut scene = talking(|_| {});
    scene.mute.push(Asked::EndB);
    scene.hangs_up(Leg::A);
    scene.input(Input::ModemLost);
    assert_eq!(scene.record().outcome, Outcome::Connected);
    assert_eq!(scene.record().ended_by, EndedBy::Caller);
}

#[test]
fn never_6_a_stop_ends_every_leg() {
    let mut scene = talking(|_| {});
    scene.input(Input::Stop);
    scene.does(&["ends A", "ends B", "record Interrupted"]);
}

#[test]
fn after_the_record_nothing_counts() {
    let mut scene = talking(|_| {});
    scene.hangs_up(Leg::A);
    scene.skip();
    for late in [Input::Stop, Input::ModemLost, Input::Said, Input::Answered, Input::Merged] {
        scene.input(late);
    }
    scene.hangs_up(Leg::A);
    scene.wait(secs(1_000));
    scene.does(&[]);
    assert_eq!(scene.records.len(), 1);
}

/// Whatever single answer never comes, in a call that is left to itself.
#[test]
fn no_missing_answer_hangs_a_call() {
    use Asked::*;
    for missing in [
        LockedOut,
        Answer,
        Sound,
        LookUp,
        LookUpByCaller,
        Recording,
        Hold,
        Dial,
        Merge,
        Retrieve,
        EndA,
        EndB,
    ] {
        for accept_key in [false, true] {
            let mut scene = ringing(|s| {
                s.accept_key = accept_key;
                s.record = true;
                s.max_talk = Some(secs(600));
            });
            scene.mute.push(missing);
            scene.caller(COURIER);
            scene.wait(secs(6));
            scene.keys(ORDER);
            scene.said();
            scene.wait(secs(10));
            scene.input(Input::LegBAnswered);
            scene.said();
            scene.wait(secs(1_000));
            assert!(scene.conversation.is_over(), "{missing:?} {}", scene.conversation.phase());
            assert_eq!(scene.records.len(), 1);
        }
    }
}
