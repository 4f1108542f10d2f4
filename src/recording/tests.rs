//! Recordings on a real disk: begun, completed, made small, erased.

use super::*;
use crate::config::RecordingFormat;
use crate::record::CallRecord;
use std::f32::consts::TAU;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Bench {
    folder: TempDir,
    store: Store,
    recordings: Recordings,
    now: Arc<Mutex<Now>>,
}

fn settings() -> Settings {
    Settings {
        format: RecordingFormat::Opus,
        keep: 30 * DAY,
        max_octets: 1 << 30,
        min_free_octets: 1,
    }
}

impl Bench {
    fn new(settings: Settings) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let now = Arc::new(Mutex::new(Now::simulated(DAY)));
        let clock = {
            let now = now.clone();
            Arc::new(move || *lock(&now))
        };
        let recordings = Recordings::new(folder.path(), settings, store.clone(), clock);
        Bench { folder, store, recordings, now }
    }

    fn now(&self) -> Now {
        *lock(&self.now)
    }

    /// A call that has its record, recorded for so many seconds.
    fn call(&self, seconds: usize) -> Ulid {
        let id = crate::clock::call_id(self.now());
        self.store.add_record(&CallRecord::begin(id, "line1", self.now()), false).unwrap();
        self.record(id, seconds);
        id
    }

    /// Records a call, and waits until it is complete.
    fn record(&self, id: Ulid, seconds: usize) {
        let (told, begun) = mpsc::channel();
        let recording = self.recordings.begin(id, move || told.send(()).unwrap());
        begun.recv_timeout(Duration::from_secs(20)).expect("it begins");
        for n in 0..seconds * 50 {
            let block = tone(n);
            // As fast as the disk takes them, so that none is dropped.
            recording.blocks.send(block).unwrap();
        }
        drop(recording);
        wait("it is complete", || self.recordings.find(id).unwrap().is_some());
    }

    fn kinds(&self) -> Vec<(Ulid, Kind)> {
        self.recordings.0.shelf.list().unwrap().into_iter().map(|i| (i.call, i.kind)).collect()
    }

    fn later(&self, time: Duration) {
        let mut now = lock(&self.now);
        *now = Now { mono: now.mono + time, wall: now.wall + time, ..*now };
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("recordings").join(name)
    }
}

/// 20 ms of a tone that swells and fades, as speech does.
fn tone(n: usize) -> Block {
    let at = n * 160;
    let sample = |k: usize| {
        let t = (at + k) as f32 / 8000.0;
        (8000.0 * (TAU * 300.0 * t).sin() * (TAU * 1.5 * t).sin()) as i16
    };
    Block { at: at as u64, samples: std::array::from_fn(sample) }
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let by = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < by, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_recording_becomes_opus_of_the_same_length_and_its_wav_goes() {
    let bench = Bench::new(settings());
    bench.recordings.start().unwrap();
    let call = bench.call(7);
    wait("it is made small", || bench.kinds() == [(call, Kind::Opus)]);
    let item = bench.recordings.find(call).unwrap().unwrap();
    assert!((5_000..30_000).contains(&item.octets), "{} octets for 7 s", item.octets);
    let mut file = opus_pure::OggOpusReader::new(std::fs::File::open(&item.path).unwrap()).unwrap();
    let mut decoder = file.head().decoder(8000).unwrap();
    let mut trim = opus_pure::Trim::new(file.head(), 8000, 1).unwrap();
    let mut block = vec![0; opus_pure::MAX_PACKET_SAMPLES];
    let mut heard = Vec::new();
    for packet in file.packets() {
        let packet = packet.unwrap();
        let n = decoder.decode_s16(&packet.data, block.len(), &mut block).unwrap();
        heard.extend_from_slice(trim.keep(&packet, &block[..n]));
    }
    let said: Vec<i16> = (0..350).flat_map(|n| tone(n).samples).collect();
    assert_eq!(heard.len(), said.len());
    // The same sound at the same time: loud where it was loud, soft where it was soft.
    let level = |samples: &[i16]| crate::audio::level::mean_square(samples).sqrt();
    for (n, (said, heard)) in said.chunks(1600).zip(heard.chunks(1600)).enumerate() {
        let (said, heard) = (level(said), level(heard));
        assert!((said - heard).abs() < 0.25 * said + 300.0, "{n}: {said} became {heard}");
    }
    wait("it is counted", || bench.recordings.status().files == 1);
    assert_eq!(bench.recordings.status().fault, None);
    bench.recordings.stop();
}

#[test]
fn who_makes_them_small_gives_way_to_everybody() {
    let bench = Bench::new(settings());
    bench.recordings.start().unwrap();
    let is_humble = |task: &std::path::Path| {
        let stat = std::fs::read_to_string(task.join("stat")).unwrap_or_default();
        // Its name in brackets, then fields; the nice value is the 17th of those.
        let Some((head, fields)) = stat.rsplit_once(") ") else { return false };
        head.ends_with("(recordings") && fields.split(' ').nth(16) == Some("19")
    };
    wait("its priority is the lowest", || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        tasks.flatten().any(|task| is_humble(&task.path()))
    });
    bench.recordings.stop();
}

