//! The first half of an import: every row is checked before one is stored. The good ones are sorted by
//! order number, the bad ones by line, both on disk.

use super::rows::{self, COLUMNS, Format};
use super::sorter::{RecordWriter, Sorted, Sorter};
use crate::clock::Now;
use crate::config::Config;
use crate::http::intake::{self, OrderBody, Refusal};
use crate::http::problem::Problem;
use crate::language::Language;
use crate::number::PhoneNumber;
use crate::order::{Order, OrderNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Threads that check rows at most.
const WORKERS: usize = 4;
/// Rows that one of them takes at once.
const CHUNK: usize = 512;
/// Telephone numbers that a thread remembers, so that those of couriers are read once.
const NUMBERS: usize = 8192;

/// A file that was checked.
pub struct Checked {
    /// The good rows in key order; read them with [`order`].
    pub good: File,
    /// How many they are.
    pub good_rows: u64,
    /// The bad ones by line; read them with [`rejected`].
    pub bad: Sorted,
    /// How many they are.
    pub bad_rows: u64,
}

/// A row that was not taken.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Rejected {
    line: u64,
    column: Cow<'static, str>,
    reason: String,
}

/// Rows that a thread takes at once.
type Chunk = Vec<(u64, Result<OrderBody, Refusal>)>;

/// The good rows and the bad ones as they come together.
struct Sorters {
    good: Sorter,
    bad: Sorter,
    /// Why one of them could not go on.
    broken: Option<io::Error>,
}

/// Checks a file. `seen` is told now and then how many rows there were so far.
///
/// Reading telephone numbers is most of the work, so several threads do it.
pub fn check(
    format: Format,
    from: impl Read,
    folder: &Path,
    site: &Config,
    now: Now,
    mut seen: impl FnMut(u64),
) -> Result<Checked, Problem> {
    let (good, bad) = (Sorter::new(folder), Sorter::new(folder));
    let sorters = Mutex::new(Sorters { good, bad, broken: None });
    let workers = thread::available_parallelism().map_or(1, |n| n.get().min(WORKERS));
    let (to, chunks) = sync_channel::<Chunk>(workers);
    let chunks = Mutex::new(chunks);
    let read = thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(&chunks, &sorters, site, now));
        }
        let mut chunk = Chunk::with_capacity(CHUNK);
        let read = rows::read(format, from, |line, row| {
            chunk.push((line, row));
            if chunk.len() < CHUNK {
                return Ok(());
            }
            seen(line);
            let full = std::mem::replace(&mut chunk, Chunk::with_capacity(CHUNK));
            to.send(full).map_err(|error| Problem::failed("import", &error))?;
            let broken = lock(&sorters).broken.take();
            broken.map_or(Ok(()), |error| Err(disk(error)))
        });
        let _nobody_left = to.send(chunk);
        drop(to);
        read
    });
    read?;
    let Sorters { good, bad, broken } =
        sorters.into_inner().unwrap_or_else(PoisonError::into_inner);
    broken.map_or(Ok(()), Err).map_err(disk)?;
    without_doubles(good, bad, folder).map_err(disk)
}

