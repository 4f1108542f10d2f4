//! What is sent and answered.

use crate::limits::{ORDER_DIGITS, ORDER_TTL_MAX_S};
use crate::order::TextState;
use crate::store::TOKEN_NAME_OCTETS;
use serde_json::{Map, Value, json};

/// An object whose fields are all there.
fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    optional(fields, &names)
}

/// An object of which these fields are there at least.
fn optional(fields: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn page(of: &str) -> Value {
    object(&[("items", json!({ "type": "array", "items": schema(of) })), ("next", maybe("string"))])
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn maybe(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

fn or_null(name: &str) -> Value {
    json!({ "anyOf": [schema(name), { "type": "null" }] })
}

fn maybe_time() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

/// What became of a short message, or null where there is none.
fn text_state() -> Value {
    let states = TextState::ALL.iter().map(|state| json!(state.name())).chain([Value::Null]);
    json!({ "enum": states.collect::<Vec<_>>() })
}

fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

pub(super) fn all() -> Value {
    let mut all = Map::new();
    let (orders, calls) = (orders(), calls());
    for (name, schema) in
        orders.into_iter().chain(calls).chain(staff()).chain(sticks()).chain(about())
    {
        all.insert(name.to_owned(), schema);
    }
    Value::Object(all)
}

type Schemas = Vec<(&'static str, Value)>;

fn orders() -> Schemas {
    let phone = || json!({ "type": "string", "examples": ["+61255501111"] });
    let ttl = || json!({ "type": "integer", "minimum": 1, "maximum": ORDER_TTL_MAX_S });
    let new = [
        ("order", schema("OrderNumber")),
        ("courier", phone()),
        ("customer", phone()),
        (
            "ttl_seconds",
            json!({ "type": ["integer", "null"], "minimum": 1, "maximum": ORDER_TTL_MAX_S }),
        ),
        ("expires_at", maybe_time()),
        ("language", json!({ "type": ["string", "null"], "examples": ["en"] })),
    ];
    let row = [&new[..3], &[("ttl_seconds", ttl()), ("expires_at", time()), ("language", text())]]
        .concat();
    let shown = [
        ("order", schema("OrderNumber")),
        ("courier", text()),
        ("customer", text()),
        ("expires_at", time()),
        ("texts", object(&[("courier", text_state()), ("customer", text_state())])),
        ("language", text()),
    ];
    let item = object(&[("key", text()), ("value", text()), ("expires_at", count())]);
    let key = object(&[("key", text()), ("expires_at", count())]);
    let result = json!({ "anyOf": [
        item, { "type": "array", "items": { "anyOf": [item, key] } }, { "enum": [0, 1] },
    ] });
    let error = object(&[("msg", text()), ("code", count())]);
    vec![
        (
            "OrderNumber",
            json!({ "type": "string", "pattern": format!("^[0-9]{{1,{ORDER_DIGITS}}}$") }),
        ),
        ("NewOrder", optional(&new, &["courier", "customer"])),
        ("ImportRow", optional(&row, &["order", "courier", "customer"])),
        ("Order", optional(&shown, &["order", "courier", "customer", "expires_at"])),
        ("OrderPage", page("Order")),
        (
            "ImportReport",
            object(&[
                ("dry_run", flag()),
                ("added", count()),
                ("changed", count()),
                ("unchanged", count()),
                ("removed", count()),
                ("rejected", json!({ "type": "array", "items": schema("Rejected") })),
            ]),
        ),
        ("Rejected", object(&[("line", count()), ("column", text()), ("reason", text())])),
        (
            "ImportProgress",
            object(&[
                ("state", one_of(&["checking", "storing", "done", "failed", "interrupted"])),
                ("by", text()),
                ("started_at", time()),
                ("checked", count()),
                ("to_store", maybe("integer")),
                ("stored", count()),
            ]),
        ),
        ("PlatformAnswer", optional(&[("result", result), ("error", error)], &[])),
    ]
}

fn calls() -> Schemas {
    let outcomes = [
        "connected",
        "operator_connected",
        "no_input",
        "order_not_found",
        "phone_not_found",
        "callee_unavailable",
        "operator_unavailable",
        "caller_hung_up",
        "merge_refused",
        "locked_out",
        "modem_lost",
        "interrupted",
    ];
    let words = [
        "order_number",
        "order_search",
        "phone_search",
        "sub_status",
        "sub_available",
        "need_operator",
        "call_operator",
        "call_record",
        "line",
    ];
    let mut call: Schemas = words.into_iter().map(|word| (word, text())).collect();
    call.extend([
        ("call_id", schema("Ulid")),
        ("outcome", one_of(&outcomes)),
        ("started_at", time()),
        ("answered_at", maybe_time()),
        ("leg_b_answered_at", maybe_time()),
        ("merged_at", maybe_time()),
        ("ended_at", maybe_time()),
        ("clock_trusted", flag()),
        ("ended_by", one_of(&["caller", "callee", "operator", "box", "network"])),
        ("entries", count()),
        ("near_miss", flag()),
        ("caller_withheld", flag()),
        ("last_key_to_dial_ms", maybe("integer")),
        ("leg_b_answer_to_merge_ms", maybe("integer")),
        ("sound", or_null("CallSound")),
    ]);
    vec![
        ("Ulid", json!({ "type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$" })),
        ("Call", object(&call)),
        ("CallSound", call_sound()),
        ("CallPage", page("Call")),
        (
            "Waiting",
            object(&[
                ("call_id", schema("Ulid")),
                ("line", text()),
                ("order_number", text()),
                ("started_at", time()),
                ("attempts", count()),
                ("first_at", time()),
                ("next_at", time()),
                ("last_error", text()),
            ]),
        ),
        ("WaitingPage", page("Waiting")),
        ("Sent", object(&[("due", count())])),
    ]
}

/// How the sound of a call was.
fn call_sound() -> Value {
    let missing = json!({ "enum": ["received", "sent", "both", null] });
    let whole = ["rate_hz", "measured_hz", "received_dbm0", "loudest_dbm0"];
    let counts = [
        "frames_received",
        "frames_clipped",
        "silent_stretches",
        "longest_silence_ms",
        "frames_sent",
        "frames_late",
        "frames_dropped",
    ];
    let mut fields: Schemas = vec![("missing", missing)];
    fields.extend(whole.map(|name| (name, maybe("integer"))));
    fields.extend(counts.map(|name| (name, count())));
    object(&fields)
}

fn staff() -> Schemas {
    let role = || one_of(&["read", "orders", "recordings", "admin"]);
    let name = json!({ "type": "string", "minLength": 1, "maxLength": TOKEN_NAME_OCTETS });
    let account = object(&[("account_id", count()), ("key_id", text())]);
    let token = [
        ("name", text()),
        ("role", role()),
        ("created_at", time()),
        ("last_used_at", maybe_time()),
        ("account", account),
    ];
    let credentials =
        object(&[("account_id", count()), ("key_id", text()), ("private_key", text())]);
    let maybe_role = json!({ "enum": ["read", "orders", "recordings", "admin", null] });
    let new = [("name", name), ("role", maybe_role), ("service_account", flag())];
    let made = object(&[("name", text()), ("token", text()), ("role", role())]);
    let entry = ["by", "what", "target", "detail"].map(|field| (field, text()));
    let entry = [&[("id", schema("Ulid")), ("at", time())], &entry[..]].concat();
    let value = || json!({ "type": ["integer", "boolean", "string"] });
    let maybe_value = || json!({ "type": ["integer", "boolean", "string", "null"] });
    let setting = [
        ("name", text()),
        ("kind", one_of(&["number", "switch", "phone"])),
        ("value", value()),
        ("from", one_of(&["default", "file", "staff", "environment"])),
        ("default", value()),
        ("file", maybe_value()),
        ("staff", maybe_value()),
        ("fixed", maybe("string")),
        ("refused", maybe("string")),
        // Of numbers only.
        ("min", count()),
        ("max", count()),
    ];
    let always: Vec<&str> = setting[..9].iter().map(|(name, _)| *name).collect();
    vec![
        ("Setting", optional(&setting, &always)),
        ("SettingPage", page("Setting")),
        ("SettingChange", object(&[("value", value())])),
        ("NewToken", optional(&new, &["name"])),
        ("MadeToken", json!({ "anyOf": [made, credentials] })),
        ("Token", optional(&token, &["name", "role", "created_at", "last_used_at"])),
        ("TokenPage", page("Token")),
        ("AuditEntry", object(&entry)),
        ("AuditPage", page("AuditEntry")),
    ]
}

fn sticks() -> Schemas {
    let row = object(&[("line", count()), ("column", text()), ("reason", text())]);
    let counts = ["added", "changed", "unchanged", "rejected"];
    let mut report: Schemas = counts.into_iter().map(|name| (name, count())).collect();
    report.push(("rows", json!({ "type": "array", "items": row })));
    let states = ["waiting", "importing", "imported", "refused", "failed"];
    let file = object(&[
        ("id", schema("Ulid")),
        ("file", text()),
        ("device", schema("Device")),
        ("sha256", text()),
        ("octets", count()),
        ("signed", flag()),
        ("arrived_at", time()),
        ("state", one_of(&states)),
        ("decided_at", maybe_time()),
        ("decided_by", maybe("string")),
        ("report", or_null("StickReport")),
        ("problem", maybe("string")),
    ]);
    let state = || one_of(&["reading", "waiting", "writing", "done", "failed"]);
    let detail = json!({ "type": "string", "maxLength": 250 });
    let stick =
        [("device", schema("Device")), ("state", state()), ("detail", text()), ("since", time())];
    vec![
        ("Device", json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,32}$" })),
        ("StickReport", optional(&report, &counts)),
        ("StickFile", file),
        ("StickFilePage", page("StickFile")),
        ("StickNews", optional(&[("state", state()), ("detail", detail)], &["state"])),
        ("Stick", object(&stick)),
    ]
}

fn about() -> Schemas {
    let states = ["starting", "searching", "ready", "busy", "recovering", "fault"];
    let line = object(&[
        ("name", text()),
        ("state", one_of(&states)),
        ("fault", maybe("string")),
        ("modem", maybe("string")),
        ("operator", maybe("string")),
        ("signal_dbm", maybe("integer")),
        ("legs", count()),
        ("call", maybe("string")),
        ("merge", text()),
        ("last_call_sound", or_null("CallSound")),
        ("counters", json!({ "type": "object", "additionalProperties": count() })),
    ]);
    let store = object(&[
        ("orders", count()),
        ("records", count()),
        ("outbox", count()),
        ("size_on_disk", count()),
        ("healthy", flag()),
        ("notices", json!({ "type": "array", "items": text() })),
    ]);
    let recordings = object(&[
        ("on", flag()),
        ("running", count()),
        ("files", count()),
        ("size_on_disk", count()),
        ("to_convert", count()),
        ("cut_off", count()),
        ("dropped_blocks", count()),
        ("fault", maybe("string")),
    ]);
    let status = object(&[
        ("version", text()),
        ("uptime_s", count()),
        ("lines", json!({ "type": "array", "items": schema("Line") })),
        ("store", store),
        ("clock", object(&[("trusted", flag()), ("now", time())])),
        ("webhook", object(&[("configured", flag()), ("waiting", count())])),
        ("recordings", recordings),
        ("sticks", json!({ "type": "array", "items": schema("Stick") })),
    ]);
    let problem = [
        ("type", text()),
        ("title", text()),
        ("status", count()),
        ("detail", text()),
        ("where", text()),
        ("mend", text()),
        ("lines", json!({ "type": "array" })),
    ];
    vec![
        ("Line", line),
        ("Status", status),
        ("Health", object(&[("status", text()), ("lines", count()), ("ready", count())])),
        ("Problem", optional(&problem, &["type", "title", "status"])),
    ]
}
