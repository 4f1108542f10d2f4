//! Connections: accepted up to a limit, given time-outs, ended cleanly.

use super::problem::Problem;
use super::{BUSY_CONNECTIONS, HEADER_TIMEOUT, SHUTDOWN_GRACE, extract};
use crate::limits::HTTP_CONNECTIONS;
use axum::Router;
use axum::http::StatusCode;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Serves a router on a listener until `shutdown` is ready; calls in progress may end.
pub(super) async fn serve<L: Listener>(
    mut listener: L,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(HTTP_CONNECTIONS));
    let busy_slots = Arc::new(Semaphore::new(BUSY_CONNECTIONS));
    let busy = Router::new().fallback(async || too_busy());
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let io = tokio::select! {
            (io, _) = listener.accept() => io,
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
        let stopped = stopped.clone();
        connections.spawn(async move {
            connection(io, router, stay, stopped).await;
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

async fn connection<I>(io: I, router: Router, stay: bool, mut stopped: watch::Receiver<bool>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(stay)
        .serve_connection(TokioIo::new(io), TowerToHyperService::new(router));
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
        let body = extract::timed_out().json();
        let answer = format!(
            "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/problem+json\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let _gone = io.write_all(answer.as_bytes()).await;
    }
    let _gone = io.shutdown().await;
}

fn too_busy() -> Problem {
    let title = "Too many connections";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-busy", title)
        .detail(format!("at most {HTTP_CONNECTIONS} connections are taken at once"))
        .mend("try again in some seconds, and keep one connection open instead of many")
}
