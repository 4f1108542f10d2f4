//! Many orders from one file of any size. It is read once, as it arrives; memory holds a few megabytes
//! of it, the data folder the rest.
//!
//! - `body` makes a file of what arrives, `rows` reads it, `lines` counts;
//! - `check` looks at every row before one is stored, `sorter` sorts what memory should not hold;
//! - `put` stores; `progress` is how far it is.
//!
//! An import works on a thread of its own with a low priority: a call that is going on comes first.

pub(super) mod body;
mod check;
mod lines;
mod progress;
mod put;
mod rows;
mod sorter;

pub use progress::Watch;

use super::auth::Caller;
use super::extract::{self, Params};
use super::problem::Problem;
use super::{Api, stream};
use crate::clock::FLOOR;
use crate::store::AuditEntry;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use check::Checked;
use rows::Format;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// How much nicer than the rest of the process its thread is.
const NICE: i32 = 10;
/// How long somebody may wait for the import before theirs.
pub(super) const TURN: Duration = Duration::from_secs(60);
/// Octets of an answer's piece.
const PIECE: usize = 16 * 1024;

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

/// What an import did, or would do. The rows that were rejected follow it.
#[derive(Serialize, Default)]
struct Report {
    dry_run: bool,
    added: u64,
    changed: u64,
    unchanged: u64,
    removed: u64,
}

/// `GET /api/v1/orders/import`: how far the import is that runs, or ran last.
pub async fn progress(State(api): State<Api>) -> Result<axum::Json<progress::Progress>, Problem> {
    let watch = api.imports.clone();
    let seen = api.with_store("import", move |store| Ok(watch.0.see(store))).await?;
    seen.map(axum::Json).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no-import", "There was no import yet").at("path")
    })
}

/// `POST /api/v1/orders/import?dry_run=&mode=`
pub async fn import(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Response, Problem> {
    let format = match extract::content_type(&request).as_deref() {
        Some("text/csv") => Format::Csv,
        Some("application/json") => Format::Json,
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => Format::Ndjson,
        _ => {
            let known = "text/csv, application/json or application/x-ndjson";
            return Err(extract::wrong_media_type(known));
        }
    };
    let turn = turn(&api, TURN).await?;
    let (reader, failure, pump) = body::reader(request.into_body());
    let pump = tokio::spawn(pump);
    let work = move || {
        let done = run(&api, &caller, format, reader, &params);
        done.map_err(|problem| failure.take().unwrap_or(problem))
    };
    let done = work_in(turn, work).await?;
    // Whoever is still sending hears the answer only at the end.
    let _drained = pump.await;
    let (report, checked) = done?;
    Ok(answer(report, checked))
}

/// The right to import: one import is done at a time.
pub(super) struct Turn(OwnedSemaphorePermit);

/// Waits for the turn of an import, within reason.
pub(super) async fn turn(api: &Api, patience: Duration) -> Result<Turn, Problem> {
    let turn = tokio::time::timeout(patience, api.imports.1.clone().acquire_owned());
    if let Ok(Ok(turn)) = turn.await {
        return Ok(Turn(turn));
    }
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "import-runs", "An import runs")
        .detail("one import is done at a time")
        .mend("see GET /api/v1/orders/import for how far it is, and try again then"))
}

/// Works on a thread of a low priority, where blocking is allowed. What was begun is finished, even if
/// the client goes away.
pub(super) async fn work_in<T: Send + 'static>(
    turn: Turn,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        // Where the system refuses, it runs like the others.
        let _refused = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
        let done = work();
        drop(turn.0);
        let _gone = tell.send(done);
    };
    let thread = std::thread::Builder::new().name("import".to_owned()).spawn(work);
    thread.map_err(|error| Problem::failed("import", &error))?;
    told.await.map_err(|error| Problem::failed("import", &error))
}

/// What an import of a file that is on the disk did, or would do.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Summary {
    added: u64,
    changed: u64,
    unchanged: u64,
    rejected: u64,
    /// The first of the rejected rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<check::Rejected>,
}

/// Imports CSV that is on the disk, or says what that would do. At most so many of the rejected rows are
/// in the summary.
pub(super) fn file(
    api: &Api,
    caller: &Caller,
    from: impl std::io::Read,
    dry_run: bool,
    rows: usize,
) -> Result<Summary, Problem> {
    let params = ImportParams { dry_run, mode: Mode::Merge };
    let (report, mut checked) = run(api, caller, Format::Csv, from, &params)?;
    let Report { added, changed, unchanged, .. } = report;
    let rejected = checked.bad_rows;
    let mut summary = Summary { added, changed, unchanged, rejected, rows: Vec::new() };
    let disk = |error| Problem::disk("import", &error);
    while summary.rows.len() < rows
        && let Some(record) = checked.bad.next().map_err(disk)?
    {
        summary.rows.push(check::rejected(&record).map_err(disk)?);
    }
    Ok(summary)
}

/// The whole import, on a thread where blocking is allowed.
fn run(
    api: &Api,
    caller: &Caller,
    format: Format,
    from: impl std::io::Read,
    params: &ImportParams,
) -> Result<(Report, Checked), Problem> {
    let (now, store) = (api.now(), &api.store);
    let watch = &api.imports.0;
    let real = !params.dry_run;
    watch.begin(&caller.name, now.wall);
    let seen = |rows| watch.tell(|progress| progress.checked = rows);
    let folder = &api.config.store.path;
    let checked = check::check(format, from, folder, &api.config, now, seen);
    let done = checked.and_then(|checked| {
        watch.tell(|progress| {
            progress.state = progress::State::Storing;
            progress.checked = checked.good_rows + checked.bad_rows;
            progress.to_store = Some(checked.good_rows);
        });
        let stored = |rows| {
            if real {
                watch.stored(rows, store)
            }
        };
        let report = put::put(store, &checked, params, now, stored)?;
        Ok((report, checked))
    });
    watch.tell(|progress| {
        let failed = done.is_err();
        progress.state = if failed { progress::State::Failed } else { progress::State::Done };
    });
    if real {
        watch.note(store);
        if let Ok((report, checked)) = &done {
            let Report { added, changed, removed, .. } = report;
            let detail = format!(
                "{added} orders added, {changed} changed, {removed} removed, {} rows rejected",
                checked.bad_rows
            );
            log::info!("an import by {}: {detail}", caller.name);
            let entry =
                AuditEntry::new(now.wall.max(FLOOR), &caller.name, "orders.import", "", &detail);
            store.note_audit(entry).map_err(|error| Problem::store("import", &error))?;
        }
    }
    done
}

/// The report as JSON; the rejected rows are read from the disk as fast as the client takes them.
fn answer(report: Report, mut checked: Checked) -> Response {
    stream::json(move |out| {
        let mut piece = serde_json::to_vec(&report)?;
        piece.pop();
        piece.extend_from_slice(b",\"rejected\":[");
        let mut first = true;
        while let Some(record) = checked.bad.next()? {
            if !std::mem::take(&mut first) {
                piece.push(b',');
            }
            serde_json::to_writer(&mut piece, &check::rejected(&record)?)?;
            if piece.len() >= PIECE {
                out.send(std::mem::take(&mut piece))?;
            }
        }
        piece.extend_from_slice(b"]}");
        out.send(piece)
    })
}
