//! Files from USB sticks as the daemon gets them: whose they are, who confirms them, and what is kept.

use crate::support::{Answer, Box};
use blake2::{Blake2b512, Digest};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

const STICKS: &str = "/api/v1/sticks";
const CSV: &str = "order,courier,customer\n1,0255501111,0255502222\nx,0255501111,0255502222\n";

fn offer(a_box: &Box, file: &str, csv: &str, signature: Option<&str>) -> Answer {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("file", file).append_pair("device", "sda");
    signature.map(|text| query.append_pair("signature", text));
    let path = format!("{STICKS}?{}", query.finish());
    a_box.send_as("POST", &path, Some(csv), "text/csv")
}

fn orders(a_box: &Box) -> usize {
    a_box.send("GET", "/api/v1/orders", None).json["items"].as_array().unwrap().len()
}

fn kept(a_box: &Box) -> Vec<String> {
    let folder = a_box.config.store.path.join("sticks");
    let names = std::fs::read_dir(folder).into_iter().flatten();
    names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect()
}

/// A key as minisign has it.
struct Key(Ed25519KeyPair);

impl Key {
    fn new() -> Key {
        let random = ring::rand::SystemRandom::new();
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Key(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
    }

    fn public(&self) -> String {
        encode(&[b"Ed", &[7; 8][..], self.0.public_key().as_ref()].concat())
    }

    fn config(&self) -> String {
        format!("[usb]\npublic_key = \"{}\"\n", self.public())
    }

    /// By the form of minisign 0.10 and later: the digest is signed, then that and the comment.
    fn sign(&self, text: &str) -> String {
        let signature = self.0.sign(&Blake2b512::digest(text));
        let comment = "timestamp:1800000000\tfile:orders.csv\thashed";
        let all = self.0.sign(&[signature.as_ref(), comment.as_bytes()].concat());
        let first = encode(&[b"ED", &[7; 8][..], signature.as_ref()].concat());
        let last = encode(all.as_ref());
        format!("untrusted comment: by the shop\n{first}\ntrusted comment: {comment}\n{last}\n")
    }
}

fn encode(octets: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(octets)
}

#[test]
fn an_unsigned_file_waits_and_is_imported_when_somebody_confirms_it() {
    let a_box = Box::start();
    let waiting = offer(&a_box, "orders.csv", CSV, None);
    assert_eq!((waiting.status, &waiting.json["state"]), (201, &json!("waiting")), "{waiting:?}");
    let report = &waiting.json["report"];
    assert_eq!((&report["added"], &report["rejected"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!((&report["rows"][0]["line"], orders(&a_box)), (&json!(3), 0));
    let again = offer(&a_box, "orders.csv", CSV, None);
    assert_eq!(again.json["id"], waiting.json["id"], "the same file waits once");

    let path = format!("{STICKS}/{}", waiting.json["id"].as_str().unwrap());
    let list = a_box.send("GET", STICKS, None).json;
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["items"][0]["report"]["rows"]),
        (1, &Value::Null)
    );
    let done = a_box.send("POST", &path, None);
    assert_eq!((done.status, &done.json["state"]), (200, &json!("imported")), "{done:?}");
    assert_eq!((&done.json["decided_by"], orders(&a_box)), (&json!("test"), 1));
    let twice = a_box.send("POST", &path, None);
    assert_eq!((twice.status, twice.is_problem()), (409, true));
    assert!(kept(&a_box).iter().all(|name| name.ends_with(".json")), "{:?}", kept(&a_box));
    let audit = a_box.send("GET", "/api/v1/audit", None).text;
    assert!(audit.contains("stick.confirm") && !audit.contains("55501111"), "{audit}");
}

#[test]
fn a_refused_file_is_erased_and_stores_nothing() {
    let a_box = Box::start();
    let waiting = offer(&a_box, "orders.csv", CSV, None);
    let path = format!("{STICKS}/{}", waiting.json["id"].as_str().unwrap());
    assert_eq!(a_box.send("DELETE", &path, None).status, 204);
    assert_eq!(a_box.send("GET", &path, None).json["state"], "refused");
    assert_eq!((a_box.send("DELETE", &path, None).status, orders(&a_box)), (409, 0));
    assert_eq!(a_box.send("POST", &format!("{STICKS}/x"), None).status, 404);
    assert!(kept(&a_box).iter().all(|name| name.ends_with(".json")));
}

#[test]
fn whoever_asks_for_a_file_hears_of_its_decision_when_it_comes() {
    let a_box = Box::start();
    let waiting = offer(&a_box, "orders.csv", CSV, None);
    let path = format!("{STICKS}/{}", waiting.json["id"].as_str().unwrap());
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| a_box.send("GET", &format!("{path}?wait_seconds=60"), None));
        assert_eq!(a_box.send("POST", &path, None).status, 200);
        assert_eq!(asked.join().unwrap().json["state"], "imported");
    });
    let answer = a_box.send("GET", &format!("{path}?wait_seconds=61"), None);
    assert_eq!((answer.status, answer.is_problem()), (422, true));
}

#[test]
fn a_file_with_the_sites_signature_is_imported_at_once_and_a_changed_one_is_not() {
    let key = Key::new();
    let a_box = Box::start_with("\"off\"", &key.config());
    let changed = CSV.replace("0255502222", "0255503333");
    for (csv, signature, reason) in [
        (&*changed, key.sign(CSV), "changed after"),
        (CSV, Key::new().sign(CSV), "changed after"),
        (CSV, key.sign(CSV).replace("\tfile:orders", "\tfile:ordeRs"), "changed after"),
        (CSV, "nothing".to_owned(), "no signature"),
        (CSV, "x".repeat(3000), "2048 octets"),
    ] {
        let answer = offer(&a_box, "orders.csv", csv, Some(&signature));
        assert_eq!((answer.status, orders(&a_box)), (422, 0), "{answer:?}");
        assert!(answer.json["detail"].as_str().unwrap().contains(reason), "{answer:?}");
    }
    assert_eq!(kept(&a_box), Vec::<String>::new());
    let done = offer(&a_box, "orders.csv", CSV, Some(&key.sign(CSV)));
    assert_eq!((&done.json["state"], orders(&a_box)), (&json!("imported"), 1), "{done:?}");
    assert_eq!(done.json["signed"], true);
    assert_eq!(offer(&a_box, "orders.csv", CSV, None).json["state"], "waiting");
}

