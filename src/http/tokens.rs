//! API tokens: made, listed, revoked. A token is shown once.

use super::Api;
use super::auth::Caller;
use super::extract::{Json, Page, TextPath};
use super::platform::account;
use super::problem::Problem;
use crate::store::{Role, Store, TOKEN_NAME_OCTETS, Token};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// What a new token should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    name: String,
    #[serde(default)]
    role: Option<Role>,
    /// A service account instead: it gets a credentials file, for the key-value calls.
    #[serde(default)]
    service_account: bool,
}

/// A new token.
#[derive(Serialize)]
struct Created {
    name: String,
    token: String,
    role: Role,
}

/// `POST /api/v1/tokens`
pub async fn create(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Json(new): Json<NewToken>,
) -> Result<Response, Problem> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.len() > TOKEN_NAME_OCTETS || name.chars().any(char::is_control) {
        let detail = format!("a name has 1 to {TOKEN_NAME_OCTETS} characters");
        return Err(Problem::refused("body /name", detail));
    }
    if new.service_account {
        return create_account(api, caller, name, new.role.unwrap_or(Role::Orders)).await;
    }
    let role = new.role.unwrap_or(Role::Admin);
    let at = api.now().wall;
    let wanted = name.clone();
    let word = format!("role {}", role.name());
    let api = api.audited(&caller, "token.create", &name, &word);
    let token = api.with_store("token", move |store| store.create_token(&wanted, role, at)).await?;
    log::info!("token `{name}` was created by {}", caller.name);
    Ok((StatusCode::CREATED, axum::Json(Created { name, token, role })).into_response())
}

/// A service account: its answer is the credentials file, shown this once.
async fn create_account(
    api: Api,
    caller: Caller,
    name: String,
    role: Role,
) -> Result<Response, Problem> {
    if !matches!(role, Role::Orders | Role::Admin) {
        let detail = "a service account uses the order book: its role is orders";
        return Err(Problem::refused("body /role", detail));
    }
    let made = tokio::task::spawn_blocking(account::make).await;
    let made = made.map_err(|error| Problem::failed("service account", &error))?;
    let (file, kept) = made.map_err(|error| Problem::failed("service account", &error))?;
    let (at, wanted) = (api.now().wall, name.clone());
    let keep = move |store: &Store| store.create_service_account(&wanted, role, at, &kept);
    let api = api.audited(&caller, "service_account.create", &name, "");
    api.with_store("service account", keep).await?;
    log::info!("service account `{name}` was created by {}", caller.name);
    Ok((StatusCode::CREATED, axum::Json(file)).into_response())
}

/// `GET /api/v1/tokens`
pub async fn list(State(api): State<Api>) -> Result<axum::Json<Page<Token>>, Problem> {
    let tokens = api.with_store("tokens", |store| store.tokens()).await?;
    let latest = |mut token: Token| {
        token.last_used_at = api.uses.last(&token.name).or(token.last_used_at);
        token
    };
    let tokens: Vec<Token> = tokens.into_iter().map(latest).collect();
    let rows = tokens.len();
    Ok(axum::Json(Page::new(tokens, rows, |token: &Token| token.name.clone())))
}

/// `DELETE /api/v1/tokens/{name}`
pub async fn revoke(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(name): TextPath,
) -> Result<StatusCode, Problem> {
    let revoked = name.clone();
    let api = api.audited(&caller, "token.revoke", &name, "");
    if api.with_store("token", move |store| store.revoke_token(&revoked)).await? {
        api.uses.forget(&name);
        log::info!("token `{name}` was revoked by {}", caller.name);
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "no-such-token", "There is no such token")
        .at("path")
        .mend("see /api/v1/tokens for the tokens there are"))
}
