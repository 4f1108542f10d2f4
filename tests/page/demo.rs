//! `maskline demo` in a real browser: one call with three phones, and everything that can be switched.

use super::{CHROMIUM, missing};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn a_newcomer_tries_the_demo() {
    if let Some(what) = missing() {
        assert_ne!(std::env::var("PAGE_TESTS").as_deref(), Ok("must"), "missing: {what}");
        eprintln!("the demo was not tried in a browser: missing: {what}");
        return;
    }
    let mut demo = Command::new(env!("CARGO_BIN_EXE_maskline"))
        .args(["demo", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(demo.stdout.take().unwrap()).lines().map_while(Result::ok);
    let url = told.find_map(|line| Some(format!("http://{}", line.split_once("http://")?.1)));
    let url = url.expect("the demo says where its page is");
    let browser = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page/demo.mjs"))
        .env("DEMO", url.split(' ').next().unwrap())
        .env("CHROMIUM", CHROMIUM)
        .status();
    // The demo ends before anything is judged: it is not to live on.
    let pid = Pid::from_raw(i32::try_from(demo.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    assert!(demo.wait().unwrap().success());
    assert!(browser.unwrap().success(), "the page failed, see above");
}
