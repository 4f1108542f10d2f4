//! `maskline settings`.

use super::client::{Ask, Client, Sent, escape, get};
use super::{Target, output};
use anyhow::{Context, Result, bail};
use axum::http::Method;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// What can be done about settings.
#[derive(Subcommand)]
pub(super) enum Settings {
    /// Lists the settings that staff may change: what holds, and where that comes from
    List(List),
    /// Changes a setting; lines go by it from the next call on
    Set(Set),
    /// Takes a change back: what the configuration file says holds again
    Reset(Reset),
}

#[derive(Args)]
pub(super) struct List {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Set {
    /// Its name, such as calls.ring_timeout_ms
    name: String,
    /// A number, true or false, or a telephone number ("" is none)
    value: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Reset {
    /// Its name
    name: String,
    #[command(flatten)]
    target: Target,
}

impl Settings {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Settings::List(list) => {
                let items = all(&mut Client::new(&list.target)?)?;
                output::list(&items, list.json, &["name", "value", "from", "file", "fixed"])
            }
            Settings::Set(set) => set.run(),
            Settings::Reset(reset) => {
                let path = path(&reset.name);
                let ask = Ask { method: Method::DELETE, path: &path, body: None };
                Client::new(&reset.target)?.json(ask).map(drop)
            }
        }
    }
}

fn all(client: &mut Client) -> Result<Vec<Value>> {
    let page = client.json(get("/api/v1/settings"))?;
    page["items"].as_array().cloned().context("the box answered no list")
}

fn path(name: &str) -> String {
    format!("/api/v1/settings/{}", escape(name))
}

impl Set {
    fn run(self) -> Result<()> {
        let mut client = Client::new(&self.target)?;
        let settings = all(&mut client)?;
        let Some(setting) = settings.iter().find(|setting| setting["name"] == *self.name) else {
            bail!("there is no setting `{}`: see `maskline settings list`", self.name);
        };
        let value = match setting["kind"].as_str() {
            Some("phone") => Value::from(self.value),
            // What is neither a number nor a switch is refused by the box, which says what it wants.
            _ => serde_json::from_str(&self.value).unwrap_or(Value::from(self.value)),
        };
        let body = json!({ "value": value }).to_string().into_bytes();
        let body = Some(("application/json", Sent::Octets(body)));
        let path = path(&self.name);
        client.json(Ask { method: Method::PUT, path: &path, body }).map(drop)
    }
}
