//! Long answers, made chunk by chunk as fast as the client takes them.

use crate::store::StoreError;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::channel::{Channel, Sender};
use tokio::runtime::Handle;

/// Why a long answer ends early: the client sees a broken body, never a short one that looks whole.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row cannot be written.
    #[error("a row cannot be written: {0}")]
    Row(#[from] serde_json::Error),
    /// The same of a CSV row.
    #[error("a row cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// A file cannot be read.
    #[error("a file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The client went away.
    #[error("the client went away")]
    Gone,
}

/// Where the chunks go.
pub struct Out {
    sender: Sender<Bytes, Broken>,
    runtime: Handle,
}

impl Out {
    /// Sends a chunk; waits while the client is slow.
    pub fn send(&mut self, chunk: Vec<u8>) -> Result<(), Broken> {
        let sent = self.runtime.block_on(self.sender.send_data(Bytes::from(chunk)));
        sent.map_err(|_| Broken::Gone)
    }
}

/// A file to download, whose body `make` writes where blocking is allowed.
pub fn rows(
    kind: &'static str,
    file: &str,
    make: impl FnOnce(&mut Out) -> Result<(), Broken> + Send + 'static,
) -> Response {
    let disposition = format!("attachment; filename=\"{file}\"");
    let headers =
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition.as_str())];
    (headers, body(make)).into_response()
}

/// The same for a JSON answer.
pub fn json(make: impl FnOnce(&mut Out) -> Result<(), Broken> + Send + 'static) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body(make)).into_response()
}

fn body(make: impl FnOnce(&mut Out) -> Result<(), Broken> + Send + 'static) -> Body {
    let (sender, body) = Channel::new(2);
    let mut out = Out { sender, runtime: Handle::current() };
    tokio::task::spawn_blocking(move || match make(&mut out) {
        Ok(()) | Err(Broken::Gone) => {}
        Err(error) => {
            log::error!("a long answer broke off: {error}");
            out.sender.abort(error);
        }
    });
    Body::new(body)
}
