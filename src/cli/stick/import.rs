//! `maskline stick import`: the stick on one side, the daemon on the other.

use super::{Import, one};
use crate::cli::client::{Ask, Client, Sent, escape};
use crate::cli::output;
use crate::limits::STICK_FILE_OCTETS;
use crate::stick::{FILES, OrdersFile, Outcome, Place, ResultFile, Root, Row, result_name};
use anyhow::{Context, Result, anyhow, bail};
use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long one question for a decision waits.
const ASK_SECONDS: u64 = 30;
/// Octets of a signature that are sent; more is none.
const SIGNATURE_OCTETS: usize = 4096;

/// A file of the stick, and what became of it.
struct Handled {
    file: OrdersFile,
    /// What the daemon says of it, or why it did not get it.
    entry: Result<Value>,
}

impl Handled {
    fn waits(&self) -> bool {
        let state = self.entry.as_ref().ok().and_then(|entry| entry["state"].as_str());
        matches!(state, Some("waiting" | "importing"))
    }
}

/// One stick and its box.
struct Run {
    client: Client,
    place: Place,
    until: Instant,
}

impl Import {
    pub(super) fn run(self) -> Result<()> {
        let client = Client::of_daemon(&self.config)?;
        let place = Place::of(&self.place)?;
        let until = Instant::now() + Duration::from_secs(self.wait_seconds);
        let mut run = Run { client, place, until };
        let done = run.all();
        match &done {
            Ok(said) => run.tell("done", &format!("{said}; the stick may be pulled out"))?,
            Err(error) => {
                let _the_box_may_be_gone = run.tell("failed", &format!("{error:#}"));
            }
        }
        done.map(drop)
    }
}

impl Run {
    fn all(&mut self) -> Result<String> {
        self.tell("reading", "the stick is being read")?;
        let stick = self.place.open(false)?;
        let (files, more) = stick.root.orders()?;
        if more > 0 {
            output::line(&format!(
                "{more} file(s) left out: at most {FILES} of a stick are taken"
            ))?;
        }
        if files.is_empty() {
            stick.close()?;
            return Ok("no orders*.csv in the root folder of the stick".to_owned());
        }
        let mut handled = Vec::new();
        for file in files {
            if is_settled(&stick.root, &file) {
                output::line(&format!("{}: has its result already", file.name))?;
                continue;
            }
            let entry = self.offer(&stick.root, &file);
            handled.push(Handled { file, entry });
        }
        // Until all is decided nothing more is asked of the stick.
        let closed = stick.close();
        self.wait(&mut handled)?;
        let said = self.say(&handled)?;
        closed?;
        if !handled.is_empty() {
            self.tell("writing", "results are being written")?;
            let failed = || format!("{said}; the results are not on the stick");
            self.write(&handled).with_context(failed)?;
        }
        match handled.iter().any(|handled| outcome(handled) == Outcome::Failed) {
            true => bail!("{said}"),
            false => Ok(said),
        }
    }

