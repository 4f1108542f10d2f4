//! A masked call from ring to record.

use super::receiver::Receiver;
use super::scene::*;
use std::time::Duration;

#[test]
fn row_15_a_masked_call_is_made_recorded_and_delivered_and_no_number_is_told() {
    let receiver = Receiver::start();
    let scene = Scene::ready(&receiver.config());
    let mut phones = scene.phones();
    scene.talk(&mut phones);
    phones.hang_up(CUSTOMER);
    phones.wait_quiet(Duration::from_secs(5));

    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "connected");
    assert_eq!(record["order_number"], ORDER);
    assert_eq!(record["order_search"], "Order is found");
    assert_eq!(record["phone_search"], "Phone number is found");
    assert_eq!(record["sub_status"], "Courier");
    assert_eq!(record["sub_available"], "Yes");
    assert_eq!(record["line"], "line1");
    assert_eq!(record["ended_by"], "callee");
    assert_eq!(record["entries"], 1);
    for time in ["started_at", "answered_at", "leg_b_answered_at", "merged_at", "ended_at"] {
        assert!(record[time].is_string(), "{time}: {record:#}");
    }
    assert!(record["last_key_to_dial_ms"].is_u64() && record["leg_b_answer_to_merge_ms"].is_u64());

    let post = receiver.next();
    assert_eq!(post.header("webhook-id"), record["call_id"].as_str().unwrap());
    assert_eq!(post.header("webhook-signature"), post.right_signature());
    let posted: serde_json::Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!(posted["outcome"], "connected");
    assert!(!post.body.contains("5550"), "{}", post.body);
    assert!(!receiver.has_more());

    never_3_masks(&mut phones, &scene);
    wait_for("the outbox is empty", PATIENCE, || {
        scene.get("/api/v1/status").1["webhook"]["waiting"] == 0
    });
    metrics_have_counted_it(&scene);
}

fn metrics_have_counted_it(scene: &Scene) {
    for (series, wanted) in [
        ("maskline_calls_total{line=\"line1\",outcome=\"connected\"}", 1.0),
        ("maskline_last_key_to_dial_seconds_count{line=\"line1\"}", 1.0),
        ("maskline_leg_b_answer_to_merge_seconds_count{line=\"line1\"}", 1.0),
        ("maskline_merge_refused_total{line=\"line1\"}", 0.0),
        ("maskline_webhook_attempts_total", 1.0),
        ("maskline_webhook_failures_total", 0.0),
    ] {
        assert_eq!(scene.figure(series), wanted, "{series}");
    }
    assert!(scene.figure("maskline_at_round_trip_seconds_count{line=\"line1\"}") > 20.0);
    wait_for("the sound is counted", PATIENCE, || {
        scene.figure("maskline_sound_sent_frames_total{line=\"line1\"}") > 100.0
    });
}

/// Neither phone was shown the other's number, and the log has none at `info`.
fn never_3_masks(phones: &mut Phones<'_>, scene: &Scene) {
    assert_eq!(phones.ended(COURIER) + phones.ended(CUSTOMER), 2);
    assert_eq!(phones.rang(), [(CUSTOMER, Some("+61255500099"))]);
    let log = scene.log_at_info();
    assert!(log.contains("takes calls"), "{log}");
    assert!(!log.contains("5550"), "{log}");
}

#[test]
fn row_12c_a_caller_who_gives_up_while_it_rings_leaves_no_phone_ringing() {
    let scene = Scene::ready("");
    let mut phones = scene.phones();
    phones.call_in_vain(COURIER, ORDER, CUSTOMER);
    phones.hang_up(COURIER);
    phones.wait_quiet(Duration::from_secs(5));
    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "caller_hung_up", "{record:#}");
    assert_eq!(record["ended_by"], "caller");
    assert!(record["leg_b_answered_at"].is_null());
    scene.good_call(&mut phones, 1);
}

#[test]
fn row_14_a_caller_who_hangs_up_ends_the_other_leg_and_the_next_caller_gets_through() {
    let scene = Scene::ready("");
    let mut phones = scene.phones();
    scene.talk(&mut phones);
    phones.hang_up(COURIER);
    phones.wait_quiet(Duration::from_secs(5));
    assert_eq!((phones.ended(COURIER), phones.ended(CUSTOMER)), (1, 1));
    let record = scene.wait_records(1).remove(0);
    assert_eq!((&record["outcome"], &record["ended_by"]), (&"connected".into(), &"caller".into()));
    scene.good_call(&mut phones, 1);
}
