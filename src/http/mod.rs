//! The HTTP API: orders in, calls out, status, tokens; and the webhook sender.
//!
//! The same router answers on two doors: TCP, where everything but `/healthz` and `/ca.pem` wants a
//! token, and the control socket in the data folder, where whoever may open it is admin.
//!
//! - a noun has a file: `orders`, `import` and `export` (many orders at once), `calls`, `recording`,
//!   `tokens`, `status`, `metrics`;
//! - `events` tells of lines and calls as they change, `audit` of who changed what, `outbox` of
//!   what waits for the webhook, `settings` of what staff may change, `sticks` has files from USB sticks;
//!   `openapi` describes all of it;
//! - `intake` is what an order must be before it is stored;
//! - `extract` and `problem` are how requests are read and refused, `auth` who may what;
//! - `page` is what staff see in a browser;
//! - `platform` is the key-value calls of the cloud platform;
//! - `rate` is how often somebody may ask;
//! - `server` keeps connections within their limits, `tls` has the certificate;
//! - `webhook` posts call records to somebody else's server.
//!
//! Architecture invariant: a 2xx to a write is sent only after the store has said that it is on disk.

mod audit;
mod auth;
mod bind;
mod calls;
mod events;
mod export;
mod extract;
mod import;
mod intake;
mod metrics;
mod openapi;
mod orders;
mod outbox;
mod page;
mod platform;
mod problem;
mod rate;
mod recording;
mod server;
mod settings;
mod status;
mod sticks;
mod stream;
mod tls;
mod tokens;
pub mod webhook;

pub use bind::{BindError, bind, bind_control};
pub use page::Door;
pub use tls::{Tls, TlsError};

use crate::clock::Now;
use crate::config::{Config, Live};
use crate::recording::Recordings;
use crate::status::Board;
use crate::store::{Store, StoreError};
use auth::Need;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, delete, get, post, put};
use problem::Problem;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two looks at whether the certificate is due.
const CERTIFICATE_LOOK: Duration = Duration::from_secs(60);
/// How long a request's header may take to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a request's body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one may wait for the octets of an import, taken together.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(600);
/// Octets of one import.
const IMPORT_OCTETS: usize = 512 * 1024 * 1024;
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
    /// How the box was set up at the start.
    pub config: Arc<Config>,
    /// When the process began.
    pub started: Instant,
    /// Who is logged in to the page.
    pub door: Door,
    rates: Arc<rate::Rates>,
    uses: Arc<auth::Uses>,
    /// Streams of events that may still begin.
    streams: Arc<Semaphore>,
    waker: Option<webhook::Waker>,
    /// What staff may change of the configuration.
    settings: Live,
    recordings: Recordings,
    heard: Arc<recording::Hearings>,
    /// The import that runs, and whose turn it is.
    imports: Arc<(import::Watch, Arc<Semaphore>)>,
    sticks: Arc<sticks::Sticks>,
}

impl Api {
    /// An API that starts now.
    pub fn new(store: Store, board: Board, clock: Clock, config: Arc<Config>) -> Api {
        let rates = rate::Rates::new(config.http.writes_per_second, config.http.reads_per_second);
        let (started, rates, uses) = (Instant::now(), Arc::new(rates), Arc::default());
        let imports = Arc::new((import::Watch::default(), Arc::new(Semaphore::new(1))));
        let sticks = Arc::new(sticks::Sticks::open(&config.store.path));
        let (streams, waker) = (Arc::new(Semaphore::new(events::STREAMS)), None);
        let (door, live) = (Door::default(), Live::new(config.clone()));
        let (data, settings) = (&config.store.path, config.recordings.clone());
        let recordings = Recordings::new(data, settings, store.clone(), clock.clone());
        Api {
            store,
            board,
            clock,
            config,
            started,
            door,
            rates,
            uses,
            streams,
            waker,
            settings: live,
            recordings,
            heard: Arc::default(),
            imports,
            sticks,
        }
    }

    /// One that knows the recordings that run.
    #[must_use]
    pub fn with_recordings(self, recordings: Recordings) -> Api {
        Api { recordings, ..self }
    }

    /// One that wakes the webhook's sender when something is to be sent again.
    #[must_use]
    pub fn with_waker(self, waker: Option<webhook::Waker>) -> Api {
        Api { waker, ..self }
    }

    /// One that tells lines of settings that staff change.
    #[must_use]
    pub fn with_settings(self, settings: Live) -> Api {
        Api { settings, ..self }
    }

