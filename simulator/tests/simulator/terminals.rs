//! The machine behind pseudo-terminals, in real time.

use crate::bench::*;
use simulator::pty::{Handle, Happening, Options, Report, Request};
use simulator::*;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const NONBLOCK: i32 = 0o4000;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("simulator-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn options(&self) -> Options {
        Options::new(self.0.join("at"), self.0.join("audio"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).custom_flags(NONBLOCK).open(path).expect("a tty")
}

fn wait_for(mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Types a line and reads until `until` was said.
fn ask(port: &mut File, line: &str, until: &str) -> String {
    port.write_all(format!("{line}\r").as_bytes()).expect("written");
    let mut said = Vec::new();
    wait_for(|| {
        let mut buffer = [0; 512];
        if let Ok(count) = port.read(&mut buffer) {
            said.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8_lossy(&said).contains(until)
    });
    String::from_utf8_lossy(&said).into_owned()
}

fn report(handle: &Handle, wanted: impl Fn(&Happening) -> bool) -> Report {
    loop {
        let report = handle.reports().recv_timeout(s(20)).expect("a report");
        if wanted(&report.what) {
            return report;
        }
    }
}

#[test]
fn a_call_through_both_terminals() {
    let folder = Folder::new("call");
    let handle = Handle::spawn(folder.options()).expect("a simulator");
    let (mut at, mut audio) = (open(&folder.0.join("at")), open(&folder.0.join("audio")));
    assert_eq!(ask(&mut at, "ATE0", "OK\r\n"), "ATE0\r\r\nOK\r\n");
    handle
        .requests()
        .act(PhoneAction::Call { from: COURIER.into(), presentation: Default::default() })
        .unwrap();
    report(&handle, |what| matches!(what, Happening::Phone(PhoneEvent::RingBack { .. })));
    ask(&mut at, "ATA", "OK\r\n");
    ask(&mut at, "AT+CPCMREG=1", "OK\r\n");
    let wav = folder.0.join("heard.wav");
    handle.requests().send(Request::Record { phone: COURIER.into(), file: wav.clone() }).unwrap();
    let mut frames = 0;
    let mut next = Instant::now();
    while frames < 20 {
        audio.write_all(&[0x00, 0x20].repeat(160)).expect("written");
        frames += 1;
        next += ms(20);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    let mut downlink = [0; 16_384];
    let count = audio.read(&mut downlink).expect("downlink");
    assert!(count >= 320, "{count}");
    let heard = report(&handle, |what| {
        matches!(what, Happening::Phone(PhoneEvent::SoundEnded { from: Source::Box, .. }))
    });
    assert!(heard.to_json().contains("\"sound_ended\":{\"phone\":\"+61255501111\""));
    assert_eq!(handle.requests().calls().expect("calls").legs.len(), 1);
    handle.requests().act(PhoneAction::Hangup { phone: COURIER.into() }).unwrap();
    report(&handle, |what| matches!(what, Happening::Recorded { .. }));
    let samples = hound::WavReader::open(&wav).expect("a recording").into_samples::<i16>();
    let loud = samples.filter(|sample| sample.as_ref().is_ok_and(|s| *s == 0x2000)).count();
    assert_eq!(loud, 3200);
    handle.stop().expect("a clean end");
    assert!(!folder.0.join("at").exists());
}

#[test]
fn ports_that_vanish_are_closed_and_come_back_fresh() {
    let folder = Folder::new("ports");
    let handle = Handle::spawn(folder.options()).expect("a simulator");
    let path = folder.0.join("at");
    let mut at = open(&path);
    ask(&mut at, "AT", "OK\r\n");
    handle.requests().inject(Fault::PortsGone(ms(300))).unwrap();
    wait_for(|| !path.is_symlink());
    wait_for(|| matches!(at.read(&mut [0; 64]), Ok(0) | Err(_)));
    wait_for(|| path.exists());
    let mut again = open(&path);
    ask(&mut again, "AT", "OK\r\n");
}

#[test]
fn closing_and_opening_is_noticed() {
    let folder = Folder::new("open");
    let handle = Handle::spawn(folder.options()).expect("a simulator");
    for _ in 0..2 {
        let at = open(&folder.0.join("at"));
        report(&handle, |what| *what == Happening::AtOpen(true));
        drop(at);
        report(&handle, |what| *what == Happening::AtOpen(false));
    }
}

#[test]
fn requests_are_read_from_json_lines() {
    for line in [
        r#"{"call":{"from":"+61255501111","presentation":"national"}}"#,
        r#"{"key":{"phone":"+61255501111","key":"5"}}"#,
        r#"{"say":{"phone":"+61255501111","ms":1500}}"#,
        r#"{"set_behaviour":{"phone":"+61255501111","behaviour":{"answer_after":2000}}}"#,
        r#"{"set_behaviour":{"phone":"+61255501111","behaviour":{"voicemail":{"after":9}}}}"#,
        r#"{"set_behaviour":{"phone":"+61255501111","behaviour":"busy","hang_up_after_ms":9}}"#,
        r#"{"talk":{"phone":"+61255501111","samples":[0,12,-7]}}"#,
        r#"{"multiparty":"granted"}"#,
        r#"{"multiparty":{"refused":0}}"#,
        r#"{"inject":"lost_ok"}"#,
        r#"{"inject":{"hang":5000}}"#,
        r#"{"power":"key_down"}"#,
        r#"{"record":{"phone":"+61255501111","file":"heard.wav"}}"#,
        r#""query""#,
        r#"{"query":null}"#,
        r#""stop""#,
    ] {
        assert!(!matches!(Request::read(line), Request::Unreadable(_)), "{line}");
    }
    let folder = Folder::new("json");
    let handle = Handle::spawn(folder.options()).expect("a simulator");
    handle.requests().send(Request::read("{\"dance\":1}")).unwrap();
    report(&handle, |what| matches!(what, Happening::Error(_)));
    handle.requests().send(Request::read("\"query\"")).unwrap();
    let state = report(&handle, |what| matches!(what, Happening::State(_)));
    assert!(state.to_json().contains("\"calls\":{\"legs\":[]},\"audio_on\":false"));
}

#[test]
fn an_unknown_profile_names_the_known_ones() {
    let folder = Folder::new("profile");
    let options = Options { profile: "x".into(), ..folder.options() };
    let error = Handle::spawn(options).expect_err("no such profile").to_string();
    assert!(error.contains("g-h-m22"), "{error}");
}