#[test]
fn with_format_wav_it_stays_what_it_is() {
    let bench = Bench::new(Settings { format: RecordingFormat::Wav, ..settings() });
    bench.recordings.start().unwrap();
    let call = bench.call(2);
    bench.recordings.stop();
    assert_eq!(bench.kinds(), [(call, Kind::Wav)]);
    let mut file = hound::WavReader::open(bench.path(&format!("{call}.wav"))).unwrap();
    let said: Vec<i16> = (0..100).flat_map(|n| tone(n).samples).collect();
    assert_eq!(file.samples().map(Result::unwrap).collect::<Vec<i16>>(), said);
}

#[test]
fn what_a_crash_left_is_made_whole_at_the_next_start() {
    let bench = Bench::new(settings());
    let (cut_off, empty) = (bench.call(3), Ulid::from_parts(5, 5));
    let wav = std::fs::read(bench.path(&format!("{cut_off}.wav"))).unwrap();
    std::fs::remove_file(bench.path(&format!("{cut_off}.wav"))).unwrap();
    // The header still promises nothing, and the last sample is half there.
    let mut part = wav[..16_045].to_vec();
    part[40..44].fill(0);
    std::fs::write(bench.path(&format!("{cut_off}.part")), part).unwrap();
    std::fs::write(bench.path(&format!("{empty}.part")), &wav[..44]).unwrap();
    std::fs::write(bench.path(&format!("{cut_off}.opus.tmp")), "OggS").unwrap();
    std::fs::write(bench.path("notes.txt"), "not ours").unwrap();
    bench.recordings.0.shelf.make_whole();
    assert_eq!(bench.kinds(), [(cut_off, Kind::Wav)]);
    let file = hound::WavReader::open(bench.path(&format!("{cut_off}.wav"))).unwrap();
    assert_eq!(file.len(), 8000);
    assert!(bench.path("notes.txt").exists(), "what is not ours is let alone");
    bench.recordings.start().unwrap();
    wait("it is made small", || bench.kinds() == [(cut_off, Kind::Opus)]);
    bench.recordings.stop();
}

#[test]
fn a_wav_that_cannot_be_encoded_is_kept() {
    let bench = Bench::new(settings());
    let call = bench.call(1);
    std::fs::write(bench.path(&format!("{call}.wav")), "no WAV file").unwrap();
    bench.recordings.start().unwrap();
    let other = bench.call(1);
    wait("the other is made small", || bench.kinds().contains(&(other, Kind::Opus)));
    assert!(bench.kinds().contains(&(call, Kind::Wav)));
    bench.recordings.stop();
    assert_eq!(bench.kinds().len(), 2, "nothing half done is left");
}

#[test]
fn old_ones_are_erased_and_those_of_an_unknown_time_are_not() {
    let bench = Bench::new(settings());
    let old = bench.call(1);
    let id = Ulid::from_parts(1000, 1);
    let mut record = CallRecord::begin(id, "line1", bench.now());
    record.clock_trusted = false;
    bench.store.add_record(&record, false).unwrap();
    bench.record(id, 1);
    bench.later(20 * DAY);
    let young = bench.call(1);
    bench.later(9 * DAY);
    bench.recordings.sweep().unwrap();
    assert_eq!(bench.kinds().len(), 3, "nothing is 30 days old");
    bench.later(2 * DAY);
    lock(&bench.now).trusted = false;
    bench.recordings.sweep().unwrap();
    assert_eq!(bench.kinds().len(), 3, "nobody knows what time it is");
    lock(&bench.now).trusted = true;
    bench.recordings.sweep().unwrap();
    assert_eq!(bench.kinds(), [(id, Kind::Wav), (young, Kind::Wav)]);
    assert!(bench.recordings.find(old).unwrap().is_none());
}

#[test]
fn a_recording_goes_with_its_call_record_and_not_before_that_can_be_known() {
    let bench = Bench::new(settings());
    // The time of files is that of the machine.
    lock(&bench.now).wall = jiff::Timestamp::now();
    let kept = bench.call(1);
    let open = crate::clock::call_id(bench.now());
    bench.store.progress(&CallRecord::begin(open, "line1", bench.now())).unwrap();
    bench.record(open, 1);
    let orphan = crate::clock::call_id(bench.now());
    bench.record(orphan, 1);
    bench.recordings.sweep().unwrap();
    assert_eq!(bench.kinds().len(), 3, "a record may take its time");
    bench.later(Duration::from_secs(2 * 3600));
    bench.recordings.sweep().unwrap();
    let left: Vec<Ulid> = bench.kinds().into_iter().map(|(call, _)| call).collect();
    assert!(left.contains(&kept) && left.contains(&open) && !left.contains(&orphan), "{left:?}");
}

