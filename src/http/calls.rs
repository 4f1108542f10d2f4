//! Call records. No telephone number is shown here.

use super::Api;
use super::auth::Caller;
use super::extract::{Page, Params, TextPath, id, page_rows, time};
use super::problem::Problem;
use super::stream;
use crate::clock::FLOOR;
use crate::limits::PAGE_ROWS_MAX;
use crate::record::CallRecord;
use crate::store::{AuditEntry, Store};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use std::io::Read;
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
    let record = match Ulid::from_string(&id) {
        Ok(id) => api.store.record(id).map_err(|error| Problem::store("call", &error))?,
        Err(_) => None,
    };
    match record {
        Some(record) => Ok(axum::Json(record.without_numbers())),
        None => Err(Problem::new(StatusCode::NOT_FOUND, "no-such-call", "There is no such call")
            .at("path")
            .mend("see /api/v1/calls for the calls that are kept")),
    }
}

/// `GET /api/v1/calls/{id}/recording`: who hears one is noted.
pub async fn recording(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(id): TextPath,
) -> Result<Response, Problem> {
    let folder = api.config.store.path.join("recordings");
    let file = Ulid::from_string(&id).map(|id| folder.join(format!("{id}.wav")));
    let at = api.now().wall.max(FLOOR);
    let entry = AuditEntry::new(at, &caller.name, "recording.hear", &id, "");
    let open = move |store: &Store| {
        let Some(file) = file.ok().and_then(|file| std::fs::File::open(file).ok()) else {
            return Ok(None);
        };
        store.note_audit(entry)?;
        Ok(Some(file))
    };
    let Some(mut file) = api.with_store("recording", open).await? else {
        let title = "There is no recording of this call";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no-recording", title)
            .at("path")
            .mend("calls are recorded where calls.record = true; old recordings are deleted"));
    };
    Ok(stream::rows("audio/wav", &format!("{id}.wav"), move |out| {
        loop {
            let mut chunk = vec![0; 32 * 1024];
            let len = file.read(&mut chunk)?;
            if len == 0 {
                return Ok(());
            }
            chunk.truncate(len);
            out.send(chunk)?;
        }
    }))
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
