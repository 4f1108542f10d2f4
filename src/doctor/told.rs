//! What a running daemon says of itself, of its modems, and of the last call.

use super::machine::clock_finding;
use super::{Finding, Verdict};
use serde_json::Value;

/// Weaker than this (dBm), calls break off.
const WEAK_DBM: i64 = -101;
/// A measured rate off by more than this share is a sign of a broken port.
const RATE_OFF: f64 = 0.02;

pub(super) fn box_itself(status: &Value, found: &mut impl FnMut(Finding)) {
    found(clock_finding(status["clock"]["trusted"] == true));
    let notices = status["store"]["notices"].as_array();
    let notices: Vec<&str> = notices.into_iter().flatten().filter_map(Value::as_str).collect();
    let orders = status["store"]["orders"].as_u64().unwrap_or_default();
    found(match (status["store"]["healthy"] == true, notices.join("; ")) {
        (true, seen) if seen.is_empty() => Finding::ok("store", format!("{orders} orders")),
        (healthy, seen) => {
            let mend = "see docs/store.md, \"what status says\"; what was damaged was moved aside, not deleted";
            let found = Finding::warning("store", seen, mend);
            let verdict = if healthy { Verdict::Warning } else { Verdict::Failure };
            Finding { verdict, ..found }
        }
    });
    if status["webhook"]["configured"] == true {
        let waiting = status["webhook"]["waiting"].as_u64().unwrap_or_default();
        found(match waiting {
            0 => Finding::ok("webhook", "nothing waits"),
            _ => Finding::warning(
                "webhook",
                format!("{waiting} call record(s) wait to be delivered"),
                "the page says why (Health, Deliveries), or GET /api/v1/webhook",
            ),
        });
    }
    if let Some(fault) = status["recordings"]["fault"].as_str() {
        let finding = Finding::from_fault("recordings", fault);
        found(Finding { verdict: Verdict::Warning, ..finding });
    }
}

pub(super) fn line(status: &Value, name: &str, found: &mut impl FnMut(Finding)) {
    let lines = status["lines"].as_array();
    let Some(line) = lines.into_iter().flatten().find(|line| line["name"] == name) else {
        let mend = "`systemctl restart maskline`: the configuration has changed since its start";
        return found(Finding::failure("modem", "the daemon does not know this line", mend));
    };
    let text = |name: &str| line[name].as_str();
    found(match (text("fault"), text("state").unwrap_or_default()) {
        (Some(fault), _) => Finding::from_fault("modem", fault),
        (None, "ready" | "busy") => {
            let modem = text("modem").unwrap_or("a modem");
            let operator = text("operator").unwrap_or("an unnamed network");
            Finding::ok("modem", format!("takes calls: {modem}, {operator}"))
        }
        (None, state) => {
            let mend = "wait a minute and look again; if it stays so, see the log";
            Finding::warning("modem", format!("does not take calls yet: {state}"), mend)
        }
    });
    signal(line["signal_dbm"].as_i64()).into_iter().for_each(&mut *found);
    found(match text("merge").unwrap_or_default() {
        "works" => Finding::ok("merge", "the network joins two calls"),
        "refused" => Finding::failure(
            "merge",
            "the network refused to hold or to join two calls",
            "ask the operator of the SIM to switch on call hold and multiparty (conference)",
        ),
        _ => Finding::warning(
            "merge",
            "not tried since the start",
            "make one call with two phones before the box goes into service",
        ),
    });
    sound(&line["last_call_sound"]).into_iter().for_each(found);
}

pub(super) fn signal(dbm: Option<i64>) -> Option<Finding> {
    let dbm = dbm?;
    let mend = "move the antenna to a window, away from the computer; check its plug";
    Some(match dbm {
        ..WEAK_DBM => Finding::warning("signal", format!("{dbm} dBm: weak"), mend),
        _ => Finding::ok("signal", format!("{dbm} dBm")),
    })
}

fn sound(sound: &Value) -> Vec<Finding> {
    if sound.is_null() {
        let mend = "make a call: it tells whether sound goes both ways, and at which rate";
        return vec![Finding::warning("sound", "no call since the start", mend)];
    }
    let mend = "call again; if it stays so, see docs/modem.md, sound";
    let missing = match sound["missing"].as_str() {
        Some("received") => Some("in the last call nothing was heard from the phones"),
        Some("sent") => Some("in the last call nothing could be said to the phones"),
        Some(_) => Some("the last call had no sound in either direction"),
        None => None,
    };
    let mut all: Vec<Finding> =
        missing.into_iter().map(|seen| Finding::failure("sound", seen, mend)).collect();
    if let (Some(rate), Some(measured)) = (sound["rate_hz"].as_f64(), sound["measured_hz"].as_f64())
    {
        let seen = format!("{measured} samples/s where {rate} are due");
        let off = (measured / rate - 1.0).abs() > RATE_OFF;
        all.push(match off {
            true => Finding::warning("sound rate", seen, mend),
            false => Finding::ok("sound rate", seen),
        });
    }
    if all.is_empty() {
        all.push(Finding::ok("sound", "the last call had sound both ways"));
    }
    all
}
