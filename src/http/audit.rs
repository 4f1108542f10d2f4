//! Who changed what. Telephone numbers are masked.

use super::Api;
use super::auth::Caller;
use super::calls::ListParams;
use super::extract::{Page, Params, page_rows};
use super::problem::Problem;
use crate::clock::FLOOR;
use crate::number::PhoneNumber;
use crate::order::Order;
use crate::store::{AuditEntry, Store};
use axum::extract::State;

impl Api {
    /// The store for a change by this caller, which is noted with the change.
    pub(super) fn audited(&self, by: &Caller, what: &str, target: &str, detail: &str) -> Api {
        let at = self.now().wall.max(FLOOR);
        let entry = AuditEntry::new(at, &by.name, what, target, detail);
        Api { store: self.store.audited(entry), ..self.clone() }
    }
}

/// What is noted of an order.
pub fn detail(order: &Order) -> String {
    let (courier, customer) = (masked(&order.courier), masked(&order.customer));
    format!("courier {courier}, customer {customer}, expires {}", order.expires_at)
}

/// The first and the last two digits.
fn masked(number: &PhoneNumber) -> String {
    let e164 = number.e164();
    format!("{}…{}", &e164[..3], &e164[e164.len() - 2..])
}

/// `GET /api/v1/audit?since=&after=&limit=`: oldest first.
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<AuditEntry>>, Problem> {
    let limit = page_rows(params.limit())?;
    let (since, after) = (params.since()?, params.after()?);
    let page = move |store: &Store| store.audit(since, after, limit + 1);
    let entries = api.with_store("audit", page).await?;
    Ok(axum::Json(Page::new(entries, limit, |entry: &AuditEntry| entry.id.to_string())))
}
