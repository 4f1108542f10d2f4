//! `maskline calls`.

use super::client::{Client, escape, get};
use super::{Target, output};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be seen of calls.
#[derive(Subcommand)]
pub(super) enum Calls {
    /// Lists call records, oldest first
    List(List),
    /// Shows a call record
    Show(Show),
    /// Writes call records, one JSON object per line
    Export(Export),
    /// Fetches the recording of a call: Ogg Opus, or WAV where it is not made small yet
    Recording(Recording),
}

#[derive(Args)]
pub(super) struct List {
    /// Only calls since then, such as 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
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
pub(super) struct Show {
    /// Its call_id
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Export {
    /// File to write; absent or -: standard output
    file: Option<PathBuf>,
    /// Only calls since then, such as 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Recording {
    /// Its call_id
    id: String,
    /// File to write; absent or -: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

/// Columns of the table.
const FIELDS: [&str; 6] = ["call_id", "line", "started_at", "outcome", "order_number", "ended_by"];

impl Calls {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Calls::List(list) => {
                let most = list.limit.map(|limit| limit as usize);
                let since = list.since.as_deref().map(|since| ("since", since));
                let query: Vec<_> = since.into_iter().collect();
                let items = Client::new(&list.target)?.list("/api/v1/calls", &query, most)?;
                output::list(&items, list.json, &FIELDS)
            }
            Calls::Show(call) => {
                let path = format!("/api/v1/calls/{}", escape(&call.id));
                output::one(&Client::new(&call.target)?.json(get(&path))?, call.json)
            }
            Calls::Export(export) => {
                let since =
                    export.since.as_deref().map(|since| format!("?since={}", escape(since)));
                let path = format!("/api/v1/calls/export{}", since.unwrap_or_default());
                let mut client = Client::new(&export.target)?;
                output::to_file(export.file.as_deref(), |out| client.copy(get(&path), out))
            }
            Calls::Recording(call) => {
                let path = format!("/api/v1/calls/{}/recording", escape(&call.id));
                let mut client = Client::new(&call.target)?;
                output::to_file(call.output.as_deref(), |out| client.copy(get(&path), out))
            }
        }
    }
}
