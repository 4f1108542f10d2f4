//! `maskline run`.

use crate::config::{Config, DEFAULT_PATH};
use anyhow::Result;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Run {
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "MASKLINE_CONFIG", default_value = DEFAULT_PATH)]
    config: PathBuf,
    /// Read the configuration, say what is wrong with it, and stop
    #[arg(long)]
    check: bool,
}

impl Run {
    pub(super) fn run(self) -> Result<()> {
        let config = Config::load(&self.config)?;
        if self.check {
            println!("{}: ok, {} line(s)", self.config.display(), config.lines.len());
            return Ok(());
        }
        crate::memory::one_heap();
        crate::daemon::run(config)
    }
}
