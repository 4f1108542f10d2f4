//! `maskline doctor`.

use super::Target;
use super::client::{Client, get};
use super::output;
use crate::config::Config;
use crate::doctor::{self, Finding, Verdict};
use anyhow::{Result, bail};
use std::path::PathBuf;

/// Looks at what the box needs to take calls: one line each, and what to do at the end. Where no daemon runs
/// the modems are asked directly, up to a minute each; no call is answered and no PIN is entered.
#[derive(clap::Args)]
pub(super) struct Doctor {
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "MASKLINE_CONFIG", default_value = crate::config::DEFAULT_PATH)]
    config: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self) -> Result<()> {
        let mut findings = Vec::new();
        let mut found = |finding: Finding| {
            if !self.json {
                tell(&finding)?;
            }
            findings.push(finding);
            Ok::<(), anyhow::Error>(())
        };
        match Config::load(&self.config) {
            Err(error) => found(doctor::no_configuration(&self.config, &error.to_string()))?,
            Ok(config) => {
                found(doctor::configuration(&self.config, &config))?;
                let status = self.status(&config)?;
                let mut failed = None;
                doctor::examine(&config, status.as_ref(), |finding| {
                    failed = failed.take().or(found(finding).err());
                });
                failed.map_or(Ok(()), Err)?;
            }
        }
        if self.json {
            output::json(&findings)?;
        } else {
            sum_up(&findings)?;
        }
        match findings.iter().any(|finding| finding.verdict == Verdict::Failure) {
            true => bail!("something keeps the box from taking calls"),
            false => Ok(()),
        }
    }

    /// What the daemon says, where one runs.
    fn status(&self, config: &Config) -> Result<Option<serde_json::Value>> {
        let socket = config.store.control_socket();
        if std::os::unix::net::UnixStream::connect(socket)
            .is_err_and(|error| error.kind() != std::io::ErrorKind::PermissionDenied)
        {
            return Ok(None);
        }
        let target = Target { config: self.config.clone(), url: None, token: None, ca: None };
        Client::new(&target)?.json(get("/api/v1/status")).map(Some)
    }
}

fn tell(finding: &Finding) -> Result<()> {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Failure => "FAILURE",
    };
    let line = finding.line.as_deref().map(|line| format!("{line}: ")).unwrap_or_default();
    output::line(&format!("{verdict:<8} {:<14} {line}{}", finding.check, finding.seen))
}

fn sum_up(findings: &[Finding]) -> Result<()> {
    let mut to_do: Vec<&Finding> = findings.iter().filter(|f| f.mend.is_some()).collect();
    to_do.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    if to_do.is_empty() {
        return output::line("\nNothing to do.");
    }
    output::line("\nTo do:")?;
    for (number, finding) in to_do.iter().enumerate() {
        let line = finding.line.as_deref().map(|line| format!("{line}, ")).unwrap_or_default();
        let mend = finding.mend.as_deref().unwrap_or_default();
        output::line(&format!("{:>3}. {line}{}: {mend}", number + 1, finding.check))?;
    }
    Ok(())
}
