//! `maskline boards`: profiles of computers and modem carriers.

use super::output;
use crate::board::{self, FOLDER, Profile, find_chip};
use crate::line::recovery::Rung;
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What can be done with board profiles.
#[derive(Subcommand)]
pub(super) enum Boards {
    /// Lists all boards: those built in and those of the folder
    List(List),
    /// Shows a board with all it inherits, and the GPIO chip it would use here
    Show(Show),
    /// Reads a profile, or all of them; exit status 1 if one is wrong
    Check(Check),
}

#[derive(Args)]
pub(super) struct Common {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Folder of this site's own boards
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    folder: PathBuf,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
pub(super) struct Show {
    /// Name of the board
    name: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
pub(super) struct Check {
    /// Profile to check before it goes into the folder; absent: all there are
    file: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl Boards {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Boards::List(list) => list.run(),
            Boards::Show(show) => show.run(),
            Boards::Check(check) => check.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<()> {
        let boards = board::Boards::read(&self.common.folder)?;
        let row = |name: &str| match boards.profile(name) {
            Ok(profile) => json!({
                "name": name,
                "can": can(&profile),
                "about": profile.about,
                "from": profile.from,
            }),
            Err(error) => json!({ "name": name, "can": "wrong", "about": error.to_string() }),
        };
        let rows: Vec<Value> = boards.names().map(row).collect();
        output::list(&rows, self.common.json, &["name", "can", "about"])
    }
}

impl Show {
    fn run(self) -> Result<()> {
        let boards = board::Boards::read(&self.common.folder)?;
        let profile = boards.profile(&self.name)?;
        let mut shown = serde_json::to_value(&profile)?;
        let model = board::model();
        let computer = boards.computer(&model);
        let labels = match &computer {
            Some(computer) if profile.header.is_empty() => &computer.header,
            _ => &profile.header,
        };
        let chip = match find_chip(labels) {
            Ok(chip) => chip.display().to_string(),
            Err(error) => error.to_string(),
        };
        shown["can"] = json!(can(&profile));
        shown["this_computer"] = json!({ "model": model, "chip": chip });
        output::one(&shown, self.common.json)
    }
}

impl Check {
    fn run(self) -> Result<()> {
        let mut boards = board::Boards::read(&self.common.folder)?;
        let names: Vec<String> = match &self.file {
            Some(file) => vec![boards.add(file)?],
            None => boards.names().map(str::to_owned).collect(),
        };
        let checked = names.iter().map(|name| (name, boards.profile(name)));
        let rows: Vec<Value> = checked
            .map(|(name, profile)| {
                json!({
                    "name": name,
                    "ok": profile.is_ok(),
                    "problem": profile.err().map(|error| error.to_string()),
                })
            })
            .collect();
        output::list(&rows, self.common.json, &["name", "ok", "problem"])?;
        match rows.iter().filter(|row| row["ok"] == json!(false)).count() {
            0 => Ok(()),
            wrong => bail!("{wrong} profile(s) wrong"),
        }
    }
}

/// The rungs in words.
fn can(profile: &Profile) -> String {
    if profile.is_computer() {
        return "computer".to_owned();
    }
    let words = profile.rungs().into_iter().map(|rung| match rung {
        Rung::UsbReauthorise => "usb",
        Rung::PowerKey => "power-key",
        Rung::Reopen | Rung::Reset => "",
    });
    let words: Vec<_> = words.chain(profile.reset.map(|_| "reset")).collect();
    words.join(", ")
}
