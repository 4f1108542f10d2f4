//! The demo's own HTTP server: its page, its three phones, its switches; all else is the gateway's.
//!
//! It answers only pages of this machine: whoever opens it is staff, and needs no password.

use super::cast::{ORDER, Role};
use super::exchange::{Exchange, Switches};
use super::gateway::Gateway;
use super::socket;
use axum::body::Body;
use axum::extract::{Path, State, WebSocketUpgrade};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Request, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Browsers that may hold phones at once, three phones each.
const SOCKETS: usize = 30;
/// What the page may load: its own files, and the gateway's page in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Names, kinds and contents of files.
macro_rules! files {
    ($($name:literal $kind:literal,)*) => {
        [$((concat!("/demo/", $name), $kind,
            include_bytes!(concat!("../../web/demo/", $name)).as_slice())),*]
    };
}

/// What the demo knows.
pub struct Demo {
    /// The phones.
    pub exchange: Exchange,
    /// The gateway, running.
    pub gateway: Gateway,
    /// The number of the box.
    pub number: String,
    sockets: Arc<Semaphore>,
}

impl Demo {
    /// A demo that is ready to be shown.
    pub fn new(exchange: Exchange, gateway: Gateway, number: String) -> Demo {
        Demo { exchange, gateway, number, sockets: Arc::new(Semaphore::new(SOCKETS)) }
    }
}

/// All paths.
pub fn router(demo: Arc<Demo>) -> Router {
    let files = files! {
        "demo.css" "text/css; charset=utf-8",
        "demo.js" "text/javascript; charset=utf-8",
        "phone.js" "text/javascript; charset=utf-8",
        "sound.js" "text/javascript; charset=utf-8",
        "tones.js" "text/javascript; charset=utf-8",
        "speaker.js" "text/javascript; charset=utf-8",
        "microphone.js" "text/javascript; charset=utf-8",
    };
    files
        .into_iter()
        .fold(Router::new(), |router, (path, kind, content)| {
            router.route(path, get(async move || file(kind, content)))
        })
        .route("/", get(page))
        .route("/demo/stage", get(stage))
        .route("/demo/switches", put(switch))
        .route("/demo/modem/restart", post(restart_modem))
        .route("/demo/phones/{role}", any(phone))
        .fallback(forward)
        .layer(from_fn(from_this_machine))
        .with_state(demo)
}

fn file(kind: &'static str, content: &'static [u8]) -> Response {
    let told = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (told, content).into_response()
}

/// The page. Who has no session yet gets one with it.
async fn page(State(demo): State<Arc<Demo>>, headers: HeaderMap) -> Result<Response, Failed> {
    let shell = include_bytes!("../../web/demo/index.html");
    let mut answer = file("text/html; charset=utf-8", shell);
    if !demo.gateway.knows(&headers).await? {
        answer.headers_mut().insert(header::SET_COOKIE, demo.gateway.log_in().await?);
    }
    Ok(answer)
}

/// Who plays, and what is switched on.
async fn stage(State(demo): State<Arc<Demo>>) -> Json<Value> {
    let phone = |role: Role| json!({ "role": role, "number": role.number() });
    Json(json!({
        "number": demo.number,
        "order": ORDER,
        "phones": Role::ALL.map(phone),
        "switches": demo.exchange.switches(),
    }))
}

async fn switch(
    State(demo): State<Arc<Demo>>,
    Json(switches): Json<Switches>,
) -> Result<Json<Switches>, Failed> {
    demo.exchange.switch(switches)?;
    Ok(Json(switches))
}

async fn restart_modem(State(demo): State<Arc<Demo>>) -> Result<StatusCode, Failed> {
    demo.exchange.restart_modem()?;
    Ok(StatusCode::ACCEPTED)
}

async fn phone(
    State(demo): State<Arc<Demo>>,
    Path(role): Path<Role>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(slot) = demo.sockets.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages hold phones: close some\n")
            .into_response();
    };
    upgrade.max_message_size(socket::MESSAGE).on_upgrade(async move |socket| {
        socket::hold(socket, role, &demo.exchange).await;
        drop(slot);
    })
}

async fn forward(
    State(demo): State<Arc<Demo>>,
    request: Request<Body>,
) -> Result<Response, Failed> {
    Ok(demo.gateway.forward(request).await?)
}

/// Lets in what a page of this machine asks: no other machine, no page of another site, and no name of
/// somebody else's that leads here.
async fn from_this_machine(request: Request<Body>, next: Next) -> Response {
    if is_from_this_machine(request.headers()) {
        return next.run(request).await;
    }
    let why = "the demo is for a browser on this machine, at http://127.0.0.1 or http://localhost;\n\
               from elsewhere: ssh -L 8420:127.0.0.1:8420 HOST, then http://127.0.0.1:8420/\n";
    (StatusCode::FORBIDDEN, why).into_response()
}

fn is_from_this_machine(headers: &HeaderMap) -> bool {
    let told = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = told(header::HOST).unwrap_or_default();
    let own_page = |origin: &str| origin.strip_prefix("http://") == Some(host);
    is_this_machine(host) && told(header::ORIGIN).is_none_or(own_page)
}

fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What could not be done: the gateway or the simulator is gone or swamped.
struct Failed(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::BAD_GATEWAY, format!("the demo is not whole: {:#}\n", self.0)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_names_of_this_machine_are_taken() {
        for own in ["127.0.0.1:8420", "localhost:1", "localhost", "[::1]:8420", "127.8.9.1"] {
            assert!(is_this_machine(own), "{own}");
        }
        for other in ["", "example.com:8420", "192.168.1.5:8420", "127.0.0.1.example.com", "[::2]"]
        {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
