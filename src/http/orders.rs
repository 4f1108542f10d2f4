//! One order at a time, and the list of them.

use super::auth::Caller;
use super::extract::{Json, OrderPath, Page, Params, page_rows};
use super::intake::{self, OrderBody, OrderShown};
use super::problem::Problem;
use super::{Api, audit};
use crate::order::{OrderNumber, Party};
use crate::store::Put;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// `PUT /api/v1/orders/{number}`
pub async fn put(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    OrderPath(number): OrderPath,
    Json(body): Json<OrderBody>,
) -> Result<Response, Problem> {
    if body.order.as_ref().is_some_and(|order| order != number.as_str()) {
        let detail = "the order number in the body is not the one in the path";
        return Err(Problem::refused("body /order", detail).mend("leave it out of the body"));
    }
    let order = intake::order(&body, number.as_str(), &api.config, api.now())
        .map_err(|refusal| Problem::refused(format!("body /{}", refusal.field), refusal.reason))?;
    let shown = OrderShown::from(&order);
    let api = api.audited(&caller, "order.put", number.as_str(), &audit::detail(&order));
    let status = match api.with_store("order", move |store| store.put_order(&order)).await? {
        Put::New => StatusCode::CREATED,
        Put::Replaced | Put::Unchanged => StatusCode::OK,
    };
    Ok((status, axum::Json(shown)).into_response())
}

/// `GET /api/v1/orders/{number}`
pub async fn show(
    State(api): State<Api>,
    OrderPath(number): OrderPath,
) -> Result<axum::Json<OrderShown>, Problem> {
    let order = api.store.order(&number, api.now());
    let order = order.map_err(|error| Problem::store("order", &error))?;
    let shown = OrderShown::from(&order.ok_or_else(no_such_order)?);
    if api.config.texts.is_none() {
        return Ok(axum::Json(shown));
    }
    let text = |party| match api.store.text(&number, party) {
        Ok(text) => Ok(text.map(|text| text.state)),
        Err(error) => Err(Problem::store("texts of an order", &error)),
    };
    let (courier, customer) = (text(Party::Courier)?, text(Party::Customer)?);
    Ok(axum::Json(shown.with_texts(courier, customer)))
}

/// `DELETE /api/v1/orders/{number}`
pub async fn delete(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    OrderPath(number): OrderPath,
) -> Result<StatusCode, Problem> {
    let now = api.now();
    let api = api.audited(&caller, "order.delete", number.as_str(), "");
    let gone = move |store: &crate::store::Store| {
        let live = store.order(&number, now)?.is_some();
        Ok(store.delete_order(&number)? && live)
    };
    if api.with_store("order", gone).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_such_order())
    }
}

fn no_such_order() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no-such-order", "There is no such order")
        .detail("it was never stored, was deleted, or has expired")
        .at("path")
}

/// The query of a list of orders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    after: Option<String>,
    limit: Option<u64>,
}

/// `GET /api/v1/orders?after=&limit=`
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<OrderShown>>, Problem> {
    let limit = page_rows(params.limit)?;
    let after = params.after.filter(|after| !after.is_empty());
    let after = after.map(|after| OrderNumber::new(&after)).transpose();
    let after = after.map_err(|error| Problem::refused("query after", error.to_string()))?;
    let now = api.now();
    let page = move |store: &crate::store::Store| store.orders(after.as_ref(), limit + 1, now);
    let orders = api.with_store("orders", page).await?;
    let items = orders.iter().map(OrderShown::from).collect();
    Ok(axum::Json(Page::new(items, limit, |order: &OrderShown| order.order.to_string())))
}
