//! Prometheus text, read strictly: what is let through is what every reader takes.

use std::collections::{BTreeMap, BTreeSet};

/// Labels and their values.
pub type Labels = BTreeMap<String, String>;

/// A metric and its samples.
#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub help: String,
    /// By the name of the sample: a histogram has three.
    pub samples: Vec<(String, Labels, f64)>,
}

impl Family {
    /// The names of its labels, but for a histogram's own.
    pub fn labels(&self) -> BTreeSet<&str> {
        let names = self.samples.iter().flat_map(|(_, labels, _)| labels.keys());
        names.map(String::as_str).filter(|name| *name != "le").collect()
    }

    /// The value of the one sample with these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut found = self.samples.iter().filter(|(n, l, _)| n == name && *l == labels);
        found.next().map(|(_, _, value)| *value)
    }
}

/// Reads the text format 0.0.4; fails at the first fault.
pub fn read(text: &str) -> BTreeMap<String, Family> {
    assert!(text.ends_with('\n'), "the last line has no end");
    let mut families = BTreeMap::<String, Family>::new();
    let mut open: Option<(String, Family)> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help");
            close(&mut families, open.take());
            assert!(!families.contains_key(name), "{name} comes twice");
            open = Some((name.to_owned(), Family { help: help.to_owned(), ..Family::default() }));
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            let (of, family) = open.as_mut().expect("a help before the type");
            assert_eq!(of, name, "type and help of one metric");
            assert!(
                family.kind.is_empty() && family.samples.is_empty(),
                "{name}: the type is late"
            );
            family.kind = kind.to_owned();
        } else {
            assert!(!line.starts_with('#') && !line.is_empty(), "unknown: {line:?}");
            let (name, family) = open.as_mut().expect("a sample of nothing");
            let sample = sample(line);
            let of = |suffix: &str| sample.0.strip_suffix(suffix) == Some(name.as_str());
            let histogram = of("_bucket") || of("_sum") || of("_count");
            let fits = if family.kind == "histogram" { histogram } else { sample.0 == *name };
            assert!(fits, "{line:?} is no sample of {name}");
            family.samples.push(sample);
        }
    }
    close(&mut families, open);
    families
}

fn close(families: &mut BTreeMap<String, Family>, open: Option<(String, Family)>) {
    let Some((name, family)) = open else { return };
    check(&name, &family);
    families.insert(name, family);
}

/// `name{label="value",...} value`
fn sample(line: &str) -> (String, Labels, f64) {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let (name, mut rest) = series.split_once('{').unwrap_or((series, "}"));
    let mut labels = Labels::new();
    while rest != "}" {
        let (label, after) = rest.split_once("=\"").expect("a label");
        let (text, after) = after.split_once('"').expect("the end of a label");
        assert!(!text.contains('\\') && is_name(label), "{line:?}");
        assert!(labels.insert(label.to_owned(), text.to_owned()).is_none(), "{line:?}: twice");
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    assert!(is_name(name), "{line:?}");
    let value = value.parse().unwrap_or_else(|_| panic!("{line:?}: no number"));
    (name.to_owned(), labels, value)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The conventions of Prometheus, as `promtool check metrics` asks for them.
fn check(name: &str, family: &Family) {
    assert!(is_name(name) && family.help.len() > 4, "{name}: {:?}", family.help);
    assert!(["counter", "gauge", "histogram"].contains(&family.kind.as_str()), "{name}");
    assert_eq!(name.ends_with("_total"), family.kind == "counter", "{name}: {}", family.kind);
    for wrong in
        ["_count", "_sum", "_bucket", "_ms", "_milliseconds", "_minutes", "_percent", "_kb"]
    {
        assert!(!name.ends_with(wrong), "{name}");
    }
    let mut seen = BTreeSet::new();
    for (sample, labels, value) in &family.samples {
        assert!(seen.insert((sample, labels)), "{sample} {labels:?} comes twice");
        assert!(
            value.is_finite() && (family.kind == "gauge" || *value >= 0.0),
            "{sample}: {value}"
        );
        assert_eq!(labels.contains_key("le"), sample.ends_with("_bucket"), "{sample}");
    }
    if family.kind == "histogram" {
        check_histogram(name, family);
    }
}

/// Buckets that grow up to `+Inf`, which is the count.
fn check_histogram(name: &str, family: &Family) {
    let mut series = BTreeMap::<Labels, Vec<(f64, f64)>>::new();
    for (_, labels, value) in
        family.samples.iter().filter(|(_, labels, _)| labels.contains_key("le"))
    {
        let mut labels = labels.clone();
        let le = labels.remove("le").expect("it is there");
        let le = if le == "+Inf" { f64::INFINITY } else { le.parse().expect("a bound") };
        series.entry(labels).or_default().push((le, *value));
    }
    assert!(!series.is_empty(), "{name} has no buckets");
    for (labels, buckets) in series {
        let grow = buckets.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 <= two[1].1);
        assert!(grow, "{name} {labels:?}: {buckets:?}");
        let of = |suffix: &str| {
            let wanted = format!("{name}_{suffix}");
            let mut found = family.samples.iter().filter(|(n, l, _)| *n == wanted && *l == labels);
            found.next().unwrap_or_else(|| panic!("{wanted} {labels:?} is missing")).2
        };
        let (last, count) = *buckets.last().expect("a bucket");
        assert!(
            last.is_infinite() && count == of("count") && of("sum") >= 0.0,
            "{name} {labels:?}"
        );
    }
}
