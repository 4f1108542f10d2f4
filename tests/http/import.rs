//! Imports: files as spreadsheets write them, rows that are refused, files that end too early, and a
//! million rows.

use crate::support::{Answer, Box};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const IMPORT: &str = "/api/v1/orders/import";

fn import(a_box: &Box, query: &str, body: &str) -> Answer {
    a_box.send_as("POST", &format!("{IMPORT}{query}"), Some(body), "text/csv")
}

/// The rows that were rejected: line, column, and a word of the reason.
fn rejected(report: &Value) -> Vec<(u64, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = report["rejected"].as_array().unwrap().iter();
    rows.map(|row| (row["line"].as_u64().unwrap(), text(&row["column"]), text(&row["reason"])))
        .collect()
}

#[test]
fn spreadsheets_write_it_in_many_ways() {
    let a_box = Box::start();
    let rows = "1\u{1f}+61255501111\u{1f}0255502222\n\n2\u{1f}\"02 5550 1111\"\u{1f}0255502222\n";
    for (separator, end, before) in [
        (",", "\n", ""),
        (";", "\r\n", "\u{feff}"),
        ("\t", "\r\n", ""),
        (";", "\n", "sep=;\n"),
        (",", "\r\n", "\u{feff}sep=,\r\n"),
    ] {
        let text = format!("order\u{1f}courier\u{1f}customer\n{rows}");
        let text = text.replace('\u{1f}', separator).replace('\n', end);
        let report = import(&a_box, "?dry_run=true", &format!("{before}{text}"));
        assert_eq!(report.status, 200, "{separator:?} {end:?}: {report:?}");
        assert_eq!((&report.json["added"], &report.json["rejected"]), (&json!(2), &json!([])));
    }
    let utf16 = b"\xff\xfeo\0r\0d\0e\0r\0";
    let answer = a_box.send_octets("POST", IMPORT, utf16, "text/csv");
    assert_eq!(answer.status, 422);
    assert!(answer.json["mend"].as_str().unwrap().contains("CSV UTF-8"), "{answer:?}");
    let latin = b"order,courier,customer\n1,0255501111,0255502222\n2,M\xfcller,0255502222\n3,x,y\n";
    let answer = a_box.send_octets("POST", IMPORT, latin, "text/csv");
    let bad = rejected(&answer.json);
    assert_eq!((bad[0].0, bad[1].0), (3, 4), "{answer:?}");
    assert!(bad[0].2.contains("CSV UTF-8"), "{bad:?}");
}

