//! Setting the password, logging in, logging out.

use super::password::{self, PasswordError};
use super::sessions::{self, Sessions};
use super::waits::Waits;
use super::{PeerAddress, comes_from_the_page, staff};
use crate::config::Tls;
use crate::http::Api;
use crate::http::auth::Caller;
use crate::http::extract::Json;
use crate::http::problem::Problem;
use crate::store::Store;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long a login may wait for others: one password at a time takes the memory of one.
const HASHING_WAIT: Duration = Duration::from_secs(10);
/// Characters of a name in the log.
const NAME: usize = 40;

/// Who is let in to the page.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    sessions: Mutex<Sessions>,
    waits: Mutex<Waits>,
    hashing: Semaphore,
}

impl Default for Door {
    fn default() -> Door {
        let hashing = Semaphore::new(1);
        Door(Arc::new(Inner { sessions: Mutex::default(), waits: Mutex::default(), hashing }))
    }
}

impl Door {
    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.0.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where no password was set yet, makes the setup code and tells it to the log: a page that
    /// waits for its first visitor.
    pub(in crate::http) fn announce(api: &Api) {
        match password::is_set(&api.store) {
            Ok(true) => {}
            Ok(false) => match password::setup_code(&api.config.store) {
                Ok(code) => log::info!(
                    "page: no password was set yet; open the page and set one with the setup code \
                     {code} (also in {})",
                    password::code_file(&api.config.store).display()
                ),
                Err(error) => log::error!("page: the setup code cannot be made: {error}"),
            },
            Err(error) => log::error!("page: the password cannot be read: {error}"),
        }
    }
}

/// What a browser that just came has to know.
#[derive(Serialize)]
pub struct Session {
    /// `setup`: no password yet; `login`; `in`.
    state: &'static str,
    /// Who is logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    shortest_password: usize,
}

/// `GET /page/session`
pub async fn session(
    State(api): State<Api>,
    headers: HeaderMap,
) -> Result<axum::Json<Session>, Problem> {
    let shown = sessions::cookie(&headers);
    let name = shown.and_then(|shown| api.door.sessions().name_of(shown, api.now().mono));
    let set = password::is_set(&api.store).map_err(|error| Problem::store("password", &error))?;
    let state = match (&name, set) {
        (Some(_), _) => "in",
        (None, true) => "login",
        (None, false) => "setup",
    };
    Ok(axum::Json(Session { state, name, shortest_password: password::SHORTEST }))
}

/// What is typed at the first visit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    code: String,
    password: String,
    #[serde(default)]
    name: String,
}

/// `POST /page/setup`: sets the first password, for whoever has the setup code.
pub async fn set_up(
    State(api): State<Api>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    Json(typed): Json<SetUp>,
) -> Result<Response, Problem> {
    comes_from_the_page(&headers)?;
    if let Err(wait) = api.door.waits().try_from(address, api.now().mono) {
        return Ok(locked_out(wait));
    }
    let site = api.config.clone();
    let SetUp { code, password, name } = typed;
    let done = with_password(&api, move |store| {
        if password::is_set(store)? || !password::is_setup_code(&site.store, &code) {
            return Ok(false);
        }
        password::set(store, &password)?;
        let _gone_already = std::fs::remove_file(password::code_file(&site.store));
        Ok(true)
    });
    match done.await {
        Ok(true) => welcome(&api, address, &name, "page.setup").await,
        Ok(false) => {
            api.note_if_possible(&staff(&called(&name)), "page.setup_refused").await;
            Err(Problem::new(StatusCode::FORBIDDEN, "wrong-code", "This is not the setup code")
                .at("body /code")
                .mend("it is on the box's label, in its log and in the file setup-code"))
        }
        // A weak password is no guess.
        Err(problem) => {
            api.door.waits().right(address);
            Err(problem)
        }
    }
}

/// What is typed at a login.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    password: String,
    #[serde(default)]
    name: String,
}

