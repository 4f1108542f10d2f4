//! Who is asking, and what they may do.
//!
//! Everything but [`PUBLIC`] and the page's own files wants a bearer token, or a session of the page. Which role a route wants is said where the route is
//! made; [`needs`] enforces it.

use super::problem::Problem;
use super::{Api, page};
use crate::store::Role;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// Paths that need no token.
const PUBLIC: [&str; 1] = ["/healthz"];

/// Who is asking: put into the request by [`bearer`] or [`control`].
#[derive(Debug, Clone)]
pub struct Caller {
    /// Name of the token.
    pub name: String,
    /// What it may.
    pub role: Role,
}

/// What a route wants of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To see things.
    Read,
    /// To change the order book.
    WriteOrders,
    /// Everything else.
    Admin,
}

fn may(role: Role, need: Need) -> bool {
    match need {
        Need::Read => true,
        Need::WriteOrders => matches!(role, Role::Orders | Role::Admin),
        Need::Admin => role == Role::Admin,
    }
}

/// Lets in who shows a token.
pub async fn bearer(
    State(api): State<Api>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.uri().path();
    if PUBLIC.contains(&path) || page::is_public(path) {
        return Ok(next.run(request).await);
    }
    if page::session_shown(request.headers()).is_some() {
        return page::with_session(&api, request, next).await;
    }
    let shown = token(request.headers())?;
    let token = api.store.check_token(shown).map_err(|error| Problem::store("token", &error))?;
    let Some(token) = token else {
        return Err(unauthorized("this token is not known; it may have been revoked"));
    };
    request.extensions_mut().insert(Caller { name: token.name, role: token.role });
    Ok(next.run(request).await)
}

fn token(headers: &HeaderMap) -> Result<&str, Problem> {
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        return Err(unauthorized("no token was shown"));
    };
    let scheme_and_token = header.to_str().ok().and_then(|text| text.split_once(' '));
    match scheme_and_token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(unauthorized("the header is not of the form `Authorization: Bearer TOKEN`")),
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A token is needed")
        .detail(detail)
        .at("header Authorization")
        .mend("make one on the box with `maskline token create --name NAME`")
}

/// Lets in whoever could open the control socket.
pub async fn control(mut request: Request, next: Next) -> Response {
    let name = "control socket".to_owned();
    request.extensions_mut().insert(Caller { name, role: Role::Admin });
    next.run(request).await
}

/// Lets pass whose role suffices.
pub async fn needs(
    State(need): State<Need>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let role = request.extensions().get::<Caller>().map(|caller| caller.role);
    if role.is_some_and(|role| may(role, need)) {
        return Ok(next.run(request).await);
    }
    let wanted = match need {
        Need::Read => "read, orders, recordings or admin",
        Need::WriteOrders => "orders or admin",
        Need::Admin => "admin",
    };
    Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "This token may not do that")
        .detail(format!("this call needs the role {wanted}"))
        .mend("use a token of that role, or make one: `maskline token create --role ROLE`"))
}
