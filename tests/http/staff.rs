//! What staff see: events as they happen, who changed what, what waits for the webhook;
//! and how often somebody may ask.

use crate::support::{Answer, Box};
use maskline::record::CallRecord;
use maskline::status::{LineState, LineStatus};
use maskline::store::Role;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const ORDER: &str = r#"{"courier":"+61255501111","customer":"0255502222","ttl_seconds":864000}"#;

/// Reads events one by one: name and data.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(a_box: &Box) -> Events {
        let mut stream = TcpStream::connect(a_box.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let token = a_box.token();
        let head = format!(
            "GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut events = Events(BufReader::new(stream));
        let head: Vec<String> =
            std::iter::from_fn(|| Some(events.line()).filter(|l| !l.is_empty()))
                .map(|line| line.to_ascii_lowercase())
                .collect();
        assert!(head[0].contains("200"), "{head:?}");
        assert!(head.contains(&"content-type: text/event-stream".to_owned()), "{head:?}");
        events
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn next(&mut self) -> (String, Value) {
        loop {
            if let Some(name) = self.line().strip_prefix("event: ") {
                let data = self.line();
                let data = data.strip_prefix("data: ").unwrap();
                return (name.to_owned(), serde_json::from_str(data).unwrap());
            }
        }
    }
}

#[test]
fn events_tell_of_lines_and_calls_as_they_change_and_end_at_a_stop() {
    let a_box = Box::start();
    let mut events = Events::open(&a_box);
    let (name, data) = events.next();
    assert_eq!((&*name, &data["state"]), ("line", &json!("starting")));
    let mut line = LineStatus { name: "line1".to_owned(), ..LineStatus::default() };
    line.state = LineState::Ready;
    a_box.board.post(line.clone());
    assert_eq!(events.next().1["state"], "ready");
    (line.state, line.call, line.legs) = (LineState::Busy, Some("entry"), 1);
    a_box.board.post(line.clone());
    a_box.board.post(line);
    assert_eq!(events.next().1["state"], "busy");
    let (name, data) = events.next();
    assert_eq!(name, "call");
    assert_eq!(data, json!({ "line": "line1", "call": "entry", "legs": 1 }));
    let begun = Instant::now();
    a_box.stop();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn changes_are_in_the_audit_log_with_who_and_what_and_masked_numbers() {
    let a_box = Box::start();
    a_box.send("PUT", "/api/v1/orders/12345", Some(ORDER));
    a_box.send("PUT", "/api/v1/orders/12345", Some(ORDER));
    a_box.send("DELETE", "/api/v1/orders/12345", None);
    a_box.send("DELETE", "/api/v1/orders/12345", None);
    a_box.send("POST", "/api/v1/tokens", Some(r#"{"name":"shop","role":"orders"}"#));
    a_box.send("DELETE", "/api/v1/tokens/shop", None);
    let csv = "order,courier,customer\n1,0255501111,0255502222\n2,x,y\n";
    a_box.send_as("POST", "/api/v1/orders/import", Some(csv), "text/csv");
    let log = a_box.send("GET", "/api/v1/audit", None);
    // Not "5550" alone: a time may have these digits.
    let shown = ["6125550", "0255501"].iter().any(|number| log.text.contains(number));
    assert!(!shown, "{}", log.text);
    let mut found: Vec<(String, String)> = log.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            assert_eq!(entry["by"], "test");
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            (text("what"), text("target"))
        })
        .collect();
    let expected = [
        ("order.put", "12345"),
        ("order.delete", "12345"),
        ("token.create", "shop"),
        ("token.revoke", "shop"),
        ("orders.import", ""),
    ];
    // A PUT of the very same order changes nothing, unless a second has passed in between.
    found.dedup();
    let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(found, expected);
    let put = log.json["items"].as_array().unwrap().iter().find(|e| e["what"] == "order.put");
    let detail = put.unwrap()["detail"].as_str().unwrap();
    assert!(detail.starts_with("courier +61…11, customer +61…22"), "{detail}");
    let page = a_box.send("GET", "/api/v1/audit?limit=2", None);
    let next = page.json["next"].as_str().unwrap();
    let rest = a_box.send("GET", &format!("/api/v1/audit?after={next}"), None);
    let rows = |answer: &Answer| answer.json["items"].as_array().unwrap().len();
    assert_eq!(rows(&page) + rows(&rest), rows(&log));
    let reader = a_box.store.create_token("reader", Role::Orders, a_box.now().wall).unwrap();
    assert_eq!(a_box.send_with(Some(&reader), "GET", "/api/v1/audit", None, "").status, 403);
}

#[test]
fn what_waits_for_the_webhook_is_shown_and_a_record_is_sent_again() {
    let webhook = "[webhook]\nurl = \"http://127.0.0.1:9/\"\n";
    let a_box = Box::start_with("\"off\"", webhook);
    let record = CallRecord::begin(ulid::Ulid::from_parts(1, 1), "line1", a_box.now());
    a_box.add_record(&record);
    let (id, now) = (record.call_id, a_box.now().wall);
    a_box.store.outbox_retry(id, now, "the receiver answered 500").unwrap();
    let waiting = a_box.send("GET", "/api/v1/webhook", None).json;
    assert_eq!(waiting["items"][0]["call_id"], id.to_string());
    assert_eq!(waiting["items"][0]["attempts"], 1);
    assert_eq!(waiting["items"][0]["last_error"], "the receiver answered 500");
    assert_eq!(waiting["items"][0]["order_number"], "");
    let path = format!("/api/v1/webhook/{id}");
    assert_eq!(a_box.send("GET", &path, None).json["attempts"], 1);
    // Sent by hand it is due now, and what is known of it stays.
    assert_eq!(a_box.send("POST", &path, None).status, 202);
    let by_hand = a_box.send("GET", &path, None).json;
    assert_eq!(by_hand["first_at"], waiting["items"][0]["first_at"]);
    assert_eq!(by_hand["last_error"], "the receiver answered 500");
    let later = now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    a_box.store.outbox_retry(id, later, "again").unwrap();
    let all = a_box.send("POST", "/api/v1/webhook", None);
    assert_eq!((all.status, &all.json["due"]), (202, &json!(1)));
    assert!(a_box.send("GET", &path, None).json["next_at"] != later.to_string());
    a_box.store.outbox_done(id).unwrap();
    assert_eq!(a_box.send("GET", &path, None).status, 404);
    let reader = a_box.store.create_token("reader", Role::Orders, now).unwrap();
    let may = |method: &str| a_box.send_with(Some(&reader), method, "/api/v1/webhook", None, "");
    assert_eq!((may("GET").status, may("POST").status), (200, 403));
    let send = |id: &str| a_box.send("POST", &format!("/api/v1/webhook/{id}"), None).status;
    assert_eq!(send(&id.to_string()), 202);
    assert_eq!(a_box.store.outbox_len(), 1);
    assert_eq!((send("01ARZ3NDEKTSV4RRFFQ69G5FAV"), send("x")), (404, 404));
    let without = Box::start();
    let path = format!("/api/v1/webhook/{id}");
    assert_eq!(without.send("POST", &path, None).status, 409);
}

#[test]
fn a_token_that_writes_too_fast_is_told_when_to_come_back() {
    let a_box = Box::start_with("\"off\"\nwrites_per_second = 1", "");
    let put = |number: u32| a_box.send("PUT", &format!("/api/v1/orders/{number}"), Some(ORDER));
    let answers: Vec<_> = (0..8).map(put).collect();
    assert_eq!(answers[0].status, 201);
    let slow = answers.last().unwrap();
    assert_eq!((slow.status, slow.is_problem()), (429, true), "{slow:?}");
    assert!(slow.header("retry-after").unwrap().parse::<u32>().is_ok());
    // Looking is not held up by that.
    assert_eq!(a_box.send("GET", "/api/v1/orders", None).status, 200);
    let wrong = || a_box.send_with(Some("wrong"), "GET", "/api/v1/orders", None, "").status;
    let statuses: Vec<u16> = (0..60).map(|_| wrong()).collect();
    assert!(statuses.starts_with(&[401; 10]) && statuses.ends_with(&[429]), "{statuses:?}");
}
