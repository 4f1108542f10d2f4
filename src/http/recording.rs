//! Hearing a recording, in parts if the player wants parts. Who hears one is noted.

use super::auth::Caller;
use super::extract::TextPath;
use super::problem::Problem;
use super::{Api, calls};
use crate::clock::{FLOOR, Mono};
use crate::record::CallRecord;
use crate::recording::shelf::{Item, Kind};
use crate::store::AuditEntry;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tower_http::services::ServeFile;
use ulid::Ulid;

/// A player asks for many parts: within this time they are one hearing.
const ONE_HEARING: Duration = Duration::from_secs(300);
/// Hearings that are remembered.
const HEARINGS: usize = 64;

/// Who heard what of late.
#[derive(Default)]
pub struct Hearings(Mutex<VecDeque<(String, Ulid, Mono)>>);

impl Hearings {
    /// Whether this one is to be noted.
    fn is_new(&self, who: &str, call: Ulid, now: Mono) -> bool {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.retain(|(_, _, at)| now < *at + ONE_HEARING);
        let new = heard.iter().all(|(name, of, _)| name != who || *of != call);
        if new {
            heard.truncate(HEARINGS - 1);
            heard.push_front((who.to_owned(), call, now));
        }
        new
    }

    /// It was not noted after all.
    fn forget(&self, call: Ulid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, of, _)| *of != call);
    }
}

/// `GET /api/v1/calls/{id}/recording`
pub async fn hear(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(id): TextPath,
    request: Request,
) -> Result<Response, Problem> {
    let record = calls::find(&api, &id)?;
    let call = record.call_id;
    find(&api, &record).await?;
    let now = api.now();
    if *request.method() == Method::GET && api.heard.is_new(&caller.name, call, now.mono) {
        let (at, id) = (now.wall.max(FLOOR), call.to_string());
        let entry = AuditEntry::new(at, &caller.name, "recording.hear", &id, "");
        let noted = api.with_store("recording", move |store| store.note_audit(entry)).await;
        // Nobody hears anything that cannot be noted.
        noted.inspect_err(|_| api.heard.forget(call))?;
    }
    let (parts, _) = request.into_parts();
    // Twice: a WAV file may become Opus between the look and the opening.
    for _ in 0..2 {
        let item = find(&api, &record).await?;
        let request = Request::from_parts(parts.clone(), Body::empty());
        if let Some(answer) = serve(&item, request).await? {
            return Ok(answer);
        }
    }
    Err(erased())
}

/// The recording, or why there is none.
async fn find(api: &Api, record: &CallRecord) -> Result<Item, Problem> {
    let (recordings, call) = (api.recordings.clone(), record.call_id);
    let look = move || Ok((recordings.find(call)?, recordings.is_running(call)));
    let found: std::io::Result<_> = match tokio::task::spawn_blocking(look).await {
        Ok(found) => found,
        Err(error) => return Err(Problem::failed("recording", &error)),
    };
    let none = |title| Problem::new(StatusCode::NOT_FOUND, "no-recording", title).at("path");
    match found.map_err(|error| Problem::disk("recording", &error))? {
        (Some(item), _) => Ok(item),
        (None, true) => {
            Err(none("The recording is not complete yet").mend("try again in a moment"))
        }
        (None, false) if record.call_record.is_empty() => {
            Err(none("This call was not recorded")
                .mend("calls are recorded where calls.record = true"))
        }
        (None, false) => Err(erased()),
    }
}

/// The file, or the part of it that is asked for; nothing if it has just gone.
async fn serve(item: &Item, request: Request) -> Result<Option<Response>, Problem> {
    let kind = match item.kind {
        Kind::Opus => "audio/ogg",
        Kind::Wav | Kind::Running => "audio/wav",
    };
    let mime = kind.parse().expect("a media type");
    let answer = ServeFile::new_with_mime(&item.path, &mime).try_call(request).await;
    let answer = answer.map_err(|error| Problem::disk("recording", &error))?;
    match answer.status() {
        StatusCode::NOT_FOUND => return Ok(None),
        StatusCode::RANGE_NOT_SATISFIABLE => return Err(no_such_part(item.octets)),
        _ => {}
    }
    let mut answer = answer.map(Body::new).into_response();
    let name = format!("inline; filename=\"{}.{}\"", item.call, item.kind.ending());
    let name = HeaderValue::from_str(&name).expect("letters and digits");
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, name);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(Some(answer))
}

fn erased() -> Problem {
    Problem::new(StatusCode::GONE, "recording-erased", "The recording was erased")
        .detail("it was too old, or had to make room for others")
        .at("path")
        .mend("see [recordings] in the configuration for how long recordings are kept")
}

fn no_such_part(octets: u64) -> Problem {
    let title = "The recording has no such part";
    Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range", title)
        .detail(format!("it has {octets} octets"))
        .at("header Range")
        .mend("ask for one part within it, such as Range: bytes=0-")
}
