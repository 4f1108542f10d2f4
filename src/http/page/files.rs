//! The files of the page. They are part of the program: nothing is read from the disk.

use crate::http::Routes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};
use std::sync::OnceLock;

/// Names, kinds and contents.
macro_rules! files {
    ($($name:literal $kind:literal,)*) => {
        const FILES: &[(&str, &str, &[u8])] = &[
            $((concat!("/page/", $name), $kind,
               include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $name))),)*
        ];
    };
}

files! {
    "style.css" "text/css; charset=utf-8",
    "views.css" "text/css; charset=utf-8",
    "icon.svg" "image/svg+xml",
    "app.js" "text/javascript; charset=utf-8",
    "api.js" "text/javascript; charset=utf-8",
    "ui.js" "text/javascript; charset=utf-8",
    "words.js" "text/javascript; charset=utf-8",
    "language.js" "text/javascript; charset=utf-8",
    "words/de.json" "application/json",
    "words/es.json" "application/json",
    "words/fr.json" "application/json",
    "door.js" "text/javascript; charset=utf-8",
    "now.js" "text/javascript; charset=utf-8",
    "orders.js" "text/javascript; charset=utf-8",
    "import.js" "text/javascript; charset=utf-8",
    "calls.js" "text/javascript; charset=utf-8",
    "timeline.js" "text/javascript; charset=utf-8",
    "sound.js" "text/javascript; charset=utf-8",
    "figures.js" "text/javascript; charset=utf-8",
    "charts.js" "text/javascript; charset=utf-8",
    "health.js" "text/javascript; charset=utf-8",
    "deliveries.js" "text/javascript; charset=utf-8",
    "log.js" "text/javascript; charset=utf-8",
    "sticks.js" "text/javascript; charset=utf-8",
    "settings.js" "text/javascript; charset=utf-8",
}

/// What the page may load: its own files, and nothing else. Only a page of its own origin may show it
/// in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
const SHELL: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/index.html"));
const HTML: &str = "text/html; charset=utf-8";

/// The page's files, and the way to it.
pub(super) fn routes() -> Routes {
    let shell = async |headers: HeaderMap| {
        let mut answer = file(HTML, SHELL, &headers);
        let policy = HeaderValue::from_static(POLICY);
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        answer
    };
    let routes = Routes::default()
        .at("/", get(async || Redirect::to("/page/")))
        .at("/page", get(async || Redirect::to("/page/")))
        .at("/page/", get(shell));
    FILES.iter().fold(routes, |routes, &(path, kind, content)| {
        routes.at(path, get(async move |headers: HeaderMap| file(kind, content, &headers)))
    })
}

fn file(kind: &'static str, content: &'static [u8], headers: &HeaderMap) -> Response {
    // One tag for all: they change together, with the program.
    static TAG: OnceLock<String> = OnceLock::new();
    let tag = TAG.get_or_init(|| {
        let mut sum = Sha256::new_with_prefix(SHELL);
        FILES.iter().for_each(|(_, _, content)| sum.update(content));
        let sum = sum.finalize();
        format!("\"{}\"", sum[..8].iter().map(|b| format!("{b:02x}")).collect::<String>())
    });
    let told = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, tag.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    if known.is_some_and(|known| known.contains(tag.as_str())) {
        return (StatusCode::NOT_MODIFIED, told).into_response();
    }
    (told, content).into_response()
}
