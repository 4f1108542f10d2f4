//! Server-sent events: what the lines are doing, as it happens. No telephone number.
//!
//! - `line`: a line as in `/api/v1/status`, each at the beginning, then whenever it has changed;
//! - `call`: `{"line", "call", "legs"}`, whenever the conversation on a line has.

use super::Api;
use super::problem::Problem;
use super::server::Peer;
use super::status::lines;
use crate::status::LineStatus;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::channel::Channel;
use serde_json::json;
use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// Streams of events at once.
pub const STREAMS: usize = 32;
/// Silence after which a comment is sent, so that nobody on the way takes the connection for dead.
const ALIVE: Duration = Duration::from_secs(15);
/// Between two looks at lines that change all the time.
const CALM: Duration = Duration::from_millis(100);

/// `GET /api/v1/events`
pub async fn stream(
    State(api): State<Api>,
    peer: Option<Extension<Peer>>,
) -> Result<Response, Problem> {
    let Ok(slot) = api.streams.clone().try_acquire_owned() else {
        let title = "Too many streams of events";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-streams", title)
            .detail(format!("at most {STREAMS} are served at once"))
            .mend("close one, or ask for /api/v1/status now and then"));
    };
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(2);
    let (never, mut stopped) = watch::channel(false);
    if let Some(Extension(peer)) = peer {
        stopped = peer.stopped;
    }
    tokio::spawn(async move {
        let _held = (slot, never);
        let mut changes = api.board.changes();
        let mut sent = HashMap::new();
        loop {
            changes.borrow_and_update();
            let text: String =
                lines(&api).into_iter().map(|line| events(line, &mut sent)).collect();
            let text = if text.is_empty() { ":\n\n".to_owned() } else { text };
            if sender.send_data(text.into()).await.is_err() {
                return;
            }
            tokio::time::sleep(CALM).await;
            tokio::select! {
                _ = stopped.changed() => return,
                _ = changes.changed() => {}
                () = tokio::time::sleep(ALIVE) => {}
            }
        }
    });
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::new(body)).into_response())
}

/// What there is to tell of a line.
fn events(line: LineStatus, sent: &mut HashMap<String, LineStatus>) -> String {
    let before = sent.get(&line.name);
    if before == Some(&line) {
        return String::new();
    }
    let data = serde_json::to_string(&line).unwrap_or_default();
    let mut text = format!("event: line\ndata: {data}\n\n");
    let talk = |line: &LineStatus| (line.call, line.legs);
    if before.map_or(line.call.is_some(), |before| talk(before) != talk(&line)) {
        let data = json!({ "line": line.name, "call": line.call, "legs": line.legs });
        text += &format!("event: call\ndata: {data}\n\n");
    }
    sent.insert(line.name.clone(), line);
    text
}