    /// Erases what sticks brought and nobody wanted.
    pub fn purge_sticks(&self) {
        let now = self.now();
        if now.trusted {
            self.sticks.purge(now.wall);
        }
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

/// Serves the API over TCP until `shutdown` is ready; with TLS unless there is none.
pub async fn serve(
    listener: tokio::net::TcpListener,
    api: Api,
    tls: Option<Tls>,
    shutdown: impl Future<Output = ()> + Send,
) {
    Door::announce(&api);
    let router = router(&api).layer(from_fn_with_state(api.clone(), auth::bearer));
    let Some(tls) = tls else {
        let as_it_is = async |io| Some(io);
        return server::serve(listener, router, server::ip, as_it_is, shutdown).await;
    };
    let acceptor = tls.acceptor();
    let dress = move |io| server::handshake(acceptor.clone(), io);
    tokio::select! {
        () = server::serve(listener, router, server::ip, dress, shutdown) => {}
        () = keep_fresh(&tls, &api) => {}
    }
}

/// Has the certificate renewed when it is due. Never ends.
async fn keep_fresh(tls: &Tls, api: &Api) {
    let mut tick = tokio::time::interval(CERTIFICATE_LOOK);
    loop {
        tick.tick().await;
        let (tls, now) = (tls.clone(), api.now());
        if let Err(error) = tokio::task::spawn_blocking(move || tls.refresh(now)).await {
            log::error!("TLS: the renewal failed: {error}");
        }
    }
}

/// Serves the API on the control socket until `shutdown` is ready.
pub async fn serve_control(
    listener: tokio::net::UnixListener,
    api: Api,
    shutdown: impl Future<Output = ()> + Send,
) {
    let as_it_is = async |io| Some(io);
    server::serve(listener, admin_router(&api), |_| None, as_it_is, shutdown).await;
}

/// The API for somebody who is admin already: the control socket, and the command line where no daemon
/// runs.
pub fn admin_router(api: &Api) -> Router {
    router(api).layer(from_fn(auth::control))
}

fn router(api: &Api) -> Router {
    let Routes(router, _) = routes().and(page::routes());
    router
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "This path has no such method")
                .mend("the header Allow of this answer lists the methods it has")
        })
        .fallback(async || {
            Problem::new(StatusCode::NOT_FOUND, "no-such-path", "There is nothing here")
                .mend("paths begin with /api/v1/; GET /api/openapi.json lists them")
        })
        .with_state(api.clone())
}

/// Routes, and the paths that they are for.
#[derive(Default)]
struct Routes(Router<Api>, Vec<&'static str>);

impl Routes {
    fn at(mut self, path: &'static str, methods: MethodRouter<Api>) -> Routes {
        self.1.push(path);
        Routes(self.0.route(path, methods), self.1)
    }

    /// Adds routes that want nothing of their caller, or have seen to it.
    fn and(mut self, routes: Routes) -> Routes {
        self.1.extend(routes.1);
        Routes(self.0.merge(routes.0), self.1)
    }

    /// Adds routes that want something of their caller.
    fn needing(self, need: Need, routes: Routes) -> Routes {
        let Routes(router, paths) = routes;
        self.and(Routes(router.route_layer(from_fn_with_state(need, auth::needs)), paths))
    }
}

/// The API: what the OpenAPI document describes.
fn routes() -> Routes {
    let read = Routes::default()
        .at("/api/openapi.json", get(openapi::show))
        .at("/api/v1/orders", get(orders::list))
        .at("/api/v1/orders/import", get(import::progress))
        .at("/api/v1/orders/export", get(export::export))
        .at("/api/v1/orders/{number}", get(orders::show))
        .at("/api/v1/calls", get(calls::list))
        .at("/api/v1/calls/export", get(calls::export))
        .at("/api/v1/calls/{id}", get(calls::show))
        .at("/api/v1/status", get(status::show))
        .at("/api/v1/events", get(events::stream))
        .at("/api/v1/webhook", get(outbox::list))
        .at("/api/v1/webhook/{call_id}", get(outbox::show))
        .at("/api/v1/settings", get(settings::list))
        .at("/api/v1/sticks", get(sticks::list))
        .at("/api/v1/sticks/{id}", get(sticks::show))
        .at("/metrics", get(metrics::show));
    let write_orders = Routes::default()
        .at("/api/v1/orders/import", post(import::import))
        .at("/api/v1/orders/{number}", put(orders::put).delete(orders::delete))
        .at("/api/v1/sticks/{id}", post(sticks::confirm).delete(sticks::refuse));
    let recordings = Routes::default().at("/api/v1/calls/{id}/recording", get(recording::hear));
    let admin = Routes::default()
        .at("/api/v1/tokens", get(tokens::list).post(tokens::create))
        .at("/api/v1/tokens/{name}", delete(tokens::revoke))
        .at("/api/v1/audit", get(audit::list))
        .at("/api/v1/webhook", post(outbox::send_all))
        .at("/api/v1/webhook/{call_id}", post(outbox::send))
        .at("/api/v1/sticks", post(sticks::offer))
        .at("/api/v1/sticks/at/{device}", put(sticks::tell).delete(sticks::gone))
        .at("/api/v1/settings/{name}", put(settings::change).delete(settings::reset));
    Routes::default()
        .at("/healthz", get(status::health))
        .at("/ca.pem", get(status::ca))
        .at(platform::PATH, post(platform::call))
        .at("/platform_api/{cmd}", post(platform::call))
        .needing(Need::Read, read)
        .needing(Need::WriteOrders, write_orders)
        .needing(Need::Recordings, recordings)
        .needing(Need::Admin, admin)
}
