//! The document against the router: no path and no method more or less, and answers as it says.

use super::{PRIVATE, document};
use crate::clock::Now;
use crate::config::Config;
use crate::http::{Api, admin_router, page, routes};
use crate::record::CallRecord;
use crate::status::Board;
use crate::store::Store;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

fn api(folder: &std::path::Path) -> Api {
    let text = format!(
        "[store]\npath = {folder:?}\n[[line]]\nname = \"line1\"\nat = \"/dev/null\"\n\
         [webhook]\nurl = \"http://127.0.0.1:9/\"\n"
    );
    let config = Config::parse("test.toml", &text, []).unwrap();
    let clock = Arc::new(|| Now::simulated(Duration::ZERO));
    Api::new(Store::open(folder).unwrap(), Board::default(), clock, Arc::new(config))
}

async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    body: &str,
) -> (u16, Option<String>, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let allow = answer.headers().get(header::ALLOW).map(|allow| allow.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let octets = answer.into_body().collect().await.unwrap().to_bytes();
    (status, allow, serde_json::from_slice(&octets).unwrap_or_default())
}

#[tokio::test]
async fn the_document_has_the_paths_and_methods_of_the_router() {
    let folder = tempfile::tempdir().unwrap();
    let api = api(folder.path());
    let document = document();
    let documented = document["paths"].as_object().unwrap();
    let routed: BTreeSet<&str> = routes().1.into_iter().collect();
    let named: BTreeSet<&str> = documented.keys().map(String::as_str).collect();
    assert_eq!(routed, named);
    // The router has these and the page's own, which the document calls private.
    let private = page::routes().1;
    let is_private = |path: &&str| {
        *path == "/"
            || PRIVATE.iter().any(|begin| path == begin || path.starts_with(&format!("{begin}/")))
    };
    assert!(private.iter().all(is_private), "{private:?}");
    assert!(!named.iter().any(is_private), "{named:?}");
    let described = document["info"]["description"].as_str().unwrap();
    assert!(PRIVATE.iter().all(|begin| described.contains(&format!("`{begin}`"))), "{described}");
    let router = admin_router(&api);
    for (path, operations) in documented {
        let sample = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        let sample = sample.collect::<Vec<_>>().join("/");
        let (status, allow, _) = ask(&router, "PATCH", &sample, "").await;
        assert_eq!(status, 405, "{path}");
        let allow = allow.unwrap_or_default().to_ascii_lowercase();
        let allowed: BTreeSet<&str> = allow.split(',').filter(|m| *m != "head").collect();
        let known: BTreeSet<&str> =
            operations.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(allowed, known, "{path}");
    }
}

/// Whether a value is what a schema says: as much of JSON Schema as the document uses.
fn fits(value: &Value, schema: &Value, of: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/components/schemas/");
        let found = &of["components"]["schemas"][name];
        assert!(found.is_object(), "there is no schema {name}");
        return fits(value, found, of);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = any.iter().any(|schema| fits(value, schema, of).is_ok());
        return if fits { Ok(()) } else { Err(format!("{value} is none of {any:?}")) };
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
        return Err(format!("{value} is not in {schema}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let known = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|known| known == kind),
        Value::Null => true,
        one => one == kind,
    };
    if !known {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(item, &schema["items"], of)?;
    }
    let Some(fields) = value.as_object() else { return Ok(()) };
    for needed in schema["required"].as_array().into_iter().flatten() {
        let needed = needed.as_str().unwrap();
        if !fields.contains_key(needed) {
            return Err(format!("{needed} is missing in {value}"));
        }
    }
    for (name, field) in fields {
        let more = &schema["additionalProperties"];
        match schema["properties"].get(name) {
            Some(schema) => fits(field, schema, of)?,
            None if more.is_object() => fits(field, more, of)?,
            None if more == false => return Err(format!("{name} is not in {schema}")),
            None => {}
        }
    }
    Ok(())
}

/// A file from a stick that waits, with a row that is not right.
async fn stick_file(router: &Router) -> Value {
    let csv = "order,courier,customer\n3,0255501111,0255502222\nx,0255501111,0255502222\n";
    let request = Request::post("/api/v1/sticks?file=orders.csv&device=sda")
        .header(header::CONTENT_TYPE, "text/csv")
        .body(Body::from(csv))
        .unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 201);
    let octets = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&octets).unwrap()
}

