//! The page for staff: its files, who is let in, and what it shows that the API does not.
//!
//! - `files` are the page itself, `headers` what browsers are told about it;
//! - `door` is setting the password, logging in and out; `password`, `sessions` and `waits` are what
//!   it goes by;
//! - `orders`, `calls` and `figures` answer with telephone numbers masked.
//!
//! Everything below `/page` is public: files, and the door. What the page shows is below `/api`, for
//! whoever has a session or a token.

mod calls;
mod door;
mod figures;
mod files;
mod mask;
mod orders;
mod password;
mod sessions;
mod waits;

pub use door::Door;

use super::auth::{Caller, Need};
use super::problem::Problem;
use super::server::Peer;
use super::{Api, Routes};
use crate::store::Role;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use std::convert::Infallible;
use std::net::IpAddr;

/// A page of this box sends this header with everything it writes. Another site's page cannot: it
/// would have to ask first, and is not answered.
const FROM_THE_PAGE: &str = "x-maskline";

/// The routes of the page. They are private to it, which the API's description says.
pub(super) fn routes() -> Routes {
    let read = Routes::default()
        .at("/api/page/orders", get(orders::list))
        .at("/api/page/calls", get(calls::list))
        .at("/api/page/calls/{id}", get(calls::show))
        .at("/api/page/figures", get(figures::show));
    let write_orders =
        Routes::default().at("/api/page/orders/{number}/numbers", post(orders::numbers));
    let admin = Routes::default()
        .at("/api/page/calls/{id}/numbers", post(calls::numbers))
        .at("/api/page/password", post(door::change).delete(door::forget));
    files::routes()
        .at("/page/session", get(door::session))
        .at("/page/setup", post(door::set_up))
        .at("/page/login", post(door::log_in))
        .at("/page/logout", post(door::log_out))
        .needing(Need::Read, read)
        .needing(Need::WriteOrders, write_orders)
        .needing(Need::Admin, admin)
}

/// Whether a path wants neither token nor session.
pub(super) fn is_public(path: &str) -> bool {
    path == "/" || path == "/page" || path.starts_with("/page/")
}

/// The cookie of a session, if no token is shown: a token goes first.
pub(super) fn session_shown(headers: &HeaderMap) -> Option<&str> {
    if headers.contains_key(header::AUTHORIZATION) { None } else { sessions::cookie(headers) }
}

/// Lets in who has a session, and notes what numbers are looked up. Changes are noted where they are
/// made.
pub(super) async fn with_session(
    api: &Api,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let now = api.now();
    let shown = sessions::cookie(request.headers()).unwrap_or_default();
    let Some(name) = api.door.sessions().name_of(shown, now.mono) else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "logged-out", "You are logged out")
            .detail("the session has ended")
            .mend("log in again"));
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads {
        comes_from_the_page(request.headers())?;
    }
    api.rates.admit(&format!("page: {name}"), !reads)?;
    let caller = staff(&name);
    // The page shows orders masked: who reads them by the API sees telephone numbers.
    if let Some(number) = shows_numbers(request.uri().path()).filter(|_| reads) {
        api.note(&caller, "order.numbers", number, "").await?;
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The order, or none for all, whose telephone numbers a path of the API answers with. An export is
/// noted where it is made.
fn shows_numbers(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/api/v1/orders")?.trim_start_matches('/');
    (!["import", "export"].contains(&rest)).then_some(rest)
}

/// Who has a session. The name is what they said, so it never is that of a token.
fn staff(name: &str) -> Caller {
    Caller { name: format!("page: {name}"), role: Role::Admin }
}

/// Refuses what another site made a browser send.
fn comes_from_the_page(headers: &HeaderMap) -> Result<(), Problem> {
    let elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin");
    if headers.contains_key(FROM_THE_PAGE) && !elsewhere {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "not-from-the-page", "This did not come from the page")
        .detail("a session may write only from the box's own page")
        .at("header X-Maskline")
        .mend("programs use a token: `maskline token create --name NAME`"))
}

/// Where a request comes from, if that is known.
struct PeerAddress(Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for PeerAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(PeerAddress(parts.extensions.get::<Peer>().and_then(|peer| peer.address)))
    }
}
