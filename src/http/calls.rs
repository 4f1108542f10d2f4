//! Call records. No telephone number is shown here.

use super::Api;
use super::extract::{Page, Params, TextPath, id, page_rows, time};
use super::problem::Problem;
use super::stream;
use crate::limits::PAGE_ROWS_MAX;
use crate::record::CallRecord;
use crate::store::Store;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use ulid::Ulid;

/// The query of a list of calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    since: Option<String>,
    after: Option<String>,
    limit: Option<u64>,
}

impl ListParams {
    fn since(&self) -> Result<Option<Timestamp>, Problem> {
        time("query since", self.since.as_deref())
    }

    fn after(&self) -> Result<Option<Ulid>, Problem> {
        id("query after", self.after.as_deref())
    }
}

/// `GET /api/v1/calls?since=&after=&limit=`
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<CallRecord>>, Problem> {
    let limit = page_rows(params.limit)?;
    let (since, after) = (params.since()?, params.after()?);
    let page = move |store: &Store| store.records(since, after, limit + 1);
    let records = api.with_store("calls", page).await?;
    let items = records.into_iter().map(CallRecord::without_numbers).collect();
    Ok(axum::Json(Page::new(items, limit, |record: &CallRecord| record.call_id.to_string())))
}

/// `GET /api/v1/calls/{id}`
pub async fn show(
    State(api): State<Api>,
    TextPath(id): TextPath,
) -> Result<axum::Json<CallRecord>, Problem> {
    Ok(axum::Json(find(&api, &id)?.without_numbers()))
}

/// The record of the call in the path.
pub(super) fn find(api: &Api, id: &str) -> Result<CallRecord, Problem> {
    let record = match Ulid::from_string(id) {
        Ok(id) => api.store.record(id).map_err(|error| Problem::store("call", &error))?,
        Err(_) => None,
    };
    record.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no-such-call", "There is no such call")
            .at("path")
            .mend("see /api/v1/calls for the calls that are kept")
    })
}

/// The query of an export of calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportParams {
    since: Option<String>,
}

/// `GET /api/v1/calls/export`: one JSON object per line.
pub async fn export(
    State(api): State<Api>,
    Params(params): Params<ExportParams>,
) -> Result<Response, Problem> {
    let params = ListParams { since: params.since, after: None, limit: None };
    let since = params.since()?;
    let store = api.store.clone();
    Ok(stream::rows("application/x-ndjson", "calls.ndjson", move |out| {
        let mut after = None;
        loop {
            let records = store.records(since, after, PAGE_ROWS_MAX)?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.call_id);
            let mut chunk = Vec::new();
            for record in records {
                let record = record.without_numbers();
                serde_json::to_writer(&mut chunk, &record).map_err(stream::Broken::from)?;
                chunk.push(b'\n');
            }
            out.send(chunk)?;
        }
    }))
}
