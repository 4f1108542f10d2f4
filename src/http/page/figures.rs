//! Figures about calls: how many, how they ended, how long they took.

use super::calls::{since, walk};
use crate::http::Api;
use crate::http::extract::Params;
use crate::http::problem::Problem;
use crate::record::{CallRecord, Outcome};
use crate::store::Store;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Seconds of one slot: zones differ by quarters of an hour, and the browser knows its own.
const SLOT_S: i64 = 900;
/// Seconds of one column of "time to connect".
const COLUMN_S: u64 = 5;
/// Columns; the last holds whatever took longer.
const COLUMNS: usize = 18;

/// The query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiguresParams {
    since: Option<String>,
}

/// What is counted of the calls that began in one slot.
#[derive(Default, Serialize)]
struct Slot {
    calls: u64,
    /// The two were connected, or the caller with the operator.
    connected: u64,
    /// An order number was keyed.
    keyed: u64,
    /// The first one keyed was one of the caller's orders.
    right_at_first: u64,
}

/// All figures.
#[derive(Serialize)]
pub struct Figures {
    /// By the second at which a slot begins; slots without a call are left out.
    slots: BTreeMap<i64, Slot>,
    slot_seconds: i64,
    outcomes: BTreeMap<String, u64>,
    /// Calls by how long a caller waited from our answer to the merge.
    connect_columns: Vec<u64>,
    column_seconds: u64,
    /// Half of those who were connected waited no longer than this.
    connect_median_ms: Option<u64>,
    /// Nine of ten waited no longer than this.
    connect_p90_ms: Option<u64>,
}

/// `GET /api/page/figures?since=`
pub async fn show(
    State(api): State<Api>,
    Params(params): Params<FiguresParams>,
) -> Result<axum::Json<Figures>, Problem> {
    let since = since(params.since.as_deref(), api.now().wall)?;
    let count = move |store: &Store| {
        let mut counting = Counting::default();
        walk(store, since, |record| {
            counting.add(&record);
            ControlFlow::Continue(())
        })?;
        Ok(counting.done())
    };
    Ok(axum::Json(api.with_store("figures", count).await?))
}

#[derive(Default)]
struct Counting {
    slots: BTreeMap<i64, Slot>,
    outcomes: BTreeMap<String, u64>,
    waited_ms: Vec<u64>,
}

impl Counting {
    fn add(&mut self, record: &CallRecord) {
        let second = record.started_at.as_second();
        let slot = self.slots.entry(second - second.rem_euclid(SLOT_S)).or_default();
        slot.calls += 1;
        if matches!(record.outcome, Outcome::Connected | Outcome::OperatorConnected) {
            slot.connected += 1;
        }
        slot.keyed += u64::from(record.entries > 0);
        let right = record.entries == 1 && record.phone_search == "Phone number is found";
        slot.right_at_first += u64::from(right);
        let outcome = serde_json::to_value(record.outcome).unwrap_or_default();
        *self.outcomes.entry(outcome.as_str().unwrap_or_default().to_owned()).or_default() += 1;
        if let (Some(answered), Some(merged)) = (record.answered_at, record.merged_at) {
            let waited = merged.duration_since(answered).as_millis();
            self.waited_ms.extend(u64::try_from(waited).ok());
        }
    }

    fn done(mut self) -> Figures {
        self.waited_ms.sort_unstable();
        let waited = &self.waited_ms;
        let share = |tenths: usize| {
            let place = (waited.len() * tenths).div_ceil(10).checked_sub(1)?;
            waited.get(place).copied()
        };
        let (connect_median_ms, connect_p90_ms) = (share(5), share(9));
        let mut connect_columns = vec![0; COLUMNS];
        for ms in waited {
            let column = usize::try_from(ms / 1000 / COLUMN_S).unwrap_or(COLUMNS);
            connect_columns[column.min(COLUMNS - 1)] += 1;
        }
        Figures {
            slots: self.slots,
            slot_seconds: SLOT_S,
            outcomes: self.outcomes,
            connect_columns,
            column_seconds: COLUMN_S,
            connect_median_ms,
            connect_p90_ms,
        }
    }
}
