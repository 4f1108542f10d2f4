//! Orders as the page shows them: searched, and with their telephone numbers masked.

use super::mask::masked;
use crate::http::Api;
use crate::http::auth::Caller;
use crate::http::extract::{OrderPath, Page, Params, page_rows};
use crate::http::intake::OrderShown;
use crate::http::problem::Problem;
use crate::number::PhoneNumber;
use crate::order::{Order, OrderNumber};
use crate::store::{Store, StoreError};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The query of a search.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// How an order number begins, or a whole telephone number.
    q: Option<String>,
    after: Option<String>,
    limit: Option<u64>,
}

/// An order with its numbers masked.
#[derive(Serialize)]
pub struct OrderMasked {
    order: OrderNumber,
    courier: String,
    customer: String,
    expires_at: Timestamp,
}

impl From<&Order> for OrderMasked {
    fn from(order: &Order) -> OrderMasked {
        OrderMasked {
            order: order.number.clone(),
            courier: masked(order.courier.e164()),
            customer: masked(order.customer.e164()),
            expires_at: order.expires_at,
        }
    }
}

/// `GET /api/page/orders?q=&after=&limit=`
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<OrderMasked>>, Problem> {
    let limit = page_rows(params.limit)?;
    let after = params.after.filter(|after| !after.is_empty());
    let after = after.map(|after| OrderNumber::new(&after)).transpose();
    let after = after.map_err(|error| Problem::refused("query after", error.to_string()))?;
    // A `+` that was not escaped arrives as a space.
    let asked = params.q.unwrap_or_default().trim().to_owned();
    let (now, site) = (api.now(), api.config.site.country);
    let page = move |store: &Store| {
        if asked.is_empty() {
            return store.orders(after.as_ref(), limit + 1, now);
        }
        let mut found = match OrderNumber::new(&asked) {
            Ok(prefix) => beginning_with(store, &prefix, after.as_ref(), limit + 1, now)?,
            Err(_) => Vec::new(),
        };
        if found.is_empty()
            && after.is_none()
            && let Ok(phone) = PhoneNumber::read(&asked, site)
        {
            found = store.orders_of(&phone, limit, now)?;
        }
        Ok(found)
    };
    let orders = api.with_store("orders", page).await?;
    let items = orders.iter().map(OrderMasked::from).collect();
    Ok(axum::Json(Page::new(items, limit, |order: &OrderMasked| order.order.to_string())))
}

/// Orders whose number begins with these digits. The book keeps them side by side.
fn beginning_with(
    store: &Store,
    prefix: &OrderNumber,
    after: Option<&OrderNumber>,
    limit: usize,
    now: crate::clock::Now,
) -> Result<Vec<Order>, StoreError> {
    let mut found = Vec::new();
    if after.is_none() {
        found.extend(store.order(prefix, now)?);
    }
    found.extend(store.orders(Some(after.unwrap_or(prefix)), limit, now)?);
    found.retain(|order| order.number.as_str().starts_with(prefix.as_str()));
    found.truncate(limit);
    Ok(found)
}

/// `POST /api/page/orders/{number}/numbers`: the telephone numbers of an order. Who asks is noted.
pub async fn numbers(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    OrderPath(number): OrderPath,
) -> Result<axum::Json<OrderShown>, Problem> {
    let order = api.store.order(&number, api.now());
    match order.map_err(|error| Problem::store("order", &error))? {
        Some(order) => {
            api.note(&caller, "order.numbers", number.as_str(), "").await?;
            Ok(axum::Json(OrderShown::from(&order)))
        }
        None => Err(Problem::new(StatusCode::NOT_FOUND, "no-such-order", "There is no such order")
            .detail("it was deleted, or has expired")
            .at("path")),
    }
}
