//! The API through real sockets: orders, calls, tokens, status, and how it says no.

use crate::support::{Answer, Box};
use maskline::clock::Now;
use maskline::record::CallRecord;
use maskline::status::{LineState, LineStatus};
use maskline::store::Role;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

const ORDER: &str = r#"{"courier":"+61255501111","customer":"0255502222","ttl_seconds":864000}"#;

fn put(answers: &Box, number: &str, body: &str) -> Answer {
    answers.send("PUT", &format!("/api/v1/orders/{number}"), Some(body))
}

#[test]
fn an_order_is_put_shown_replaced_listed_and_deleted() {
    let a_box = Box::start();
    let new = put(&a_box, "12345", ORDER);
    assert_eq!(new.status, 201, "{new:?}");
    assert_eq!(new.json["order"], "12345");
    assert_eq!(new.json["courier"], "+61255501111");
    assert_eq!(new.json["customer"], "+61255502222");
    let shown = a_box.send("GET", "/api/v1/orders/12345", None);
    assert_eq!((shown.status, &shown.json), (200, &new.json));
    // What was shown can be put back as it is.
    let again = put(&a_box, "12345", &shown.json.to_string());
    assert_eq!((again.status, &again.json), (200, &new.json));
    assert_eq!(put(&a_box, "00777", ORDER).status, 201);
    let list = a_box.send("GET", "/api/v1/orders?limit=1", None);
    assert_eq!(list.json["items"][0]["order"], "00777");
    assert_eq!(list.json["next"], "00777");
    let rest = a_box.send("GET", "/api/v1/orders?limit=1&after=00777", None);
    assert_eq!(rest.json["items"][0]["order"], "12345");
    assert_eq!(rest.json["next"], Value::Null);
    assert_eq!(a_box.send("DELETE", "/api/v1/orders/12345", None).status, 204);
    assert_eq!(a_box.send("DELETE", "/api/v1/orders/12345", None).status, 404);
    assert_eq!(a_box.send("GET", "/api/v1/orders/12345", None).status, 404);
}

