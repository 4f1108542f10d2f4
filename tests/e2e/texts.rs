//! Short messages through the shipped program: an order's number to both parties, once; STOP; calls first.

use super::scene::*;
use simulator::PhoneAction;
use std::time::{Duration, Instant};

const ON: &str = "[texts]\nenabled = true\n";

fn states(scene: &Scene, order: &str) -> (serde_json::Value, serde_json::Value) {
    let shown = scene.get(&format!("/api/v1/orders/{order}")).1;
    (shown["texts"]["courier"].clone(), shown["texts"]["customer"].clone())
}

fn wait_states(scene: &Scene, order: &str, courier: &str, customer: &str) {
    wait_for(&format!("order {order}: {courier}, {customer}"), PATIENCE, || {
        states(scene, order) == (courier.into(), customer.into())
    });
}

fn write(phones: &Phones<'_>, from: &str, text: &str) {
    phones.act(PhoneAction::Text { from: from.to_owned(), text: text.to_owned() });
}

/// Waits until a message of this kind was dealt with.
fn heard(scene: &Scene, what: &str) {
    let told = format!("a message has come: {what}");
    wait_for(&told, PATIENCE, || scene.log_at_info().contains(&told));
}

#[test]
fn both_parties_of_a_new_order_are_sent_its_number_once() {
    let mut scene = Scene::ready(ON);
    {
        let mut phones = scene.phones();
        wait_states(&scene, ORDER, "delivered", "delivered");
        let mut got = phones.texts();
        got.sort();
        let whom: Vec<&str> = got.iter().map(|(phone, _)| phone.as_str()).collect();
        assert_eq!(whom, [COURIER, CUSTOMER]);
        for (_, text) in &got {
            assert!(text.contains(ORDER) && text.contains("STOP"), "{text}");
            assert!(!text.contains("5550"), "no telephone number: {text}");
        }
    }
    scene.stage.stop_daemon().unwrap();
    scene.start();
    assert_eq!(scene.put(ORDER, COURIER, CUSTOMER), 200);
    scene.put_order("20002", COURIER, CUSTOMER);
    wait_states(&scene, "20002", "delivered", "delivered");
    let mut phones = scene.phones();
    let first = phones.texts().into_iter().filter(|(_, text)| text.contains(ORDER)).count();
    assert_eq!(first, 0, "neither a restart nor a repeated request sends a second one");
    assert!(!scene.log_at_info().contains("5550"));
}

#[test]
fn stop_is_honoured_start_undoes_it_and_everything_else_is_answered_once() {
    let scene = Scene::ready(ON);
    let mut phones = scene.phones();
    wait_states(&scene, ORDER, "delivered", "delivered");
    let before = phones.texts().len();
    write(&phones, CUSTOMER, "stop.");
    heard(&scene, "Stop");
    write(&phones, "+61255503333", "Where is my parcel?");
    write(&phones, "+61255503333", "Hello?");
    wait_for("the writer is answered", PATIENCE, || phones.texts().len() == before + 1);
    let (whom, answer) = phones.texts().pop().unwrap();
    assert_eq!(whom, "+61255503333");
    assert!(answer.contains("call this number"), "{answer}");
    scene.put_order("20003", COURIER, CUSTOMER);
    wait_states(&scene, "20003", "delivered", "stopped");
    write(&phones, CUSTOMER, "START");
    heard(&scene, "Start");
    scene.put_order("20004", COURIER, CUSTOMER);
    wait_states(&scene, "20004", "delivered", "delivered");
    let to = |phone: &str, got: &[(String, String)]| got.iter().filter(|(p, _)| p == phone).count();
    let got = phones.texts();
    assert_eq!((to(CUSTOMER, &got), to("+61255503333", &got)), (2, 1), "{got:?}");
}

#[test]
fn a_text_waits_while_a_call_is_up() {
    let scene = Scene::ready(ON);
    let mut phones = scene.phones();
    wait_states(&scene, ORDER, "delivered", "delivered");
    scene.talk(&mut phones);
    scene.put_order("20005", COURIER, CUSTOMER);
    let until = Instant::now() + Duration::from_secs(3);
    wait_for("three seconds of talk", PATIENCE, || Instant::now() > until);
    assert_eq!(states(&scene, "20005"), ("waiting".into(), "waiting".into()));
    phones.hang_up(CUSTOMER);
    wait_states(&scene, "20005", "delivered", "delivered");
    assert_eq!(scene.wait_records(1).remove(0)["outcome"], "connected");
}
