//! The HTTP API: orders in, calls out, status, tokens; and the webhook sender.
//!
//! The same router answers on two doors: TCP, where everything but `/healthz` wants a bearer token,
//! and the control socket in the data folder, where whoever may open it is admin.
//!
//! - a noun has a file: `orders`, `transfer` (many orders at once), `calls`, `tokens`, `status`,
//!   `metrics`;
//! - `intake` is what an order must be before it is stored;
//! - `extract` and `problem` are how requests are read and refused, `auth` who may what;
//! - `server` keeps connections within their limits;
//! - `page` is what staff see in a browser;
//! - `webhook` posts call records to somebody else's server.
//!
//! Architecture invariant: a 2xx to a write is sent only after the store has said that it is on disk.

mod auth;
mod bind;
mod calls;
mod extract;
mod intake;
mod metrics;
mod orders;
mod page;
mod problem;
mod rows;
mod server;
mod status;
mod stream;
mod tokens;
mod transfer;
pub mod webhook;

pub use bind::{BindError, bind, bind_control};
pub use page::Door;

use crate::clock::Now;
use crate::config::Config;
use crate::status::Board;
use crate::store::{Store, StoreError};
use auth::Need;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post, put};
use problem::Problem;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a request's header may take to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a request's body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an import may take to arrive.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(600);
/// Octets of one import.
const IMPORT_OCTETS: usize = 64 * 1024 * 1024;
/// Connections past the limit that are told so, rather than dropped.
const BUSY_CONNECTIONS: usize = 32;
/// How long calls in progress may take at a stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// Both clocks, for who is not told the time.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// What the API knows.
#[derive(Clone)]
pub struct Api {
    /// The order book and the call records.
    pub store: Store,
    /// What the lines say about themselves.
    pub board: Board,
    /// What time it is.
    pub clock: Clock,
    /// How the box is set up.
    pub config: Arc<Config>,
    /// When the process began.
    pub started: Instant,
    /// Who is logged in to the page.
    pub door: Door,
}

impl Api {
    /// An API that starts now.
    pub fn new(store: Store, board: Board, clock: Clock, config: Arc<Config>) -> Api {
        Api { store, board, clock, config, started: Instant::now(), door: Door::default() }
    }

    fn now(&self) -> Now {
        (self.clock)()
    }

    /// Does something with the store where blocking is allowed. What was begun is finished, even if
    /// the client goes away.
    async fn with_store<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(Problem::store(what, &error)),
            Err(error) => Err(Problem::failed(what, &error)),
        }
    }
}

/// Serves the API over TCP until `shutdown` is ready.
pub async fn serve(
    listener: tokio::net::TcpListener,
    api: Api,
    shutdown: impl Future<Output = ()> + Send,
) {
    Door::announce(&api);
    let router = router(&api).layer(from_fn_with_state(api, auth::bearer));
    server::serve(listener, router, shutdown).await;
}

/// Serves the API on the control socket until `shutdown` is ready.
pub async fn serve_control(
    listener: tokio::net::UnixListener,
    api: Api,
    shutdown: impl Future<Output = ()> + Send,
) {
    server::serve(listener, admin_router(&api), shutdown).await;
}

/// The API for somebody who is admin already: the control socket, and the command line where no daemon
/// runs.
pub fn admin_router(api: &Api) -> Router {
    router(api).layer(from_fn(auth::control))
}

/// Routes for whose role suffices.
fn needing(need: Need, routes: Router<Api>) -> Router<Api> {
    routes.route_layer(from_fn_with_state(need, auth::needs))
}

fn router(api: &Api) -> Router {
    let read = Router::new()
        .route("/api/v1/orders", get(orders::list))
        .route("/api/v1/orders/export", get(transfer::export))
        .route("/api/v1/orders/{number}", get(orders::show))
        .route("/api/v1/calls", get(calls::list))
        .route("/api/v1/calls/export", get(calls::export))
        .route("/api/v1/calls/{id}", get(calls::show))
        .route("/api/v1/status", get(status::show))
        .route("/metrics", get(metrics::show));
    let write_orders = Router::new()
        .route("/api/v1/orders/import", post(transfer::import))
        .route("/api/v1/orders/{number}", put(orders::put).delete(orders::delete));
    let admin = Router::new()
        .route("/api/v1/tokens", get(tokens::list).post(tokens::create))
        .route("/api/v1/tokens/{name}", axum::routing::delete(tokens::revoke));
    Router::new()
        .route("/healthz", get(status::health))
        .merge(needing(Need::Read, read))
        .merge(needing(Need::WriteOrders, write_orders))
        .merge(needing(Need::Admin, admin))
        .merge(page::routes())
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "This path has no such method")
                .mend("the header Allow of this answer lists the methods it has")
        })
        .fallback(async || {
            Problem::new(StatusCode::NOT_FOUND, "no-such-path", "There is nothing here")
                .mend("paths begin with /api/v1/")
        })
        .with_state(api.clone())
}
