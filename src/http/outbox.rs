//! What waits for the webhook, why, and sending it again by hand.

use super::Api;
use super::auth::Caller;
use super::extract::{Page, Params, TextPath, page_rows};
use super::problem::Problem;
use super::webhook::Waker;
use crate::store::{Delivery, Store};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// The query of what waits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    limit: Option<u64>,
}

/// A delivery that waits.
#[derive(Serialize)]
pub struct Waiting {
    call_id: Ulid,
    line: String,
    attempts: u32,
    first_at: Timestamp,
    next_at: Timestamp,
    /// Why the last attempt failed.
    last_error: String,
}

impl From<Delivery> for Waiting {
    fn from(delivery: Delivery) -> Waiting {
        let Delivery { record, attempts, first_at, next_at, last_error } = delivery;
        let (call_id, line) = (record.call_id, record.line);
        Waiting { call_id, line, attempts, first_at, next_at, last_error }
    }
}

/// `GET /api/v1/webhook?limit=`: what waits, the soonest first.
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<Waiting>>, Problem> {
    let limit = page_rows(params.limit)?;
    let due = move |store: &Store| store.outbox_due(Timestamp::MAX, limit);
    let waiting = api.with_store("webhook", due).await?;
    let waiting = waiting.into_iter().map(Waiting::from).collect();
    Ok(axum::Json(Page::new(waiting, limit, |waiting: &Waiting| waiting.call_id.to_string())))
}

/// `POST /api/v1/webhook/{call_id}`: sends a record once more, whether it was delivered or not.
pub async fn send(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(id): TextPath,
) -> Result<StatusCode, Problem> {
    if api.config.webhook.is_none() {
        let title = "There is no webhook";
        return Err(Problem::new(StatusCode::CONFLICT, "no-webhook", title)
            .detail("webhook.url is not set in the configuration")
            .mend("set it, and start the daemon again"));
    }
    let now = api.now().wall;
    let audited = api.audited(&caller, "webhook.send", &id, "");
    let again = move |store: &Store| match Ulid::from_string(&id) {
        Ok(id) => store.outbox_again(id, now),
        Err(_) => Ok(false),
    };
    if audited.with_store("webhook", again).await? {
        api.waker.iter().for_each(Waker::wake);
        return Ok(StatusCode::ACCEPTED);
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "no-such-call", "There is no such call")
        .at("path")
        .mend("see /api/v1/calls for the calls that are kept"))
}
