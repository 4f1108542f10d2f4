//! `maskline token`.

use super::client::{Ask, Client, escape};
use super::{Target, output};
use anyhow::{Context, Result};
use axum::http::Method;
use clap::{Args, Subcommand};
use serde_json::json;

/// What can be done to API tokens.
#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes a token, or a service account, and prints it alone: it is shown this once
    Create(Create),
    /// Lists tokens; what they are is not shown
    List(List),
    /// Revokes a token
    Revoke(Revoke),
}

#[derive(Args)]
pub(super) struct Create {
    /// What the token is called in lists and logs
    #[arg(long, required_unless_present = "service_account")]
    name: Option<String>,
    /// What it may: read (look at everything), orders (also change the order book),
    /// recordings (also hear recordings), admin (everything) [default: admin]
    #[arg(long, value_parser = ["read", "orders", "recordings", "admin"])]
    role: Option<String>,
    /// Make a service account for the key-value calls of the cloud platform and print its
    /// credentials file
    #[arg(long)]
    service_account: bool,
    /// Print {"name", "token", "role"}
    #[arg(long, conflicts_with = "service_account")]
    json: bool,
    #[command(flatten)]
    target: Target,
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
pub(super) struct Revoke {
    /// Its name
    name: String,
    #[command(flatten)]
    target: Target,
}

impl Token {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Token::Create(create) => create.run(),
            Token::List(list) => {
                let ask = Ask { method: Method::GET, path: "/api/v1/tokens", body: None };
                let page = Client::new(&list.target)?.json(ask)?;
                let items = page["items"].as_array().context("the box answered no list")?;
                output::list(items, list.json, &["name", "role", "created_at", "last_used_at"])
            }
            Token::Revoke(token) => {
                let path = format!("/api/v1/tokens/{}", escape(&token.name));
                let ask = Ask { method: Method::DELETE, path: &path, body: None };
                Client::new(&token.target)?.json(ask).map(drop)
            }
        }
    }
}

impl Create {
    fn run(self) -> Result<()> {
        let unnamed = || format!("service-account-{}", rand::random_range(1000..10_000));
        let name = self.name.unwrap_or_else(unnamed);
        let mut body = json!({ "name": name });
        if let Some(role) = self.role {
            body["role"] = role.into();
        }
        if self.service_account {
            body["service_account"] = true.into();
        }
        let body = Some(("application/json", body.to_string().into_bytes()));
        let ask = Ask { method: Method::POST, path: "/api/v1/tokens", body };
        let created = Client::new(&self.target)?.json(ask)?;
        if self.json || self.service_account {
            return output::one(&created, true);
        }
        output::line(created["token"].as_str().context("the box answered no token")?)
    }
}
