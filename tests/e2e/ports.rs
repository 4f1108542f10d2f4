//! The modem's ports vanish, or are other ones all of a sudden.

use super::relay::Relay;
use super::scene::*;
use simulator::Fault;
use std::time::Duration;

#[test]
fn never_6_ports_that_vanish_in_mid_call_and_come_back() {
    let scene = Scene::ready("");
    let mut phones = scene.phones();
    scene.talk(&mut phones);
    let away = Fault::PortsGone(Duration::from_secs(6));
    scene.stage.simulator.requests().inject(away).unwrap();
    wait_for("healthz says so", Duration::from_secs(5), || scene.health() == 503);
    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "modem_lost", "{record:#}");
    assert!(record["ended_at"].is_string());

    scene.wait_healthy(Duration::from_secs(30));
    // The network kept the call: what no conversation has is ended.
    phones.wait_quiet(Duration::from_secs(10));
    assert_eq!((phones.ended(COURIER), phones.ended(CUSTOMER)), (1, 1), "{:#?}", phones.seen);
    scene.good_call(&mut phones, 1);
}

#[test]
fn never_6_another_pty_under_the_same_link_in_mid_call() {
    let mut scene = Scene::set("");
    let ports = tempfile::tempdir().unwrap();
    let link = ports.path().join("at");
    let relay = Relay::start(&scene.stage.at(), &link);
    scene.configure(&link, "");
    scene.start();
    scene.put_order(ORDER, COURIER, CUSTOMER);
    let mut phones = scene.phones();
    scene.talk(&mut phones);

    let old = std::fs::read_link(&link).unwrap();
    relay.replace();
    wait_for("the link is another", PATIENCE, || {
        std::fs::read_link(&link).is_ok_and(|new| new != old)
    });
    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "modem_lost", "{record:#}");
    phones.wait_quiet(Duration::from_secs(30));
    scene.wait_healthy(Duration::from_secs(30));
    scene.good_call(&mut phones, 1);
}

#[test]
fn never_6_another_pty_under_the_same_link_while_nobody_calls() {
    let mut scene = Scene::set("");
    let ports = tempfile::tempdir().unwrap();
    let link = ports.path().join("at");
    let relay = Relay::start(&scene.stage.at(), &link);
    scene.configure(&link, "");
    scene.start();
    scene.put_order(ORDER, COURIER, CUSTOMER);
    relay.replace();
    wait_for("the loss is counted", PATIENCE, || {
        scene.get("/api/v1/status").1["lines"][0]["counters"]["port_losses"] == 1
    });
    scene.wait_healthy(Duration::from_secs(30));
    scene.good_call(&mut scene.phones(), 0);
}