#[test]
fn each_bad_row_comes_back_with_line_column_and_reason_in_the_order_of_lines() {
    let a_box = Box::start();
    let csv = "order,courier,customer,ttl_seconds\r\n\
               1,0255501111,0255502222,\r\n\
               \r\n\
               2,6.1255E+10,0255502222,\r\n\
               3,0255501111,\"6,1255E+10\",\r\n\
               1.2E+4,0255501111,0255502222,\r\n\
               4,0255501111.0,0255502222,\r\n\
               5,0255501111,0255502222,x\r\n\
               6,0255501111,0255502222,1\r\n\
               \"7\r\n\",+447700900123,0255502222,\r\n\
               1,0255501111,0255502222,\r\n\
               8,000,0255502222,\r\n";
    let answer = import(&a_box, "", csv);
    let found = rejected(&answer.json);
    let expected = [
        (4, "courier", "rounded"),
        (5, "customer", "rounded"),
        (6, "order", "rounded"),
        (7, "courier", "rounded"),
        (8, "ttl_seconds", "whole number"),
        (10, "courier", "country"),
        (12, "order", "earlier line"),
        (13, "courier", "length"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((line, column, reason), (its_line, its_column, word)) in found.iter().zip(expected) {
        assert_eq!((*line, &**column), (its_line, its_column), "{reason}");
        assert!(reason.contains(word) && !reason.contains("555"), "{word}: {reason}");
    }
    assert_eq!(answer.json["added"], 2);
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_stores_nothing() {
    let a_box = Box::start();
    let row = "1,0255501111,0255502222\n";
    let quote = format!("order,courier,customer\n{row}2,\"{}", "x".repeat(1_000_000));
    let answer = import(&a_box, "", &quote);
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.json["detail"].as_str().unwrap().contains("quote"), "{answer:?}");
    for body in ["[{\"order\":\"1\",\"courier\":\"0255501111\",\"customer\":\"0255502222\"}", "{"] {
        let answer = a_box.send_as("POST", IMPORT, Some(body), "application/json");
        assert_eq!((answer.status, answer.is_problem()), (422, true), "{answer:?}");
    }
    // The client goes away in the middle.
    let mut half = TcpStream::connect(a_box.address).unwrap();
    let head = format!(
        "POST {IMPORT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: text/csv\r\n\
         content-length: 100000\r\n\r\norder,courier,customer\n{row}",
        a_box.token()
    );
    half.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(a_box.send("GET", IMPORT, None).json["state"], "checking");
    half.shutdown(std::net::Shutdown::Write).unwrap();
    let _answer = half.read_to_string(&mut String::new());
    let begun = Instant::now();
    while a_box.send("GET", IMPORT, None).json["state"] != "failed" {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(a_box.send("GET", "/api/v1/orders", None).json["items"], json!([]));
}

#[test]
fn how_far_an_import_came_is_told_also_of_one_that_a_stop_interrupted() {
    let a_box = Box::start();
    assert_eq!(a_box.send("GET", IMPORT, None).status, 404);
    let csv = "order,courier,customer\n1,0255501111,0255502222\n2,x,0255502222\n";
    import(&a_box, "", csv);
    let done = a_box.send("GET", IMPORT, None).json;
    let figures = [&done["state"], &done["checked"], &done["to_store"], &done["stored"]];
    assert_eq!(figures, [&json!("done"), &json!(2), &json!(1), &json!(1)], "{done}");
    assert_eq!(done["by"], "test");
    let a_box = Box::start();
    let kept = done.to_string().replace("done", "storing");
    a_box.store.set_setting("import", &kept).unwrap();
    assert_eq!(a_box.send("GET", IMPORT, None).json["state"], "interrupted");
}

#[test]
fn replace_removes_what_the_file_does_not_name_unless_a_row_was_bad() {
    let a_box = Box::start();
    let rows = |numbers: &[u32]| {
        let row = |n: &u32| format!("{n},0255501111,0255502222,864000\n");
        let rows: String = numbers.iter().map(row).collect();
        format!("order,courier,customer,ttl_seconds\n{rows}")
    };
    import(&a_box, "", &rows(&(1..3000).collect::<Vec<_>>()));
    let bad = format!("{}x,1,2,\n", rows(&[5]));
    assert_eq!(import(&a_box, "?mode=replace", &bad).json["removed"], 0);
    let some = rows(&[10, 2999, 5, 100_000]);
    let dry = import(&a_box, "?mode=replace&dry_run=true", &some).json;
    assert_eq!((&dry["added"], &dry["removed"]), (&json!(1), &json!(2996)), "{dry}");
    let real = import(&a_box, "?mode=replace", &some).json;
    assert_eq!((&real["added"], &real["removed"]), (&json!(1), &json!(2996)), "{real}");
    let export = a_box.send("GET", "/api/v1/orders/export", None).text;
    let numbers: Vec<_> = export.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
    assert_eq!(numbers, ["10", "100000", "2999", "5"]);
}

/// `cargo test --release --test http_import -- --ignored --nocapture`: seconds and memory.
#[test]
#[ignore = "figures"]
fn a_million_rows() {
    let count: u64 = std::env::var("ROWS").map_or(1_000_000, |rows| rows.parse().unwrap());
    let a_box = Box::start();
    let lookups = a_box.store.clone();
    let watch = std::thread::spawn(move || {
        let number = maskline::order::OrderNumber::new("00000000").unwrap();
        let now = maskline::clock::Now::simulated(Duration::ZERO);
        let (begun, mut slowest) = (Instant::now(), Duration::ZERO);
        while begun.elapsed() < Duration::from_secs(90) {
            let look = Instant::now();
            let found = lookups.order(&number, now).unwrap();
            slowest = slowest.max(look.elapsed());
            if found.is_some() && lookups.status().orders >= count {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        slowest
    });
    let before = resident("VmRSS");
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let begun = Instant::now();
    let rows = Rows { next: 0, count, text: "order,courier,customer,ttl_seconds\r\n".into() };
    let answer = a_box.send_reader("POST", IMPORT, rows, "text/csv");
    let took = begun.elapsed();
    let report = answer.json;
    println!(
        "{count} rows in {took:?}: added {}; memory before {before} MB, at most {} MB, \
         after {} MB; slowest look-up meanwhile {:?}",
        report["added"],
        resident("VmHWM"),
        resident("VmRSS"),
        watch.join().unwrap()
    );
    assert_eq!(report["added"], count);
}

/// A large file that is nowhere as a whole.
struct Rows {
    next: u64,
    count: u64,
    text: Vec<u8>,
}

impl Read for Rows {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        while self.text.len() < to.len() && self.next < self.count {
            // Orders in no order; a thousand couriers, and customers out of all fictional numbers.
            let n = self.next;
            let order = n.wrapping_mul(7_919) % 100_000_000;
            let any = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            let area = [2, 3, 7, 8][any as usize % 4];
            let (range, customer) = ([5550, 7010][any as usize / 4 % 2], any / 8 % 10_000);
            let courier = format!("+6125550{:04}", n % 1000);
            let row = format!("{order:08},{courier},+61{area}{range}{customer:04},864000\r\n");
            self.text.extend_from_slice(row.as_bytes());
            self.next += 1;
        }
        let len = to.len().min(self.text.len());
        to[..len].copy_from_slice(&self.text[..len]);
        self.text.drain(..len);
        Ok(len)
    }
}

/// Megabytes.
fn resident(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
