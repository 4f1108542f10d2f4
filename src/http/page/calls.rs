//! Calls as the page shows them: newest first, filtered, with their telephone numbers masked.

use super::mask::masked;
use crate::http::Api;
use crate::http::auth::Caller;
use crate::http::extract::{Page, Params, TextPath, id, page_rows, time};
use crate::http::problem::Problem;
use crate::limits::PAGE_ROWS_MAX;
use crate::record::{CallRecord, Outcome};
use crate::store::{Store, StoreError};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use ulid::Ulid;

/// How far back calls are looked for, unless the request says.
const DAYS: i64 = 31;

/// What calls are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    since: Option<String>,
    until: Option<String>,
    outcome: Option<String>,
    order: Option<String>,
    line: Option<String>,
    /// The last call of the page before: this page is of older ones.
    after: Option<String>,
    limit: Option<u64>,
}

/// `GET /api/page/calls?since=&until=&outcome=&order=&line=&after=&limit=`
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<CallRecord>>, Problem> {
    let limit = page_rows(params.limit)?;
    let since = since(params.since.as_deref(), api.now().wall)?;
    let until = time("query until", params.until.as_deref())?;
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (order, line) = (text(params.order), text(params.line));
    let outcome = text(params.outcome).map(|name| outcome(&name)).transpose()?;
    let before = id("query after", params.after.as_deref())?;
    let wanted = move |record: &CallRecord| {
        outcome.is_none_or(|outcome| record.outcome == outcome)
            && order.as_ref().is_none_or(|order| record.order_number.starts_with(order))
            && line.as_ref().is_none_or(|line| record.line == *line)
            && until.is_none_or(|until| record.started_at < until)
    };
    let newest = move |store: &Store| {
        let mut newest = VecDeque::new();
        walk(store, since, |record| {
            if before.is_some_and(|before| record.call_id >= before) {
                return ControlFlow::Break(());
            }
            if wanted(&record) {
                newest.push_back(shown(record));
                if newest.len() > limit + 1 {
                    newest.pop_front();
                }
            }
            ControlFlow::Continue(())
        })?;
        Ok(newest.into_iter().rev().collect::<Vec<_>>())
    };
    let items = api.with_store("calls", newest).await?;
    Ok(axum::Json(Page::new(items, limit, |record: &CallRecord| record.call_id.to_string())))
}

/// Shows all records since a time, oldest first, until `see` has seen enough.
pub(super) fn walk(
    store: &Store,
    since: Timestamp,
    mut see: impl FnMut(CallRecord) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store.records(Some(since), after, PAGE_ROWS_MAX)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.call_id);
        for record in page {
            if see(record).is_break() {
                return Ok(());
            }
        }
    }
}

/// A time in the query; a month ago if there is none.
pub(super) fn since(text: Option<&str>, now: Timestamp) -> Result<Timestamp, Problem> {
    let month_ago = now.checked_sub(SignedDuration::from_hours(DAYS * 24));
    Ok(time("query since", text)?.or(month_ago.ok()).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn outcome(name: &str) -> Result<Outcome, Problem> {
    serde_json::from_value(name.into())
        .map_err(|_| Problem::refused("query outcome", "is no outcome of a call"))
}

fn shown(mut record: CallRecord) -> CallRecord {
    record.caller_number = record.caller_number.as_deref().map(masked);
    record.callee_number = record.callee_number.as_deref().map(masked);
    record
}

fn find(api: &Api, id: &str) -> Result<CallRecord, Problem> {
    let record = match Ulid::from_string(id) {
        Ok(id) => api.store.record(id).map_err(|error| Problem::store("call", &error))?,
        Err(_) => None,
    };
    record.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no-such-call", "There is no such call").at("path")
    })
}

/// `GET /api/page/calls/{id}`
pub async fn show(
    State(api): State<Api>,
    TextPath(id): TextPath,
) -> Result<axum::Json<CallRecord>, Problem> {
    Ok(axum::Json(shown(find(&api, &id)?)))
}

/// The telephone numbers of a call.
#[derive(Serialize)]
pub struct Numbers {
    caller: Option<String>,
    callee: Option<String>,
}

/// `POST /api/page/calls/{id}/numbers`: the telephone numbers of a call. Who asks is noted.
pub async fn numbers(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(id): TextPath,
) -> Result<axum::Json<Numbers>, Problem> {
    let record = find(&api, &id)?;
    api.note(&caller, "call.numbers", &record.call_id.to_string(), "").await?;
    Ok(axum::Json(Numbers { caller: record.caller_number, callee: record.callee_number }))
}
