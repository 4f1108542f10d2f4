//! What each stick is doing, told by the process that has it mounted.

use crate::http::Api;
use crate::http::extract::{Json, TextPath};
use crate::http::problem::Problem;
use crate::limits::STICKS;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Characters of what is told in words.
const DETAIL_CHARS: usize = 250;
/// Octets of a device's name.
const DEVICE_OCTETS: usize = 32;

/// What a stick is doing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Its files are read.
    Reading,
    /// A file waits for somebody who confirms it. The stick may be pulled out.
    Waiting,
    /// Results are written onto it.
    Writing,
    /// All is done. It may be pulled out.
    Done,
    /// It could not be done; see `detail`. It may be pulled out.
    Failed,
}

/// A stick, as status shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Doing {
    /// Where it is, such as `sda`.
    pub device: String,
    /// What it is doing.
    pub state: Step,
    /// The same in words.
    pub detail: String,
    /// Since when.
    pub since: Timestamp,
}

/// What is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct News {
    state: Step,
    #[serde(default)]
    detail: String,
}

/// The name of a device, if it can be one.
pub fn device(name: &str, place: &str) -> Result<(), Problem> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if (1..=DEVICE_OCTETS).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    let detail = format!("a device has 1 to {DEVICE_OCTETS} letters, digits, `-`, `_` or `.`");
    Err(Problem::refused(place, detail))
}

/// `PUT /api/v1/sticks/at/{device}`: what the stick there is doing now.
pub async fn tell(
    State(api): State<Api>,
    TextPath(name): TextPath,
    Json(news): Json<News>,
) -> Result<StatusCode, Problem> {
    device(&name, "path")?;
    if news.detail.chars().count() > DETAIL_CHARS {
        let detail = format!("detail has at most {DETAIL_CHARS} characters");
        return Err(Problem::refused("body /detail", detail));
    }
    let News { state, detail } = news;
    let told = api.sticks.tell(Doing { device: name, state, detail, since: api.now().wall });
    if told {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(StatusCode::CONFLICT, "too-many-sticks", "There are too many sticks")
        .detail(format!("at most {STICKS} are known at once"))
        .mend("pull one out"))
}

/// `DELETE /api/v1/sticks/at/{device}`: the stick there was pulled out.
pub async fn gone(State(api): State<Api>, TextPath(name): TextPath) -> Result<StatusCode, Problem> {
    device(&name, "path")?;
    api.sticks.gone(&name);
    Ok(StatusCode::NO_CONTENT)
}
