//! Damage: whatever single octet of the store rots, and wherever a file of it is cut, nothing that
//! was acknowledged is missing, nothing is wrong, nothing panics, and it is said.

use jiff::Timestamp;
use maskline::clock::Now;
use maskline::number::PhoneNumber;
use maskline::order::{Order, OrderNumber};
use maskline::record::CallRecord;
use maskline::store::{self, OpenError, Role, Store};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use ulid::Ulid;

/// In memory, where there is such a place: thousands of stores are opened.
fn temp_dir() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn now() -> Now {
    Now::simulated(Duration::from_secs(100))
}

fn order(n: u64) -> Order {
    let phone = |n| PhoneNumber::from_e164(&format!("+61255500{:03}", n % 1000)).unwrap();
    Order {
        number: OrderNumber::new(&format!("{n:05}")).unwrap(),
        courier: phone(n),
        customer: phone(n + 1),
        expires_at: now().wall + Duration::from_secs(1000 + n),
        language: None,
    }
}

fn record(n: u64) -> CallRecord {
    let id = Ulid::from_parts(now().wall.as_millisecond() as u64 + n, 7);
    CallRecord::begin(id, "line1", now())
}

/// What a small store holds.
struct Content {
    orders: Vec<Order>,
    records: Vec<CallRecord>,
    secret: String,
}

/// A small store with a snapshot and a journal, and something deleted and something changed in
/// each.
fn make(path: &Path) -> Content {
    make_and(path, drop)
}

/// The same, ended in some way.
fn make_and(path: &Path, end: impl FnOnce(Store)) -> Content {
    let store = Store::open(path).unwrap();
    let secret = store.create_token("shop", Role::Orders, now().wall).unwrap();
    store.put_orders(&(0..20).map(order).collect::<Vec<_>>()).unwrap();
    store.add_record(&record(0), true).unwrap();
    drop(store);
    // Damage to the journal makes a snapshot.
    let journal = files(path).into_iter().find(|f| is(f, "journal")).unwrap();
    flip(&journal, 30);
    let store = Store::open(path).unwrap();
    assert_eq!(store.status().notices.len(), 1, "{:?}", store.status());
    for n in 20..28 {
        store.put_order(&order(n)).unwrap();
    }
    let changed = Order { customer: order(500).customer, ..order(3) };
    store.put_order(&changed).unwrap();
    store.delete_order(&order(4).number).unwrap();
    store.add_record(&record(1), true).unwrap();
    store.set_setting("floor", "high").unwrap();
    end(store);
    for damaged in fs::read_dir(path).unwrap().flatten() {
        if damaged.file_name().to_string_lossy().starts_with("damaged-") {
            fs::remove_dir_all(damaged.path()).unwrap();
        }
    }
    let mut orders: Vec<_> = (0..28).filter(|n| *n != 4).map(order).collect();
    orders[3] = changed;
    Content { orders, records: vec![record(0), record(1)], secret }
}

impl Content {
    /// Opens the store and looks for everything.
    fn check(&self, path: &Path, what: &str) -> Store {
        let store = Store::open(path).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(store.orders(None, 100, now()).unwrap(), self.orders, "{what}");
        for order in &self.orders {
            let found = store.orders_of(&order.customer, 100, now()).unwrap();
            assert!(found.contains(order), "{what}");
        }
        assert_eq!(store.records(None, None, 100).unwrap(), self.records, "{what}");
        assert_eq!(store.outbox_due(Timestamp::MAX, 9).unwrap().len(), 2, "{what}");
        assert!(store.check_token(&self.secret).unwrap().is_some(), "{what}");
        assert_eq!(store.setting("floor").unwrap().as_deref(), Some("high"), "{what}");
        assert!(store.status().healthy, "{what}");
        store
    }
}

fn is(path: &Path, name: &str) -> bool {
    path.to_string_lossy().contains(name)
}

fn flip(path: &Path, at: usize) {
    let mut octets = fs::read(path).unwrap();
    octets[at] ^= [0x10, 0x01, 0x80, 0xFF][at % 4];
    fs::write(path, octets).unwrap();
}

/// Every file of the store.
fn files(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![path.join("book")];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap().flatten() {
            let path = item.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, &target).unwrap();
    }
}

/// Which octets of a file are worth a flip: all that say anything, and some of the empty space.
fn places(octets: &[u8], stride: usize) -> Vec<usize> {
    let says = |i: &usize| octets[*i] != 0 || (*i).is_multiple_of(4099);
    (0..octets.len()).filter(says).step_by(stride).collect()
}

/// Flips in a store that was closed, or in one whose process was killed.
fn flip_everything(closed: bool, stride: usize) {
    let (made, open) = (temp_dir(), temp_dir());
    let content = if closed {
        make(made.path())
    } else {
        make_and(open.path(), |store| {
            copy(open.path(), made.path());
            drop(store);
        })
    };
    let (mut noticed, mut flips) = (0, 0);
    for file in files(made.path()) {
        let octets = fs::read(&file).unwrap();
        let name = file.strip_prefix(made.path()).unwrap();
        let begun = std::time::Instant::now();
        let places = places(&octets, stride);
        for at in &places {
            let dir = temp_dir();
            copy(made.path(), dir.path());
            flip(&dir.path().join(name), *at);
            let what = format!("{} octet {at}", name.display());
            let store = content.check(dir.path(), &what);
            flips += 1;
            let told = !store.status().notices.is_empty();
            noticed += usize::from(told);
            let log = is(name, "journal") || is(name, "snapshot");
            assert!(told || !log, "{what}: damage to the log was not noticed");
            drop(store);
            assert_eq!(store::verify(dir.path()).unwrap().problems, [""; 0], "{what}");
        }
        let (len, took) = (octets.len(), begun.elapsed());
        println!("{}: {len} octets, {} flips, {took:?}", name.display(), places.len());
    }
    println!("{flips} flips, {noticed} noticed");
}

