//! Hard ends: a process killed at any moment, a power cut that takes what was not synced, a disk
//! that is full. What was acknowledged is there, whole; what was not may be there, whole.

use maskline::clock::Now;
use maskline::number::PhoneNumber;
use maskline::order::{Order, OrderNumber};
use maskline::record::CallRecord;
use maskline::store::{self, Put, Store, StoreError};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use ulid::Ulid;

const DIR: &str = "MASKLINE_TEST_STORE";
const FROM: &str = "MASKLINE_TEST_FROM";
const FILE_LIMIT: &str = "MASKLINE_TEST_FILE_LIMIT";
const WRITERS: u64 = 4;

fn now() -> Now {
    Now::simulated(Duration::ZERO)
}

fn order(n: u64, version: u64) -> Order {
    let phone = |n| PhoneNumber::from_e164(&format!("+4477009{:05}", n % 100_000)).unwrap();
    Order {
        number: OrderNumber::new(&format!("{n:08}")).unwrap(),
        courier: phone(version),
        customer: phone(n),
        expires_at: now().wall + Duration::from_secs(3600 + n + version),
        language: None,
    }
}

fn record(n: u64) -> CallRecord {
    CallRecord::begin(Ulid::from_parts(n, u128::from(n)), "line1", now())
}

/// What the child does until it is killed: writes, and says what was acknowledged.
#[test]
#[ignore = "started by the tests below"]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let from: u64 = std::env::var(FROM).unwrap().parse().unwrap();
    if let Ok(limit) = std::env::var(FILE_LIMIT) {
        limit_file_size(limit.parse().unwrap());
    }
    let store = Store::open(Path::new(&dir)).unwrap();
    say("open");
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || write_on(store, from, writer));
        }
    });
    // Only where the disk is full.
    say("full");
    limit_file_size(u64::MAX);
    let begun = Instant::now();
    while let Err(error) = store.put_order(&order(from + 99_999, 0)) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{error}");
        std::thread::sleep(Duration::from_millis(100));
    }
    say(&format!("o {} 0", from + 99_999));
    assert!(store.status().healthy);
}