    /// Gives a file to the daemon.
    fn offer(&mut self, root: &Root, file: &OrdersFile) -> Result<Value> {
        if file.is_too_large() {
            let most = STICK_FILE_OCTETS >> 20;
            bail!("the file has more than {most} MiB: split it, or import it over the network");
        }
        let device = escape(&self.place.name());
        let mut path = format!("/api/v1/sticks?file={}&device={device}", escape(&file.name));
        if let Some(signature) = root.small(&format!("{}.minisig", file.name))? {
            if signature.len() > SIGNATURE_OCTETS {
                bail!("{}.minisig is no signature of minisign", file.name);
            }
            path.push_str(&format!("&signature={}", escape(&signature)));
        }
        let broken = Broken::default();
        let reader = Watched { inner: root.read(file)?, broken: broken.clone() };
        let body = Some(("text/csv", Sent::Reader(Box::new(reader))));
        let offered = self.client.json(Ask { method: Method::POST, path: &path, body });
        match broken.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            None => offered,
            Some(error) => Err(anyhow!(
                "the file cannot be read to its end: {error}; nothing of it was stored"
            )),
        }
    }

    /// Waits until somebody has decided about the files that wait, within reason.
    fn wait(&mut self, handled: &mut [Handled]) -> Result<()> {
        let waiting: Vec<&mut Handled> = handled.iter_mut().filter(|h| h.waits()).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = waiting.iter().map(|h| h.file.name.as_str()).collect();
        let detail = format!("{} wait(s) for somebody who confirms it", names.join(", "));
        self.tell("waiting", &detail)?;
        for handled in waiting {
            while handled.waits() {
                let left = self.until.saturating_duration_since(Instant::now()).as_secs();
                let Ok(entry) = &handled.entry else { break };
                let id = entry["id"].as_str().unwrap_or_default().to_owned();
                match one(&mut self.client, &id, left.min(ASK_SECONDS)) {
                    Ok(entry) => handled.entry = Ok(entry),
                    // It waits on, for all that is known.
                    Err(error) => return Err(error.context(detail)),
                }
                if left == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    /// One line about each file, and all of them.
    fn say(&self, handled: &[Handled]) -> Result<String> {
        let mut said = Vec::new();
        for handled in handled {
            let result = result_of(handled);
            let counts = result.counts.iter().map(|(name, count)| format!("{name} {count}"));
            let counts = counts.collect::<Vec<_>>().join(", ");
            let parts = [result.outcome_word(), &counts, &result.detail];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let line = format!("{}: {}", result.file, parts.join("; "));
            output::line(&line)?;
            said.push(line);
        }
        let nothing = said.is_empty();
        Ok(if nothing { "nothing new on the stick".to_owned() } else { said.join(". ") })
    }

    /// Writes the results, if the files are still the same.
    fn write(&self, handled: &[Handled]) -> Result<()> {
        let stick = self.place.open(true)?;
        for handled in handled {
            let result = result_of(handled);
            let same = result.sha256.is_empty()
                || stick.root.sha256(&handled.file).is_ok_and(|now| now == result.sha256);
            if !same {
                return Err(crate::stick::StickError::Changed(result.file).into());
            }
            stick.root.write(&result_name(&result.file), &result.csv())?;
        }
        Ok(stick.close()?)
    }

    /// Tells the box what the stick is doing.
    fn tell(&mut self, state: &str, detail: &str) -> Result<()> {
        output::line(&format!("{}: {state}: {detail}", self.place.name()))?;
        let short: String = detail.chars().take(250).collect();
        let body = json!({ "state": state, "detail": short }).to_string().into_bytes();
        let body = Some(("application/json", Sent::Octets(body)));
        let path = format!("/api/v1/sticks/at/{}", escape(&self.place.name()));
        self.client.json(Ask { method: Method::PUT, path: &path, body }).map(drop)
    }
}

/// Whether a file has its final result next to it. What cannot be read has none.
fn is_settled(root: &Root, file: &OrdersFile) -> bool {
    let Ok(Some(text)) = root.small(&result_name(&file.name)) else { return false };
    !file.is_too_large()
        && root.sha256(file).is_ok_and(|sha256| ResultFile::settles(&text, &sha256))
}

fn outcome(handled: &Handled) -> Outcome {
    let state = handled.entry.as_ref().ok().and_then(|entry| entry["state"].as_str());
    match state {
        Some("imported") => Outcome::Imported,
        Some("refused") => Outcome::Refused,
        Some("waiting" | "importing") => Outcome::Waiting,
        _ => Outcome::Failed,
    }
}

fn result_of(handled: &Handled) -> ResultFile {
    let nothing = Value::Null;
    let entry = handled.entry.as_ref().unwrap_or(&nothing);
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let outcome = outcome(handled);
    let detail = match (&handled.entry, outcome) {
        (Err(error), _) => format!("{error:#}"),
        (_, Outcome::Failed) => text("problem"),
        (_, Outcome::Waiting) => {
            "confirm it, for example by maskline stick confirm; the figures are what it would do"
                .to_owned()
        }
        _ => format!("by {}", text("decided_by")),
    };
    let report = if outcome == Outcome::Refused { &nothing } else { &entry["report"] };
    let count = |name| report[name].as_u64().map(|count| (name, count));
    let names = ["added", "changed", "unchanged", "rejected"];
    let counts: Vec<(&'static str, u64)> = names.into_iter().filter_map(count).collect();
    let row = |row: &Value| Row {
        line: row["line"].as_u64().unwrap_or(0),
        column: row["column"].as_str().unwrap_or_default().to_owned(),
        reason: row["reason"].as_str().unwrap_or_default().to_owned(),
    };
    let rows: Vec<Row> = report["rows"].as_array().into_iter().flatten().map(row).collect();
    let (file, sha256) = (handled.file.name.clone(), text("sha256"));
    ResultFile { file, sha256, outcome, at: Timestamp::now(), detail, counts, rows }
}

/// Why a file could not be read to its end.
#[derive(Clone, Default)]
struct Broken(Arc<Mutex<Option<String>>>);

/// A reader that remembers its error: whoever sends it sees only that the body broke off.
struct Watched<R> {
    inner: R,
    broken: Broken,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.inner.read(to).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                let mut broken = self.broken.0.lock().unwrap_or_else(PoisonError::into_inner);
                *broken = Some(error.to_string());
            }
        })
    }
}
