//! What the program's arguments and exit statuses promise.

use super::scene::program;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn run(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).output().unwrap()
}

fn config(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("maskline.toml");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

fn check(text: &str) -> (Output, String) {
    let (_folder, file) = config(text);
    let output = run(&["run", "--check", "--config", file.to_str().unwrap()]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, errors)
}

#[test]
fn run_check_takes_a_good_configuration_and_opens_nothing() {
    let (output, errors) = check(
        "[http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n[store]\npath = \"/nonexistent/store\"\n\
         [[line]]\nname = \"line1\"\nat = \"/nonexistent/at\"\naudio = \"none\"\n",
    );
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("ok"), "{output:?}");
}

#[test]
fn run_check_names_file_line_and_key_of_what_it_does_not_know() {
    let (output, errors) = check(
        "[http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\n\
         [[line]]\nname = \"line1\"\nat = \"/nonexistent/at\"\nadio = \"none\"\n",
    );
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("adio") && errors.contains("maskline.toml:8"), "{errors}");
}

#[test]
fn run_check_refuses_a_value_that_cannot_be() {
    let (output, errors) = check(
        "[site]\norder_digits = 40\n[http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\
         [[line]]\nname = \"line1\"\nat = \"/nonexistent/at\"\n",
    );
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("maskline.toml:2"), "{errors}");
}

#[test]
fn a_missing_configuration_fails_and_a_wrong_argument_is_wrong_usage() {
    let output = run(&["run", "--check", "--config", "/nonexistent/maskline.toml"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent/maskline.toml"));
    assert_eq!(run(&["run", "--chek"]).status.code(), Some(2));
}

#[test]
fn row_12a_the_demo_connects_the_two_tells_the_story_and_prints_the_record() {
    let demo = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let told = demo(&["demo", "--once"]);
    let silent = demo(&["demo", "--once", "--json"]);
    let (told, silent) = (told.wait_with_output().unwrap(), silent.wait_with_output().unwrap());
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    assert_eq!(silent.status.code(), Some(0), "{silent:?}");

    let story = String::from_utf8(told.stdout).unwrap();
    for told in ["takes calls", "is on hold", "shows +61255500099", "hear each other", "hangs up"] {
        assert!(story.contains(told), "{told}: {story}");
    }
    let record = story.split_once("the call record:\n").unwrap().1;
    for record in [record.as_bytes(), &silent.stdout] {
        let record: serde_json::Value = serde_json::from_slice(record).unwrap();
        assert_eq!(record["outcome"], "connected");
        assert_eq!(record["order_number"], "12345");
        assert_eq!(record["sub_status"], "Courier");
        assert!(record["merged_at"].is_string(), "{record:#}");
        assert!(!record.to_string().contains("5550"), "{record:#}");
    }
}