#[test]
fn a_signature_that_nobody_asked_for_does_not_count_and_trust_can_be_configured() {
    let signature = Key::new().sign(CSV);
    let a_box = Box::start();
    assert_eq!(offer(&a_box, "orders.csv", CSV, Some(&signature)).json["state"], "waiting");
    let trusting = Box::start_with("\"off\"", "[usb]\ntrust_unsigned = true\n");
    let done = offer(&trusting, "orders.csv", CSV, None);
    assert_eq!((&done.json["state"], orders(&trusting)), (&json!("imported"), 1));
    let failed = offer(&trusting, "orders.csv", "nothing that we know\n", None);
    assert_eq!(failed.json["state"], "failed", "{failed:?}");
    assert!(!failed.json["problem"].as_str().unwrap().is_empty());
}

#[test]
fn a_file_that_breaks_off_or_is_none_of_ours_leaves_nothing_behind() {
    let a_box = Box::start();
    let none = offer(&a_box, "orders.csv", "\u{0}\u{1}\u{2}PK", None);
    assert_eq!((none.status, none.is_problem()), (422, true), "{none:?}");
    let path = format!("{STICKS}?file=orders.csv&device=sda");
    let mut half = TcpStream::connect(a_box.address).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: text/csv\r\ncontent-length: 100000\r\n\r\n{CSV}",
        a_box.token()
    );
    half.write_all(head.as_bytes()).unwrap();
    half.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _gone = half.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.contains(" 400 "), "{answer}");
    // The next one has its turn when that one is over.
    let next = offer(&a_box, "orders.csv", CSV, None);
    assert_eq!((next.status, orders(&a_box)), (201, 0));
    assert_eq!(a_box.send("GET", STICKS, None).json["items"].as_array().unwrap().len(), 1);
    let left = kept(&a_box);
    assert!(left.len() == 2 && left.iter().all(|name| !name.starts_with("new-")), "{left:?}");
    for query in ["file=&device=sda", "file=a%0Ab&device=sda", "file=a&device=../sda", "file=a"] {
        let answer = a_box.send_as("POST", &format!("{STICKS}?{query}"), Some(CSV), "text/csv");
        assert!((400..=422).contains(&answer.status) && answer.is_problem(), "{query}: {answer:?}");
    }
}

#[test]
fn only_so_many_files_wait_and_roles_decide_who_may_what() {
    let a_box = Box::start();
    for n in 1..=4 {
        let csv = format!("order,courier,customer\n{n},0255501111,0255502222\n");
        assert_eq!(offer(&a_box, "orders.csv", &csv, None).status, 201);
    }
    let fifth = offer(&a_box, "orders.csv", CSV, None);
    assert_eq!((fifth.status, fifth.is_problem()), (409, true), "{fifth:?}");
    let id = a_box.send("GET", STICKS, None).json["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{STICKS}/{id}");
    let token = |role: &str| {
        let body = format!(r#"{{"name":"{role}","role":"{role}"}}"#);
        let made = a_box.send("POST", "/api/v1/tokens", Some(&body)).json;
        made["token"].as_str().unwrap().to_owned()
    };
    let (read, orders) = (token("read"), token("orders"));
    let as_who = |token: &str, method: &str, path: &str, body: Option<&str>| {
        a_box.send_with(Some(token), method, path, body, "text/csv").status
    };
    assert_eq!(as_who(&read, "GET", &path, None), 200);
    assert_eq!(as_who(&read, "POST", &path, None), 403);
    assert_eq!(as_who(&read, "DELETE", &path, None), 403);
    let offered = format!("{STICKS}?file=orders.csv&device=sda");
    assert_eq!(as_who(&orders, "POST", &offered, Some(CSV)), 403);
    assert_eq!(as_who(&orders, "POST", &path, None), 200);
}

#[test]
fn status_shows_what_each_stick_is_doing_until_it_is_pulled_out() {
    let a_box = Box::start();
    let at = |device: &str| format!("{STICKS}/at/{device}");
    let news = r#"{"state":"reading","detail":"the stick is being read"}"#;
    for device in ["sda", "sdb"] {
        assert_eq!(a_box.send("PUT", &at(device), Some(news)).status, 204);
    }
    let done = r#"{"state":"done"}"#;
    assert_eq!(a_box.send("PUT", &at("sdb"), Some(done)).status, 204);
    let sticks = || a_box.send("GET", "/api/v1/status", None).json["sticks"].clone();
    assert_eq!((&sticks()[0]["state"], &sticks()[1]["state"]), (&json!("reading"), &json!("done")));
    assert_eq!(a_box.send("DELETE", &at("sda"), None).status, 204);
    assert_eq!((sticks().as_array().unwrap().len(), &sticks()[0]["device"]), (1, &json!("sdb")));
    for n in 0..7 {
        assert_eq!(a_box.send("PUT", &at(&format!("sd-{n}")), Some(done)).status, 204);
    }
    assert_eq!(a_box.send("PUT", &at("one-more"), Some(done)).status, 409);
    assert_eq!(a_box.send("PUT", &at("a%20b"), Some(done)).status, 422);
}
