//! Settings that staff may change: shown, changed, taken back. Lines go by them from the next call on.

use super::Api;
use super::auth::Caller;
use super::extract::{Json, Page, TextPath};
use super::problem::Problem;
use crate::config::{ChangeError, Setting};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

/// `GET /api/v1/settings`
pub async fn list(State(api): State<Api>) -> Result<axum::Json<Page<Setting>>, Problem> {
    let live = api.settings.clone();
    let settings = api.with_store("settings", move |store| live.list(store)).await?;
    let rows = settings.len();
    Ok(axum::Json(Page::new(settings, rows, |setting| setting.name.to_owned())))
}

/// A change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    value: Value,
}

/// `PUT /api/v1/settings/{name}`
pub async fn change(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(name): TextPath,
    Json(Change { value }): Json<Change>,
) -> Result<axum::Json<Setting>, Problem> {
    apply(api, caller, name, Some(value)).await.map(axum::Json)
}

/// `DELETE /api/v1/settings/{name}`: what the file says holds again.
pub async fn reset(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    TextPath(name): TextPath,
) -> Result<StatusCode, Problem> {
    apply(api, caller, name, None).await.map(|_| StatusCode::NO_CONTENT)
}

async fn apply(
    api: Api,
    caller: Caller,
    name: String,
    value: Option<Value>,
) -> Result<Setting, Problem> {
    let what = if value.is_some() { "setting.put" } else { "setting.reset" };
    let change = {
        let (api, name) = (api.clone(), name.clone());
        move |store: &crate::store::Store| {
            let noting = |detail: &str| api.audited(&caller, what, &name, detail).store;
            Ok(api.settings.change(store, &name, value, noting))
        }
    };
    let changed = api.with_store("settings", change).await?.map_err(|error| problem(&error))?;
    log::info!("the setting {name} was changed");
    Ok(changed)
}

fn problem(error: &ChangeError) -> Problem {
    let text = error.to_string();
    match error {
        ChangeError::Unknown => {
            Problem::new(StatusCode::NOT_FOUND, "no-such-setting", "There is no such setting")
                .detail(text)
                .at("path")
                .mend("GET /api/v1/settings lists them; all others are in the configuration file")
        }
        ChangeError::Fixed(_) => {
            Problem::new(StatusCode::CONFLICT, "fixed", "This setting is fixed")
                .detail(text)
                .at("path")
                .mend("whoever keeps the box changes it there")
        }
        ChangeError::Refused(_) => Problem::refused("body /value", text),
        ChangeError::Store(error) => Problem::store("settings", error),
    }
}
