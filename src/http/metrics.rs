//! Figures for Prometheus: what is counted as it happens ([`crate::metrics`]), and what can be asked
//! for now. docs/metrics.md lists them all.

mod text;

use super::Api;
use super::problem::Problem;
use super::status::lines;
use crate::call::MergeService;
use crate::clock::Now;
use crate::status::{COUNTERS, LineState, LineStatus, RecordingsStatus};
use crate::store::{Store, StoreStatus};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Labels = Vec<(&'static str, String)>;
type Gauges = Family<Labels, Gauge>;

/// The counter of lines that is shown by outcome instead.
const BY_OUTCOME: &str = "calls";
/// The text format that the library writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The older one, for whoever does not ask for the newer.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`
pub async fn show(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    let ask = |store: &Store| Ok((store.status(), store.outbox_oldest()?, store.texts_waiting()));
    let (store, oldest, texts) = api.with_store("metrics", ask).await?;
    let mut registry = Registry::with_prefix("maskline");
    let lines = lines(&api);
    lines.iter().for_each(|line| api.board.metrics().add_line(&line.name));
    line_gauges(&mut registry, &lines);
    line_counters(&mut registry, &lines);
    api.board.metrics().register(&mut registry);
    webhook_gauges(&mut registry, api.now(), store.outbox, oldest);
    gauge(&mut registry, "texts_waiting", "Short messages that are to be sent", texts);
    store_gauges(&mut registry, &store);
    api.store.commits().register(&mut registry);
    recordings(&mut registry, &api.recordings.status());
    box_gauges(&mut registry, &api);
    let asked = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let newer = asked.is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let text = if newer { text::open_metrics(&registry) } else { text::plain(&registry) };
    let text = text.map_err(|error| Problem::failed("metrics", &error))?;
    let kind = if newer { OPEN_METRICS } else { PLAIN };
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn recordings(registry: &mut Registry, status: &RecordingsStatus) {
    gauge(registry, "recordings", "Recordings kept", status.files);
    gauge(registry, "recordings_size_bytes", "Octets of all recordings", status.size_on_disk);
    let failed = status.fault.is_some().into();
    gauge(registry, "recordings_failed", "1 if calls cannot be recorded", failed);
    let mut counter = |name: &str, help: &str, value: u64| {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    };
    counter("recordings_cut_off", "Recordings that were cut off", status.cut_off);
    let help = "20 ms blocks that the disk was too slow for";
    counter("recording_dropped_blocks", help, status.dropped_blocks);
}

fn line_gauges(registry: &mut Registry, lines: &[LineStatus]) {
    let [up, state, legs, refused, signal] = std::array::from_fn(|_| Gauges::default());
    for line in lines {
        let labels = labels(line);
        up.get_or_create(&labels).set(line.takes_calls().into());
        for (other, name) in LineState::ALL {
            let labels = vec![("line", line.name.clone()), ("state", name.to_owned())];
            state.get_or_create(&labels).set((line.state == other).into());
        }
        legs.get_or_create(&labels).set(line.legs.into());
        refused.get_or_create(&labels).set((line.merge == MergeService::Refused).into());
        if let Some(dbm) = line.signal_dbm {
            signal.get_or_create(&labels).set(dbm.into());
        }
    }
    registry.register("line_up", "1 if the line takes calls", up);
    registry.register("line_state", "1 for the state that the line is in, 0 for the others", state);
    registry.register("line_legs", "Legs that exist now", legs);
    let help = "1 if the network refused the last hold or merge";
    registry.register("line_merge_service_refused", help, refused);
    registry.register("line_signal_dbm", "Signal strength, absent where it is unknown", signal);
}

fn line_counters(registry: &mut Registry, lines: &[LineStatus]) {
    for (name, help) in COUNTERS.iter().filter(|(name, _)| *name != BY_OUTCOME) {
        let family = Family::<Labels, Counter>::default();
        for line in lines {
            let count = line.counters.get(name).copied().unwrap_or(0);
            family.get_or_create(&labels(line)).inc_by(count);
        }
        // The library adds `_total`.
        registry.register(*name, *help, family);
    }
}

fn webhook_gauges(registry: &mut Registry, now: Now, waiting: u64, oldest: Option<Timestamp>) {
    gauge(registry, "webhook_waiting", "Call records that the webhook has not taken yet", waiting);
    // A clock that was set back makes nothing younger than now.
    let age = oldest.map_or(0, |since| now.wall.duration_since(since).as_secs());
    let help = "How long the oldest of them waits, 0 if none does";
    gauge(registry, "webhook_oldest_age_seconds", help, u64::try_from(age).unwrap_or(0));
}

fn store_gauges(registry: &mut Registry, store: &StoreStatus) {
    let help = "Orders kept, those expired and not yet purged included";
    gauge(registry, "store_orders", help, store.orders);
    gauge(registry, "store_records", "Call records kept", store.records);
    gauge(registry, "store_size_bytes", "What the store takes on the disk", store.size_on_disk);
    if let Some(free) = store.free_on_disk {
        gauge(registry, "store_free_bytes", "What is free on the store's disk", free);
    }
    let help = "0 if something stored may be missing, or nothing can be stored";
    gauge(registry, "store_healthy", help, store.healthy.into());
}

fn box_gauges(registry: &mut Registry, api: &Api) {
    let trusted = api.now().trusted.into();
    gauge(registry, "clock_trusted", "1 if the time can be believed", trusted);
    let uptime = api.started.elapsed().as_secs();
    gauge(registry, "uptime_seconds", "Since the start of the process", uptime);
    let build = Gauges::default();
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    build.get_or_create(&version).set(1);
    registry.register("build_info", "1; the label says which version runs", build);
}

/// One figure without labels.
fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register(name, help, gauge);
}

fn labels(line: &LineStatus) -> Labels {
    vec![("line", line.name.clone())]
}
