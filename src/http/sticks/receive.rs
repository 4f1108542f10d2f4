//! Taking a file in: onto the disk first, then whose it is, then what becomes of it.

use super::doing::device;
use super::entry::{Entry, State};
use super::shelf::WAITING;
use super::{ROWS, note, signature};
use crate::clock::call_id;
use crate::http::auth::Caller;
use crate::http::extract::too_large;
use crate::http::problem::Problem;
use crate::http::{Api, import};
use crate::limits::STICK_FILE_OCTETS;
use crate::store::Role;
use axum::http::StatusCode;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};
use tempfile::NamedTempFile;

/// Octets of a file's name.
const NAME_OCTETS: usize = 255;

/// The query of an offer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Its name on the stick.
    file: String,
    /// Where the stick is.
    device: String,
    /// What stands in its `.minisig`.
    signature: Option<String>,
}

impl Offer {
    /// Whether names can be names.
    pub fn check(&self) -> Result<(), Problem> {
        let name = &self.file;
        if name.is_empty() || name.len() > NAME_OCTETS || name.chars().any(char::is_control) {
            let detail = format!("a file's name has 1 to {NAME_OCTETS} octets");
            return Err(Problem::refused("query file", detail));
        }
        device(&self.device, "query device")
    }
}

/// Takes a file in, on a thread where blocking is allowed. Nothing is kept of one that cannot be read to
/// its end.
pub fn take(api: &Api, offer: Offer, from: impl Read) -> Result<Entry, Problem> {
    let disk = |error| Problem::disk("stick", &error);
    let mut file = api.sticks.new_file().map_err(disk)?;
    let (octets, sha256) = copy(from, &mut file)?;
    let signed = match (&offer.signature, &api.config.usb.public_key) {
        (Some(text), Some(key)) => {
            signature::check(file.reopen().map_err(disk)?, &signature::read(text)?, key)?;
            true
        }
        _ => false,
    };
    let now = api.now();
    let mut entry = Entry {
        id: call_id(now),
        file: offer.file,
        device: offer.device,
        sha256,
        octets,
        signed,
        arrived_at: now.wall,
        state: State::Importing,
        decided_at: None,
        decided_by: None,
        report: None,
        problem: None,
    };
    let stick = Caller { name: format!("stick {}", entry.device), role: Role::Orders };
    if signed || api.config.usb.trust_unsigned {
        let by = if signed { "its signature" } else { "usb.trust_unsigned" };
        (entry.decided_at, entry.decided_by) = (Some(now.wall), Some(by.to_owned()));
        api.sticks.keep(&entry, file).map_err(disk)?;
        note(api, &stick, "stick.import", &entry.file)?;
        return import(api, &stick, entry);
    }
    let waiting: Vec<Entry> =
        api.sticks.all().into_iter().filter(|entry| entry.state == State::Waiting).collect();
    let same = |other: &&Entry| other.sha256 == entry.sha256 && other.file == entry.file;
    if let Some(known) = waiting.iter().find(same) {
        return Ok(known.clone());
    }
    if waiting.len() >= WAITING {
        let title = "Too many files wait";
        return Err(Problem::new(StatusCode::CONFLICT, "too-many-files", title)
            .detail(format!("{WAITING} files from sticks wait for somebody who confirms them"))
            .mend("confirm or refuse them: /api/v1/sticks or `maskline stick list` shows them"));
    }
    let from = file.reopen().map_err(disk)?;
    entry.report = Some(import::file(api, &stick, from, true, ROWS)?);
    entry.state = State::Waiting;
    api.sticks.keep(&entry, file).map_err(disk)?;
    log::info!("{} from a stick waits for somebody who confirms it", entry.file);
    Ok(entry)
}

/// Imports the file of an entry, and says in it how that went.
pub fn import(api: &Api, caller: &Caller, mut entry: Entry) -> Result<Entry, Problem> {
    let disk = |error| Problem::disk("stick", &error);
    let file = api.sticks.file(entry.id).map_err(disk);
    match file.and_then(|file| import::file(api, caller, file, false, ROWS)) {
        Ok(report) => {
            entry.state = State::Imported;
            entry.report = Some(report);
        }
        Err(problem) => {
            log::warn!("{} from a stick could not be imported", entry.file);
            entry.state = State::Failed;
            entry.problem = Some(problem.sentence());
        }
    }
    api.sticks.put(&entry).map_err(disk)?;
    Ok(entry)
}

/// Copies what comes, no more than a file may have; its size and its digest.
fn copy(mut from: impl Read, to: &mut NamedTempFile) -> Result<(u64, String), Problem> {
    let (mut digest, mut octets) = (Sha256::new(), 0);
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let len = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Problem::disk("stick", &error)),
        };
        octets += len as u64;
        if octets > STICK_FILE_OCTETS {
            return Err(too_large(usize::try_from(STICK_FILE_OCTETS).unwrap_or(usize::MAX)));
        }
        digest.update(&chunk[..len]);
        to.write_all(&chunk[..len]).map_err(|error| Problem::disk("stick", &error))?;
    }
    let digest = digest.finalize();
    Ok((octets, digest.iter().map(|octet| format!("{octet:02x}")).collect()))
}
