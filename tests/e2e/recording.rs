//! `calls.record` in the shipped program: a call is recorded, also one that a kill cuts off.

use super::scene::*;
use std::path::{Path, PathBuf};
use std::time::Duration;

const RECORD: &str = "[calls]\nrecord = true\n";

fn folder(scene: &Scene) -> PathBuf {
    scene.stage.config().with_file_name("store").join("recordings")
}

fn files(scene: &Scene) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder(scene)).into_iter().flatten();
    files.map(|file| file.unwrap().path()).collect()
}

/// Waits until there is one file, of this kind and at least so long.
fn wait_file(scene: &Scene, ending: &str, octets: u64) -> PathBuf {
    let is_it = |path: &PathBuf| {
        path.extension().is_some_and(|found| found == ending)
            && std::fs::metadata(path).is_ok_and(|file| file.len() >= octets)
    };
    wait_for("the recording", PATIENCE, || matches!(&files(scene)[..], [file] if is_it(file)));
    files(scene).remove(0)
}

/// Fetches the recording of a call as people do, and decodes it: 8 kHz.
fn fetch(scene: &Scene, call: &str) -> Vec<i16> {
    let file = scene.stage.config().with_file_name("fetched.opus");
    let name = file.to_str().unwrap();
    scene.stage.command(&["calls", "recording", call, "--output", name]).unwrap();
    decode(&file)
}

fn decode(file: &Path) -> Vec<i16> {
    let file = std::fs::File::open(file).unwrap();
    let mut reader = opus_pure::OggOpusReader::new(file).expect("Ogg Opus");
    let mut decoder = reader.head().decoder(8000).unwrap();
    let mut trim = opus_pure::Trim::new(reader.head(), 8000, 1).unwrap();
    let mut block = vec![0; opus_pure::MAX_PACKET_SAMPLES];
    let mut samples = Vec::new();
    for packet in reader.packets() {
        let packet = packet.unwrap();
        let n = decoder.decode_s16(&packet.data, block.len(), &mut block).unwrap();
        samples.extend_from_slice(trim.keep(&packet, &block[..n]));
    }
    samples
}

#[test]
fn record_keeps_a_call_from_answer_to_end_for_those_who_may_hear_it() {
    let scene = Scene::ready(RECORD);
    let mut phones = scene.phones();
    scene.good_call(&mut phones, 0);
    let record = scene.wait_records(1).remove(0);
    let call = record["call_id"].as_str().unwrap();
    assert_eq!(record["call_record"], format!("/api/v1/calls/{call}/recording"));
    assert_eq!(record["sound"]["missing"], serde_json::Value::Null, "{record:#}");
    assert!(record["sound"]["frames_sent"].as_u64().unwrap() > 50, "{record:#}");
    wait_file(&scene, "opus", 500);

    let samples = fetch(&scene, call);
    let time = |name: &str| record[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let length = time("ended_at").duration_since(time("answered_at")).as_secs_f64();
    let recorded = samples.len() as f64 / 8000.0;
    assert!(recorded > 1.0 && (-0.2..1.5).contains(&(length - recorded)), "{recorded} of {length}");
    assert!(samples.iter().any(|sample| sample.unsigned_abs() > 3000), "somebody spoke");
    let status = scene.get("/api/v1/status").1;
    assert_eq!(status["recordings"]["files"], 1, "{status:#}");
    assert_eq!(status["recordings"]["fault"], serde_json::Value::Null);
    assert!(!scene.log_at_info().contains("5550"));
}

#[test]
fn record_survives_a_kill_in_mid_call_and_is_playable_after_the_next_start() {
    let mut scene = Scene::ready(RECORD);
    scene.talk(&mut scene.phones());
    // Two checkpoints, and what the phones did since.
    wait_file(&scene, "part", 2 * 16_000);
    scene.stage.kill_daemon().unwrap();
    let part = wait_file(&scene, "part", 2 * 16_000);
    let header = hound::WavReader::open(&part).expect("a valid header at any moment");
    assert!(header.len() >= 8000, "{}", header.len());
    let there = (std::fs::metadata(&part).unwrap().len() - 44) / 2;

    scene.start();
    let record = scene.wait_records(1).remove(0);
    assert_eq!(record["outcome"], "interrupted", "{record:#}");
    let call = record["call_id"].as_str().unwrap();
    assert_eq!(record["call_record"], format!("/api/v1/calls/{call}/recording"));
    wait_file(&scene, "opus", 500);
    assert_eq!(fetch(&scene, call).len() as u64, there);
}

#[test]
fn record_off_writes_nothing_and_a_full_disk_stops_no_call() {
    let scene = Scene::ready("");
    scene.good_call(&mut scene.phones(), 0);
    assert!(!folder(&scene).exists());
    assert_eq!(scene.wait_records(1)[0]["call_record"], "");

    // No disk has so much room.
    let scene = Scene::ready(&format!("{RECORD}[recordings]\nmin_free_mb = 1000000\n"));
    scene.good_call(&mut scene.phones(), 0);
    assert_eq!(scene.wait_records(1)[0]["call_record"], "");
    assert!(files(&scene).is_empty());
    let fault = scene.get("/api/v1/status").1["recordings"]["fault"].to_string();
    assert!(fault.contains("recordings.min_free_mb"), "{fault}");
    wait_for("the box is healthy all the same", Duration::from_secs(5), || scene.health() == 200);
}
