//! What handlers take from a request, with a [`Problem`] for whatever does not fit.

use super::BODY_TIMEOUT;
use super::problem::Problem;
use crate::limits::{HTTP_BODY_OCTETS, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use crate::order::OrderNumber;
use axum::RequestPartsExt;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::time::Duration;
use ulid::Ulid;

/// Octets that are still taken of a body that is too long.
const DRAIN_OCTETS: usize = 32 * 1024 * 1024;
/// How long that may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A JSON body.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !content_type(&request).is_none_or(|kind| is_json(&kind)) {
            return Err(wrong_media_type("application/json"));
        }
        let body = read(request, HTTP_BODY_OCTETS).await?;
        let mut from = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
            let place = pointer(error.path());
            body_error(error.inner()).at(place)
        })?;
        from.end().map_err(|error| body_error(&error))?;
        Ok(Json(value))
    }
}

fn body_error(error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_data() {
        // The message names fields and types; its values are left out, they may be phone numbers.
        Problem::refused(String::new(), without_values(error)).mend("see the fields of this call")
    } else {
        Problem::new(StatusCode::BAD_REQUEST, "malformed-json", "The body is no JSON")
            .detail(format!("{error}"))
            .at(place)
            .mend("send one JSON object in UTF-8")
    }
}

/// serde's message without what it quotes of the input: `invalid type: string "...", expected ...`.
fn without_values(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    match (message.starts_with("invalid "), message.rsplit_once(", expected ")) {
        (true, Some((found, expected))) => {
            let kind = found.split([':', ' ']).nth(1).unwrap_or("value");
            format!("wrong {kind}: expected {expected}")
        }
        _ => message.to_owned(),
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{key}"),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => "/?".to_owned(),
    };
    let path: String = path.iter().map(segment).collect();
    format!("body {}", if path.is_empty() { "/" } else { &path })
}

/// The media type of a body, without its parameters, in small letters.
pub fn content_type(request: &Request) -> Option<String> {
    let kind = request.headers().get(header::CONTENT_TYPE)?.to_str().unwrap_or("?");
    Some(kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The answer to a body in another format: 415.
pub fn wrong_media_type(expected: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "The body has the wrong format")
        .at("header Content-Type")
        .mend(format!("send the header Content-Type: {expected}"))
}

/// The whole body, if it is no longer than `limit` and arrives in time.
pub async fn read(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let mut body = request.into_body();
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(&mut body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            // A client that is still sending hears no answer: take the rest, within reason.
            let rest = async {
                let mut left = DRAIN_OCTETS;
                while let Some(Ok(frame)) = body.frame().await {
                    let octets = frame.data_ref().map_or(0, Bytes::len);
                    let Some(less) = left.checked_sub(octets) else { return };
                    left = less;
                }
            };
            let _enough = tokio::time::timeout(DRAIN_TIMEOUT, rest).await;
            Err(too_large(limit))
        }
        Ok(Err(_)) => Err(broken_body()),
        Err(_) => Err(timed_out()),
    }
}

/// The answer to a body that ends too early: 400.
pub fn broken_body() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "broken-body", "The body broke off")
        .mend("send it again, with its right Content-Length")
}

/// The answer to a body beyond a limit: 413.
pub fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too long")
        .detail(format!("at most {limit} octets are taken here"))
        .mend("send less at once; many orders go to /api/v1/orders/import")
}

/// The answer to a request that does not arrive: 408.
pub fn timed_out() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", "The request did not arrive in time")
        .mend("send it again over a better connection")
}

/// Query parameters.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Params(params)),
            Err(rejection) => {
                let text = rejection.body_text();
                let text = text.trim_start_matches("Failed to deserialize query string: ");
                Err(Problem::new(StatusCode::BAD_REQUEST, "query", "The query cannot be read")
                    .at("query")
                    .detail(text))
            }
        }
    }
}

/// A time in the query.
pub fn time(place: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    // A `+` that was not escaped arrives as a space.
    let text = text.map(|text| text.trim().replace(' ', "+")).filter(|text| !text.is_empty());
    text.map(|text| text.parse())
        .transpose()
        .map_err(|_| Problem::refused(place, "is no RFC 3339 time such as 2027-01-31T12:00:00Z"))
}

/// The id in the query with which the page before ended.
pub fn id(place: &str, text: Option<&str>) -> Result<Option<Ulid>, Problem> {
    text.filter(|text| !text.is_empty())
        .map(Ulid::from_string)
        .transpose()
        .map_err(|_| Problem::refused(place, "is none that a page ended with"))
}

/// How many rows a list should have.
pub fn page_rows(limit: Option<u64>) -> Result<usize, Problem> {
    match limit.map(usize::try_from) {
        None => Ok(PAGE_ROWS_DEFAULT),
        Some(Ok(limit)) if (1..=PAGE_ROWS_MAX).contains(&limit) => Ok(limit),
        _ => Err(Problem::refused("query limit", format!("limit is 1 to {PAGE_ROWS_MAX}"))),
    }
}

/// A page of a list.
#[derive(serde::Serialize)]
pub struct Page<T> {
    items: Vec<T>,
    /// What to give as `after` for the next page; null at the end.
    next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` rows, from one row more than that, if there is one.
    pub fn new(mut items: Vec<T>, limit: usize, name: impl Fn(&T) -> String) -> Page<T> {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(name) } else { None };
        Page { items, next }
    }
}

/// The order number in the path.
pub struct OrderPath(pub OrderNumber);

impl<S: Send + Sync> FromRequestParts<S> for OrderPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let number = text_in_path(parts).await?;
        OrderNumber::new(&number)
            .map(OrderPath)
            .map_err(|error| Problem::refused("path", error.to_string()))
    }
}

/// Any other text in the path.
pub struct TextPath(pub String);

impl<S: Send + Sync> FromRequestParts<S> for TextPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        text_in_path(parts).await.map(TextPath)
    }
}

async fn text_in_path(parts: &mut Parts) -> Result<String, Problem> {
    parts.extract::<Path<String>>().await.map(|Path(text)| text).map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "path", "The path cannot be read").at("path")
    })
}