/// `POST /page/login`
pub async fn log_in(
    State(api): State<Api>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    Json(typed): Json<LogIn>,
) -> Result<Response, Problem> {
    comes_from_the_page(&headers)?;
    if let Err(wait) = api.door.waits().try_from(address, api.now().mono) {
        return Ok(locked_out(wait));
    }
    let LogIn { password, name } = typed;
    if with_password(&api, move |store| password::is_right(store, &password)).await? {
        return welcome(&api, address, &name, "page.login").await;
    }
    api.note_if_possible(&staff(&called(&name)), "page.login_refused").await;
    Err(wrong_password("body /password"))
}

fn wrong_password(place: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "wrong-password", "This is not the password")
        .at(place)
        .mend("try again; who has forgotten it runs `maskline page reset-password` on the box")
}

/// `POST /page/logout`
pub async fn log_out(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    comes_from_the_page(&headers)?;
    if let Some(shown) = sessions::cookie(&headers) {
        api.door.sessions().end(shown);
    }
    let cookie = sessions::set_cookie(None, has_tls(&api));
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}

/// What is typed to change the password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    old: String,
    new: String,
}

/// `POST /api/page/password`: sets another password and logs everybody out.
pub async fn change(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PeerAddress(address): PeerAddress,
    Json(typed): Json<Change>,
) -> Result<Response, Problem> {
    if let Err(wait) = api.door.waits().try_from(address, api.now().mono) {
        return Ok(locked_out(wait));
    }
    let Change { old, new } = typed;
    let noting = api.audited(&caller, "page.password", "", "");
    let done = with_password(&noting, move |store| {
        let right = password::is_right(store, &old)?;
        if right {
            password::set(store, &new)?;
        }
        Ok(right)
    });
    if !done.await? {
        return Err(wrong_password("body /old"));
    }
    api.door.waits().right(address);
    api.door.sessions().end_all();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is said once the password is forgotten.
#[derive(Serialize)]
struct Forgotten {
    setup_code: String,
}

/// `DELETE /api/page/password`: forgets the password, logs everybody out, and makes a setup code.
pub async fn forget(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let noting = api.audited(&caller, "page.password_reset", "", "");
    noting.with_store("password", password::forget).await?;
    api.door.sessions().end_all();
    let code = password::setup_code(&api.config.store);
    let setup_code = code.map_err(|error| Problem::failed("setup code", &error))?;
    Ok(axum::Json(Forgotten { setup_code }).into_response())
}

async fn welcome(
    api: &Api,
    address: Option<IpAddr>,
    name: &str,
    what: &str,
) -> Result<Response, Problem> {
    api.door.waits().right(address);
    let name = called(name);
    let secret = api.door.sessions().begin(&name, api.now().mono)?;
    api.note_if_possible(&staff(&name), what).await;
    let cookie = sessions::set_cookie(Some(&secret), has_tls(api));
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}

/// The name somebody gave, fit for a log.
fn called(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME).collect();
    let name = name.trim();
    if name.is_empty() { "staff".to_owned() } else { name.to_owned() }
}

fn has_tls(api: &Api) -> bool {
    api.config.http.tls != Tls::Off
}

fn locked_out(wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let problem =
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "locked-out", "Too many wrong passwords")
            .detail(format!("try again in {seconds} s"))
            .mend("wait; each wrong password doubles the wait, up to a quarter of an hour");
    ([(header::RETRY_AFTER, seconds.to_string())], problem).into_response()
}

/// Hashes one password at a time, where that may take its time.
async fn with_password<T: Send + 'static>(
    api: &Api,
    work: impl FnOnce(&Store) -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, Problem> {
    let turn = tokio::time::timeout(HASHING_WAIT, api.door.0.hashing.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-busy", "Too many log in")
            .mend("try again in some seconds"));
    };
    let store = api.store.clone();
    match tokio::task::spawn_blocking(move || work(&store)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(PasswordError::Weak(why))) => Err(Problem::refused("body /password", why)),
        Ok(Err(PasswordError::Store(error))) => Err(Problem::store("password", &error)),
        Ok(Err(error)) => Err(Problem::failed("password", &error)),
        Err(error) => Err(Problem::failed("password", &error)),
    }
}
