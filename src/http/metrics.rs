//! Figures for Prometheus.

use super::Api;
use super::problem::Problem;
use super::status::lines;
use crate::call::MergeService;
use crate::status::{LineStatus, RecordingsStatus};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeSet;

type Labels = Vec<(&'static str, String)>;
type Gauges = Family<Labels, Gauge>;

/// Counters that are there from the start: an alarm must not depend on a figure that is absent until
/// it is too late.
const ALWAYS: [&str; 1] = ["merge_refused"];
/// The text format that the library writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The older one, which it is too for whoever does not ask for the newer.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`
pub async fn show(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    let store = api.with_store("metrics", |store| Ok(store.status())).await?;
    let mut registry = Registry::with_prefix("maskline");
    let lines = lines(&api);
    line_gauges(&mut registry, &lines);
    line_counters(&mut registry, &lines);
    let figure = |registry: &mut Registry, name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    figure(&mut registry, "store_orders", "Orders kept", store.orders);
    figure(&mut registry, "store_records", "Call records kept", store.records);
    figure(&mut registry, "store_size_bytes", "Octets on disk", store.size_on_disk);
    figure(&mut registry, "store_healthy", "1 if the store is sound", store.healthy.into());
    figure(&mut registry, "webhook_waiting", "Call records not delivered yet", store.outbox);
    let trusted = api.now().trusted.into();
    figure(&mut registry, "clock_trusted", "1 if the time can be believed", trusted);
    let uptime = api.started.elapsed().as_secs();
    figure(&mut registry, "uptime_seconds", "Seconds since the start", uptime);
    recordings(&mut registry, &api.recordings.status());
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| Problem::failed("metrics", &error))?;
    let asked = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let newer = asked.is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let kind = if newer { OPEN_METRICS } else { PLAIN };
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn recordings(registry: &mut Registry, status: &RecordingsStatus) {
    let mut gauge = |name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    gauge("recordings", "Recordings kept", status.files);
    gauge("recordings_size_bytes", "Octets of all recordings", status.size_on_disk);
    gauge("recordings_failed", "1 if calls cannot be recorded", status.fault.is_some().into());
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
    let (up, legs, refused, signal) =
        (Gauges::default(), Gauges::default(), Gauges::default(), Gauges::default());
    for line in lines {
        let labels = labels(line);
        up.get_or_create(&labels).set(line.takes_calls().into());
        legs.get_or_create(&labels).set(line.legs.into());
        refused.get_or_create(&labels).set((line.merge == MergeService::Refused).into());
        if let Some(dbm) = line.signal_dbm {
            signal.get_or_create(&labels).set(dbm.into());
        }
    }
    registry.register("line_up", "1 if the line takes calls", up);
    registry.register("line_legs", "Legs that exist now", legs);
    let help = "1 if the network refused the last merge";
    registry.register("line_merge_service_refused", help, refused);
    registry.register("line_signal_dbm", "Signal strength", signal);
}

fn line_counters(registry: &mut Registry, lines: &[LineStatus]) {
    let mut names: BTreeSet<&str> = ALWAYS.into();
    names.extend(lines.iter().flat_map(|line| line.counters.keys().copied()));
    for name in names {
        let family = Family::<Labels, Counter>::default();
        for line in lines {
            let count = line.counters.get(name).copied().unwrap_or(0);
            family.get_or_create(&labels(line)).inc_by(count);
        }
        // The library adds `_total`.
        registry.register(name, name.replace('_', " "), family);
    }
}

fn labels(line: &LineStatus) -> Labels {
    vec![("line", line.name.clone())]
}