#[test]
fn an_order_may_say_in_which_language_its_parties_are_spoken_to() {
    let prompts = concat!(env!("CARGO_MANIFEST_DIR"), "/prompts");
    let a_box = Box::start_with("\"off\"", &format!("[sound]\nprompts = {prompts:?}\n"));
    let body = |tag: &str| ORDER.replace("}", &format!(r#","language":"{tag}"}}"#));
    let new = put(&a_box, "1", &body("DE"));
    assert_eq!((new.status, &new.json["language"]), (201, &json!("de")), "{new:?}");
    assert_eq!(put(&a_box, "2", &body("")).json.get("language"), None);
    let refused = put(&a_box, "3", &body("nl"));
    assert_eq!((refused.status, &refused.json["where"]), (422, &json!("body /language")));
    assert!(refused.json["detail"].as_str().unwrap().contains("de, en, es, fr, it"), "{refused:?}");
    let csv = "order,language,courier,customer\n4,fr,0255501111,0255502222\n\
               5,,0255501111,0255502222\n6,nl,0255501111,0255502222\n";
    let report = a_box.send_as("POST", "/api/v1/orders/import", Some(csv), "text/csv").json;
    assert_eq!(
        (&report["added"], &report["rejected"][0]["column"]),
        (&json!(2), &json!("language"))
    );
    let shown = a_box.send("GET", "/api/v1/orders", None).json;
    let languages: Vec<&Value> =
        shown["items"].as_array().unwrap().iter().map(|order| &order["language"]).collect();
    assert_eq!(languages, [&json!("de"), &Value::Null, &json!("fr"), &Value::Null]);
    let export = a_box.send("GET", "/api/v1/orders/export", None).text;
    assert!(export.lines().any(|row| row.starts_with("4,") && row.ends_with(",fr")), "{export}");
    let again = a_box.send_as("POST", "/api/v1/orders/import", Some(&export), "text/csv").json;
    assert_eq!(again["unchanged"], 4, "{again}");
}

#[test]
fn what_an_order_must_not_be_is_422_with_its_place_and_reason() {
    let a_box = Box::start();
    let with = |field: &str, value: Value| {
        let mut body = json!({ "courier": "+61255501111", "customer": "+61255502222" });
        body[field] = value;
        body.to_string()
    };
    for (body, place) in [
        (with("courier", json!("courier")), "body /courier"),
        (with("courier", json!("6.1255E+10")), "body /courier"),
        (with("customer", json!("*21*0255501234#")), "body /customer"),
        (with("customer", json!("000")), "body /customer"),
        (with("customer", json!("+447700900123")), "body /customer"),
        (with("customer", json!("+611900555012")), "body /customer"),
        (with("customer", json!(61_255_502_222_u64)), "body /customer"),
        (with("ttl_seconds", json!(0)), "body /ttl_seconds"),
        (with("ttl_seconds", json!(-5)), "body /ttl_seconds"),
        (with("ttl_seconds", json!(90 * 86_400 + 1)), "body /ttl_seconds"),
        (with("expires_at", json!("2020-01-01T00:00:00Z")), "body /expires_at"),
        (with("expires_at", json!("2199-01-01T00:00:00Z")), "body /expires_at"),
        (with("expires_at", json!("tomorrow")), "body /expires_at"),
        (with("colour", json!("red")), "body /colour"),
        (with("order", json!("99999")), "body /order"),
        (r#"{"courier":"+61255501111"}"#.to_owned(), "body /"),
    ] {
        let answer = put(&a_box, "12345", &body);
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        assert!(answer.is_problem(), "{answer:?}");
        assert_eq!(answer.json["where"], place, "{body}: {answer:?}");
        let words = answer.json.to_string();
        assert!(!words.contains("555") && !words.contains("900123"), "{words}");
    }
    for number in ["12a45", "1234567890123", "%EF%BC%91"] {
        assert_eq!(put(&a_box, number, ORDER).status, 422, "{number}");
    }
    let both =
        with("ttl_seconds", json!(60)).replace('}', r#","expires_at":"2030-01-01T00:00:00Z"}"#);
    assert_eq!(put(&a_box, "12345", &both).status, 422);
    assert_eq!(a_box.send("GET", "/api/v1/orders", None).json["items"], json!([]));
}

#[test]
fn an_order_that_says_no_expiry_lives_thirty_days() {
    let a_box = Box::start();
    let answer = put(&a_box, "1", r#"{"courier":"0255501111","customer":"0255502222"}"#);
    let expires: jiff::Timestamp = answer.json["expires_at"].as_str().unwrap().parse().unwrap();
    let now = Now::simulated(Default::default()).wall;
    assert_eq!(expires.duration_since(now).as_hours(), 30 * 24);
}

#[test]
fn errors_of_the_protocol_are_problem_details_too() {
    let a_box = Box::start();
    let big = format!(r#"{{"courier":"{}"}}"#, "1".repeat(10_000_000));
    let orders = "/api/v1/orders/12345";
    for (method, path, body, status) in [
        ("GET", "/nothing", None, 404),
        ("GET", "/api/v1/calls/nothing", None, 404),
        ("GET", "/api/v1/calls/01ARZ3NDEKTSV4RRFFQ69G5FAV", None, 404),
        ("POST", orders, Some("{}"), 405),
        ("DELETE", "/api/v1/status", None, 405),
        ("PUT", orders, Some("{"), 400),
        ("PUT", orders, Some("[] []"), 422),
        ("PUT", orders, Some(""), 400),
        ("PUT", orders, Some(&*big), 413),
        ("GET", "/api/v1/orders?limit=0", None, 422),
        ("GET", "/api/v1/orders?limit=1001", None, 422),
        ("GET", "/api/v1/orders?limit=x", None, 400),
        ("GET", "/api/v1/orders?page=2", None, 400),
        ("GET", "/api/v1/orders?after=x", None, 422),
        ("GET", "/api/v1/calls?since=yesterday", None, 422),
        ("GET", "/api/v1/calls?after=x", None, 422),
        ("GET", "/api/v1/orders/%FF", None, 400),
    ] {
        let answer = a_box.send(method, path, body);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert!(answer.is_problem(), "{method} {path}: {answer:?}");
        assert_eq!(answer.json["status"], status);
        assert!(answer.json["title"].is_string() && answer.json["type"].is_string());
    }
    let form = a_box.send_as("PUT", orders, Some(ORDER), "application/x-www-form-urlencoded");
    assert_eq!(form.status, 415, "{form:?}");
    assert!(form.is_problem());
}

#[test]
fn everything_but_healthz_wants_a_token_of_the_right_role() {
    let a_box = Box::start();
    let token = |name: &str, role| a_box.store.create_token(name, role, a_box.now().wall).unwrap();
    let (read, orders) = (token("r", Role::Read), token("o", Role::Orders));
    let status = |token: Option<&str>, method: &str, path: &str, body: Option<&str>| {
        let answer = a_box.send_with(token, method, path, body, "application/json");
        assert!(answer.status < 400 || answer.is_problem(), "{answer:?}");
        answer.status
    };
    let path = "/api/v1/orders/12345";
    for (token, get, put, admin) in [
        (None, 401, 401, 401),
        (Some("wrong"), 401, 401, 401),
        (Some(&*read), 404, 403, 403),
        (Some(&*orders), 404, 201, 403),
    ] {
        assert_eq!(status(token, "GET", path, None), get, "{token:?}");
        assert_eq!(status(token, "PUT", path, Some(ORDER)), put, "{token:?}");
        assert_eq!(status(token, "GET", "/api/v1/tokens", None), admin, "{token:?}");
        assert_eq!(status(token, "GET", "/nothing", None), if get == 401 { 401 } else { 404 });
    }
    assert_ne!(status(None, "GET", "/healthz", None), 401);
    assert_eq!(status(None, "GET", "/metrics", None), 401);
    let answer = a_box.send_with(None, "GET", path, None, "application/json");
    assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
}

#[test]
fn tokens_are_created_listed_and_revoked() {
    let a_box = Box::start();
    let new = a_box.send("POST", "/api/v1/tokens", Some(r#"{"name":"shop","role":"orders"}"#));
    assert_eq!((new.status, &new.json["role"]), (201, &json!("orders")), "{new:?}");
    let token = new.json["token"].as_str().unwrap().to_owned();
    let taken = a_box.send("POST", "/api/v1/tokens", Some(r#"{"name":"shop"}"#));
    assert_eq!(taken.status, 409);
    let list = a_box.send("GET", "/api/v1/tokens", None);
    assert!(!list.text.contains(&token) && list.text.contains("shop"), "{list:?}");
    let with = |token: &str| a_box.send_with(Some(token), "GET", "/api/v1/orders", None, "");
    assert_eq!(with(&token).status, 200);
    assert_eq!(a_box.send("DELETE", "/api/v1/tokens/shop", None).status, 204);
    assert_eq!(a_box.send("DELETE", "/api/v1/tokens/shop", None).status, 404);
    assert_eq!(with(&token).status, 401);
}

#[test]
fn calls_are_listed_and_shown_without_telephone_numbers() {
    let a_box = Box::start();
    let mut ids = Vec::new();
    for second in 0..3 {
        let now = Now::simulated(std::time::Duration::from_secs(second));
        let id = ulid::Ulid::from_parts(now.wall.as_millisecond() as u64, second.into());
        let mut record = CallRecord::begin(id, "line1", now);
        record.caller_number = Some("+61255501111".to_owned());
        a_box.add_record(&record);
        ids.push(id.to_string());
    }
    let list = a_box.send("GET", "/api/v1/calls?limit=2", None);
    assert_eq!(list.json["items"].as_array().unwrap().len(), 2, "{list:?}");
    assert!(!list.text.contains("555"));
    let next = list.json["next"].as_str().unwrap();
    let rest = a_box.send("GET", &format!("/api/v1/calls?limit=2&after={next}"), None);
    assert_eq!(rest.json["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest.json["next"], Value::Null);
    let since = Now::simulated(std::time::Duration::from_secs(2)).wall;
    let late = a_box.send("GET", &format!("/api/v1/calls?since={since}"), None);
    assert_eq!(late.json["items"].as_array().unwrap().len(), 1);
    let shown = a_box.send("GET", &format!("/api/v1/calls/{}", ids[1]), None);
    assert_eq!(shown.json["call_id"], *ids[1]);
    assert_eq!(shown.json["outcome"], "caller_hung_up");
    assert!(!shown.text.contains("555"));
    let export = a_box.send("GET", "/api/v1/calls/export", None);
    assert_eq!(export.text.lines().count(), 3);
    assert!(!export.text.contains("555"));
}

#[test]
fn healthz_says_ok_while_a_line_takes_calls_and_why_not_otherwise() {
    let a_box = Box::start();
    let starting = a_box.send("GET", "/healthz", None);
    assert_eq!(starting.status, 503);
    assert_eq!(starting.json["lines"][0]["name"], "line1");
    assert!(starting.json["lines"][0]["reason"].as_str().unwrap().contains("started"));
    let mut line = LineStatus { name: "line1".to_owned(), ..LineStatus::default() };
    line.state = LineState::Fault;
    line.fault = Some("the SIM wants its PUK".to_owned());
    a_box.board.post(line.clone());
    assert_eq!(
        a_box.send("GET", "/healthz", None).json["lines"][0]["reason"],
        "the SIM wants its PUK"
    );
    line.state = LineState::Busy;
    a_box.board.post(line);
    let ok = a_box.send("GET", "/healthz", None);
    assert_eq!((ok.status, &ok.json["status"]), (200, &json!("ok")));
}

#[test]
fn status_and_metrics_tell_of_lines_store_and_clock() {
    let a_box = Box::start();
    put(&a_box, "12345", ORDER);
    let mut line = LineStatus { name: "line1".to_owned(), ..LineStatus::default() };
    line.state = LineState::Ready;
    line.merge = maskline::call::MergeService::Refused;
    line.count("merge_refused");
    line.count("merge_refused");
    a_box.board.post(line);
    let status = a_box.send("GET", "/api/v1/status", None).json;
    assert_eq!(status["lines"][0]["state"], "ready");
    assert_eq!(status["lines"][0]["merge"], "refused");
    assert_eq!(status["store"]["orders"], 1);
    assert_eq!(status["store"]["healthy"], true);
    assert_eq!(status["clock"]["trusted"], true);
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    let metrics = a_box.send("GET", "/metrics", None);
    for line in [
        "maskline_merge_refused_total{line=\"line1\"} 2",
        "maskline_line_up{line=\"line1\"} 1",
        "maskline_store_orders 1",
    ] {
        assert!(metrics.text.lines().any(|found| found == line), "{line}:\n{}", metrics.text);
    }
}

#[test]
fn import_takes_the_good_rows_and_says_what_is_wrong_with_the_others() {
    let a_box = Box::start();
    let csv = "\u{feff}order;courier;customer;ttl_seconds\r\n\
               20001;+61255501111;0255502222;\r\n\
               20002;'+61255501111;\"02 5550 2222\";3600\r\n\
               2000x;+61255501111;0255502222;\r\n\
               20003;6.1255E+10;0255502222;\r\n\
               20001;+61255501111;0255502222;\r\n\
               20004;+61255501111\r\n";
    let import = |query: &str, body: &str, kind: &str| {
        a_box.send_as("POST", &format!("/api/v1/orders/import{query}"), Some(body), kind)
    };
    let dry = import("?dry_run=true", csv, "text/csv");
    assert_eq!((dry.status, &dry.json["added"]), (200, &json!(2)), "{dry:?}");
    assert_eq!(a_box.send("GET", "/api/v1/orders/20001", None).status, 404);
    let report = import("", csv, "text/csv; charset=utf-8").json;
    assert_eq!(report["added"], 2);
    let rejected: Vec<(u64, &str)> = report["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["line"].as_u64().unwrap(), row["column"].as_str().unwrap()))
        .collect();
    assert_eq!(rejected, [(4, "order"), (5, "courier"), (6, "order"), (7, "")]);
    assert!(!report.to_string().contains("555"), "{report}");
    let again = import("", csv, "text/csv").json;
    assert_eq!((&again["added"], &again["unchanged"]), (&json!(0), &json!(2)));
    let lines = "{\"order\":\"7\",\"courier\":\"0255501111\",\"customer\":\"0255502222\"}\n\n{}\n";
    let report = import("", lines, "application/x-ndjson").json;
    assert_eq!((&report["added"], &report["rejected"][0]["line"]), (&json!(1), &json!(3)));
    let array = "[{\"order\":\"8\",\"courier\":\"0255501111\",\"customer\":\"0255502222\"}]";
    let report = import("?mode=replace", array, "application/json").json;
    assert_eq!((&report["added"], &report["removed"]), (&json!(1), &json!(3)));
    let export = a_box.send("GET", "/api/v1/orders/export", None).text;
    assert!(
        export.starts_with("order,courier,customer,expires_at,language\r\n8,'+61255501111,"),
        "{export}"
    );
    assert_eq!(import("", &export, "text/csv").json["unchanged"], 1);
    assert_eq!(import("", "a,b\n", "text/csv").status, 422);
    assert_eq!(import("", "", "text/html").status, 415);
    assert_eq!(import("?mode=some", csv, "text/csv").status, 400);
}

#[test]
fn the_control_socket_needs_no_token_and_belongs_to_the_group() {
    use std::os::unix::fs::PermissionsExt;
    let a_box = Box::start();
    let path = a_box.config.store.control_socket();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    let mut socket = std::os::unix::net::UnixStream::connect(&path).unwrap();
    socket
        .write_all(b"GET /api/v1/tokens HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn past_its_limit_of_connections_it_says_that_it_is_busy() {
    let a_box = Box::start();
    let idle: Vec<TcpStream> = (0..maskline::limits::HTTP_CONNECTIONS)
        .map(|_| TcpStream::connect(a_box.address).unwrap())
        .collect();
    let busy = a_box.send("GET", "/healthz", None);
    assert_eq!(busy.status, 503);
    assert_eq!(busy.json["type"], "urn:maskline:too-busy");
    drop(idle);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let free = a_box.send("GET", "/healthz", None);
    assert_eq!(free.json["type"], "urn:maskline:no-line");
}

#[test]
fn a_stop_ends_idle_connections_and_the_server() {
    let a_box = Box::start();
    let mut idle = TcpStream::connect(a_box.address).unwrap();
    assert_ne!(a_box.send("GET", "/healthz", None).status, 0);
    let begin = std::time::Instant::now();
    a_box.stop();
    assert!(begin.elapsed() < std::time::Duration::from_secs(2));
    assert_eq!(idle.read(&mut [0; 1]).unwrap_or(0), 0);
}
