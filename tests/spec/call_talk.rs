//! Row 14: talking and ending; `max_talk_minutes`.

use super::call_scene::*;
use maskline::call::{Gone, Input, Leg};
use maskline::record::{EndedBy, Outcome};

#[test]
fn row_14_the_caller_hangs_up_and_the_callee_is_ended_at_once() {
    let mut scene = talking(|_| {});
    scene.wait(secs(90));
    scene.hangs_up(Leg::A);
    scene.does(&["ends B", "record Connected"]);
    assert_eq!(scene.record().ended_by, EndedBy::Caller);
}

#[test]
fn row_14_the_callee_hangs_up_and_the_caller_is_ended_at_once() {
    let mut scene = talking(|_| {});
    scene.hangs_up(Leg::B);
    scene.does(&["ends A", "record Connected"]);
    assert_eq!(scene.record().ended_by, EndedBy::Callee);
}

#[test]
fn row_14_both_at_the_same_moment() {
    let mut scene = talking(|_| {});
    scene.mute.extend([Asked::EndA, Asked::EndB]);
    scene.hangs_up(Leg::B);
    scene.hangs_up(Leg::A);
    scene.does(&["ends A", "record Connected"]);
    assert_eq!(scene.record().ended_by, EndedBy::Callee);
}

#[test]
fn row_14_a_leg_that_the_line_ended_was_ended_by_the_box() {
    let mut scene = talking(|_| {});
    scene.input(Input::Gone(Leg::B, Gone::Ended));
    assert_eq!(scene.record().ended_by, EndedBy::Box);
}

#[test]
fn row_14_a_callee_who_hangs_up_as_the_legs_are_joined() {
    let mut scene = announcing(|_| {});
    scene.mute.push(Asked::Merge);
    scene.said();
    scene.hangs_up(Leg::B);
    scene.does(&["merges"]);
    scene.input(Input::Merged);
    scene.does(&["merge works", "ends A", "record Connected"]);
    assert_eq!(scene.record().ended_by, EndedBy::Callee);
}

#[test]
fn row_14_keys_of_talkers_mean_nothing() {
    let mut scene = talking(|_| {});
    scene.keys("12345#");
    scene.keys_of(Leg::B, "54321#");
    scene.does(&[]);
}

#[test]
fn max_talk_minutes_warns_a_minute_before_and_ends_both() {
    let mut scene = talking(|s| s.max_talk = Some(secs(300)));
    scene.wait(ms(239_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["warns"]);
    scene.wait(ms(59_999));
    scene.does(&[]);
    scene.wait(ms(1));
    scene.does(&["ends A", "ends B", "record Connected"]);
    assert_eq!(scene.record().ended_by, EndedBy::Box);
}

#[test]
fn max_talk_minutes_off_means_no_limit() {
    let mut scene = talking(|_| {});
    assert_eq!(scene.conversation.poll_timeout(), None);
    scene.wait(secs(7 * 24 * 3600));
    scene.does(&[]);
    scene.hangs_up(Leg::A);
    assert_eq!(scene.record().outcome, Outcome::Connected);
}
