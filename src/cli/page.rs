//! `maskline page`.

use super::client::{Ask, Client};
use super::{Target, output};
use anyhow::{Context, Result};
use axum::http::Method;
use clap::{Args, Subcommand};

/// What can be done about the page for staff.
#[derive(Subcommand)]
pub(super) enum Page {
    /// Forgets the page's password, logs everybody out, and prints a setup code for a new one
    ResetPassword(ResetPassword),
}

#[derive(Args)]
pub(super) struct ResetPassword {
    #[command(flatten)]
    target: Target,
}

impl Page {
    pub(super) fn run(self) -> Result<()> {
        let Page::ResetPassword(reset) = self;
        let ask = Ask { method: Method::DELETE, path: "/api/page/password", body: None };
        let answer = Client::new(&reset.target)?.json(ask)?;
        output::line(answer["setup_code"].as_str().context("the box answered no setup code")?)
    }
}
