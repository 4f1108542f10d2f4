//! What can be asked. Each operation names the role that it wants.

use crate::limits::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use serde_json::{Map, Value, json};

/// A path with its operations.
struct Path(Map<String, Value>);

impl Path {
    fn new() -> Path {
        Path(Map::new())
    }

    fn on(mut self, method: &str, operation: Operation) -> Path {
        self.0.insert(method.to_owned(), operation.0);
        self
    }
}

struct Operation(Value);

impl Operation {
    /// One that may be asked by this role.
    fn new(id: &str, role: &str, summary: &str) -> Operation {
        let problem = json!({
            "description": "A problem: what is wrong, where, and how to mend it",
            "content": { "application/problem+json": { "schema": schema("Problem") } },
        });
        Operation(json!({
            "operationId": id,
            "summary": summary,
            "description": format!("Role: {role}."),
            "parameters": [],
            "responses": { "default": problem },
        }))
    }

    /// One that needs no token.
    fn open(id: &str, summary: &str) -> Operation {
        let mut operation = Operation::new(id, "none, no token is needed", summary);
        operation.0["security"] = json!([]);
        operation
    }

    fn with(mut self, parameter: Value) -> Operation {
        self.0["parameters"].as_array_mut().expect("a list").push(parameter);
        self
    }

    fn takes(mut self, kinds: &[&str], schema: &Value) -> Operation {
        let one = |kind: &&str| ((*kind).to_owned(), json!({ "schema": schema }));
        let content: Map<String, Value> = kinds.iter().map(one).collect();
        self.0["requestBody"] = json!({ "required": true, "content": content });
        self
    }

    fn answers(mut self, status: u16, what: &str, kind: &str, schema: &Value) -> Operation {
        let mut content = Map::new();
        content.insert(kind.to_owned(), json!({ "schema": schema }));
        let answer = json!({ "description": what, "content": content });
        self.0["responses"][status.to_string()] = answer;
        self
    }

    fn json(self, status: u16, what: &str, name: &str) -> Operation {
        self.answers(status, what, "application/json", &schema(name))
    }

    fn empty(mut self, status: u16, what: &str) -> Operation {
        self.0["responses"][status.to_string()] = json!({ "description": what });
        self
    }
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn query(name: &str, what: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": what, "schema": schema })
}

fn in_path(name: &str, what: &str, schema: &Value) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": what, "schema": schema,
    })
}

fn limit() -> Value {
    let rows = json!({
        "type": "integer", "minimum": 1, "maximum": PAGE_ROWS_MAX, "default": PAGE_ROWS_DEFAULT,
    });
    query("limit", "Rows at most", &rows)
}

fn since() -> Value {
    let time = json!({ "type": "string", "format": "date-time" });
    query("since", "Only what began then or later", &time)
}

fn after(schema: &Value) -> Value {
    query("after", "`next` of the page before", schema)
}

fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn all() -> Value {
    let mut paths = Map::new();
    for (path, item) in
        orders().into_iter().chain(calls()).chain(staff()).chain(sticks()).chain(about())
    {
        paths.insert(path.to_owned(), Value::Object(item.0));
    }
    Value::Object(paths)
}

