//! The ttys of a line: there, allowed, and nobody else's.

use super::Finding;
use crate::line::tty::Tty;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Looks at one port; true where it can be used. It is opened only where `open` says so: a daemon that
/// runs has it.
pub(super) fn look(
    check: &'static str,
    path: &Path,
    open: bool,
    found: &mut impl FnMut(Finding),
) -> bool {
    let shown = path.display();
    let Ok(real) = path.canonicalize() else {
        found(Finding::failure(
            check,
            format!("{shown} is not there"),
            "is the modem plugged in and powered? `lsusb` shows 1e0e:9001 when it is; names come from the udev rules",
        ));
        return false;
    };
    let failure = match open.then(|| Tty::open(path)) {
        None | Some(Ok(_)) => {
            found(Finding::ok(check, shown.to_string()));
            return true;
        }
        Some(Err(error)) => error,
    };
    let holders = holders(&real);
    found(match failure.kind() {
        io::ErrorKind::PermissionDenied => Finding::failure(
            check,
            format!("you may not open {shown}"),
            "run this as root or as the daemon's user, who is in the group `dialout`",
        ),
        _ if !holders.is_empty() => Finding::failure(
            check,
            format!("{shown} is in use by {}", holders.join(", ")),
            "stop that program; the package's udev rules keep ModemManager away",
        ),
        _ => Finding::failure(
            check,
            format!("{shown} cannot be opened: {failure}"),
            "pull the modem's plug and put it in again; another program may have the port open",
        ),
    });
    false
}

/// Who has a device open, as far as we may see.
fn holders(device: &Path) -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let ours = std::process::id().to_string();
    let numbers = processes.flatten().map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name != ours && name.bytes().all(|octet| octet.is_ascii_digit())
    });
    numbers.filter(|process| has_open(process, device)).map(|process| name_of(&process)).collect()
}

fn has_open(process: &Path, device: &Path) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|link: PathBuf| link == device))
}

fn name_of(process: &Path) -> String {
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    let id = process.file_name().unwrap_or_default().to_string_lossy();
    format!("{} (process {id})", name.trim())
}
