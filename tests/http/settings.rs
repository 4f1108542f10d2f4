//! Settings that staff change: over the file, below the environment, by the rules of both.

use crate::support::Box;
use maskline::config::{Config, Live};
use maskline::store::{Role, Store};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const MORE: &str = "[operator]\nnumber = \"+61255500000\"\n[calls]\nentry_ms = 9000\n\
                    [settings]\nfixed = [\"calls.record\"]\n";

fn setting(a_box: &Box, name: &str) -> Value {
    let list = a_box.send("GET", "/api/v1/settings", None).json;
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
}

fn put(a_box: &Box, name: &str, value: &Value) -> crate::support::Answer {
    let body = json!({ "value": value }).to_string();
    a_box.send("PUT", &format!("/api/v1/settings/{name}"), Some(&body))
}

#[test]
fn what_the_file_says_and_what_staff_changed_are_both_visible() {
    let a_box = Box::start_with("\"off\"", MORE);
    let entry = setting(&a_box, "calls.entry_ms");
    assert_eq!((&entry["value"], &entry["from"]), (&json!(9000), &json!("file")));
    assert_eq!((&entry["min"], &entry["max"]), (&json!(100), &json!(600_000)));
    let hint = setting(&a_box, "calls.hint_ms");
    assert_eq!((&hint["value"], &hint["from"]), (&json!(1500), &json!("default")));
    let changed = put(&a_box, "calls.entry_ms", &json!(12_000));
    assert_eq!((changed.status, &changed.json["value"]), (200, &json!(12_000)));
    let entry = setting(&a_box, "calls.entry_ms");
    assert_eq!((&entry["value"], &entry["from"]), (&json!(12_000), &json!("staff")));
    assert_eq!((&entry["file"], &entry["default"]), (&json!(9000), &json!(8000)));
    let path = "/api/v1/settings/calls.entry_ms";
    assert_eq!(a_box.send("DELETE", path, None).status, 204);
    assert_eq!(a_box.send("DELETE", path, None).status, 204, "every write may be repeated");
    assert_eq!(setting(&a_box, "calls.entry_ms")["value"], 9000);
    // An operator whom the file names can be left out, and put back as people write numbers.
    assert_eq!(put(&a_box, "operator.number", &json!("")).status, 200);
    assert_eq!(put(&a_box, "operator.number", &json!("02 5550 0001")).status, 200);
    let log = a_box.send("GET", "/api/v1/audit", None);
    assert!(!log.text.contains("6125550") && !log.text.contains("5550 0001"), "{}", log.text);
    let entries = log.json["items"].as_array().unwrap().clone();
    let told: Vec<_> = entries.iter().map(|e| (e["what"].as_str(), e["detail"].as_str())).collect();
    assert_eq!(told[0], (Some("setting.put"), Some("set to 12000")), "in their order");
    assert_eq!(told[1], (Some("setting.reset"), Some("back to 9000")));
    assert!(told.contains(&(Some("setting.put"), Some("set to another number"))), "{told:?}");
    assert_eq!(told.len(), 4, "what changed nothing is not noted: {told:?}");
}

