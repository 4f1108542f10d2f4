//! Who is asking, and what they may do.
//!
//! Everything but [`PUBLIC`] and the page's own files wants a bearer token, or a session of
//! the page. Which role a route wants is said where the route is made; [`needs`] enforces it.

use super::problem::Problem;
use super::server::Peer;
use super::{Api, page, platform};
use crate::clock::Now;
use crate::store::{Role, Token};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often a token's last use is written down.
const NOTE_USE: Duration = Duration::from_secs(600);
/// Paths that need no token.
const PUBLIC: [&str; 2] = ["/healthz", "/ca.pem"];

/// Who is asking: put into the request by [`bearer`] or [`control`].
#[derive(Debug, Clone)]
pub struct Caller {
    /// Name of the token.
    pub name: String,
    /// What it may.
    pub role: Role,
}

impl Caller {
    /// Whoever showed this token.
    pub fn of(token: &Token) -> Caller {
        Caller { name: token.name.clone(), role: token.role }
    }
}

/// Where a request comes from; nowhere on the control socket.
pub fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<Peer>()?.address
}

/// When each token was used last, as far as it was since the start.
#[derive(Default)]
pub struct Uses(Mutex<HashMap<String, Use>>);

struct Use {
    at: Timestamp,
    /// When this was written down.
    noted: Duration,
}

impl Uses {
    /// Notes a use. Says whether it is to be written down.
    fn note(&self, name: &str, now: Now) -> bool {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match uses.get_mut(name) {
            Some(used) => {
                used.at = now.wall;
                let due = now.mono >= used.noted + NOTE_USE;
                if due {
                    used.noted = now.mono;
                }
                due
            }
            None => {
                let used = Use { at: now.wall, noted: now.mono };
                uses.insert(name.to_owned(), used).is_none()
            }
        }
    }

    /// The last use of a token since the start.
    pub fn last(&self, name: &str) -> Option<Timestamp> {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.get(name).map(|used| used.at)
    }

    /// Forgets a token that was revoked.
    pub fn forget(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

/// Notes that a token was used.
pub fn note_use(api: &Api, token: &Token) {
    let now = api.now();
    if api.uses.note(&token.name, now)
        && let Err(error) = api.store.note_token_use(&token.name, now.wall)
    {
        log::debug!("the use of token `{}` was not noted: {error}", token.name);
    }
}

/// What a route wants of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To see things.
    Read,
    /// To change the order book.
    WriteOrders,
    /// To hear recordings.
    Recordings,
    /// Everything else.
    Admin,
}

fn may(role: Role, need: Need) -> bool {
    match need {
        Need::Read => true,
        Need::WriteOrders => matches!(role, Role::Orders | Role::Admin),
        Need::Recordings => matches!(role, Role::Recordings | Role::Admin),
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
    // The key-value calls have tokens of another kind, and the page has a password: they look at
    // them themselves.
    let elsewhere = path.starts_with(platform::PATH) || page::is_public(path);
    if PUBLIC.contains(&path) || elsewhere {
        return Ok(next.run(request).await);
    }
    if page::session_shown(request.headers()).is_some() {
        return page::with_session(&api, request, next).await;
    }
    let shown = token(request.headers());
    let known = shown.and_then(|shown| {
        let token = api.store.check_token(shown).map_err(|error| Problem::store("token", &error));
        token?.ok_or_else(|| unauthorized("this token is not known; it may have been revoked"))
    });
    let token = known.or_else(|problem| {
        if problem.status() == StatusCode::UNAUTHORIZED {
            api.rates.note_failure(peer(&request))?;
        }
        Err(problem)
    })?;
    api.rates.admit(&token.name, !request.method().is_safe())?;
    note_use(&api, &token);
    request.extensions_mut().insert(Caller::of(&token));
    Ok(next.run(request).await)
}

/// The token in the header.
pub fn token(headers: &HeaderMap) -> Result<&str, Problem> {
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
        Need::Recordings => "recordings or admin",
        Need::Admin => "admin",
    };
    Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "This token may not do that")
        .detail(format!("this call needs the role {wanted}"))
        .mend("use a token of that role, or make one: `maskline token create --role ROLE`"))
}