/// Checks chunks until there are no more.
fn work(chunks: &Mutex<Receiver<Chunk>>, sorters: &Mutex<Sorters>, site: &Config, now: Now) {
    let mut numbers = Numbers::default();
    loop {
        let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = chunk else { return };
        let mut checked = Vec::with_capacity(chunk.len());
        for (line, row) in chunk {
            let order = row.and_then(|body| {
                let number = body.order.as_deref().unwrap_or_default();
                intake::order_with(&body, number, now, site, |text| numbers.read(text, site))
            });
            checked.push(match order {
                Ok(order) => (true, write(&order, line)),
                Err(refusal) => (false, refused(line, &refusal)),
            });
        }
        let mut sorters = lock(sorters);
        for (is_good, record) in checked {
            let sorter = if is_good { &mut sorters.good } else { &mut sorters.bad };
            if let Err(error) = sorter.push(&record) {
                sorters.broken = Some(error);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn disk(error: io::Error) -> Problem {
    Problem::disk("import", &error)
}

/// Of rows with the same order number the first line counts.
fn without_doubles(good: Sorter, mut bad: Sorter, folder: &Path) -> io::Result<Checked> {
    let mut sorted = good.finish()?;
    let mut kept = RecordWriter::new(folder)?;
    let (mut last, mut good_rows) = (Vec::new(), 0);
    while let Some(record) = sorted.next()? {
        let key = record.iter().position(|&b| b == 0).unwrap_or(0);
        if last == record[..key] {
            let line = record.get(key + 1..key + 9).and_then(|line| line.try_into().ok());
            let reason = "this order is on an earlier line already".to_owned();
            let refusal = Refusal { field: "order", reason };
            bad.push(&refused(line.map_or(0, u64::from_be_bytes), &refusal))?;
            continue;
        }
        kept.push(&record)?;
        good_rows += 1;
        last = record[..key].to_vec();
    }
    let bad_rows = bad.len();
    Ok(Checked { good: kept.finish()?, good_rows, bad: bad.finish()?, bad_rows })
}

/// A good row: the order number, a zero (so that rows sort as the store does), its line, the rest.
fn write(order: &Order, line: u64) -> Vec<u8> {
    let mut record = order.number.as_str().as_bytes().to_vec();
    record.push(0);
    record.extend_from_slice(&line.to_be_bytes());
    let (courier, customer) = (order.courier.e164(), order.customer.e164());
    let language = order.language.as_ref().map_or("", Language::as_str);
    let rest = format!("{courier} {customer} {} {language}", order.expires_at.as_nanosecond());
    record.extend_from_slice(rest.as_bytes());
    record
}

/// Reads what [`check`] wrote.
pub fn order(record: &[u8]) -> io::Result<Order> {
    let read = || {
        let key = record.iter().position(|&b| b == 0)?;
        let number = OrderNumber::new(std::str::from_utf8(&record[..key]).ok()?).ok()?;
        let mut words = std::str::from_utf8(record.get(key + 9..)?).ok()?.split(' ');
        let courier = PhoneNumber::from_e164(words.next()?)?;
        let customer = PhoneNumber::from_e164(words.next()?)?;
        let expires_at = Timestamp::from_nanosecond(words.next()?.parse().ok()?).ok()?;
        let language = words.next().filter(|tag| !tag.is_empty());
        let language = language.map(Language::new).transpose().ok()?;
        Some(Order { number, courier, customer, expires_at, language })
    };
    read().ok_or_else(|| io::Error::other("a row was spoilt on the disk"))
}

/// A bad row: its line, the place of its column in [`COLUMNS`], the reason.
fn refused(line: u64, refusal: &Refusal) -> Vec<u8> {
    let column = COLUMNS.iter().position(|column| *column == refusal.field);
    let column = column.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
    [&line.to_be_bytes()[..], &[column], refusal.reason.as_bytes()].concat()
}

/// Reads what [`check`] wrote.
pub fn rejected(record: &[u8]) -> io::Result<Rejected> {
    let read = || {
        let (line, rest) = record.split_first_chunk()?;
        let (column, reason) = rest.split_first()?;
        let column = COLUMNS.get(usize::from(*column)).copied().unwrap_or("");
        let column = Cow::Borrowed(column);
        let reason = std::str::from_utf8(reason).ok()?.to_owned();
        Some(Rejected { line: u64::from_be_bytes(*line), column, reason })
    };
    read().ok_or_else(|| io::Error::other("a row was spoilt on the disk"))
}

/// Numbers that were read already.
#[derive(Default)]
struct Numbers(HashMap<String, Result<PhoneNumber, String>>);

impl Numbers {
    fn read(&mut self, text: &str, site: &Config) -> Result<PhoneNumber, String> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let read = intake::phone(text, site);
        if self.0.len() >= NUMBERS {
            self.0.clear();
        }
        // A number is short; what is long is none, and is not kept.
        if text.len() <= 32 {
            self.0.insert(text.to_owned(), read.clone());
        }
        read
    }
}
