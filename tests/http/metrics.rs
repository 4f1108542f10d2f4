//! Metrics: the text itself, and that documents, dashboard and alerts speak of the same.

use crate::exposition::{self, Family};
use crate::support::Box;
use maskline::clock::Now;
use maskline::order::TextState;
use maskline::record::{CallRecord, Outcome};
use maskline::status::{COUNTERS, LineState, LineStatus};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use ulid::Ulid;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn record(id: u128, outcome: Outcome) -> CallRecord {
    let mut record = CallRecord::begin(Ulid::from(id), "line1", Now::simulated(Duration::ZERO));
    record.outcome = outcome;
    record.order_number = "12345".to_owned();
    record.caller_number = Some("+61255501111".to_owned());
    record
}

/// A box to which everything has happened that is counted.
fn a_box() -> Box {
    let a_box = Box::start();
    let mut line = LineStatus { name: "line1".to_owned(), ..LineStatus::default() };
    (line.state, line.signal_dbm, line.legs) = (LineState::Busy, Some(-71), 2);
    for (n, (name, _)) in COUNTERS.iter().enumerate() {
        line.count_many(name, n as u64 + 1);
    }
    a_box.board.post(line);
    let metrics = a_box.board.metrics();
    let mut connected = record(1, Outcome::Connected);
    connected.last_key_to_dial_ms = Some(2500);
    connected.leg_b_answer_to_merge_ms = Some(7200);
    metrics.call(&connected);
    metrics.call(&record(2, Outcome::NoInput));
    metrics.call(&record(3, Outcome::NoInput));
    metrics.round_trip("line1", Duration::from_millis(15));
    metrics.round_trip("line1", Duration::from_secs(20));
    metrics.press("line1", "PWRKEY");
    a_box
}

fn metrics(a_box: &Box) -> BTreeMap<String, Family> {
    let answer = a_box.send("GET", "/metrics", None);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    exposition::read(&answer.text)
}

#[test]
fn calls_are_counted_by_outcome_and_times_fall_into_buckets() {
    let metrics = metrics(&a_box());
    let calls = &metrics["maskline_calls_total"];
    let of = |outcome| {
        calls.value("maskline_calls_total", &[("line", "line1"), ("outcome", outcome)]).unwrap()
    };
    assert_eq!((of("connected"), of("no_input"), of("merge_refused")), (1.0, 2.0, 0.0));
    assert_eq!(calls.samples.len(), Outcome::ALL.len(), "each outcome is there from the start");
    for (name, below, above, sum) in [
        ("maskline_last_key_to_dial_seconds", "2.0", "3.0", 2.5),
        ("maskline_leg_b_answer_to_merge_seconds", "7.0", "8.0", 7.2),
    ] {
        let value = |suffix: &str, labels: &[(&str, &str)]| {
            metrics[name].value(&format!("{name}{suffix}"), labels)
        };
        let bucket = |le| value("_bucket", &[("le", le), ("line", "line1")]);
        assert_eq!((bucket(below), bucket(above)), (Some(0.0), Some(1.0)), "{name}");
        assert_eq!(value("_sum", &[("line", "line1")]), Some(sum));
    }
    let trips = &metrics["maskline_at_round_trip_seconds"];
    let count = trips.value("maskline_at_round_trip_seconds_count", &[("line", "line1")]);
    assert_eq!(count, Some(2.0));
}

#[test]
fn a_line_is_in_one_state_and_has_its_counters() {
    let metrics = metrics(&a_box());
    let state = &metrics["maskline_line_state"];
    let sum: f64 = state.samples.iter().map(|(_, _, value)| value).sum();
    assert_eq!((state.samples.len(), sum), (LineState::ALL.len(), 1.0));
    let busy = state.value("maskline_line_state", &[("line", "line1"), ("state", "busy")]);
    assert_eq!(busy, Some(1.0));
    for (n, (name, _)) in COUNTERS.iter().enumerate().filter(|(_, (name, _))| *name != "calls") {
        let name = format!("maskline_{name}_total");
        let value = metrics[&name].value(&name, &[("line", "line1")]);
        assert_eq!(value, Some(n as f64 + 1.0), "{name}");
    }
}

#[test]
fn a_line_that_says_nothing_yet_has_its_figures_at_0() {
    let metrics = metrics(&Box::start());
    for name in ["maskline_merge_refused_total", "maskline_line_up"] {
        assert_eq!(metrics[name].value(name, &[("line", "line1")]), Some(0.0), "{name}");
    }
    let presses = &metrics["maskline_board_presses_total"];
    assert!(presses.samples.len() == 2 && presses.samples.iter().all(|(_, _, n)| *n == 0.0));
}

#[test]
fn what_waits_for_the_webhook_has_an_age() {
    let a_box = Box::start();
    let value = |name: &str| metrics(&a_box)[name].value(name, &[]).unwrap();
    let oldest = "maskline_webhook_oldest_age_seconds";
    assert_eq!((value("maskline_webhook_waiting"), value(oldest)), (0.0, 0.0));
    for (id, minutes) in [(1, 10), (2, 5)] {
        let mut record = record(id, Outcome::Connected);
        let ended = a_box.now().wall - jiff::SignedDuration::from_mins(minutes);
        record.ended_at = Some(ended);
        a_box.add_record(&record);
    }
    assert_eq!(value("maskline_webhook_waiting"), 2.0);
    assert!((600.0..660.0).contains(&value(oldest)), "{}", value(oldest));
    a_box.store.outbox_done(Ulid::from(1)).unwrap();
    assert!((300.0..360.0).contains(&value(oldest)), "{}", value(oldest));
    let commits = &metrics(&a_box)["maskline_store_commit_duration_seconds"];
    let count = commits.value("maskline_store_commit_duration_seconds_count", &[]).unwrap();
    assert!(count >= 3.0, "{count} commits for three writes and a token");
}

