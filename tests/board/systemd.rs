//! The units: what systemd's own tools say of them. Left out where systemd is missing, unless
//! `SYSTEMD_TESTS=must`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Exposure by `systemd-analyze security`, times ten: what may be at most.
const EXPOSURE: &str = "15";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")
}

fn analyze(arguments: &[&str], unit: &Path) -> Option<Output> {
    let output = Command::new("systemd-analyze").args(arguments).arg(unit).output();
    if output.is_err() {
        assert!(std::env::var_os("SYSTEMD_TESTS").is_none(), "systemd-analyze is missing");
        eprintln!("left out: systemd-analyze is missing");
    }
    output.ok()
}

fn told(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[test]
fn the_daemons_unit_is_hardly_exposed() {
    let threshold = format!("--threshold={EXPOSURE}");
    let unit = folder().join("maskline.service");
    let Some(output) = analyze(&["security", "--offline=true", &threshold], &unit) else { return };
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    // The program where this test has it: the unit names the place of the package.
    let folder_of_units = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(folder().join("maskline.service")).unwrap();
    let unit = folder_of_units.path().join("maskline.service");
    assert!(text.contains("ExecStart=/usr/bin/maskline run"));
    fs::write(&unit, text.replace("/usr/bin/maskline", env!("CARGO_BIN_EXE_maskline"))).unwrap();
    let Some(output) = analyze(&["verify", "--man=no"], &unit) else { return };
    assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
}

#[test]
fn the_example_configuration_is_taken() {
    let file = folder().join("maskline.toml.example");
    let config = maskline::config::Config::load(&file).unwrap();
    assert_eq!(config.lines[0].at, Path::new("/dev/maskline/line1-at"));
    let boards = maskline::board::Boards::built_in();
    assert!(boards.profile(config.lines[0].board.as_deref().unwrap()).is_ok());
}
