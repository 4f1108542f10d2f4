//! `maskline demo`, `maskline modem-sim`, `maskline tones`: what needs no box.

use anyhow::{Result, bail};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Shows the whole product with nothing attached and nothing configured: a simulated modem, the
/// gateway, and a page with the gateway's own page and three phones.
///
/// Prints the page's address. Ctrl-C ends it and leaves nothing behind.
#[derive(Args)]
pub(super) struct Demo {
    /// One masked call by simulated phones, told line by line, then its record
    #[arg(long)]
    once: bool,
    /// Print the call record only
    #[arg(long, requires = "once")]
    json: bool,
    /// Where the page is served, such as 127.0.0.1:9000; by default port 8420, or any that is free
    #[arg(long, value_name = "ADDRESS", conflicts_with = "once")]
    listen: Option<SocketAddr>,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        if !self.once {
            return crate::demo::serve(&mut std::io::stdout(), self.listen);
        }
        if !crate::demo::once(&mut std::io::stdout(), self.json)? {
            bail!("the two were not connected");
        }
        Ok(())
    }
}

/// The simulator tells what happens as JSON lines on standard output and takes requests on standard
/// input; `docs/simulator.md` lists them.
#[derive(Args)]
pub(super) struct ModemSim {
    /// Where the AT port appears (a symbolic link to a pseudo-terminal)
    #[arg(long, value_name = "PATH", default_value = "/tmp/maskline-at")]
    at: PathBuf,
    /// Where the audio port appears
    #[arg(long, value_name = "PATH", default_value = "/tmp/maskline-audio")]
    audio: PathBuf,
    /// Firmware
    #[arg(long, default_value = "manual", value_parser = clap::builder::PossibleValuesParser::new(simulator::profile::NAMES))]
    profile: String,
    /// Decides every random draw
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The SIM's own number
    #[arg(long, value_name = "NUMBER", default_value = "+61255500099")]
    number: String,
}

impl ModemSim {
    pub(super) fn run(self) -> Result<()> {
        let mut options = simulator::pty::Options::new(self.at, self.audio);
        options.profile = self.profile;
        options.seed = self.seed;
        options.own_number = self.number;
        Ok(simulator::pty::run(options)?)
    }
}

#[derive(Args)]
pub(super) struct Tones {
    /// Recordings
    #[arg(required = true, value_name = "FILE.wav")]
    files: Vec<PathBuf>,
    /// Add times and levels
    #[arg(long)]
    json: bool,
}

impl Tones {
    pub(super) fn run(self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if !crate::audio::tones_command::tones(&self.files, self.json, &mut out)? {
            bail!("not every file could be read");
        }
        Ok(())
    }
}
