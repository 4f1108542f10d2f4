//! What staff changed or looked up: one JSON line each in the data folder's `audit.jsonl`, and in
//! `audit.old.jsonl` what was before that.

use crate::http::Api;
use crate::http::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Mutex;

/// Octets of the file before it becomes the old one.
const OCTETS: u64 = 1024 * 1024;
/// Entries that are shown.
const SHOWN: usize = 200;
/// Characters that are kept of what was done.
const WHAT: usize = 300;

/// One at a time: a line is never cut by another.
static WRITING: Mutex<()> = Mutex::new(());

/// One thing that somebody did.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    at: Timestamp,
    clock_trusted: bool,
    who: String,
    /// Method and path; for the door, one word.
    what: String,
    status: u16,
}

/// Notes what somebody did, and what was answered.
pub(super) async fn note(api: &Api, who: &str, what: &str, status: StatusCode) {
    let now = api.now();
    let entry = Entry {
        at: now.wall,
        clock_trusted: now.trusted,
        who: who.to_owned(),
        what: what.chars().take(WHAT).collect(),
        status: status.as_u16(),
    };
    log::info!("page: {}: {} ({})", entry.who, entry.what, entry.status);
    let folder = api.config.store.path.clone();
    let written = tokio::task::spawn_blocking(move || append(&folder, &entry)).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => log::error!("page: the audit log cannot be written: {error}"),
        Err(error) => log::error!("page: the audit log failed: {error}"),
    }
}

fn append(folder: &Path, entry: &Entry) -> std::io::Result<()> {
    let _alone = WRITING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let file = folder.join("audit.jsonl");
    if std::fs::metadata(&file).is_ok_and(|file| file.len() > OCTETS) {
        std::fs::rename(&file, folder.join("audit.old.jsonl"))?;
    }
    let mut out = OpenOptions::new().create(true).append(true).mode(0o600).open(&file)?;
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.sync_data()
}

/// What the page is told.
#[derive(Serialize)]
pub struct Shown {
    items: Vec<Entry>,
}

/// `GET /api/page/audit`: the newest entries, newest first.
pub async fn list(State(api): State<Api>) -> Result<axum::Json<Shown>, Problem> {
    let folder = api.config.store.path.clone();
    let items = tokio::task::spawn_blocking(move || {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let (old, new) = (read("audit.old.jsonl"), read("audit.jsonl"));
        let lines = new.lines().rev().chain(old.lines().rev());
        lines.filter_map(|line| serde_json::from_str(line).ok()).take(SHOWN).collect()
    });
    let items = items.await.map_err(|error| Problem::failed("audit", &error))?;
    Ok(axum::Json(Shown { items }))
}