#[test]
fn a_setting_is_changed_by_the_rules_of_the_file_or_not_at_all() {
    let a_box = Box::start_with("\"off\"", MORE);
    for (name, value, status, says) in [
        ("calls.hint_ms", json!(99), 422, "not between 100 and 60000"),
        ("calls.hint_ms", json!(1.5), 422, "a whole number from 100 to 60000"),
        ("calls.hint_ms", json!("soon"), 422, "a whole number from 100 to 60000"),
        ("calls.accept_key", json!(1), 422, "true or false"),
        ("operator.number", json!(5), 422, "a telephone number"),
        ("operator.number", json!("12"), 422, "no telephone number of its country"),
        ("operator.number", json!("+447700900123\"\nx"), 422, "no telephone number"),
        ("operator.number", json!("+12025550123"), 422, "not on the site's list"),
        ("operator.number", json!("9".repeat(100)), 422, "a telephone number"),
        ("calls.record", json!(true), 409, "settings.fixed"),
        ("store.path", json!("/elsewhere"), 404, "no such setting"),
        ("calls.hint_ms", Value::Null, 422, "a whole number"),
    ] {
        let answer = put(&a_box, name, &value);
        assert_eq!(answer.status, status, "{name} {value}: {}", answer.text);
        assert!(answer.text.contains(says), "{name} {value}: {}", answer.text);
        assert!(!answer.text.contains("2025550123"), "{}", answer.text);
    }
    let list = a_box.send("GET", "/api/v1/settings", None).json;
    assert!(list["items"].as_array().unwrap().iter().all(|item| item["staff"].is_null()));
    let reader = a_box.store.create_token("reader", Role::Orders, a_box.now().wall).unwrap();
    let body = Some(r#"{"value":2000}"#);
    let send = |method: &str, path: &str, body| {
        a_box.send_with(Some(&reader), method, path, body, "application/json").status
    };
    assert_eq!(send("GET", "/api/v1/settings", None), 200);
    assert_eq!(send("PUT", "/api/v1/settings/calls.hint_ms", body), 403);
    assert_eq!(send("DELETE", "/api/v1/settings/calls.hint_ms", None), 403);
}

fn read(text: &str, variables: &[(&str, &str)]) -> Live {
    let line = "[[line]]\nname = \"line1\"\nat = \"/dev/null\"\n";
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let config =
        Config::parse("test.toml", &format!("{text}\n{line}"), variables.collect::<Vec<_>>());
    Live::new(Arc::new(config.unwrap()))
}

#[test]
fn a_change_outlives_a_restart_is_told_at_once_and_yields_to_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let live = read("", &[]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    live.on_change(move |config| tell.lock().unwrap().push(config.calls.hint.as_millis()));
    let change = |live: &Live, name: &str, value: Value| {
        live.change(&store, name, Some(value), |_| store.clone()).map_err(|error| error.to_string())
    };
    change(&live, "calls.hint_ms", json!(2000)).unwrap();
    assert_eq!(*told.lock().unwrap(), [2000]);
    assert_eq!(read("", &[]).now(&store).unwrap().calls.hint.as_millis(), 2000);
    // The environment goes first, and says so.
    let by_variable = read("", &[("MASKLINE_CALLS__HINT_MS", "3000")]);
    assert_eq!(by_variable.now(&store).unwrap().calls.hint.as_millis(), 3000);
    let refused = change(&by_variable, "calls.hint_ms", json!(2500)).unwrap_err();
    assert!(refused.contains("environment variable MASKLINE_CALLS__HINT_MS"), "{refused}");
    let shown = by_variable.list(&store).unwrap();
    let hint = shown.iter().find(|setting| setting.name == "calls.hint_ms").unwrap();
    assert_eq!((&hint.value, &hint.staff), (&json!(3000), &Some(json!(2000))));
    assert!(hint.fixed.is_some() && hint.refused.is_some());
}

#[test]
fn a_change_that_the_file_has_made_impossible_is_left_out_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let live = read("", &[]);
    for (name, value) in
        [("operator.number", json!("+61255500001")), ("calls.accept_key", json!(true))]
    {
        live.change(&store, name, Some(value), |_| store.clone()).unwrap();
    }
    let moved = read("[dialling]\ncountries = [\"GB\"]", &[]);
    let now = moved.now(&store).unwrap();
    assert!(now.operator.is_none() && now.calls.accept_key);
    let shown = moved.list(&store).unwrap();
    let operator = shown.iter().find(|setting| setting.name == "operator.number").unwrap();
    assert!(operator.refused.as_ref().unwrap().contains("site's list"), "{operator:?}");
    assert_eq!(operator.value, "");
}