#[tokio::test]
async fn answers_are_as_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let api = api(folder.path());
    let (document, router) = (document(), admin_router(&api));
    let call = CallRecord::begin(ulid::Ulid::from_parts(1, 1), "line1", api.now());
    api.store.add_record(&call, true).unwrap();
    let id = call.call_id.to_string();
    let hint = "/api/v1/settings/calls.hint_ms";
    api.store.want_texts();
    let answer = stick_file(&router).await;
    assert_eq!(fits(&answer, &json!({ "$ref": "StickFile" }), &document), Ok(()));
    let news = r#"{"state":"done","detail":"all is done"}"#;
    let (status, ..) = ask(&router, "PUT", "/api/v1/sticks/at/sda", news).await;
    assert_eq!(status, 204);
    let order = r#"{"courier":"+61255501111","customer":"0255502222"}"#;
    let rows = r#"[{"order":"7","courier":"0255501111","customer":"0255502222"},{"order":"x"}]"#;
    for (method, path, template, body, status) in [
        ("PUT", "/api/v1/orders/1", "/api/v1/orders/{number}", order, 201),
        ("PUT", "/api/v1/orders/1", "/api/v1/orders/{number}", order, 200),
        ("GET", "/api/v1/orders/1", "/api/v1/orders/{number}", "", 200),
        ("GET", "/api/v1/orders/2", "/api/v1/orders/{number}", "", 404),
        ("GET", "/api/v1/orders", "/api/v1/orders", "", 200),
        ("POST", "/api/v1/orders/import", "/api/v1/orders/import", rows, 200),
        ("GET", "/api/v1/orders/import", "/api/v1/orders/import", "", 200),
        ("POST", "/api/v1/tokens", "/api/v1/tokens", r#"{"name":"shop"}"#, 201),
        ("POST", "/api/v1/tokens", "/api/v1/tokens", r#"{"name":"a","service_account":true}"#, 201),
        ("GET", "/api/v1/tokens", "/api/v1/tokens", "", 200),
        ("GET", "/api/v1/audit", "/api/v1/audit", "", 200),
        ("GET", "/api/v1/audit?newest_first=true", "/api/v1/audit", "", 200),
        ("GET", "/api/v1/settings", "/api/v1/settings", "", 200),
        ("PUT", hint, "/api/v1/settings/{name}", r#"{"value":2000}"#, 200),
        ("PUT", hint, "/api/v1/settings/{name}", r#"{"value":"x"}"#, 422),
        ("GET", "/api/v1/calls", "/api/v1/calls", "", 200),
        ("GET", &format!("/api/v1/calls/{id}"), "/api/v1/calls/{id}", "", 200),
        ("GET", "/api/v1/webhook", "/api/v1/webhook", "", 200),
        ("POST", "/api/v1/webhook", "/api/v1/webhook", "", 202),
        ("GET", &format!("/api/v1/webhook/{id}"), "/api/v1/webhook/{call_id}", "", 200),
        ("GET", "/api/v1/sticks", "/api/v1/sticks", "", 200),
        ("PUT", "/api/v1/sticks/at/sda", "/api/v1/sticks/at/{device}", "{}", 422),
        ("GET", "/api/v1/status", "/api/v1/status", "", 200),
        ("GET", "/healthz", "/healthz", "", 503),
        ("POST", "/platform_api", "/platform_api", "", 401),
    ] {
        let (found, _, answer) = ask(&router, method, path, body).await;
        assert_eq!(found, status, "{method} {path}: {answer}");
        let operation = &document["paths"][template][method.to_ascii_lowercase()];
        let answers = &operation["responses"];
        let known = answers.get(status.to_string()).unwrap_or(&answers["default"]);
        let content = known["content"].as_object().unwrap().values().next().unwrap();
        let fit = fits(&answer, &content["schema"], &document);
        assert_eq!(fit, Ok(()), "{method} {path}");
        assert_eq!(answer["next"].as_str(), None);
    }
}
