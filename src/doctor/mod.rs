//! `maskline doctor`: looks at what a box needs to take calls, and says in plain words what to do.
//!
//! - `machine` looks at the computer: data folder, disk, clock;
//! - `ports` at the ttys of a line: there, allowed, free;
//! - `told` at what a running daemon says of its modems;
//! - `modem` asks a modem itself, where no daemon does.

mod machine;
mod modem;
mod ports;
mod told;

use crate::config::{Audio, Config};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Calls go, and something should be looked at.
    Warning,
    /// Calls do not go.
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it came to.
    pub verdict: Verdict,
    /// Which line it is about; `None`: the whole box.
    pub line: Option<String>,
    /// What was looked at, in a word.
    pub check: &'static str,
    /// What was seen.
    pub seen: String,
    /// What to do about it; `None` where there is nothing to do.
    pub mend: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, seen: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Ok, line: None, check, seen: seen.into(), mend: None }
    }

    fn warning(check: &'static str, seen: impl Into<String>, mend: impl Into<String>) -> Finding {
        let mend = Some(mend.into());
        Finding { verdict: Verdict::Warning, mend, ..Finding::ok(check, seen) }
    }

    fn failure(check: &'static str, seen: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Failure, ..Finding::warning(check, seen, mend) }
    }

    /// From a sentence of ours that says what is wrong and, after a colon, what to do.
    fn from_fault(check: &'static str, fault: &str) -> Finding {
        let (seen, mend) = fault.split_once(": ").unwrap_or((fault, "see the log"));
        Finding::failure(check, seen, mend)
    }

    fn of(self, line: &str) -> Finding {
        Finding { line: Some(line.to_owned()), ..self }
    }
}

/// Looks at a box whose configuration is read. `status` is what its daemon says, `None` where none runs:
/// then the modems are asked directly, which takes up to a minute each.
pub fn examine(config: &Config, status: Option<&Value>, mut found: impl FnMut(Finding)) {
    machine::look(config, status, &mut found);
    for line in &config.lines {
        let mut of_line = |finding: Finding| found(finding.of(&line.name));
        let mut there = ports::look("AT port", &line.at, status.is_none(), &mut of_line);
        match &line.audio {
            Audio::Port(path) => {
                there &= ports::look("sound port", path, status.is_none(), &mut of_line);
            }
            Audio::None => of_line(Finding::warning(
                "sound port",
                "this line has none: callers hear nothing",
                "name the modem's PCM port in `audio` of this line",
            )),
            Audio::ModemFiles => {}
        }
        match status {
            Some(status) => told::line(status, &line.name, &mut of_line),
            None if there => modem::look(line, &mut of_line),
            None => {}
        }
    }
}

/// The finding about a configuration that cannot be read.
pub fn no_configuration(file: &Path, why: &str) -> Finding {
    let mend = format!("mend {}; `maskline run --check` reads it again", file.display());
    Finding::failure("configuration", why, mend)
}

/// The finding about one that was read.
pub fn configuration(file: &Path, config: &Config) -> Finding {
    let lines = config.lines.len();
    Finding::ok("configuration", format!("{}, {lines} line(s)", file.display()))
}
