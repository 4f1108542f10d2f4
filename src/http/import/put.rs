//! The second half of an import: the good rows go into the book in key order, in batches that are on
//! disk one after the other.

use super::check::{Checked, order};
use super::sorter::Records;
use super::{ImportParams, Mode, Report};
use crate::clock::Now;
use crate::http::problem::Problem;
use crate::limits::PAGE_ROWS_MAX;
use crate::order::{Order, OrderNumber};
use crate::store::{Put, Store, StoreError};
use std::cmp::Ordering;
use std::io;

/// Orders that are stored at once. Small enough that who looks one up meanwhile waits for less than a
/// frame of sound.
const BATCH: usize = 1000;

/// Why it ended early, and how far it came.
struct Stopped {
    stored: u64,
    why: Problem,
}

/// Stores, or says what storing would do. `stored` is told how many rows are done.
pub fn put(
    store: &Store,
    checked: &Checked,
    params: &ImportParams,
    now: Now,
    mut stored: impl FnMut(u64),
) -> Result<Report, Problem> {
    let mut report = Report { dry_run: params.dry_run, ..Report::default() };
    let done = put_all(store, checked, &mut report, now, &mut stored).and_then(|()| {
        if params.mode == Mode::Replace && checked.bad_rows == 0 {
            let failed = |why| Stopped { stored: checked.good_rows, why };
            report.removed = remove_others(store, checked, params.dry_run, now).map_err(failed)?;
        }
        Ok(())
    });
    done.map_err(|Stopped { stored, why }| {
        let all = checked.good_rows;
        let how_far = format!("{}; {stored} of {all} rows were stored before that", why.sentence());
        why.detail(how_far).mend("run the import again: what is stored already stays as it is")
    })?;
    Ok(report)
}

fn put_all(
    store: &Store,
    checked: &Checked,
    report: &mut Report,
    now: Now,
    stored: &mut impl FnMut(u64),
) -> Result<(), Stopped> {
    let mut done = 0;
    let stopped = |done| move |why| Stopped { stored: done, why };
    let mut rows = Rows::of(checked).map_err(stopped(0))?;
    loop {
        let batch = rows.batch().map_err(stopped(done))?;
        if batch.is_empty() {
            return Ok(());
        }
        let puts = match report.dry_run {
            true => would_put(store, &batch, now),
            false => store.put_orders(&batch),
        };
        for put in puts.map_err(|error| stopped(done)(Problem::store("import", &error)))? {
            match put {
                Put::New => report.added += 1,
                Put::Replaced => report.changed += 1,
                Put::Unchanged => report.unchanged += 1,
            }
        }
        done += batch.len() as u64;
        stored(done);
    }
}

fn would_put(store: &Store, batch: &[Order], now: Now) -> Result<Vec<Put>, StoreError> {
    let put = |order: &Order| {
        Ok(match store.order(&order.number, now)? {
            None => Put::New,
            Some(old) if old == *order => Put::Unchanged,
            Some(_) => Put::Replaced,
        })
    };
    batch.iter().map(put).collect()
}

/// Removes the orders that the file does not name: book and file are walked side by side.
fn remove_others(
    store: &Store,
    checked: &Checked,
    dry_run: bool,
    now: Now,
) -> Result<u64, Problem> {
    let failed = |error: StoreError| Problem::store("import", &error);
    let mut rows = Rows::of(checked)?;
    let mut kept = rows.next()?;
    let (mut removed, mut after) = (0, None::<OrderNumber>);
    loop {
        let page = store.orders(after.as_ref(), PAGE_ROWS_MAX, now).map_err(failed)?;
        let Some(last) = page.last() else { return Ok(removed) };
        after = Some(last.number.clone());
        let mut others = Vec::new();
        for order in page {
            let named = loop {
                let next =
                    kept.as_ref().map(|kept| kept.number.as_str().cmp(order.number.as_str()));
                match next {
                    Some(Ordering::Less) => kept = rows.next()?,
                    Some(Ordering::Equal) => break true,
                    Some(Ordering::Greater) | None => break false,
                }
            };
            if !named {
                others.push(order.number);
            }
        }
        removed += others.len() as u64;
        if !dry_run && !others.is_empty() {
            store.delete_orders(others).map_err(failed)?;
        }
    }
}

/// The good rows again.
struct Rows(Records);

impl Rows {
    fn of(checked: &Checked) -> Result<Rows, Problem> {
        Ok(Rows(Records::of(&checked.good).map_err(|error| disk(&error))?))
    }

    fn next(&mut self) -> Result<Option<Order>, Problem> {
        let record = self.0.next().map_err(|error| disk(&error))?;
        record.map(|record| order(&record)).transpose().map_err(|error| disk(&error))
    }

    fn batch(&mut self) -> Result<Vec<Order>, Problem> {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH
            && let Some(order) = self.next()?
        {
            batch.push(order);
        }
        Ok(batch)
    }
}

fn disk(error: &io::Error) -> Problem {
    Problem::disk("import", error)
}
