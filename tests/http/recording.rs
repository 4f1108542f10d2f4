//! Recordings over HTTP: who may hear them, in which parts, and what is said where there is none.

use crate::support::Box;
use maskline::clock::Now;
use maskline::record::CallRecord;
use maskline::store::Role;
use std::path::PathBuf;
use ulid::Ulid;

/// A call with its record, and the file of its recording if it has one.
fn call(a_box: &Box, n: u128, file: Option<(&str, &str)>) -> Ulid {
    let id = Ulid::from_parts(1_700_000_000_000, n);
    let mut record = CallRecord::begin(id, "line1", Now::simulated(Default::default()));
    record.call_record = format!("/api/v1/calls/{id}/recording");
    a_box.add_record(&record);
    if let Some((ending, text)) = file {
        std::fs::create_dir_all(folder(a_box)).unwrap();
        std::fs::write(folder(a_box).join(format!("{id}.{ending}")), text).unwrap();
    }
    id
}

fn folder(a_box: &Box) -> PathBuf {
    a_box.config.store.path.join("recordings")
}

fn path(id: Ulid) -> String {
    format!("/api/v1/calls/{id}/recording")
}

fn heard(a_box: &Box) -> Vec<(String, String)> {
    let log = a_box.send("GET", "/api/v1/audit", None).json;
    let text = |entry: &serde_json::Value, of: &str| entry[of].as_str().unwrap().to_owned();
    let entries = log["items"].as_array().unwrap().iter();
    let heard = entries.filter(|entry| entry["what"] == "recording.hear");
    heard.map(|entry| (text(entry, "by"), text(entry, "target"))).collect()
}

#[test]
fn a_recording_is_for_two_roles_and_who_heard_it_is_noted_once() {
    let a_box = Box::start();
    let (id, other) = (call(&a_box, 1, Some(("opus", "OggS-1"))), call(&a_box, 2, None));
    let mut may = Vec::new();
    for (role, status) in
        [(Role::Read, 403), (Role::Orders, 403), (Role::Recordings, 200), (Role::Admin, 200)]
    {
        let name = format!("{role:?}");
        let token = a_box.store.create_token(&name, role, a_box.now().wall).unwrap();
        for _ in 0..3 {
            let answer = a_box.send_with(Some(&token), "GET", &path(id), None, "");
            assert_eq!(answer.status, status, "{role:?}: {answer:?}");
            assert_eq!(answer.is_problem(), status == 403);
        }
        if status == 200 {
            may.push((name, id.to_string()));
        }
    }
    let none = a_box.send_with(None, "GET", &path(id), None, "");
    assert_eq!(none.status, 401);
    // Three times within minutes are one hearing, and what is not there was not heard.
    assert_eq!(a_box.send("GET", &path(other), None).status, 410);
    assert_eq!(a_box.send("HEAD", &path(id), None).status, 200);
    assert_eq!(heard(&a_box), may);
}

#[test]
fn a_recording_comes_whole_or_in_the_part_that_is_asked_for() {
    let a_box = Box::start();
    let opus = call(&a_box, 1, Some(("opus", "OggS-0123456789")));
    let wav = call(&a_box, 2, Some(("wav", "RIFF-0123456789")));
    let whole = a_box.send("GET", &path(opus), None);
    assert_eq!((whole.status, &*whole.text), (200, "OggS-0123456789"));
    assert_eq!(whole.header("content-type"), Some("audio/ogg"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("content-length"), Some("15"));
    assert_eq!(whole.header("cache-control"), Some("no-store"));
    let name = format!("inline; filename=\"{opus}.opus\"");
    assert_eq!(whole.header("content-disposition"), Some(&*name));
    let answer = a_box.send("GET", &path(wav), None);
    assert_eq!((answer.header("content-type"), answer.status), (Some("audio/wav"), 200));

    for (range, part, of) in [
        ("bytes=0-3", "OggS", "bytes 0-3/15"),
        ("bytes=5-", "0123456789", "bytes 5-14/15"),
        ("bytes=-2", "89", "bytes 13-14/15"),
        ("bytes=5-99", "0123456789", "bytes 5-14/15"),
    ] {
        let answer = a_box.get_with(&path(opus), ("range", range));
        assert_eq!((answer.status, &*answer.text), (206, part), "{range}");
        assert_eq!(answer.header("content-range"), Some(of), "{range}");
        assert_eq!(answer.header("content-type"), Some("audio/ogg"));
    }
    let beyond = a_box.get_with(&path(opus), ("range", "bytes=99-"));
    assert_eq!((beyond.status, beyond.is_problem()), (416, true), "{beyond:?}");
    assert_eq!(beyond.json["where"], "header Range");
}

#[test]
fn a_call_without_a_recording_says_why() {
    let a_box = Box::start();
    let get = |path: &str| a_box.send("GET", path, None);
    let kind = |answer: &crate::support::Answer| {
        assert!(answer.is_problem(), "{answer:?}");
        (answer.status, answer.json["type"].as_str().unwrap().replace("urn:maskline:", ""))
    };
    let erased = call(&a_box, 1, None);
    assert_eq!(kind(&get(&path(erased))), (410, "recording-erased".to_owned()));
    let never = Ulid::from_parts(9, 9);
    a_box.add_record(&CallRecord::begin(never, "line1", a_box.now()));
    assert_eq!(kind(&get(&path(never))), (404, "no-recording".to_owned()));
    let runs = call(&a_box, 2, Some(("part", "RIFF")));
    assert_eq!(kind(&get(&path(runs))), (404, "no-recording".to_owned()));
    assert_eq!(kind(&get(&path(Ulid::from_parts(7, 7)))), (404, "no-such-call".to_owned()));
    for path in ["/api/v1/calls/x/recording", "/api/v1/calls/..%2Fca.pem/recording"] {
        assert_eq!(get(path).status, 404, "{path}");
    }
    assert_eq!(heard(&a_box), []);
}

#[test]
fn status_and_metrics_tell_of_recordings() {
    let a_box = Box::start_with("\"off\"", "[calls]\nrecord = true\n");
    let status = a_box.send("GET", "/api/v1/status", None).json;
    let expected = serde_json::json!({
        "on": true, "running": 0, "files": 0, "size_on_disk": 0, "to_convert": 0, "cut_off": 0,
        "dropped_blocks": 0, "fault": null,
    });
    assert_eq!(status["recordings"], expected);
    let metrics = a_box.send("GET", "/metrics", None).text;
    for line in ["maskline_recordings 0", "maskline_recordings_failed 0"] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    assert!(metrics.contains("maskline_recordings_cut_off_total 0"), "{metrics}");
}

#[test]
fn the_command_line_fetches_a_recording() {
    let a_box = Box::start();
    let id = call(&a_box, 1, Some(("opus", "OggS-0123")));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.opus");
    let run = |id: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_maskline"))
            .args(["calls", "recording", id, "--output"])
            .arg(&file)
            .args(["--url", &a_box.url(), "--token", a_box.token()])
            .output()
            .unwrap()
    };
    let done = run(&id.to_string());
    assert!(done.status.success(), "{done:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "OggS-0123");
    let none = run(&Ulid::from_parts(7, 7).to_string());
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no such call"), "{none:?}");
}
