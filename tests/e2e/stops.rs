//! The daemon is stopped, or dies, in the middle of a call.

use super::receiver::Receiver;
use super::scene::*;
use std::time::{Duration, Instant};

#[test]
fn never_6_a_stop_in_mid_call_disconnects_both_and_leaves_one_record() {
    let mut scene = Scene::ready("");
    let mut before = scene.phones();
    scene.talk(&mut before);
    drop(before);
    let began = Instant::now();
    scene.stage.stop_daemon().expect("exit status 0");
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());

    let mut phones = scene.phones();
    phones.wait_quiet(Duration::from_secs(1));
    assert_eq!((phones.ended(COURIER), phones.ended(CUSTOMER)), (1, 1), "{:#?}", phones.seen);
    scene.start();
    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "interrupted", "{record:#}");
    assert_eq!(record["ended_by"], "box");
    assert!(record["merged_at"].is_string() && record["ended_at"].is_string(), "{record:#}");
}

#[test]
fn never_6_a_stop_without_a_call_is_quick_and_clean() {
    let mut scene = Scene::ready("");
    let began = Instant::now();
    scene.stage.stop_daemon().expect("exit status 0");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(!scene.stage.log().contains(" ERROR "), "{}", scene.stage.log());
}

#[test]
fn never_6_a_kill_in_mid_call_leaves_one_record_and_the_next_start_ends_the_orphans() {
    let receiver = Receiver::start();
    let mut scene = Scene::ready(&receiver.config());
    scene.talk(&mut scene.phones());
    killed_and_back(&mut scene);

    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "interrupted", "{record:#}");
    assert_eq!(record["order_number"], ORDER);
    assert!(record["ended_at"].is_string());
    let post = receiver.next();
    assert_eq!(post.header("webhook-id"), record["call_id"].as_str().unwrap());
    assert_eq!(post.header("webhook-signature"), post.right_signature());
    assert!(post.body.contains("\"interrupted\""), "{}", post.body);
    scene.good_call(&mut scene.phones(), 1);
    assert!(receiver.next().body.contains("\"connected\""));
    assert!(!receiver.has_more());
}

#[test]
fn never_6_a_kill_while_the_callee_rings_leaves_no_phone_ringing() {
    let mut scene = Scene::ready("");
    let mut phones = scene.phones();
    phones.call_in_vain(COURIER, ORDER, CUSTOMER);
    drop(phones);
    killed_and_back(&mut scene);
    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "interrupted", "{record:#}");
    scene.good_call(&mut scene.phones(), 1);
}

/// Kills the daemon while there are two legs, and starts it again: it ends both.
fn killed_and_back(scene: &mut Scene) {
    scene.stage.kill_daemon().unwrap();
    let legs = scene.stage.simulator.requests().calls().unwrap().legs;
    assert_eq!(legs.len(), 2, "nobody has told the network yet");
    scene.start();
    let mut phones = scene.phones();
    phones.wait_quiet(Duration::from_secs(10));
    assert_eq!((phones.ended(COURIER), phones.ended(CUSTOMER)), (1, 1), "{:#?}", phones.seen);
    wait_for("the line is free", PATIENCE, || {
        scene.get("/api/v1/status").1["lines"][0]["state"] == "ready"
    });
}
