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

/// It mounts disks, which costs something.
#[test]
fn the_unit_of_sticks_is_not_much_more_exposed() {
    let unit = folder().join("maskline-stick@.service");
    let arguments = ["security", "--offline=true", "--threshold=17"];
    let Some(output) = analyze(&arguments, &unit) else { return };
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    // The program where this test has it: the units name the place of the package.
    let folder_of_units = tempfile::tempdir().unwrap();
    for (name, copy, command) in [
        ("maskline.service", "maskline.service", "run"),
        ("maskline-stick@.service", "maskline-stick@sda.service", "stick import"),
    ] {
        let text = fs::read_to_string(folder().join(name)).unwrap();
        let unit = folder_of_units.path().join(copy);
        assert!(text.contains(&format!("ExecStart=/usr/bin/maskline {command}")));
        let here = text.replace("/usr/bin/maskline", env!("CARGO_BIN_EXE_maskline"));
        fs::write(&unit, here).unwrap();
        let Some(output) = analyze(&["verify", "--man=no"], &unit) else { return };
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
    }
}

#[test]
fn the_udev_rule_starts_the_unit_that_there_is() {
    let rules = fs::read_to_string(folder().join("maskline.rules")).unwrap();
    let wanted = "ENV{SYSTEMD_WANTS}+=\"maskline-stick@%k.service\"";
    let rule = rules.lines().find(|line| line.contains(wanted)).unwrap();
    assert!(rule.contains("ENV{DEVTYPE}==\"disk\"") && rule.contains("ENV{ID_BUS}==\"usb\""));
    assert!(folder().join("maskline-stick@.service").exists());
}

#[test]
fn the_example_configuration_is_taken() {
    let file = folder().join("maskline.toml.example");
    let config = maskline::config::Config::load(&file).unwrap();
    assert_eq!(config.lines[0].at, Path::new("/dev/maskline/line1-at"));
    let boards = maskline::board::Boards::built_in();
    assert!(boards.profile(config.lines[0].board.as_deref().unwrap()).is_ok());
}
