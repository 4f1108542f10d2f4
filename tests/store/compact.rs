//! The journal does not grow without bound: it is folded into snapshots while writing goes on, and
//! damage that is met on the way is mended.

use maskline::clock::Now;
use maskline::record::CallRecord;
use maskline::store::{self, Store};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use ulid::Ulid;

fn record(n: u64) -> CallRecord {
    let now = Now::simulated(Duration::ZERO);
    let mut record = CallRecord::begin(Ulid::from_parts(n, 1), "line1", now);
    // Long, so that a journal is soon full.
    record.call_record = "x".repeat(8000);
    record
}

fn files(dir: &Path, name: &str) -> Vec<PathBuf> {
    let items = fs::read_dir(dir.join("book")).unwrap().flatten().map(|item| item.path());
    let mut files: Vec<_> = items
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(name))
        .collect();
    files.sort();
    files
}

/// Many at a time, to share their fsyncs.
fn add(store: &Store, numbers: std::ops::Range<u64>) {
    std::thread::scope(|scope| {
        for writer in 0..32 {
            let numbers = numbers.clone();
            scope.spawn(move || {
                for n in numbers.filter(|n| n % 32 == writer) {
                    store.add_record(&record(n), n % 10 == 0).unwrap();
                }
            });
        }
    });
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn check(store: &Store, count: u64) {
    let found = store.records(None, None, count as usize + 1).unwrap();
    assert_eq!(found.len() as u64, count);
    assert!(found.iter().zip(0..).all(|(found, n)| *found == record(n)));
    assert_eq!(store.outbox_len(), count.div_ceil(10));
}

#[test]
fn journals_are_folded_into_a_snapshot_while_writing_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    add(&store, 0..2000);
    let count = |name| files(dir.path(), name).len();
    wait_until("compaction", || count("journal") == 1 && count("snapshot") == 1);
    check(&store, 2000);
    drop(store);
    assert_eq!(store::verify(dir.path()).unwrap().problems, [""; 0]);

    // The copy that was made without looking into sled has all of it.
    fs::remove_dir_all(dir.path().join("book/sled")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    check(&store, 2000);
    add(&store, 2000..2100);
    check(&store, 2100);
    assert!(store.status().healthy);
}

#[test]
fn damage_that_compaction_meets_is_mended_while_the_store_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    add(&store, 0..500);
    let journal = &files(dir.path(), "journal")[0];
    let file = fs::OpenOptions::new().write(true).open(journal).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"rot", 1_000_000).unwrap();
    let mut count = 500;
    wait_until("the journal is mended", || {
        // Writes are refused while it is mended, and may be asked for again.
        if store.add_record(&record(count), count % 10 == 0).is_ok() {
            count += 1;
        }
        !store.status().notices.is_empty() && store.status().healthy
    });
    let notices = store.status().notices;
    assert!(notices[0].contains("made again from the book"), "{notices:?}");
    wait_until("writing goes on", || store.add_record(&record(count - 1), false).is_ok());
    check(&store, count);
    drop(store);
    assert_eq!(store::verify(dir.path()).unwrap().problems, [""; 0]);
}

#[test]
fn a_restore_that_was_cut_short_is_ended_at_the_next_start() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(dir.path()).unwrap();
    add(&store, 0..10);
    drop(store);
    let store = Store::open(other.path()).unwrap();
    add(&store, 0..20);
    drop(store);
    // What a restore has made, complete and not yet in its place.
    fs::rename(other.path().join("book"), dir.path().join("book.restored")).unwrap();
    fs::create_dir(dir.path().join("book.partial")).unwrap();
    check(&Store::open(dir.path()).unwrap(), 20);
    let replaced = fs::read_dir(dir.path()).unwrap().flatten();
    let replaced = replaced.filter(|i| i.file_name().to_string_lossy().starts_with("replaced-"));
    assert_eq!(replaced.count(), 1);
}
