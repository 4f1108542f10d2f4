//! What the box says about itself.

use super::problem::Problem;
use super::sticks::Doing;
use super::{Api, tls};
use crate::config::Tls;
use crate::status::{LineStatus, RecordingsStatus};
use crate::store::{Store, StoreStatus};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

/// The whole status.
#[derive(Serialize)]
pub struct Status {
    version: &'static str,
    uptime_s: u64,
    lines: Vec<LineStatus>,
    store: StoreStatus,
    clock: ClockShown,
    webhook: WebhookShown,
    recordings: RecordingsShown,
    /// What the USB sticks are doing.
    sticks: Vec<Doing>,
}

#[derive(Serialize)]
struct ClockShown {
    trusted: bool,
    now: Timestamp,
}

#[derive(Serialize)]
struct RecordingsShown {
    /// Whether calls are recorded.
    on: bool,
    #[serde(flatten)]
    status: RecordingsStatus,
}

#[derive(Serialize)]
struct WebhookShown {
    configured: bool,
    /// Call records that wait to be delivered.
    waiting: u64,
}

/// `GET /api/v1/status`
pub async fn show(State(api): State<Api>) -> Result<axum::Json<Status>, Problem> {
    let settings = api.settings.clone();
    let look = move |store: &Store| Ok((store.status(), settings.now(store)?.calls.record));
    let (store, records) = api.with_store("status", look).await?;
    let now = api.now();
    let waiting = store.outbox;
    Ok(axum::Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: api.started.elapsed().as_secs(),
        lines: lines(&api),
        clock: ClockShown { trusted: now.trusted, now: now.wall },
        webhook: WebhookShown { configured: api.config.webhook.is_some(), waiting },
        recordings: RecordingsShown { on: records, status: api.recordings.status() },
        sticks: api.sticks.doing(),
        store,
    }))
}

/// All configured lines; one that has not posted anything yet is starting.
pub(super) fn lines(api: &Api) -> Vec<LineStatus> {
    let posted = api.board.all();
    let mut lines: Vec<LineStatus> = api
        .config
        .lines
        .iter()
        .filter(|line| posted.iter().all(|status| status.name != line.name))
        .map(|line| LineStatus { name: line.name.clone(), ..LineStatus::default() })
        .collect();
    lines.extend(posted);
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    lines
}

/// `GET /ca.pem`: what to trust in order to speak to this box.
pub async fn ca(State(api): State<Api>) -> Result<Response, Problem> {
    let file = tls::ca_file(&api.config.store.path);
    let own = api.config.http.tls == Tls::SelfSigned;
    let pem = if own { tokio::fs::read(file).await.ok() } else { None };
    let Some(pem) = pem else {
        let title = "This box has no CA of its own";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no-ca", title)
            .detail("http.tls is not \"self-signed\"")
            .mend("trust whoever signed the certificate that it shows"));
    };
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"maskline-ca.pem\""),
    ];
    Ok((headers, pem).into_response())
}

/// `GET /healthz`: can anybody be called? Says nothing that the world must not know.
pub async fn health(State(api): State<Api>) -> Result<axum::Json<serde_json::Value>, Problem> {
    let lines = lines(&api);
    let ready = lines.iter().filter(|line| line.takes_calls()).count();
    if ready > 0 {
        return Ok(axum::Json(json!({ "status": "ok", "lines": lines.len(), "ready": ready })));
    }
    let title = "No line takes calls";
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-line", title)
        .detail("every line is starting, searching, recovering, or needs a person; see lines")
        .mend("look at the lines in /api/v1/status: each fault says what to do");
    Err(lines.iter().fold(problem, |problem, line| {
        let reason = line.fault.as_deref().unwrap_or(match line.state {
            crate::status::LineState::Starting => "the modem is being started",
            crate::status::LineState::Searching => "waiting for the network",
            crate::status::LineState::Recovering => "the modem was lost and is being got back",
            _ => "does not take calls",
        });
        problem.line(json!({ "name": line.name, "state": line.state, "reason": reason }))
    }))
}
