//! Who changed what. Telephone numbers are masked.

use super::Api;
use super::auth::Caller;
use super::extract::{Page, Params, id, page_rows, time};
use super::problem::Problem;
use crate::clock::FLOOR;
use crate::number::PhoneNumber;
use crate::order::Order;
use crate::store::{AuditEntry, Store};
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use ulid::Ulid;

/// The query of the log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    since: Option<String>,
    after: Option<String>,
    limit: Option<u64>,
    #[serde(default)]
    newest_first: bool,
}

impl Api {
    /// Notes what must not happen unnoted, and changes nothing in the store: who looked at numbers.
    pub(super) async fn note(
        &self,
        by: &Caller,
        what: &str,
        target: &str,
        detail: &str,
    ) -> Result<(), Problem> {
        let at = self.now().wall.max(FLOOR);
        let entry = AuditEntry::new(at, &by.name, what, target, detail);
        self.with_store("audit", move |store| store.note_audit(entry)).await
    }

    /// Notes what goes on even where it cannot be noted: whoever comes to see that the disk is full
    /// has to be let in.
    pub(super) async fn note_if_possible(&self, by: &Caller, what: &str) {
        if let Err(problem) = self.note(by, what, "", "").await {
            log::error!("{what} was not noted: {}", problem.sentence());
        }
    }

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

/// `GET /api/v1/audit?since=&after=&limit=&newest_first=`: oldest first, unless asked otherwise.
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<AuditEntry>>, Problem> {
    let limit = page_rows(params.limit)?;
    let since: Option<Timestamp> = time("query since", params.since.as_deref())?;
    let after: Option<Ulid> = id("query after", params.after.as_deref())?;
    let newest_first = params.newest_first;
    let page = move |store: &Store| {
        if !newest_first {
            return store.audit(since, after, limit + 1);
        }
        let mut entries = store.audit_newest(after, limit + 1)?;
        entries.retain(|entry| since.is_none_or(|since| entry.at >= since));
        Ok(entries)
    };
    let entries = api.with_store("audit", page).await?;
    Ok(axum::Json(Page::new(entries, limit, |entry: &AuditEntry| entry.id.to_string())))
}
