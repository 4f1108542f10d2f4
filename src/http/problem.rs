//! Errors as RFC 9457 problem details: what is wrong, where, and how to mend it.

use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer that says no. Its texts never carry a telephone number.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone, Serialize)]
struct Inner {
    /// A name for programs: `urn:maskline:` and the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, for people.
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    /// What is wrong this time.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    /// Where: a JSON pointer into the body, a query parameter, a header, a line.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
    /// The reason of each line, where lines are the problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<serde_json::Value>,
    /// Seconds after which to try again: the header Retry-After.
    #[serde(skip)]
    retry_after: Option<u64>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem of a kind.
    pub fn new(status: StatusCode, kind: &str, title: &'static str) -> Problem {
        let kind = format!("urn:maskline:{kind}");
        let (detail, place, mend, lines) = (String::new(), None, None, Vec::new());
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(5);
        Problem(Box::new(Inner { kind, title, status, detail, place, mend, lines, retry_after }))
    }

    /// Something that was understood but cannot be taken: 422.
    pub fn refused(place: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "This value cannot be taken")
            .at(place)
            .detail(detail)
    }

    /// Our own failure. The log has the reason.
    pub fn failed(what: &str, reason: &dyn std::fmt::Display) -> Problem {
        log::error!("{what}: {reason}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "The box failed")
            .detail(format!("{what}: {reason}"))
            .mend("nothing was acknowledged: try again, and see `maskline doctor` if it stays")
    }

    /// What the disk did not do.
    pub fn disk(what: &str, error: &std::io::Error) -> Problem {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Problem::store(what, &StoreError::DiskFull)
            }
            _ => Problem::failed(what, error),
        }
    }

    /// What the store did not do.
    pub fn store(what: &str, error: &StoreError) -> Problem {
        let (status, kind, title) = match error {
            StoreError::DiskFull => {
                (StatusCode::INSUFFICIENT_STORAGE, "disk-full", "The disk is full")
            }
            StoreError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "too-busy", "Too many writes"),
            StoreError::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "stopping", "The box stops"),
            StoreError::NameTaken => (StatusCode::CONFLICT, "taken", "The name is taken"),
            StoreError::TooLarge { .. } => return Problem::refused("body", error.to_string()),
            StoreError::Io(_) | StoreError::Damaged(_) => return Problem::failed(what, error),
        };
        Problem::new(status, kind, title).detail(format!("{what}: {error}"))
    }

    /// Says what is wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.0.detail = detail.into();
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Problem {
        self.0.place = Some(place.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Problem {
        self.0.mend = Some(mend.into());
        self
    }

    /// Adds the reason of a telephone line.
    #[must_use]
    pub fn line(mut self, line: serde_json::Value) -> Problem {
        self.0.lines.push(line);
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: std::time::Duration) -> Problem {
        self.0.retry_after = Some(wait.as_secs() + 1);
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The whole in a sentence.
    pub fn sentence(&self) -> String {
        let parts = [self.0.title, &self.0.detail, self.0.mend.as_deref().unwrap_or_default()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }

    /// The same as a body for those who answer without a router.
    pub fn json(&self) -> String {
        serde_json::to_string(&*self.0).expect("texts and numbers")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, self.json()).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if self.0.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"maskline\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