fn write_on(store: &Store, from: u64, writer: u64) {
    for i in 0.. {
        let n = from + i * WRITERS + writer;
        let result = match i % 5 {
            // An order that is changed again and again.
            3 => store.put_order(&order(writer, n)).map(|_| format!("o {writer} {n}")),
            4 => store.add_record(&record(n), true).map(|()| format!("r {n}")),
            2 => {
                let _ = store.progress(&record(n));
                let batch: Vec<_> = (0..20).map(|k| order(50_000_000 + n * 20 + k, 0)).collect();
                store.put_orders(&batch).map(|_| format!("b {n}"))
            }
            _ => store.put_order(&order(n, 0)).map(|put| {
                assert_eq!(put, Put::New);
                format!("o {n} 0")
            }),
        };
        match result {
            Ok(done) => say(&done),
            Err(StoreError::DiskFull | StoreError::Io(_)) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// One write call each: a line is told whole or not at all.
fn say(line: &str) {
    std::io::stderr().lock().write_all(format!("@{line}\n").as_bytes()).unwrap();
}

fn limit_file_size(octets: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = Some(octets).filter(|octets| *octets != u64::MAX).or(maximum);
    // Without a handler the signal would end the process; with one the write fails.
    let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    signal_hook::flag::register(rustix::process::Signal::XFSZ.as_raw(), flag).unwrap();
    setrlimit(Resource::Fsize, Rlimit { current, maximum }).unwrap();
}

/// What was acknowledged over all lives of the store.
#[derive(Default)]
struct Told {
    /// The latest version of each order.
    orders: BTreeMap<u64, u64>,
    records: Vec<u64>,
}

impl Told {
    fn note(&mut self, line: &str) {
        let mut words = line.split(' ');
        let kind = words.next().unwrap();
        let number = words.next().map(|n| n.parse::<u64>().unwrap());
        match (kind, number) {
            ("o", Some(n)) => {
                let version = words.next().unwrap().parse().unwrap();
                self.orders.insert(n, version);
            }
            ("b", Some(n)) => {
                self.orders.extend((0..20).map(|k| (50_000_000 + n * 20 + k, 0)));
            }
            ("r", Some(n)) => self.records.push(n),
            _ => {}
        }
    }

    fn check(&self, store: &Store) {
        assert!(store.status().healthy, "{:?}", store.status());
        for (n, version) in &self.orders {
            let found = store.order(&order(*n, 0).number, now()).unwrap().expect("acknowledged");
            // One that was changed again without being told may be newer.
            let told = order(*n, *version);
            assert!(found == told || found.expires_at > told.expires_at, "order {n}");
        }
        for n in &self.records {
            assert_eq!(store.record(record(*n).call_id).unwrap(), Some(record(*n)));
        }
        assert_eq!(store.outbox_len(), store.status().records);
    }
}

fn spawn(dir: &Path, from: u64, limit: Option<u64>) -> std::process::Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["kill::child", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(DIR, dir).env(FROM, from.to_string());
    if let Some(limit) = limit {
        command.env(FILE_LIMIT, limit.to_string());
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Lets a child write for a while, kills it, and notes what it told.
fn live_and_die(dir: &Path, from: u64, life: Duration, told: &mut Told) {
    let mut child = spawn(dir, from, None);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let reader = std::thread::spawn(move || {
        let mut told = Vec::new();
        let mut begun = None;
        while let Some(Ok(line)) = lines.next() {
            begun.get_or_insert_with(Instant::now);
            told.extend(line.strip_prefix('@').map(str::to_owned));
        }
        told
    });
    std::thread::sleep(life);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap().iter().for_each(|line| told.note(line));
}

fn kill_again_and_again(times: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    for life in 0..times {
        let random = life.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
        let millis = Duration::from_millis(20 + random);
        live_and_die(dir.path(), 1_000_000 + life * 100_000, millis, &mut told);
        if life % 8 == 7 {
            let store = Store::open(dir.path()).unwrap();
            told.check(&store);
            assert_eq!(store.status().notices, [""; 0]);
        }
    }
    told.check(&Store::open(dir.path()).unwrap());
    assert_eq!(store::verify(dir.path()).unwrap().problems, [""; 0]);
    println!("{times} kills, {} orders, {} records", told.orders.len(), told.records.len());
    assert!(told.orders.len() > 100 && told.records.len() > 10);
}

#[test]
fn killed_forty_times_nothing_acknowledged_is_missing() {
    kill_again_and_again(40);
}

#[test]
#[ignore = "takes minutes"]
fn killed_a_thousand_times_nothing_acknowledged_is_missing() {
    kill_again_and_again(1000);
}

#[test]
fn a_disk_that_refuses_is_an_error_and_the_store_goes_on_when_it_no_longer_does() {
    for limit in [600, 700, 1000, 1500] {
        let dir = tempfile::tempdir().unwrap();
        let mut told = Told::default();
        let mut child = spawn(dir.path(), 1_000_000, Some(limit * 1024));
        for line in BufReader::new(child.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            match line.strip_prefix('@') {
                Some(line) => told.note(line),
                None => println!("{line}"),
            }
        }
        assert!(child.wait().unwrap().success(), "{limit} KB");
        assert!(told.orders.contains_key(&1_099_999), "{limit} KB");
        told.check(&Store::open(dir.path()).unwrap());
        println!("{limit} KB: {} orders", told.orders.len());
    }
}

#[test]
fn an_octet_of_an_old_commit_rots_and_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    for life in 0..6 {
        let millis = Duration::from_millis(200);
        live_and_die(dir.path(), 1_000_000 + life * 100_000, millis, &mut told);
        let journal = fs::read_dir(dir.path().join("book"))
            .unwrap()
            .flatten()
            .map(|item| item.path())
            .find(|path| path.to_string_lossy().contains("journal-"))
            .unwrap();
        let mut octets = fs::read(&journal).unwrap();
        if !octets.is_empty() {
            let at = octets.len() / 2;
            octets[at] ^= 1;
            fs::write(&journal, octets).unwrap();
        }
        told.check(&Store::open(dir.path()).unwrap());
    }
}

#[test]
fn killed_while_it_mends_itself_it_mends_itself_the_next_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    live_and_die(dir.path(), 1_000_000, Duration::from_millis(1500), &mut told);
    for round in 1..=24 {
        let book = dir.path().join("book");
        let damaged = if round % 2 == 0 {
            let items = fs::read_dir(&book).unwrap().flatten().map(|item| item.path());
            items.filter(|path| path.is_file()).max_by_key(|f| f.metadata().unwrap().len()).unwrap()
        } else {
            book.join("sled/db")
        };
        let octets = fs::read(&damaged).unwrap();
        let (first, last) = octets.split_at(octets.len() / 2);
        fs::write(&damaged, [first, b"rot", &last[3..]].concat()).unwrap();
        for life in 0..3 {
            let millis = Duration::from_millis(round * 7 % 50 + 30 * life);
            live_and_die(dir.path(), 1_000_000 + (round * 10 + life) * 10_000, millis, &mut told);
        }
        // Mended for good, before the other copy is damaged.
        told.check(&Store::open(dir.path()).unwrap());
    }
    assert_eq!(store::verify(dir.path()).unwrap().problems, [""; 0]);
}
