//! `maskline boards`.

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

fn boards(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_maskline")).arg("boards").args(arguments).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn list_shows_what_each_board_can() {
    let rows = json(&boards(&["list", "--json", "--folder", "/nonexistent"]));
    let can = |name: &str| {
        let rows = rows.as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap()["can"].clone()
    };
    assert_eq!(can("sim7600-carrier"), "usb, power-key, reset");
    assert_eq!(can("waveshare-sim7600x-hat"), "usb, power-key");
    assert_eq!(can("sim7600-dongle"), "usb");
    assert_eq!(can("raspberry-pi-5"), "computer");
    assert_eq!(can("simulated"), "");
}

#[test]
fn show_tells_what_is_inherited_and_what_is_here() {
    let shown = json(&boards(&["show", "waveshare-sim7600x-hat", "--json"]));
    assert_eq!(shown["power_key"]["line"], 6);
    assert_eq!(shown["press"]["off_ms"], 3000);
    assert!(shown["this_computer"]["chip"].is_string());
    let unknown = boards(&["show", "nothing"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no board `nothing`"));
}

#[test]
fn check_fails_where_a_profile_is_wrong_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert!(boards(&["check", "--folder", path]).status.success());

    let file = folder.path().join("ours.toml");
    fs::write(&file, "base = \"sim7600\"\n\npower = 6\n").unwrap();
    for arguments in [&["check", "--folder", path][..], &["check", file.to_str().unwrap()]] {
        let output = boards(arguments);
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(told.contains("ours.toml:3: unknown key `power`"), "{told}");
    }
    fs::write(&file, "base = \"sim7600\"\n").unwrap();
    let output = boards(&["check", file.to_str().unwrap(), "--json"]);
    assert_eq!(json(&output)[0]["ok"], true);
}
