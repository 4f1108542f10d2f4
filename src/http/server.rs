//! Connections: accepted up to a limit, brought through the TLS handshake where there is one, given
//! time-outs, ended cleanly.

use super::problem::Problem;
use super::{BUSY_CONNECTIONS, HANDSHAKE_TIMEOUT, HEADER_TIMEOUT, SHUTDOWN_GRACE, extract};
use crate::limits::HTTP_CONNECTIONS;
use axum::Router;
use axum::http::{Request, StatusCode};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

/// How long a connection that is closed may go on sending what nobody wants.
const LINGER: Duration = Duration::from_secs(2);

/// What is known of a connection; every request on it carries this.
#[derive(Clone)]
pub(super) struct Peer {
    /// Where it comes from; nowhere on the control socket.
    pub(super) address: Option<IpAddr>,
    /// Changes when the server stops: answers without an end have to end then.
    pub(super) stopped: watch::Receiver<bool>,
}

/// The address of a TCP connection.
pub(super) fn ip(address: &SocketAddr) -> Option<IpAddr> {
    Some(address.ip().to_canonical())
}

/// Serves a router on a listener until `shutdown` is ready; calls in progress may end. `dress` makes
/// of what was accepted what is read and written: TLS, or the same.
pub(super) async fn serve<L: Listener, I, D>(
    mut listener: L,
    router: Router,
    address_of: impl Fn(&L::Addr) -> Option<IpAddr>,
    dress: impl Fn(L::Io) -> D,
    shutdown: impl Future<Output = ()>,
) where
    D: Future<Output = Option<I>> + Send + 'static,
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(HTTP_CONNECTIONS));
    let busy_slots = Arc::new(Semaphore::new(BUSY_CONNECTIONS));
    let busy = Router::new().fallback(async || too_busy());
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (io, address) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        while connections.try_join_next().is_some() {}
        let (permit, router, stay) = match slots.clone().try_acquire_owned() {
            Ok(permit) => (permit, router.clone(), true),
            Err(_) => match busy_slots.clone().try_acquire_owned() {
                Ok(permit) => (permit, busy.clone(), false),
                Err(_) => continue,
            },
        };
        let peer = Peer { address: address_of(&address), stopped: stopped.clone() };
        let dressing = dress(io);
        connections.spawn(async move {
            if let Some(io) = dressing.await {
                connection(io, router, stay, peer).await;
            }
            drop(permit);
        });
    }
    drop(listener);
    let _nobody_left = stop.send(true);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN_GRACE, all).await.is_err() {
        log::warn!("http: connections were cut off at the stop");
    }
}

/// The TLS handshake. Whoever speaks plain HTTP is told so.
pub(super) async fn handshake(
    acceptor: TlsAcceptor,
    mut io: TcpStream,
) -> Option<TlsStream<TcpStream>> {
    let shaken = async {
        let mut first = [0];
        if io.peek(&mut first).await.ok()? == 1 && first[0].is_ascii_alphabetic() {
            let _gone = io.write_all(&plain_answer("400 Bad Request", &speaks_tls())).await;
            let _gone = io.shutdown().await;
            return None;
        }
        acceptor.accept(io).await.inspect_err(|error| log::debug!("http: TLS: {error}")).ok()
    };
    tokio::time::timeout(HANDSHAKE_TIMEOUT, shaken).await.ok().flatten()
}

async fn connection<I>(io: I, router: Router, stay: bool, peer: Peer)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    log::trace!("http: a connection from {:?}", peer.address);
    let mut stopped = peer.stopped.clone();
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        request
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(stay)
        .serve_connection(TokioIo::new(io), TowerToHyperService::new(service));
    let mut stopping = false;
    let end = loop {
        tokio::select! {
            end = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break end,
            _ = stopped.changed(), if !stopping => {
                stopping = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let parts = connection.into_parts();
    let mut io = parts.io.into_inner();
    // hyper closes a connection whose header does not arrive in time without a word.
    if end.is_err_and(|error| error.is_timeout()) && !parts.read_buf.is_empty() {
        let answer = plain_answer("408 Request Timeout", &extract::timed_out());
        let _gone = io.write_all(&answer).await;
    }
    let _gone = io.shutdown().await;
    if !stopping {
        let _patience_is_over = tokio::time::timeout(LINGER, discard(&mut io)).await;
    }
}

/// Reads what is still on its way. Whoever sends a body that was refused unread would else find the
/// connection reset, and never read the answer (RFC 9112 section 9.6).
async fn discard(io: &mut (impl AsyncRead + Unpin)) {
    let mut rest = [0; 8192];
    while io.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// An answer by hand, where no router is in between.
fn plain_answer(status: &str, problem: &Problem) -> Vec<u8> {
    let body = problem.json();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

fn speaks_tls() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "plain-http", "This port speaks HTTPS")
        .detail("the request came in plain HTTP, and was not read")
        .mend("write https:// instead of http://; the box's CA is at https://.../ca.pem")
}

fn too_busy() -> Problem {
    let title = "Too many connections";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-busy", title)
        .detail(format!("at most {HTTP_CONNECTIONS} connections are taken at once"))
        .mend("try again in some seconds, and keep one connection open instead of many")
}
