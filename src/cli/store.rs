//! `maskline store`: for a store that no daemon has open.

use super::output;
use crate::config::{Config, DEFAULT_PATH};
use crate::store::{self, Report};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

/// What can be done to a store while the daemon is stopped.
#[derive(Subcommand)]
pub(super) enum Store {
    /// Looks the store over and mends nothing; exit status 1 if something is wrong
    Verify(Verify),
    /// Writes a backup: all orders, records and tokens as lines of JSON
    ///
    /// It holds telephone numbers: keep it as well as the box itself.
    Export(Export),
    /// Makes the store anew from a backup: all of it or nothing
    Restore(Restore),
}

#[derive(Args)]
pub(super) struct Where {
    /// Configuration file, which says where the data folder is
    #[arg(long, value_name = "FILE", env = "MASKLINE_CONFIG", default_value = DEFAULT_PATH)]
    config: PathBuf,
}

#[derive(Args)]
pub(super) struct Verify {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub(super) struct Export {
    /// File to write; absent or -: standard output
    file: Option<PathBuf>,
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub(super) struct Restore {
    /// Backup to read
    file: PathBuf,
    /// Replace what the store holds; it is moved aside, not deleted
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    at: Where,
}

impl Where {
    fn path(&self) -> Result<PathBuf> {
        Ok(Config::load(&self.config)?.store.path)
    }
}

impl Store {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Store::Verify(verify) => {
                let report = store::verify(&verify.at.path()?)?;
                show(&report, verify.json)?;
                if !report.problems.is_empty() {
                    bail!("the store has {} problem(s)", report.problems.len());
                }
                Ok(())
            }
            Store::Export(export) => {
                let path = export.at.path()?;
                output::to_file(export.file.as_deref(), |out| {
                    store::export(&path, out).map(drop).map_err(Into::into)
                })
            }
            Store::Restore(restore) => {
                let file = &restore.file;
                let backup =
                    File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
                let path = restore.at.path()?;
                let report = store::restore(&path, BufReader::new(backup), restore.replace)?;
                show(&report, false)
            }
        }
    }
}

fn show(report: &Report, json: bool) -> Result<()> {
    if json {
        return output::one(&serde_json::to_value(report)?, true);
    }
    let Report { orders, records, outbox, tokens, settings, problems } = report;
    output::line(&format!(
        "orders {orders}, records {records}, waiting for the webhook {outbox}, tokens {tokens}, \
         settings {settings}"
    ))?;
    problems.iter().try_for_each(|problem| output::line(&format!("problem: {problem}")))
}
