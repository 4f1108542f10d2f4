//! The whole order book as a file.

use super::auth::Caller;
use super::extract::Params;
use super::problem::Problem;
use super::{Api, stream};
use crate::language::Language;
use crate::limits::PAGE_ROWS_MAX;
use crate::order::{Order, OrderNumber};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

/// The query of an export: none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// `GET /api/v1/orders/export`: CSV that import takes back. Who takes all numbers along is noted.
pub async fn export(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Response, Problem> {
    api.note_if_possible(&caller, "orders.export").await;
    let (store, now) = (api.store.clone(), api.now());
    Ok(stream::rows("text/csv; charset=utf-8", "orders.csv", move |out| {
        let mut after: Option<OrderNumber> = None;
        out.send(b"order,courier,customer,expires_at,language\r\n".to_vec())?;
        loop {
            let page = store.orders(after.as_ref(), PAGE_ROWS_MAX, now)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.number.clone());
            out.send(write_csv(&page)?)?;
        }
    }))
}

/// Orders as CSV rows without a header. Numbers get an apostrophe in front: a cell that begins with
/// `+` would be a formula to a spreadsheet. Import takes it away again.
fn write_csv(orders: &[Order]) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for order in orders {
        let guarded = |number: &crate::number::PhoneNumber| format!("'{}", number.e164());
        writer.write_record([
            order.number.as_str(),
            &guarded(&order.courier),
            &guarded(&order.customer),
            &order.expires_at.to_string(),
            order.language.as_ref().map_or("", Language::as_str),
        ])?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
