//! The box under test: a store with many orders, and the shipped program on it.

use jiff::Timestamp;
use maskline::clock::Now;
use maskline::number::PhoneNumber;
use maskline::order::{Order, OrderNumber};
use maskline::store::{BATCH_ORDERS, Store};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Digits of an order number here.
pub const DIGITS: usize = 7;

/// A telephone of the ranges that are set aside for fiction.
fn phone(n: u64) -> PhoneNumber {
    let (area, exchange) = ([2, 3, 7, 8][(n / 20_000 % 4) as usize], [5550, 7010]);
    let exchange = exchange[(n / 10_000 % 2) as usize];
    PhoneNumber::from_e164(&format!("+61{area}{exchange}{:04}", n % 10_000)).unwrap()
}

/// The n-th order.
pub fn order(n: u64) -> Order {
    Order {
        number: OrderNumber::new(&format!("{n:0DIGITS$}")).unwrap(),
        courier: phone(n * 7),
        customer: phone(n * 7 + 40_000),
        expires_at: Timestamp::now() + Duration::from_secs(30 * 24 * 3600),
        language: None,
    }
}

/// Fills a store.
pub fn fill(folder: &Path, orders: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let store = Store::open(folder).unwrap();
    let numbers: Vec<u64> = (0..orders).collect();
    for batch in numbers.chunks(BATCH_ORDERS.min(5000)) {
        let batch: Vec<Order> = batch.iter().map(|n| order(*n)).collect();
        store.put_orders(&batch).unwrap();
    }
    store.flush().unwrap();
    let now = Now { mono: Duration::ZERO, wall: Timestamp::now(), trusted: true };
    assert_eq!(store.order(&order(orders / 2).number, now).unwrap().unwrap().courier, {
        order(orders / 2).courier
    });
}

/// The program: that of this build, unless `BENCH_PROGRAM` names another.
pub fn program() -> PathBuf {
    std::env::var_os("BENCH_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_maskline").into(), PathBuf::from)
}

/// A running daemon.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it in `folder`, where `store`, `at` and `audio` are; `audio` is the configuration's.
    pub fn start(folder: &Path, audio: &str, more: &str) -> Daemon {
        let config = folder.join("maskline.toml");
        let text = format!(
            "[site]\ncountry = \"AU\"\norder_digits = {DIGITS}\n[store]\npath = {:?}\n\
             [http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\
             [dialling]\nminutes_per_hour = 100000\nnew_numbers_per_hour = 100000\n\
             [[line]]\nname = \"line1\"\nat = {:?}\naudio = {audio:?}\n{more}",
            folder.join("store"),
            folder.join("at"),
        );
        std::fs::write(&config, text).unwrap();
        let log = folder.join("log");
        let child = Command::new(program())
            .arg("run")
            .arg("--config")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Daemon { child, log }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Whether the line takes calls by now.
    pub fn takes_calls(&mut self) -> bool {
        let log = self.log();
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the daemon ended: {ended:?}\n{log}");
        log.contains("takes calls")
    }

    /// Stops it as systemd does; `serve` is called until it has ended.
    pub fn stop(mut self, mut serve: impl FnMut()) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.unwrap(), rustix::process::Signal::TERM).unwrap();
        let by = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().unwrap().is_none() && Instant::now() < by {
            serve();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}