#[test]
fn some_flipped_octets_of_every_file() {
    flip_everything(true, 41);
    flip_everything(false, 41);
}

#[test]
#[ignore = "takes minutes"]
fn every_flipped_octet_of_every_file() {
    flip_everything(true, 1);
    flip_everything(false, 1);
}

#[test]
fn every_file_cut_off_or_gone() {
    let made = temp_dir();
    let content = make(made.path());
    for file in files(made.path()) {
        let name = file.strip_prefix(made.path()).unwrap();
        let len = fs::metadata(&file).unwrap().len() as usize;
        let used = fs::read(&file).unwrap().iter().rposition(|octet| *octet != 0).unwrap_or(0);
        let mut cuts: Vec<usize> = (0..20).map(|i| used * i / 20).collect();
        cuts.extend([used, len.saturating_sub(1)]);
        for cut in cuts {
            let dir = temp_dir();
            copy(made.path(), dir.path());
            let path = dir.path().join(name);
            fs::OpenOptions::new().write(true).open(path).unwrap().set_len(cut as u64).unwrap();
            drop(content.check(dir.path(), &format!("{} cut at {cut}", name.display())));
        }
        let dir = temp_dir();
        copy(made.path(), dir.path());
        fs::remove_file(dir.path().join(name)).unwrap();
        drop(content.check(dir.path(), &format!("{} gone", name.display())));
    }
}

#[test]
fn either_copy_alone_is_enough() {
    let made = temp_dir();
    let content = make(made.path());
    let without_book = temp_dir();
    copy(made.path(), without_book.path());
    fs::remove_dir_all(without_book.path().join("book/sled")).unwrap();
    let store = content.check(without_book.path(), "no book");
    assert!(store.status().notices[0].contains("the book was missing"));

    let without_log = temp_dir();
    copy(made.path(), without_log.path());
    for file in files(without_log.path()) {
        if !is(&file, "sled") {
            fs::remove_file(file).unwrap();
        }
    }
    let store = content.check(without_log.path(), "no log");
    assert!(store.status().notices[0].contains("made again from the book"));
}

#[test]
fn damage_is_kept_aside_and_told_until_the_folder_is_gone() {
    let dir = temp_dir();
    let content = make(dir.path());
    let journal = files(dir.path()).into_iter().find(|f| is(f, "journal")).unwrap();
    flip(&journal, 40);
    for _ in 0..2 {
        let store = content.check(dir.path(), "healed");
        let notices = store.status().notices;
        assert_eq!(notices.len(), 1, "{notices:?}");
        let folder = notices[0].rsplit(" kept at ").next().unwrap();
        assert!(Path::new(folder).join(journal.file_name().unwrap()).exists());
    }
    let store = content.check(dir.path(), "healed");
    let notices = store.status().notices;
    let folder = notices[0].rsplit(" kept at ").next().unwrap();
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(store.status().notices, [""; 0]);
}

#[test]
fn both_copies_damaged_what_is_left_is_kept_and_the_store_says_so() {
    let dir = temp_dir();
    let content = make(dir.path());
    let all = files(dir.path());
    let snapshot = all.iter().find(|f| is(f, "snapshot")).unwrap();
    flip(snapshot, fs::metadata(snapshot).unwrap().len() as usize / 2);
    let db = all.iter().find(|f| f.ends_with("sled/db")).unwrap();
    fs::write(db, b"nothing").unwrap();
    let store = Store::open(dir.path()).unwrap();
    let status = store.status();
    assert!(!status.healthy && status.notices[0].contains("may be missing"), "{status:?}");
    // The journal was whole.
    let kept = store.orders(None, 100, now()).unwrap();
    assert!(content.orders[20..].iter().all(|order| kept.contains(order)));
    assert!(kept.iter().all(|order| content.orders.contains(order)));
    store.put_order(&order(900)).unwrap();
    drop(store);
    assert_eq!(store::verify(dir.path()).unwrap().problems, [""; 0]);
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let dir = temp_dir();
    drop(Store::open(dir.path()).unwrap());
    let journal = files(dir.path()).into_iter().find(|f| is(f, "journal")).unwrap();
    // A whole frame whose content begins with layout 9.
    let mut octets = vec![0xF4, b'M', b'L', 0x9B];
    let (len, content) = (30u32, [9u8; 30]);
    octets.extend(len.to_be_bytes());
    octets.extend(crc32fast::hash(&[&len.to_be_bytes()[..], &content].concat()).to_be_bytes());
    octets.extend(content);
    fs::write(&journal, &octets).unwrap();
    assert!(matches!(Store::open(dir.path()), Err(OpenError::TooNew { found: 9, .. })));
    assert_eq!(fs::read(&journal).unwrap(), octets);
}
