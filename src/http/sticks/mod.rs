//! Order files from USB sticks. A process of its own mounts the stick, since the daemon sees no disks
//! ([`crate::stick`]), and offers what it finds. A file that is signed by the site's key is imported at
//! once; another one waits for somebody who confirms it.
//!
//! - `entry` is a file, as staff see it; `shelf` keeps them in the data folder;
//! - `receive` takes a file in, `signature` says whose it is;
//! - `doing` is what each stick is doing now.

mod doing;
mod entry;
mod receive;
mod shelf;
mod signature;
#[cfg(test)]
mod tests;

pub(super) use doing::Doing;
pub(super) use doing::{gone, tell};
pub(super) use shelf::Sticks;

use super::auth::Caller;
use super::extract::{self, Page, Params, TextPath};
use super::problem::Problem;
use super::server::Peer;
use super::{Api, IMPORT_TIMEOUT, import};
use crate::clock::FLOOR;
use crate::store::{AuditEntry, Store};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entry::{Entry, State as EntryState};
use jiff::Timestamp;
use receive::Offer;
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use ulid::Ulid;

/// Rejected rows that are kept of a file.
const ROWS: usize = 1000;
/// How long one request may wait for a decision.
const WAIT_SECONDS: u64 = 60;

/// `GET /api/v1/sticks`: the files that wait, and the last ones that were decided, newest first.
pub async fn list(State(api): State<Api>) -> Result<axum::Json<Page<Entry>>, Problem> {
    let mut entries = api.sticks.all();
    for entry in &mut entries {
        entry.report.iter_mut().for_each(|report| report.rows.clear());
    }
    let rows = entries.len();
    Ok(axum::Json(Page::new(entries, rows, |entry| entry.id.to_string())))
}

/// The query of one file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowParams {
    #[serde(default)]
    wait_seconds: u64,
}

/// `GET /api/v1/sticks/{id}?wait_seconds=`: one file with its rejected rows, after its decision if that
/// comes soon enough.
pub async fn show(
    State(api): State<Api>,
    peer: Option<Extension<Peer>>,
    Params(params): Params<ShowParams>,
    TextPath(id): TextPath,
) -> Result<axum::Json<Entry>, Problem> {
    if params.wait_seconds > WAIT_SECONDS {
        let detail = format!("wait_seconds is 0 to {WAIT_SECONDS}");
        return Err(Problem::refused("query wait_seconds", detail));
    }
    let until = Instant::now() + Duration::from_secs(params.wait_seconds);
    let (_never, never) = watch::channel(false);
    let mut stopped = peer.map_or(never, |Extension(peer)| peer.stopped);
    let mut changes = api.sticks.changes();
    loop {
        changes.borrow_and_update();
        let entry = id.parse().ok().and_then(|id| api.sticks.get(id)).ok_or_else(no_such_file)?;
        if entry.state.is_decided() {
            return Ok(axum::Json(entry));
        }
        let changed = async {
            tokio::select! {
                _ = changes.changed() => true,
                _ = stopped.changed() => false,
            }
        };
        if !matches!(timeout_at(until, changed).await, Ok(true)) {
            return Ok(axum::Json(entry));
        }
    }
}

/// `POST /api/v1/sticks?file=&device=&signature=`: a file from a stick. 201 with what became of it.
pub async fn offer(
    State(api): State<Api>,
    Params(offer): Params<Offer>,
    request: Request,
) -> Result<Response, Problem> {
    if extract::content_type(&request).as_deref() != Some("text/csv") {
        return Err(extract::wrong_media_type("text/csv"));
    }
    offer.check()?;
    // Nobody stands before a stick as before a page: it may wait for the stick before it.
    let turn = import::turn(&api, IMPORT_TIMEOUT).await?;
    let (reader, failure, pump) = import::body::reader(request.into_body());
    let pump = tokio::spawn(pump);
    let work = move || {
        let taken = receive::take(&api, offer, reader);
        taken.map_err(|problem| failure.take().unwrap_or(problem))
    };
    let taken = import::work_in(turn, work).await?;
    let _drained = pump.await;
    Ok((StatusCode::CREATED, axum::Json(taken?)).into_response())
}

/// `POST /api/v1/sticks/{id}`: imports a file that waits.
pub async fn confirm(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(id): TextPath,
) -> Result<axum::Json<Entry>, Problem> {
    let id: Ulid = id.parse().map_err(|_| no_such_file())?;
    let turn = import::turn(&api, import::TURN).await?;
    let work = move || {
        let begun = api.sticks.decide(id, EntryState::Importing, &caller.name, api.now().wall)?;
        note(&api, &caller, "stick.confirm", &begun.file)?;
        receive::import(&api, &caller, begun)
    };
    import::work_in(turn, work).await?.map(axum::Json)
}

/// `DELETE /api/v1/sticks/{id}`: refuses a file that waits. It is erased.
pub async fn refuse(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(id): TextPath,
) -> Result<StatusCode, Problem> {
    let id: Ulid = id.parse().map_err(|_| no_such_file())?;
    let (of, now) = (api.clone(), api.now().wall);
    let work = move |_: &Store| Ok(refuse_file(&of, &caller, id, now));
    api.with_store("stick", work).await?.map(|()| StatusCode::NO_CONTENT)
}

fn refuse_file(api: &Api, caller: &Caller, id: Ulid, now: Timestamp) -> Result<(), Problem> {
    let entry = api.sticks.decide(id, EntryState::Refused, &caller.name, now)?;
    log::info!("{} from a stick was refused by {}", entry.file, caller.name);
    note(api, caller, "stick.refuse", &entry.file)
}

/// Notes in the audit log what became of a file.
fn note(api: &Api, caller: &Caller, what: &str, file: &str) -> Result<(), Problem> {
    let entry = AuditEntry::new(api.now().wall.max(FLOOR), &caller.name, what, file, "");
    api.store.note_audit(entry).map_err(|error| Problem::store("stick", &error))
}

fn no_such_file() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no-such-file", "There is no such file")
        .at("path")
        .mend("see /api/v1/sticks for the files there are")
}