#[test]
fn open_metrics_is_given_to_whoever_asks_for_it() {
    let a_box = a_box();
    let url = format!("{}/metrics", a_box.url());
    let mut answer = ureq::get(&url)
        .header("authorization", format!("Bearer {}", a_box.token()))
        .header("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
        .call()
        .unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.body_mut().read_to_string().unwrap();
    assert!(text.contains("\n# TYPE maskline_calls counter\n"), "{text}");
    assert!(text.contains("\n# UNIT maskline_at_round_trip_seconds seconds\n"), "{text}");
    assert!(text.ends_with("\n# EOF\n"), "{text}");
}

#[test]
fn no_label_tells_of_a_telephone_an_order_or_a_call() {
    let a_box = a_box();
    a_box.send("PUT", "/api/v1/orders/12345", Some(ORDER));
    let states = LineState::ALL.iter().map(|(_, name)| *name);
    let outcomes = Outcome::ALL.iter().map(|outcome| outcome.name());
    let others = ["line1", "PWRKEY", "RESET", env!("CARGO_PKG_VERSION")];
    let texts = TextState::ALL.iter().map(|state| state.name());
    let known: BTreeSet<&str> = states.chain(outcomes).chain(texts).chain(others).collect();
    for (name, family) in metrics(&a_box) {
        for (label, value) in family.samples.iter().flat_map(|(_, labels, _)| labels) {
            assert!(label == "le" || known.contains(value.as_str()), "{name} {label}={value}");
        }
    }
}

const ORDER: &str = r#"{"courier":"+61255501111","customer":"+61255502222"}"#;

#[test]
fn the_document_lists_every_metric_with_its_type_and_labels() {
    let document = file("docs/metrics.md");
    let rows = document.lines().filter(|line| line.starts_with("| `maskline_"));
    let listed: BTreeMap<&str, (&str, BTreeSet<&str>)> = rows
        .map(|row| {
            let mut cells = row.split(" | ").map(|cell| cell.trim_matches(['|', ' ']));
            let name = cells.next().unwrap().trim_matches('`');
            let (kind, labels) = (cells.next().unwrap(), cells.next().unwrap());
            let labels = labels.split('`').skip(1).step_by(2).collect();
            (name, (kind, labels))
        })
        .collect();
    let metrics = metrics(&a_box());
    let shown: BTreeMap<&str, (&str, BTreeSet<&str>)> = metrics
        .iter()
        .map(|(name, family)| (name.as_str(), (family.kind.as_str(), family.labels())))
        .collect();
    assert_eq!(listed, shown);
}

#[test]
fn every_expression_of_dashboard_and_alerts_names_metrics_and_labels_that_exist() {
    let metrics = metrics(&a_box());
    let samples = metrics.values().flat_map(|family| &family.samples);
    let mut names = BTreeSet::from(["up"]);
    let mut labels = BTreeSet::from(["job", "instance"]);
    for (name, of, _) in samples {
        names.insert(name);
        labels.extend(of.keys().map(String::as_str));
    }
    let dashboard: serde_json::Value =
        serde_json::from_str(&file("dashboards/maskline.json")).unwrap();
    let mut expressions = Vec::new();
    collect(&dashboard, &mut expressions);
    let panels = expressions.len();
    let alerts = file("dashboards/alerts.yml");
    let alerts = alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    expressions.extend(alerts.map(str::to_owned));
    assert!(panels >= 40 && expressions.len() >= panels + 9, "{} expressions", expressions.len());
    for expression in &expressions {
        let mut spoken_of = 0;
        for word in words(expression) {
            if word.starts_with("maskline_") || word == "up" {
                assert!(names.contains(word), "{word} of {expression}");
                spoken_of += 1;
            }
        }
        assert!(spoken_of > 0, "{expression} is about nothing");
        for label in labels_of(expression) {
            assert!(labels.contains(label), "{label} of {expression}");
        }
    }
    let all = expressions.join("\n");
    let unseen = |name: &&String| !all.contains(name.as_str());
    let unseen: Vec<_> = metrics.keys().filter(unseen).collect();
    let only_to_look_up = ["maskline_build_info", "maskline_line_merge_service_refused"];
    assert_eq!(unseen, only_to_look_up, "each is on the dashboard or in an alert");
}

/// Everything that a dashboard asks Prometheus.
fn collect(value: &serde_json::Value, expressions: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value.as_str()) {
                    ("expr" | "definition", Some(text)) => expressions.push(text.to_owned()),
                    _ => collect(value, expressions),
                }
            }
        }
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| collect(item, expressions));
        }
        _ => {}
    }
}

/// The words of an expression, what stands between quotation marks left out.
fn words(expression: &str) -> impl Iterator<Item = &str> {
    let outside = expression.split('"').step_by(2);
    outside.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
}

/// The labels that an expression selects by (`{line=...}`) or sums by (`by (line)`).
fn labels_of(expression: &str) -> Vec<&str> {
    let within = |open: &'static str, close: char| {
        let parts = expression.split(open).skip(1);
        parts.filter_map(move |rest| rest.split(close).next())
    };
    let selected = within("{", '}').flat_map(words).collect::<Vec<_>>();
    let summed = within("by (", ')').flat_map(words);
    selected.into_iter().chain(summed).filter(|label| !label.is_empty()).collect()
}
