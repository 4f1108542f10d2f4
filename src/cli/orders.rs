//! `maskline orders`.

use super::client::{Ask, Client, Sent, escape, get};
use super::progress::{Counted, Progress};
use super::{Target, output};
use anyhow::{Context, Result, bail};
use axum::http::Method;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What can be done to orders.
#[derive(Subcommand)]
pub(super) enum Orders {
    /// Stores an order, or replaces it
    Put(Put),
    /// Shows an order
    Get(Get),
    /// Lists orders
    List(List),
    /// Deletes an order
    Delete(Delete),
    /// Stores many orders from a file
    ///
    /// The good rows are stored and the bad ones listed; the exit status is 1 if there were any.
    Import(Import),
    /// Writes all orders as CSV that `import` takes back
    Export(Export),
}

#[derive(Args)]
pub(super) struct Put {
    /// Order number: 1 to 12 digits
    number: String,
    /// The courier's telephone number
    #[arg(long, value_name = "NUMBER")]
    courier: String,
    /// The customer's telephone number
    #[arg(long, value_name = "NUMBER")]
    customer: String,
    /// Seconds until the order expires [default: 30 days]
    #[arg(long, value_name = "SECONDS", conflicts_with = "expires_at")]
    ttl_seconds: Option<i64>,
    /// When the order expires, such as 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// Language in which its parties are spoken to [default: by their numbers, or the site's]
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Print the stored order as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Get {
    /// Order number
    number: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct List {
    /// At most so many
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Delete {
    /// Order number
    number: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Import {
    /// CSV file with the header order,courier,customer[,ttl_seconds|expires_at][,language], a .json array or
    /// .ndjson; - reads CSV from standard input
    file: PathBuf,
    /// Check everything, store nothing
    #[arg(long)]
    dry_run: bool,
    /// What becomes of orders that the file does not name: merge keeps them, replace removes them
    #[arg(long, value_enum, default_value = "merge")]
    mode: Mode,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Merge,
    Replace,
}

#[derive(Args)]
pub(super) struct Export {
    /// File to write; absent or -: standard output
    file: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

impl Orders {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Orders::Put(put) => put.run(),
            Orders::Get(order) => {
                let path = path(&order.number);
                output::one(&Client::new(&order.target)?.json(get(&path))?, order.json)
            }
            Orders::List(list) => {
                let most = list.limit.map(|limit| limit as usize);
                let items = Client::new(&list.target)?.list("/api/v1/orders", &[], most)?;
                output::list(
                    &items,
                    list.json,
                    &["order", "courier", "customer", "expires_at", "language"],
                )
            }
            Orders::Delete(order) => {
                let path = path(&order.number);
                let ask = Ask { method: Method::DELETE, path: &path, body: None };
                Client::new(&order.target)?.json(ask).map(drop)
            }
            Orders::Import(import) => import.run(),
            Orders::Export(export) => {
                let mut client = Client::new(&export.target)?;
                output::to_file(export.file.as_deref(), |out| {
                    client.copy(get("/api/v1/orders/export"), out)
                })
            }
        }
    }
}

fn path(number: &str) -> String {
    format!("/api/v1/orders/{}", escape(number))
}

impl Put {
    fn run(self) -> Result<()> {
        let mut body = json!({ "courier": self.courier, "customer": self.customer });
        if let Some(seconds) = self.ttl_seconds {
            body["ttl_seconds"] = seconds.into();
        }
        if let Some(time) = self.expires_at {
            body["expires_at"] = time.into();
        }
        if let Some(language) = self.language {
            body["language"] = language.into();
        }
        let path = path(&self.number);
        let body = Some(("application/json", Sent::Octets(body.to_string().into_bytes())));
        let ask = Ask { method: Method::PUT, path: &path, body };
        output::one(&Client::new(&self.target)?.json(ask)?, self.json)
    }
}

impl Import {
    fn run(self) -> Result<()> {
        let failed = || format!("cannot read {}", self.file.display());
        let (inner, octets): (Box<dyn Read + Send>, _) = if self.file == Path::new("-") {
            (Box::new(std::io::stdin()), None)
        } else {
            let file = File::open(&self.file).with_context(failed)?;
            let octets = file.metadata().with_context(failed)?.len();
            (Box::new(file), Some(octets))
        };
        let progress = Progress::new("checking", octets);
        let then = if self.dry_run { "comparing" } else { "storing" };
        let counted = Counted { inner, progress: progress.clone(), then };
        let kind = match self.file.extension().and_then(|extension| extension.to_str()) {
            Some("json") => "application/json",
            Some("ndjson" | "jsonl") => "application/x-ndjson",
            _ => "text/csv",
        };
        let mode = if matches!(self.mode, Mode::Replace) { "replace" } else { "merge" };
        let path = format!("/api/v1/orders/import?dry_run={}&mode={mode}", self.dry_run);
        let body = Some((kind, Sent::Reader(Box::new(counted))));
        let ask = Ask { method: Method::POST, path: &path, body };
        let report = Client::new(&self.target).and_then(|mut client| client.json(ask));
        progress.end();
        let report = report?;
        let rejected = report["rejected"].as_array().cloned().unwrap_or_default();
        if self.json {
            output::one(&report, true)?;
        } else {
            let count = |name: &str| report[name].as_u64().unwrap_or(0);
            let would = if self.dry_run { "would be " } else { "" };
            output::line(&format!(
                "{would}added {}, changed {}, unchanged {}, removed {}, rejected {}",
                count("added"),
                count("changed"),
                count("unchanged"),
                count("removed"),
                rejected.len()
            ))?;
            if !rejected.is_empty() {
                output::list(&rejected, false, &["line", "column", "reason"])?;
            }
        }
        if rejected.is_empty() { Ok(()) } else { bail!("{} row(s) were rejected", rejected.len()) }
    }
}
