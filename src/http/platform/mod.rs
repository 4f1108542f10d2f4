//! The key-value calls of the cloud platform that this box replaces: what its clients call goes on
//! working. Items are no store of their own: an item under a key of digits is an order.
//!
//! - `jwt` is who calls: a service account, by the token that its credentials file signs;
//! - `account` makes such a file;
//! - `items` is what each call does;
//! - `params` is how its parameters come.
//!
//! As on the platform, an answer is JSON whatever happens; a call that was understood and could not be
//! done is `{"error": {"msg", "code"}}` with status 200, since that is where its clients look. A caller
//! who is not known, and a request that cannot be read, have the status that says so as well.

pub mod account;
mod items;
mod jwt;
mod params;

use super::auth::{self, Caller};
use super::problem::Problem;
use super::{Api, extract};
use crate::limits::HTTP_BODY_OCTETS;
use crate::store::{Role, StoreError};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use params::Params;
use serde_json::{Value, json};

/// Where the calls are: the command is the rest of the path, or the parameter `cmd`.
pub const PATH: &str = "/platform_api";

/// Why a call was not done. The texts carry no telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    status: StatusCode,
    code: u32,
    msg: String,
}

/// Codes of errors, for programs.
mod code {
    pub(super) const UNAUTHORIZED: u32 = 100;
    pub(super) const FORBIDDEN: u32 = 101;
    pub(super) const UNKNOWN_COMMAND: u32 = 102;
    pub(super) const PARAMETER: u32 = 103;
    pub(super) const NO_SUCH_KEY: u32 = 104;
    pub(super) const REQUEST: u32 = 105;
    pub(super) const BOX: u32 = 106;
}

impl Refused {
    fn new(status: StatusCode, code: u32, msg: impl Into<String>) -> Refused {
        Refused { status, code, msg: msg.into() }
    }

    fn unauthorized(why: &str) -> Refused {
        let msg = format!("Authorization failed: {why}");
        Refused::new(StatusCode::UNAUTHORIZED, code::UNAUTHORIZED, msg)
    }

    fn parameter(name: &str, why: impl std::fmt::Display) -> Refused {
        Refused::new(StatusCode::OK, code::PARAMETER, format!("Invalid parameter '{name}': {why}"))
    }

    fn of_problem(problem: &Problem) -> Refused {
        let code = if problem.status().is_server_error() { code::BOX } else { code::REQUEST };
        Refused::new(problem.status(), code, problem.sentence())
    }

    fn of_store(error: &StoreError) -> Refused {
        Refused::of_problem(&Problem::store("item", error))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "msg": self.msg, "code": self.code } });
        (self.status, axum::Json(body)).into_response()
    }
}

/// `POST /platform_api` and `POST /platform_api/{cmd}`
pub async fn call(State(api): State<Api>, request: Request) -> Result<axum::Json<Value>, Refused> {
    let caller = caller(&api, &request)?;
    let path = request.uri().path().strip_prefix(PATH).unwrap_or_default();
    let in_path = path.trim_matches('/').to_owned();
    let mut params = Params::default();
    params.add(request.uri().query().unwrap_or_default().as_bytes())?;
    let form = extract::content_type(&request);
    let is_form = form.as_deref() == Some("application/x-www-form-urlencoded");
    let body = extract::read(request, HTTP_BODY_OCTETS).await;
    let body = body.map_err(|problem| Refused::of_problem(&problem))?;
    if is_form {
        params.add(&body)?;
    } else if !body.is_empty() {
        let expected = "application/x-www-form-urlencoded";
        return Err(Refused::of_problem(&extract::wrong_media_type(expected)));
    }
    let command = if in_path.is_empty() { params.text("cmd")?.to_owned() } else { in_path };
    let done = tokio::task::spawn_blocking(move || items::run(&api, &caller, &command, &params));
    match done.await {
        Ok(done) => done.map(axum::Json),
        Err(error) => Err(Refused::of_problem(&Problem::failed("item", &error))),
    }
}

/// The service account that calls, and whether it may.
fn caller(api: &Api, request: &Request) -> Result<Caller, Refused> {
    let of_problem = |problem| Refused::of_problem(&problem);
    let shown = auth::token(request.headers())
        .map_err(|_| Refused::unauthorized("there is no header 'Authorization: Bearer JWT'"));
    let checked = shown.and_then(|token| jwt::check(token, &api.store, api.now()));
    let token = checked.or_else(|refused| {
        if refused.status == StatusCode::UNAUTHORIZED {
            api.rates.note_failure(auth::peer(request)).map_err(of_problem)?;
        }
        Err(refused)
    })?;
    if !matches!(token.role, Role::Orders | Role::Admin) {
        let msg = "This service account may not use the order book";
        return Err(Refused::new(StatusCode::FORBIDDEN, code::FORBIDDEN, msg));
    }
    api.rates.admit(&token.name, true).map_err(of_problem)?;
    auth::note_use(api, &token);
    Ok(Caller::of(&token))
}
