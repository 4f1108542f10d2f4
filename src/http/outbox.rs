//! What waits for the webhook, why, and sending it again by hand.

use super::Api;
use super::auth::Caller;
use super::extract::{Page, Params, TextPath, page_rows};
use super::problem::Problem;
use super::webhook::Waker;
use crate::record::CallRecord;
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
    order_number: String,
    started_at: Timestamp,
    attempts: u32,
    first_at: Timestamp,
    next_at: Timestamp,
    /// Why the last attempt failed.
    last_error: String,
}

impl From<Delivery> for Waiting {
    fn from(delivery: Delivery) -> Waiting {
        let Delivery { record, attempts, first_at, next_at, last_error, .. } = delivery;
        let CallRecord { call_id, line, order_number, started_at, .. } = record;
        Waiting { call_id, line, order_number, started_at, attempts, first_at, next_at, last_error }
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

/// `GET /api/v1/webhook/{call_id}`: whether a record waits, and why.
pub async fn show(
    State(api): State<Api>,
    TextPath(id): TextPath,
) -> Result<axum::Json<Waiting>, Problem> {
    let find = move |store: &Store| match Ulid::from_string(&id) {
        Ok(id) => store.outbox_of(id),
        Err(_) => Ok(None),
    };
    let waiting = api.with_store("webhook", find).await?.map(Waiting::from).map(axum::Json);
    waiting.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "not-waiting", "This call does not wait")
            .detail("it was delivered, was given up, or never was to be delivered")
            .at("path")
    })
}

/// `POST /api/v1/webhook/{call_id}`: sends a record now, whether it waits or was delivered before.
pub async fn send(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(id): TextPath,
) -> Result<StatusCode, Problem> {
    let now = there_is_a_webhook(&api)?;
    let audited = api.audited(&caller, "webhook.send", &id, "");
    let again = move |store: &Store| match Ulid::from_string(&id) {
        Ok(id) => store.outbox_again(id, now),
        Err(_) => Ok(false),
    };
    if audited.with_store("webhook", again).await? {
        api.waker.iter().for_each(Waker::hurry);
        return Ok(StatusCode::ACCEPTED);
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "no-such-call", "There is no such call")
        .at("path")
        .mend("see /api/v1/calls for the calls that are kept"))
}

/// How many will be sent.
#[derive(Serialize)]
pub struct Sent {
    due: u64,
}

/// `POST /api/v1/webhook`: sends now whatever waits.
pub async fn send_all(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
) -> Result<(StatusCode, axum::Json<Sent>), Problem> {
    let now = there_is_a_webhook(&api)?;
    let audited = api.audited(&caller, "webhook.send_all", "", "");
    let due = audited.with_store("webhook", move |store| store.outbox_all_again(now)).await?;
    api.waker.iter().for_each(Waker::hurry);
    Ok((StatusCode::ACCEPTED, axum::Json(Sent { due })))
}

fn there_is_a_webhook(api: &Api) -> Result<Timestamp, Problem> {
    if api.config.webhook.is_some() {
        return Ok(api.now().wall);
    }
    Err(Problem::new(StatusCode::CONFLICT, "no-webhook", "There is no webhook")
        .detail("webhook.url is not set in the configuration")
        .mend("set it, and start the daemon again"))
}
