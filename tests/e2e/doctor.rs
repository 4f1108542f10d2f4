//! `maskline doctor`, beside a daemon and without one.

use super::scene::*;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn doctor(config: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.arg("doctor").arg("--config").arg(config).args(arguments);
    command.output().unwrap()
}

/// What was found about the box or the line: verdict and what was seen, by check.
fn findings(output: &Output) -> Vec<(String, String, String)> {
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let rows = found.as_array().unwrap().iter();
    rows.map(|f| (text(f, "check"), text(f, "verdict"), text(f, "seen"))).collect()
}

fn of<'a>(findings: &'a [(String, String, String)], check: &str) -> (&'a str, &'a str) {
    let found = findings.iter().find(|(name, ..)| name == check);
    let (_, verdict, seen) = found.unwrap_or_else(|| panic!("{check}: {findings:#?}"));
    (verdict, seen)
}

#[test]
fn doctor_asks_the_modem_where_no_daemon_runs_and_leaves_callers_alone() {
    let scene = Scene::set("");
    let output = doctor(&scene.stage.config(), &["--json"]);
    let found = findings(&output);
    assert_eq!(output.status.code(), Some(0), "{found:#?}");
    assert_eq!(of(&found, "daemon").0, "warning");
    assert_eq!(of(&found, "AT port").0, "ok");
    let (verdict, seen) = of(&found, "modem");
    assert!(verdict == "ok" && seen.contains("could take calls"), "{found:#?}");
    assert_eq!(of(&found, "signal").0, "ok");

    let told = doctor(&scene.stage.config(), &[]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("To do:") && told.contains("systemctl start maskline"), "{told}");
}

#[test]
fn doctor_asks_the_daemon_where_one_runs() {
    let scene = Scene::ready("");
    let before = findings(&doctor(&scene.stage.config(), &["--json"]));
    assert_eq!(of(&before, "daemon").0, "ok");
    assert_eq!(of(&before, "merge").0, "warning");
    scene.good_call(&mut scene.phones(), 0);
    let output = doctor(&scene.stage.config(), &["--json"]);
    let after = findings(&output);
    assert_eq!(output.status.code(), Some(0), "{after:#?}");
    assert_eq!(of(&after, "merge").0, "ok");
    assert_eq!(of(&after, "sound rate").0, "ok");
    assert!(of(&after, "modem").1.contains("takes calls"), "{after:#?}");
}

#[test]
fn doctor_fails_where_calls_cannot_go_and_says_what_to_do() {
    let scene = Scene::set("");
    let nowhere = Path::new("/nonexistent/at");
    scene.configure(nowhere, "");
    let output = doctor(&scene.stage.config(), &[]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("FAILURE  AT port"), "{told}");
    assert!(told.contains("is the modem plugged in"), "{told}");

    let output = doctor(Path::new("/nonexistent/maskline.toml"), &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(of(&findings(&output), "configuration").0, "failure");
}
