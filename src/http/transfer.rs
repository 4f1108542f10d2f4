//! Many orders at once: import and export.

use super::extract::{self, Params};
use super::intake::{self, OrderBody};
use super::problem::Problem;
use super::rows::{self, Format};
use super::{Api, IMPORT_OCTETS, stream};
use crate::clock::Now;
use crate::limits::PAGE_ROWS_MAX;
use crate::order::{Order, OrderNumber};
use crate::store::{BATCH_ORDERS, Put, Store, StoreError};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The query of an import.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportParams {
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    mode: Mode,
}

/// What becomes of orders that the import does not name.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// They stay.
    #[default]
    Merge,
    /// They go, unless a row was rejected.
    Replace,
}

/// What an import did, or would do.
#[derive(Serialize, Default)]
pub struct Report {
    dry_run: bool,
    added: u64,
    changed: u64,
    unchanged: u64,
    removed: u64,
    rejected: Vec<Rejected>,
}

/// A row that was not taken.
#[derive(Serialize)]
struct Rejected {
    line: u64,
    column: &'static str,
    reason: String,
}

/// `POST /api/v1/orders/import?dry_run=&mode=`
pub async fn import(
    State(api): State<Api>,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<axum::Json<Report>, Problem> {
    let format = match extract::content_type(&request).as_deref() {
        Some("text/csv") => Format::Csv,
        Some("application/json") => Format::Json,
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => Format::Ndjson,
        _ => {
            let known = "text/csv, application/json or application/x-ndjson";
            return Err(extract::wrong_media_type(known));
        }
    };
    let body = extract::read_import(request, IMPORT_OCTETS).await?;
    let now = api.now();
    let site = api.config.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let mut checked = Checked::default();
        rows::read(format, &body, |line, row| {
            let order = row.and_then(|body: OrderBody| {
                let number = body.order.clone().unwrap_or_default();
                intake::order(&body, &number, &site, now)
            });
            checked.add(line, order);
        })?;
        Ok::<_, Problem>(checked)
    });
    let checked = checked.await.map_err(|error| Problem::failed("import", &error))??;
    let work = move |store: &Store| Ok(store_all(store, checked, &params, now));
    api.with_store("import", work).await?.map(axum::Json)
}

/// Rows that were read: the good ones by key, so that they are stored in key order.
#[derive(Default)]
struct Checked {
    good: BTreeMap<OrderNumber, Order>,
    rejected: Vec<Rejected>,
}

impl Checked {
    fn add(&mut self, line: u64, order: Result<Order, intake::Refusal>) {
        let refusal = match order {
            Ok(order) if !self.good.contains_key(&order.number) => {
                self.good.insert(order.number.clone(), order);
                return;
            }
            Ok(_) => {
                let reason = "this order is on an earlier line already".to_owned();
                intake::Refusal { field: "order", reason }
            }
            Err(refusal) => refusal,
        };
        self.rejected.push(Rejected { line, column: refusal.field, reason: refusal.reason });
    }
}

fn store_all(
    store: &Store,
    checked: Checked,
    params: &ImportParams,
    now: Now,
) -> Result<Report, Problem> {
    let Checked { good, rejected } = checked;
    let mut report = Report { dry_run: params.dry_run, rejected, ..Report::default() };
    let orders: Vec<Order> = good.values().cloned().collect();
    let mut stored = 0;
    for batch in orders.chunks(BATCH_ORDERS) {
        let puts =
            if params.dry_run { would_put(store, batch, now) } else { store.put_orders(batch) };
        let puts = puts.map_err(|error| {
            Problem::store("import", &error)
                .detail(format!("{error}; {stored} orders were stored before that"))
                .mend("run the import again: it goes on where it stopped")
        })?;
        for put in puts {
            match put {
                Put::New => report.added += 1,
                Put::Replaced => report.changed += 1,
                Put::Unchanged => report.unchanged += 1,
            }
        }
        stored += batch.len();
    }
    if params.mode == Mode::Replace && report.rejected.is_empty() {
        report.removed = remove_others(store, &good, params.dry_run, now)
            .map_err(|error| Problem::store("import", &error))?;
    }
    Ok(report)
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

fn remove_others(
    store: &Store,
    keep: &BTreeMap<OrderNumber, Order>,
    dry_run: bool,
    now: Now,
) -> Result<u64, StoreError> {
    let mut removed = 0;
    let mut after: Option<OrderNumber> = None;
    loop {
        let page = store.orders(after.as_ref(), PAGE_ROWS_MAX, now)?;
        let Some(last) = page.last() else { return Ok(removed) };
        after = Some(last.number.clone());
        for order in page.iter().filter(|order| !keep.contains_key(&order.number)) {
            removed += 1;
            if !dry_run {
                store.delete_order(&order.number)?;
            }
        }
    }
}

/// The query of an export: none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// `GET /api/v1/orders/export`: CSV that import takes back.
pub async fn export(
    State(api): State<Api>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Response, Problem> {
    let (store, now) = (api.store.clone(), api.now());
    Ok(stream::rows("text/csv; charset=utf-8", "orders.csv", move |out| {
        let mut after: Option<OrderNumber> = None;
        out.send(b"order,courier,customer,expires_at\r\n".to_vec())?;
        loop {
            let page = store.orders(after.as_ref(), PAGE_ROWS_MAX, now)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.number.clone());
            out.send(rows::write_csv(&page)?)?;
        }
    }))
}
