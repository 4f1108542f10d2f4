//! `GET /api/openapi.json`: what the API is, for programs. A test compares it with the router.
//!
//! - `paths` is what can be asked, `schemas` what is sent and answered.

mod paths;
mod schemas;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

/// What the page for staff asks of its own. The description says so.
#[cfg(test)]
const PRIVATE: [&str; 2] = ["/page", "/api/page"];

/// `GET /api/openapi.json`
pub async fn show() -> axum::Json<Value> {
    axum::Json(document())
}

fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Maskline",
            "summary": "Orders in, calls out, of a phone-number-masking box.",
            "description": "Errors are problem details (RFC 9457) that say what is wrong, where, \
                            and how to mend it. A 2xx to a write means that it is on disk. The \
                            clock of the box may be unknown after power-up: `/api/v1/status` says \
                            so. Paths below `/page` and `/api/page` are private to the page for \
                            staff: they are not described here and may change with it.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths::all(),
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made by `maskline token create`. Roles: read sees everything, \
                                    orders also changes the order book, recordings also hears \
                                    recordings, admin may do everything.",
                },
                "jwt": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "RS256, signed by the key of a service account (`maskline \
                                    token create --service-account`): kid = key_id, iss = \
                                    account_id, iat, exp.",
                },
            },
        },
    })
}