#[test]
fn beyond_max_mb_the_oldest_make_room() {
    // Three seconds are 48 044 octets.
    let bench = Bench::new(Settings { max_octets: 150_000, ..settings() });
    let mut calls = Vec::new();
    for _ in 0..6 {
        bench.later(Duration::from_secs(60));
        calls.push((bench.call(3), Kind::Wav));
        bench.recordings.sweep().unwrap();
    }
    assert_eq!(bench.kinds(), calls[3..]);
    let status = bench.recordings.status();
    assert_eq!((status.files, status.size_on_disk), (3, 3 * 48_044));
    assert_eq!((status.to_convert, status.fault), (3, None));
}

#[test]
fn a_disk_with_too_little_room_stops_recording_and_says_so_until_there_is_room() {
    let bench = Bench::new(Settings { min_free_octets: u64::MAX, ..settings() });
    let call = crate::clock::call_id(bench.now());
    let recording = bench.recordings.begin(call, || panic!("it cannot have begun"));
    wait("it is told", || bench.recordings.status().fault.is_some());
    recording.give(tone(0));
    drop(recording);
    bench.recordings.stop();
    let fault = bench.recordings.status().fault.unwrap();
    assert!(fault.contains("recordings.min_free_mb"), "{fault}");
    assert_eq!(bench.kinds(), []);

    let folder = bench.folder.path();
    let clock = Arc::new(|| Now::simulated(DAY));
    let recordings = Recordings::new(folder, settings(), bench.store.clone(), clock);
    *lock(&recordings.0.fault) = Some(fault);
    let bench = Bench { recordings, ..bench };
    bench.call(1);
    assert_eq!(bench.recordings.status().fault, None);
}

/// Set for the process in which files cannot grow beyond so many octets.
const FILE_LIMIT: &str = "MASKLINE_TEST_RECORDING_LIMIT";

/// Files of this process cannot grow further; they can again if there is no limit.
fn limit_file_size(octets: Option<u64>) {
    use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Fsize).maximum;
    // Without a handler the signal would end the process; with one the write fails.
    signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::default()).unwrap();
    setrlimit(Resource::Fsize, Rlimit { current: octets.or(maximum), maximum }).unwrap();
}

#[test]
fn a_disk_that_fills_up_in_mid_call_cuts_the_recording_off_and_what_there_is_stays() {
    let Ok(limit) = std::env::var(FILE_LIMIT) else {
        let name = "recording::tests::\
                    a_disk_that_fills_up_in_mid_call_cuts_the_recording_off_and_what_there_is_stays";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args([name, "--exact", "--nocapture"]).env(FILE_LIMIT, "3000000");
        let done = child.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        return;
    };
    let limit: u64 = limit.parse().unwrap();
    let bench = Bench::new(settings());
    let call = crate::clock::call_id(bench.now());
    bench.store.add_record(&CallRecord::begin(call, "line1", bench.now()), false).unwrap();
    limit_file_size(Some(limit));
    let recording = bench.recordings.begin(call, || ());
    // The line goes on giving blocks, whatever becomes of them.
    let taken = (0..).take_while(|n| recording.blocks.send(tone(*n)).is_ok()).count();
    assert!(taken as u64 * 320 >= limit - 44, "{taken}");
    recording.give(tone(taken));
    drop(recording);
    wait("it is complete", || bench.recordings.find(call).unwrap().is_some());
    let status = bench.recordings.status();
    assert_eq!((status.cut_off, status.running), (1, 0));
    assert!(status.fault.unwrap().contains("cannot be written"));
    let file = hound::WavReader::open(bench.path(&format!("{call}.wav"))).unwrap();
    let there = u64::from(file.len());
    assert!(there * 2 <= limit && there * 2 > limit - 1000, "{there}");
    assert!(file.into_samples::<i16>().all(|sample| sample.is_ok()));

    limit_file_size(None);
    bench.later(Duration::from_secs(60));
    bench.call(1);
    assert_eq!(bench.recordings.status().fault, None);
}

#[test]
fn where_nothing_was_ever_recorded_there_is_no_folder() {
    let bench = Bench::new(settings());
    bench.recordings.start().unwrap();
    bench.recordings.sweep().unwrap();
    bench.recordings.stop();
    assert!(!bench.folder.path().join("recordings").exists());
}

#[test]
fn a_disk_that_is_too_slow_costs_blocks_and_never_waits() {
    let bench = Bench::new(settings());
    let (blocks, _never_read) = mpsc::sync_channel(RECORDING_QUEUE_BLOCKS);
    let recording = Recording { blocks, all: bench.recordings.clone() };
    (0..RECORDING_QUEUE_BLOCKS + 7).for_each(|n| recording.give(tone(n)));
    assert_eq!(bench.recordings.status().dropped_blocks, 7);
}
