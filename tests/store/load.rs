//! Figures of a large store. `MASKLINE_TEST_ORDERS=1000000 cargo test --release --test store load::
//! -- --ignored --nocapture --test-threads=1`

use maskline::clock::Now;
use maskline::number::PhoneNumber;
use maskline::order::{Order, OrderNumber};
use maskline::record::CallRecord;
use maskline::store::{self, Store};
use std::path::Path;
use std::time::{Duration, Instant};
use ulid::Ulid;

fn now() -> Now {
    Now::simulated(Duration::ZERO)
}

fn order(n: u64) -> Order {
    // Telephones in no order, as in life.
    let phone = |n: u64| {
        let n = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        PhoneNumber::from_e164(&format!("+612555{:07}", n % 10_000_000)).unwrap()
    };
    let live = n.wrapping_mul(2_862_933_555_777_941_757) >> 43;
    Order {
        number: OrderNumber::new(&format!("{n:08}")).unwrap(),
        courier: phone(n % 1000),
        customer: phone(n + 1000),
        expires_at: now().wall + Duration::from_secs(3600 + live),
        language: None,
    }
}

/// Resident megabytes now and at most.
fn rss() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    format!("RSS {} MB, at most {} MB", of("VmRSS"), of("VmHWM"))
}

fn count() -> u64 {
    std::env::var("MASKLINE_TEST_ORDERS").map_or(100_000, |count| count.parse().unwrap())
}

fn dir() -> String {
    std::env::var("MASKLINE_TEST_DIR").unwrap_or_else(|_| "target/store-load".to_owned())
}

fn percentiles(mut took: Vec<Duration>) -> String {
    took.sort();
    format!("p50 {:?} p99 {:?}", took[took.len() / 2], took[took.len() * 99 / 100])
}

#[test]
#[ignore = "figures"]
fn a_load() {
    let _ = std::fs::remove_dir_all(dir());
    let store = Store::open(Path::new(&dir())).unwrap();
    println!("empty: {}", rss());
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    for chunk in 0..count() / 1000 {
        let chunk: Vec<_> = (chunk * 1000..(chunk + 1) * 1000).map(order).collect();
        let put = Instant::now();
        store.put_orders(&chunk).unwrap();
        slowest = slowest.max(put.elapsed());
    }
    println!("{} orders loaded in {:?}, slowest chunk {slowest:?}", count(), begun.elapsed());
    println!("loaded: {}, {} MB on disk", rss(), store.status().size_on_disk >> 20);
    let begun = Instant::now();
    drop(store);
    println!("closed in {:?}", begun.elapsed());
}

#[test]
#[ignore = "figures"]
fn b_open_and_look_up() {
    let begun = Instant::now();
    let store = Store::open(Path::new(&dir())).unwrap();
    println!("opened in {:?}: {:?}", begun.elapsed(), store.status());
    println!("opened: {}", rss());
    let some = |i: u64| order(i.wrapping_mul(7_919) % count());
    let took = (0..100_000).map(|i| {
        let wanted = some(i);
        let begun = Instant::now();
        assert!(store.order(&wanted.number, now()).unwrap().is_some());
        begun.elapsed()
    });
    println!("order: {}; {}", percentiles(took.collect()), rss());
    let took = (0..1000).map(|i| {
        let wanted = some(i);
        let begun = Instant::now();
        assert!(!store.orders_of(&wanted.customer, 10, now()).unwrap().is_empty());
        begun.elapsed()
    });
    println!("orders_of: {}; {}", percentiles(took.collect()), rss());
}

#[test]
#[ignore = "figures"]
fn c_write_alone_and_together() {
    let store = Store::open(Path::new(&dir())).unwrap();
    let took = (0..500).map(|i| {
        let order = order(count() + i);
        let begun = Instant::now();
        store.put_order(&order).unwrap();
        begun.elapsed()
    });
    println!("put, one writer: {}", percentiles(took.collect()));
    for writers in [8, 64] {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for writer in 0..writers {
                let store = &store;
                scope.spawn(move || {
                    for i in 0..4000 / writers {
                        store
                            .put_order(&order(count() + 10_000 * writers + writer * 1000 + i))
                            .unwrap();
                    }
                });
            }
        });
        println!("{writers} writers: {:.0} puts/s", 4000.0 / begun.elapsed().as_secs_f64());
    }
    let took = (0..500).map(|i| {
        let id = Ulid::from_parts(now().wall.as_millisecond() as u64 + i, u128::from(count()));
        let record = CallRecord::begin(id, "line1", now());
        let begun = Instant::now();
        store.add_record(&record, true).unwrap();
        begun.elapsed()
    });
    println!("add_record: {}; {}", percentiles(took.collect()), rss());
}

#[test]
#[ignore = "figures"]
fn d_rebuild() {
    std::fs::remove_dir_all(Path::new(&dir()).join("book/sled")).unwrap();
    let begun = Instant::now();
    let store = Store::open(Path::new(&dir())).unwrap();
    println!("rebuilt in {:?}: {}", begun.elapsed(), rss());
    drop(store);
    let begun = Instant::now();
    let report = store::verify(Path::new(&dir())).unwrap();
    println!("verified in {:?}: {report:?}", begun.elapsed());
    let _ = std::fs::remove_dir_all(dir());
}
