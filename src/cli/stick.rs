//! `maskline stick`: orders from a USB stick, and the files of sticks that wait for somebody.

mod import;

use super::client::{Ask, Client, escape, get};
use super::{Target, output};
use anyhow::Result;
use axum::http::Method;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What can be done with sticks.
#[derive(Subcommand)]
pub(super) enum Stick {
    /// Imports the orders*.csv of a stick, and writes orders*-result.csv next to them
    ///
    /// systemd runs this when a stick is plugged in. A disk is mounted for it, which root may; a folder
    /// is taken as it is. A file with a signature by the site's key is imported at once, another one
    /// when it is confirmed.
    Import(Import),
    /// Lists the files that wait, and the last ones that were decided
    List(List),
    /// Imports a file that waits
    Confirm(Confirm),
    /// Refuses a file that waits; it is erased
    Refuse(Which),
    /// Tells the box that a stick was pulled out
    #[command(hide = true)]
    Gone(Gone),
}

#[derive(Args)]
pub(super) struct Import {
    /// A disk such as /dev/sda, or the folder where the stick is mounted
    #[arg(value_name = "DISK|FOLDER")]
    place: PathBuf,
    /// How long to wait for a confirmation
    #[arg(long, value_name = "SECONDS", default_value = "600",
        value_parser = clap::value_parser!(u64).range(0..=3600))]
    wait_seconds: u64,
    /// Configuration file, which says where the daemon is
    #[arg(long, value_name = "FILE", env = "MASKLINE_CONFIG", default_value = crate::config::DEFAULT_PATH)]
    config: PathBuf,
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
pub(super) struct Which {
    /// The id that `maskline stick list` shows
    id: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub(super) struct Confirm {
    #[command(flatten)]
    which: Which,
    /// Print what became of it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Gone {
    /// Such as sda
    device: String,
    /// Configuration file, which says where the daemon is
    #[arg(long, value_name = "FILE", env = "MASKLINE_CONFIG", default_value = crate::config::DEFAULT_PATH)]
    config: PathBuf,
}

impl Stick {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Stick::Import(import) => import.run(),
            Stick::List(list) => {
                let items = Client::new(&list.target)?.list("/api/v1/sticks", &[], None)?;
                if list.json {
                    return output::list(&items, true, &[]);
                }
                let items: Vec<Value> = items.iter().map(in_a_row).collect();
                let fields = ["id", "file", "device", "signed", "state", "arrived_at", "orders"];
                output::list(&items, false, &fields)
            }
            Stick::Confirm(confirm) => {
                let path = path(&confirm.which.id);
                let ask = Ask { method: Method::POST, path: &path, body: None };
                let entry = Client::new(&confirm.which.target)?.json(ask)?;
                let shown = if confirm.json { entry.clone() } else { in_a_row(&entry) };
                output::one(&shown, confirm.json)?;
                match entry["problem"].as_str() {
                    None => Ok(()),
                    Some(problem) => anyhow::bail!("{problem}"),
                }
            }
            Stick::Refuse(which) => {
                let path = path(&which.id);
                let ask = Ask { method: Method::DELETE, path: &path, body: None };
                Client::new(&which.target)?.json(ask).map(drop)
            }
            Stick::Gone(gone) => {
                let path = format!("/api/v1/sticks/at/{}", escape(&gone.device));
                let ask = Ask { method: Method::DELETE, path: &path, body: None };
                Client::of_daemon(&gone.config)?.json(ask).map(drop)
            }
        }
    }
}

fn path(id: &str) -> String {
    format!("/api/v1/sticks/{}", escape(id))
}

/// The same with its figures as a sentence.
fn in_a_row(entry: &Value) -> Value {
    let mut row = entry.clone();
    let report = row["report"].take();
    if let Some(fields) = row.as_object_mut() {
        fields.remove("report");
    }
    let count = |name: &str| report[name].as_u64().unwrap_or(0);
    if report.is_object() {
        row["orders"] = json!(format!(
            "added {}, changed {}, unchanged {}, rejected {}",
            count("added"),
            count("changed"),
            count("unchanged"),
            count("rejected")
        ));
    }
    row
}

/// One file of the box.
fn one(client: &mut Client, id: &str, wait_seconds: u64) -> Result<Value> {
    client.json(get(&format!("{}?wait_seconds={wait_seconds}", path(id))))
}
