//! A body that is being received, for a thread that reads it like a file.

use crate::http::extract::{broken_body, timed_out, too_large};
use crate::http::problem::Problem;
use crate::http::{BODY_TIMEOUT, IMPORT_OCTETS, IMPORT_TIMEOUT};
use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, timeout};

/// Octets that are still taken of a body that nobody wants any more: whoever is sending hears no answer
/// before the end.
const DRAIN_OCTETS: usize = 64 * 1024 * 1024;
/// How long that may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a body could not be read to its end.
#[derive(Clone, Default)]
pub struct Failure(Arc<Mutex<Option<Problem>>>);

impl Failure {
    /// The reason, once.
    pub fn take(&self) -> Option<Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The reading end.
pub struct BodyReader {
    chunks: Receiver<Result<Bytes, Problem>>,
    chunk: Bytes,
    failure: Failure,
}

impl Read for BodyReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.chunks.blocking_recv() {
                None => return Ok(0),
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(problem)) => {
                    let mut failure = self.failure.0.lock().unwrap_or_else(PoisonError::into_inner);
                    *failure = Some(problem);
                    return Err(io::Error::other("the body broke off"));
                }
            }
        }
        let len = to.len().min(self.chunk.len());
        to[..len].copy_from_slice(&self.chunk.split_to(len));
        Ok(len)
    }
}

/// A reader, and what has to run beside it.
pub fn reader(body: Body) -> (BodyReader, Failure, impl Future<Output = ()> + Send) {
    let (sender, chunks) = channel(4);
    let failure = Failure::default();
    let reader = BodyReader { chunks, chunk: Bytes::new(), failure: failure.clone() };
    (reader, failure, pump(body, sender))
}

async fn pump(mut body: Body, to: Sender<Result<Bytes, Problem>>) {
    let (mut left, mut patience) = (IMPORT_OCTETS, IMPORT_TIMEOUT);
    loop {
        let begun = Instant::now();
        let frame = timeout(BODY_TIMEOUT.min(patience), body.frame()).await;
        patience = patience.saturating_sub(begun.elapsed());
        let chunk = match frame {
            Err(_) => Err(timed_out()),
            Ok(None) => return,
            Ok(Some(Err(_))) => Err(broken_body()),
            Ok(Some(Ok(frame))) => Ok(frame.into_data().unwrap_or_default()),
        };
        let len = chunk.as_ref().map_or(0, Bytes::len);
        let fits = left.checked_sub(len);
        left = fits.unwrap_or(0);
        let chunk = if fits.is_some() { chunk } else { Err(too_large(IMPORT_OCTETS)) };
        let ended = chunk.is_err();
        if to.send(chunk).await.is_err() || ended {
            break;
        }
    }
    let rest = async {
        let mut left = DRAIN_OCTETS;
        while let Some(Ok(frame)) = body.frame().await {
            let Some(less) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else {
                return;
            };
            left = less;
        }
    };
    let _enough = timeout(DRAIN_TIMEOUT, rest).await;
}
