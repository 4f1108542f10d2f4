//! The computer: data folder, disk, clock, and whether the daemon runs.

use super::Finding;
use crate::clock;
use crate::config::Config;
use serde_json::Value;
use std::path::Path;

/// Below this the store soon refuses to write; it leaves the last 4 MiB alone.
const DISK_FULL_MIB: u64 = 32;
/// Below this somebody should look why.
const DISK_LOW_MIB: u64 = 512;

pub(super) fn look(config: &Config, status: Option<&Value>, found: &mut impl FnMut(Finding)) {
    found(match status {
        Some(status) => {
            let version = status["version"].as_str().unwrap_or("?");
            Finding::ok("daemon", format!("runs, version {version}"))
        }
        None => Finding::warning(
            "daemon",
            "does not run: the modems are asked directly",
            "`systemctl start maskline`, or `maskline run`",
        ),
    });
    found(folder(&config.store.path));
    disk(&config.store.path).into_iter().for_each(&mut *found);
    match status {
        Some(status) => super::told::box_itself(status, found),
        None => found(clock_finding(clock::system()().trusted)),
    }
}

fn folder(path: &Path) -> Finding {
    use rustix::fs::{Access, access};
    let shown = path.display();
    if !path.exists() {
        return Finding::warning(
            "data folder",
            format!("{shown} is not there yet"),
            "the daemon makes it at its first start, where it may",
        );
    }
    match access(path, Access::READ_OK | Access::WRITE_OK) {
        Ok(()) => Finding::ok("data folder", shown.to_string()),
        Err(error) => Finding::warning(
            "data folder",
            format!("{shown} cannot be written by you: {error}"),
            "run this as the daemon's user: `sudo -u maskline maskline doctor`",
        ),
    }
}

/// The disk of the data folder, or of where it will be.
fn disk(path: &Path) -> Option<Finding> {
    let there = path.ancestors().find(|folder| folder.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    let mib = disk.f_bavail.saturating_mul(disk.f_frsize) / (1024 * 1024);
    let seen = format!("{mib} MiB free at {}", there.display());
    let mend = "remove what is not needed there, or take a larger card";
    Some(match mib {
        ..DISK_FULL_MIB => Finding::failure("disk", seen, mend),
        DISK_FULL_MIB..DISK_LOW_MIB => Finding::warning("disk", seen, mend),
        _ => Finding::ok("disk", seen),
    })
}

pub(super) fn clock_finding(trusted: bool) -> Finding {
    if trusted {
        return Finding::ok(
            "clock",
            format!(
                "set, {}",
                jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default()
            ),
        );
    }
    Finding::warning(
        "clock",
        "nothing vouches for the time: expired orders are kept, records say that their times are not sure",
        "connect the box to a network with a time server, or set the time and fit a clock with a battery",
    )
}
