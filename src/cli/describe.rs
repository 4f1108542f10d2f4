//! `maskline completions` and `maskline man`: made from the same definitions as the commands.

use super::Cli;
use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::stdout;
use std::path::PathBuf;

/// Prints the script to be read by the shell: for bash, put it into
/// /usr/share/bash-completion/completions/maskline.
#[derive(Args)]
pub(super) struct Completions {
    /// For which shell
    shell: Shell,
}

impl Completions {
    #[allow(clippy::unnecessary_wraps, reason = "all commands return a result")]
    pub(super) fn run(self) -> Result<()> {
        clap_complete::generate(self.shell, &mut Cli::command(), "maskline", &mut stdout());
        Ok(())
    }
}

#[derive(Args)]
pub(super) struct Man {
    /// Write a page for each command into this folder, such as /usr/share/man/man1; absent: the
    /// main page goes to standard output
    folder: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self) -> Result<()> {
        let command = Cli::command();
        let Some(folder) = self.folder else {
            return Ok(clap_mangen::Man::new(command).render(&mut stdout())?);
        };
        let failed = || format!("cannot write to {}", folder.display());
        std::fs::create_dir_all(&folder).with_context(failed)?;
        clap_mangen::generate_to(command, &folder).with_context(failed)
    }
}
