//! The two text formats: OpenMetrics, which the library writes, and the older one made from it.
//!
//! They differ in what describes a family: the older one names a counter in full (`x_total`, not `x`),
//! and knows no units and no end.

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use std::fmt::Error;

/// OpenMetrics 1.0.
pub(super) fn open_metrics(registry: &Registry) -> Result<String, Error> {
    let mut text = String::new();
    encode(&mut text, registry)?;
    Ok(text)
}

/// Prometheus 0.0.4.
pub(super) fn plain(registry: &Registry) -> Result<String, Error> {
    Ok(older(&open_metrics(registry)?))
}

fn older(newer: &str) -> String {
    let mut text = String::with_capacity(newer.len());
    let mut lines = newer.lines().peekable();
    while let Some(line) = lines.next() {
        let description = line.strip_prefix("# ").and_then(|rest| rest.split_once(' '));
        match description {
            None if line == "# EOF" => {}
            Some(("UNIT", _)) => {}
            Some((what @ ("HELP" | "TYPE"), rest)) => {
                // The type follows the help.
                let of =
                    if what == "HELP" { lines.peek().copied().unwrap_or_default() } else { line };
                let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let suffix = if of.ends_with(" counter") { "_total" } else { "" };
                text += &format!("# {what} {name}{suffix} {rest}\n");
            }
            _ => text += &format!("{line}\n"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn the_older_format_names_counters_in_full_and_has_no_units_and_no_end() {
        let newer = "# HELP calls Each counter, told.\n# TYPE calls counter\ncalls_total 3\n\
                     # HELP wait_seconds A wait.\n# TYPE wait_seconds gauge\n\
                     # UNIT wait_seconds seconds\nwait_seconds 1\n# EOF\n";
        let wanted = "# HELP calls_total Each counter, told.\n# TYPE calls_total counter\n\
                      calls_total 3\n# HELP wait_seconds A wait.\n# TYPE wait_seconds gauge\n\
                      wait_seconds 1\n";
        assert_eq!(older(newer), wanted);
    }
}