type Paths = Vec<(&'static str, Path)>;

fn orders() -> Paths {
    let number = || in_path("number", "The order number", &schema("OrderNumber"));
    let get = Operation::new("getOrder", "read", "Shows an order").with(number());
    let put = Operation::new("putOrder", "orders", "Stores an order, or replaces it")
        .with(number())
        .takes(&["application/json"], &schema("NewOrder"));
    let delete = Operation::new("deleteOrder", "orders", "Deletes an order").with(number());
    let list = Operation::new("listOrders", "read", "Lists orders in the order of their digits")
        .with(after(&schema("OrderNumber")))
        .with(limit());
    let import = Operation::new("importOrders", "orders", "Stores many orders from a file")
        .with(query("dry_run", "Check everything, store nothing", &json!({ "type": "boolean" })))
        .with(query(
            "mode",
            "What becomes of orders that the file does not name; nothing is removed where a row \
             was rejected",
            &json!({ "enum": ["merge", "replace"], "default": "merge" }),
        ))
        .takes(&["text/csv", "application/x-ndjson"], &text());
    let mut import = import.json(200, "What was done", "ImportReport");
    import.0["requestBody"]["content"]["application/json"] =
        json!({ "schema": { "type": "array", "items": schema("ImportRow") } });
    vec![
        (
            "/api/v1/orders/{number}",
            Path::new()
                .on("get", get.json(200, "The order", "Order"))
                .on(
                    "put",
                    put.json(200, "It took the place of another", "Order").json(
                        201,
                        "It is new",
                        "Order",
                    ),
                )
                .on("delete", delete.empty(204, "It is gone")),
        ),
        ("/api/v1/orders", Path::new().on("get", list.json(200, "A page", "OrderPage"))),
        (
            "/api/v1/orders/import",
            Path::new().on("post", import).on(
                "get",
                Operation::new("getImport", "read", "How far the import is, or how the last ended")
                    .json(200, "How far it is", "ImportProgress"),
            ),
        ),
        (
            "/api/v1/orders/export",
            Path::new().on(
                "get",
                Operation::new("exportOrders", "read", "All orders, as import takes them back")
                    .answers(200, "CSV", "text/csv", &text()),
            ),
        ),
        ("/platform_api", Path::new().on("post", platform("callPlatform", true))),
        (
            "/platform_api/{cmd}",
            Path::new().on(
                "post",
                platform("callPlatformCommand", false).with(in_path(
                    "cmd",
                    "The command",
                    &json!({ "enum": COMMANDS }),
                )),
            ),
        ),
    ]
}

/// The key-value calls.
const COMMANDS: [&str; 5] = [
    "SetKeyValueItem",
    "GetKeyValueItem",
    "GetKeyValueItems",
    "GetKeyValueKeys",
    "DelKeyValueItem",
];

fn platform(id: &str, with_command: bool) -> Operation {
    let summary = "The cloud platform's key-value calls: items are orders";
    let mut operation = Operation::new(id, "orders (a service account)", summary);
    let mut form = json!({
        "type": "object",
        "properties": {
            "key": { "type": "string", "maxLength": 200 },
            "value": { "type": "string", "maxLength": 2000 },
            "application_id": { "type": "string" },
            "application_name": { "type": "string" },
            "ttl": { "type": "integer", "minimum": 0, "maximum": 7_776_000 },
            "expires_at": { "type": "integer" },
            "count": { "type": "integer", "minimum": 1, "maximum": 50, "default": 10 },
            "offset": { "type": "integer", "minimum": 0, "default": 0 },
        },
    });
    if with_command {
        form["properties"]["cmd"] = json!({ "enum": COMMANDS });
    }
    operation.0["requestBody"] =
        json!({ "content": { "application/x-www-form-urlencoded": { "schema": form } } });
    operation.0["security"] = json!([{ "jwt": [] }]);
    let error = json!({
        "description": "Refused",
        "content": { "application/json": { "schema": schema("PlatformAnswer") } },
    });
    operation.0["responses"]["default"] = error;
    operation.json(200, "The result, or an error", "PlatformAnswer")
}

fn calls() -> Paths {
    let id = || in_path("id", "Its call_id", &schema("Ulid"));
    let list = Operation::new("listCalls", "read", "Lists call records, oldest first")
        .with(since())
        .with(after(&schema("Ulid")))
        .with(limit());
    let octets = json!({ "type": "string" });
    let recording = Operation::new("getRecording", "recordings", "The recording of a call")
        .with(id())
        .with(json!({
            "name": "Range", "in": "header", "description": "A part of it: `bytes=0-999`",
            "schema": octets,
        }))
        .answers(200, "The sound", "audio/ogg", &json!({}))
        .answers_too(200, "audio/wav")
        .answers(206, "The part that was asked for", "audio/ogg", &json!({}))
        .answers_too(206, "audio/wav");
    vec![
        ("/api/v1/calls", Path::new().on("get", list.json(200, "A page", "CallPage"))),
        (
            "/api/v1/calls/export",
            Path::new().on(
                "get",
                Operation::new("exportCalls", "read", "All call records, one per line")
                    .with(since())
                    .answers(200, "JSON lines", "application/x-ndjson", &text()),
            ),
        ),
        (
            "/api/v1/calls/{id}",
            Path::new().on(
                "get",
                Operation::new("getCall", "read", "Shows a call record").with(id()).json(
                    200,
                    "The record",
                    "Call",
                ),
            ),
        ),
        ("/api/v1/calls/{id}/recording", Path::new().on("get", recording)),
        (
            "/api/v1/webhook",
            Path::new()
                .on(
                    "get",
                    Operation::new("listWaiting", "read", "What waits for the webhook, and why")
                        .with(limit())
                        .json(200, "What is due soonest first", "WaitingPage"),
                )
                .on(
                    "post",
                    Operation::new("sendAll", "admin", "Sends now whatever waits for the webhook")
                        .json(202, "They will be sent", "Sent"),
                ),
        ),
        (
            "/api/v1/webhook/{call_id}",
            Path::new()
                .on(
                    "get",
                    Operation::new("getWaiting", "read", "Whether a call record waits, and why")
                        .with(in_path("call_id", "Which call", &schema("Ulid")))
                        .json(200, "It waits", "Waiting"),
                )
                .on(
                    "post",
                    Operation::new(
                        "sendAgain",
                        "admin",
                        "Sends a call record now, also one that was delivered before",
                    )
                    .with(in_path("call_id", "Which call", &schema("Ulid")))
                    .empty(202, "It will be sent"),
                ),
        ),
    ]
}

fn staff() -> Paths {
    let name = json!({ "type": "string", "minLength": 1 });
    let create = Operation::new("createToken", "admin", "Makes a token, or a service account")
        .takes(&["application/json"], &schema("NewToken"));
    vec![
        (
            "/api/v1/tokens",
            Path::new()
                .on(
                    "get",
                    Operation::new("listTokens", "admin", "Lists tokens without their secrets")
                        .json(200, "All of them", "TokenPage"),
                )
                .on("post", create.json(201, "Shown this once", "MadeToken")),
        ),
        (
            "/api/v1/tokens/{name}",
            Path::new().on(
                "delete",
                Operation::new("revokeToken", "admin", "Takes a token back")
                    .with(in_path("name", "Which one", &name))
                    .empty(204, "It is worth nothing now"),
            ),
        ),
        (
            "/api/v1/audit",
            Path::new().on(
                "get",
                Operation::new("listAudit", "admin", "Who changed what")
                    .with(since())
                    .with(after(&schema("Ulid")))
                    .with(limit())
                    .with(query(
                        "newest_first",
                        "The newest entries first; the next page has older ones",
                        &json!({ "type": "boolean", "default": false }),
                    ))
                    .json(200, "A page", "AuditPage"),
            ),
        ),
        (
            "/api/v1/settings",
            Path::new().on(
                "get",
                Operation::new(
                    "listSettings",
                    "read",
                    "What staff may change of the configuration",
                )
                .json(200, "All of them", "SettingPage"),
            ),
        ),
        (
            "/api/v1/settings/{name}",
            Path::new()
                .on(
                    "put",
                    Operation::new(
                        "changeSetting",
                        "admin",
                        "Changes a setting, from the next call on",
                    )
                    .with(in_path("name", "Such as `calls.hint_ms`", &name))
                    .takes(&["application/json"], &schema("SettingChange"))
                    .json(200, "As it is now", "Setting"),
                )
                .on(
                    "delete",
                    Operation::new(
                        "resetSetting",
                        "admin",
                        "Takes a change back: the file holds again",
                    )
                    .with(in_path("name", "Such as `calls.hint_ms`", &name))
                    .empty(204, "What the file says holds"),
                ),
        ),
    ]
}

fn sticks() -> Paths {
    let id = || in_path("id", "Which file", &schema("Ulid"));
    let device = || in_path("device", "Where the stick is, such as sda", &schema("Device"));
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let signature = json!({ "type": "string", "maxLength": 2048 });
    let seconds = json!({ "type": "integer", "minimum": 0, "maximum": 60, "default": 0 });
    let offer = Operation::new(
        "offerStickFile",
        "admin",
        "A file from a USB stick: imported at once \
                                if it is trusted, else it waits",
    )
    .with(required(query("file", "Its name on the stick", &name)))
    .with(required(query("device", "Where the stick is", &schema("Device"))))
    .with(query("signature", "The text of its .minisig", &signature))
    .takes(&["text/csv"], &text());
    let list = Operation::new(
        "listStickFiles",
        "read",
        "Files from USB sticks that wait for a confirmation, and the last ones that were decided",
    );
    let show = Operation::new("getStickFile", "read", "One file, with its rejected rows")
        .with(id())
        .with(query("wait_seconds", "How long to wait for its decision", &seconds));
    let confirm = Operation::new("confirmStickFile", "orders", "Imports a file that waits");
    let refuse = Operation::new("refuseStickFile", "orders", "Erases a file that waits");
    let tell = Operation::new("tellStick", "admin", "What a stick is doing, for the status")
        .with(device())
        .takes(&["application/json"], &schema("StickNews"));
    let gone = Operation::new("stickGone", "admin", "A stick was pulled out").with(device());
    vec![
        (
            "/api/v1/sticks",
            Path::new()
                .on("get", list.json(200, "All of them, newest first", "StickFilePage"))
                .on("post", offer.json(201, "What became of it", "StickFile")),
        ),
        (
            "/api/v1/sticks/{id}",
            Path::new()
                .on("get", show.json(200, "The file", "StickFile"))
                .on("post", confirm.with(id()).json(200, "What became of it", "StickFile"))
                .on("delete", refuse.with(id()).empty(204, "It is gone")),
        ),
        (
            "/api/v1/sticks/at/{device}",
            Path::new()
                .on("put", tell.empty(204, "The status shows it"))
                .on("delete", gone.empty(204, "The status shows it no more")),
        ),
    ]
}

fn required(mut parameter: Value) -> Value {
    parameter["required"] = json!(true);
    parameter
}

fn about() -> Paths {
    let get = |operation| Path::new().on("get", operation);
    vec![
        (
            "/api/v1/status",
            get(Operation::new("getStatus", "read", "What the box says about itself").json(
                200,
                "The status",
                "Status",
            )),
        ),
        (
            "/api/v1/events",
            get(Operation::new("streamEvents", "read", "Lines and calls as they change").answers(
                200,
                "Events `line` and `call`; the schema is that of one of them",
                "text/event-stream",
                &json!({
                    "type": "object",
                    "properties": {
                        "event": { "enum": ["line", "call"] },
                        "data": { "type": "string", "contentMediaType": "application/json" },
                    },
                    "required": ["event", "data"],
                }),
            )),
        ),
        (
            "/api/openapi.json",
            get(Operation::new("getOpenapi", "read", "This document").answers(
                200,
                "OpenAPI 3.1",
                "application/json",
                &json!({ "type": "object" }),
            )),
        ),
        (
            "/metrics",
            get(Operation::new("getMetrics", "read", "Figures for Prometheus")
                .answers(200, "Text", "text/plain", &text())
                .answers_too(200, "application/openmetrics-text")),
        ),
        (
            "/healthz",
            get(Operation::open("getHealth", "Can anybody be called?").json(
                200,
                "A line takes calls",
                "Health",
            )),
        ),
        (
            "/ca.pem",
            get(Operation::open("getCa", "The certificate to trust").answers(
                200,
                "PEM",
                "application/x-x509-ca-cert",
                &text(),
            )),
        ),
    ]
}

impl Operation {
    /// The same answer in another format.
    fn answers_too(mut self, status: u16, kind: &str) -> Operation {
        self.0["responses"][status.to_string()]["content"][kind] = json!({ "schema": text() });
        self
    }
}
