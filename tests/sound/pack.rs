//! The prompt packs are complete and fit for a telephone; packs that are not are found out.

use maskline::audio::level::active_dbm0;
use maskline::audio::pack::{Library, Manifest, Packs, names};
use maskline::audio::script::Phrase;
use maskline::language::Language;
use maskline::prompts::{self, BuildError, Engine, EngineError, Fault, Source, Voice};
use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts")
}

fn language(tag: &str) -> Language {
    Language::new(tag).unwrap()
}

fn write(path: &Path, rate: u32, samples: &[i16]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    samples.iter().for_each(|sample| wav.write_sample(*sample).unwrap());
    wav.finalize().unwrap();
}

fn sine(hz: f32, rate: u32, ms: usize, peak: f32) -> Vec<i16> {
    let samples = rate as usize * ms / 1000;
    (0..samples).map(|n| (peak * (TAU * hz * n as f32 / rate as f32).sin()) as i16).collect()
}

/// A manifest and what a person recorded for it: at 16 kHz, too soft, between silences.
fn recorded() -> (TempDir, TempDir) {
    let (pack, recordings) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut manifest =
        "language = \"xx\"\nvoice = \"somebody\"\nlicence = \"ours\"\ncredit = \"us\"\n\
        level_dbm0 = -16\n"
            .to_owned();
    let silence = vec![0; 8000];
    for name in names() {
        manifest.push_str(&format!("\n[clips.\"{name}\"]\ntext = \"eins zwei\"\n"));
        let spoken = [&silence[..], &sine(400.0, 16_000, 600, 1500.0), &silence].concat();
        write(&recordings.path().join(format!("{name}.wav")), 16_000, &spoken);
    }
    std::fs::write(pack.path().join("manifest.toml"), manifest).unwrap();
    (pack, recordings)
}

/// A pack that was built from recordings, as a copy.
fn good_pack() -> TempDir {
    static BUILT: OnceLock<(TempDir, TempDir)> = OnceLock::new();
    let (pack, _) = BUILT.get_or_init(|| {
        let (pack, recordings) = recorded();
        let source = Source::Recordings(recordings.path().to_owned());
        let mut seen = 0;
        prompts::build(pack.path(), &source, &[], |_| seen += 1).unwrap();
        assert_eq!(seen, names().count());
        (pack, recordings)
    });
    let copy = TempDir::new().unwrap();
    std::fs::create_dir(copy.path().join("digits")).unwrap();
    for file in names().map(|name| format!("{name}.wav")).chain(["manifest.toml".to_owned()]) {
        std::fs::copy(pack.path().join(&file), copy.path().join(&file)).unwrap();
    }
    copy
}

/// The only fault of a pack.
fn only_fault(pack: &TempDir) -> Fault {
    let faults = prompts::check_folder(pack.path());
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.into_iter().next().unwrap()
}

#[test]
fn every_pack_that_is_shipped_is_without_fault() {
    let library = Library::new(None, language("en")).shipped_in(&folder());
    let languages = library.languages();
    assert_eq!(languages, ["de", "en", "es", "fr", "it"].map(language));
    assert_eq!(library.begun(), languages, "each begun pack is whole");
    for language in &languages {
        let folder = folder().join(language.as_str());
        assert_eq!(prompts::check_folder(&folder), [], "{language}");
        let manifest = Manifest::load(&folder).unwrap();
        assert_eq!(manifest.language, *language);
        assert!(folder.join("LICENSE").exists(), "{language}");
        let engine = manifest.engine.as_deref().map(Engine::named).transpose().unwrap();
        assert!(engine.is_some() && manifest.engine_voice.is_some(), "{language}");
    }
    Packs::load(&library, &languages).unwrap();
}

#[test]
fn each_language_has_words_of_its_own_for_all_but_numbers() {
    let texts = |tag: &str| Manifest::load(&folder().join(tag)).unwrap().clips;
    let all = ["de", "en", "es", "fr", "it"].map(texts);
    for phrase in Phrase::ALL {
        let mut texts: Vec<_> = all.iter().map(|clips| &clips[phrase.name()].text).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), all.len(), "{phrase:?}");
    }
}

#[test]
fn what_a_person_recorded_is_built_into_a_pack_without_fault() {
    let pack = good_pack();
    assert_eq!(prompts::check_folder(pack.path()), []);
    let built = hound::WavReader::open(pack.path().join("greeting.wav")).unwrap();
    let samples: Vec<i16> = built.into_samples().map(|sample| sample.unwrap()).collect();
    assert!((active_dbm0(&samples) + 16.0).abs() < 0.2);
    assert!((590..=640).contains(&(samples.len() / 8)), "{} ms", samples.len() / 8);
}

#[test]
fn a_build_that_fails_leaves_the_pack_as_it_was() {
    let (pack, recordings) = recorded();
    let source = Source::Recordings(recordings.path().to_owned());
    let manifest = pack.path().join("manifest.toml");
    let before = std::fs::read(&manifest).unwrap();
    std::fs::remove_file(recordings.path().join("recording_notice.wav")).unwrap();
    let error = prompts::build(pack.path(), &source, &[], |_| {}).unwrap_err().to_string();
    assert!(error.contains("recording_notice.wav"), "{error}");
    assert_eq!(std::fs::read(&manifest).unwrap(), before);
    assert_eq!(std::fs::read_dir(pack.path()).unwrap().count(), 1, "the manifest alone");
    let unknown = prompts::build(pack.path(), &source, &["hello".to_owned()], |_| {});
    assert!(matches!(unknown, Err(BuildError::NoSuchPrompt(name)) if name == "hello"));
}

#[test]
fn one_prompt_is_built_without_touching_the_others() {
    let (pack, recordings) = recorded();
    let source = Source::Recordings(recordings.path().to_owned());
    prompts::build(pack.path(), &source, &["digits/7".to_owned()], |_| {}).unwrap();
    let manifest = Manifest::load(pack.path()).unwrap();
    let with_checksum = manifest.clips.iter().filter(|(_, clip)| !clip.sha256.is_empty());
    assert_eq!(with_checksum.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["digits/7"]);
    assert!(
        pack.path().join("digits/7.wav").exists() && !pack.path().join("greeting.wav").exists()
    );
}

#[test]
fn each_kind_of_fault_is_found_and_named() {
    let two_tones = |low: f32, high: f32| -> Vec<i16> {
        let (low, high) = (sine(low, 8000, 600, 2600.0), sine(high, 8000, 600, 2600.0));
        low.iter().zip(high).map(|(a, b)| a + b).collect()
    };
    let silence = vec![0; 800];
    let tone = sine(400.0, 8000, 600, 3650.0);
    let mut loud_peak = tone.clone();
    loud_peak[2400] = 32000;
    // A site's own file has no manifest, so each of these has its one fault.
    let cases: [(&str, Vec<i16>, &str); 7] = [
        ("greeting", sine(400.0, 8000, 600, 1500.0), "active level"),
        ("greeting", loud_peak, "peak"),
        ("greeting", [&silence[..], &tone].concat(), "begins with 100 ms of silence"),
        ("greeting", [&tone[..], &silence].concat(), "ends with 100 ms of silence"),
        ("greeting", two_tones(770.0, 1336.0), "sounds like a key"),
        ("greeting", vec![0; 4000], "nothing is said"),
        ("digits/7", sine(400.0, 8000, 1200, 3650.0), "a digit 450 to 800"),
    ];
    for (name, samples, expected) in cases {
        let site = TempDir::new().unwrap();
        write(&site.path().join(format!("{name}.wav")), 8000, &samples);
        let fault = only_fault(&site);
        assert_eq!(fault.prompt, name);
        assert!(fault.problem.contains(expected), "{expected}: {fault:?}");
    }
    let site = TempDir::new().unwrap();
    write(&site.path().join("greeting.wav"), 16_000, &sine(400.0, 16_000, 600, 3650.0));
    assert!(only_fault(&site).problem.contains("16000 Hz"));
    write(&site.path().join("greeting.wav"), 8000, &tone);
    assert_eq!(prompts::check_folder(site.path()), []);
    write(&site.path().join("greating.wav"), 8000, &tone);
    assert_eq!(only_fault(&site).prompt, "greating.wav");
}

#[test]
fn a_pack_answers_for_its_manifest() {
    let pack = good_pack();
    std::fs::remove_file(pack.path().join("digits/3.wav")).unwrap();
    assert_eq!(only_fault(&pack).problem, "there is no file");

    let pack = good_pack();
    let other = sine(500.0, 8000, 600, 3650.0);
    write(&pack.path().join("greeting.wav"), 8000, &other);
    assert!(only_fault(&pack).problem.contains("checksum"));

    let change = |from: &str, to: &str| {
        let pack = good_pack();
        let path = pack.path().join("manifest.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        only_fault(&pack)
    };
    let greeting = "[clips.\"greeting\"]\ntext = ";
    let long = "eins zwei drei vier fünf sechs sieben acht neun zehn";
    let fault = change(&format!("{greeting}\"eins zwei\""), &format!("{greeting}\"{long}\""));
    assert!(fault.prompt == "greeting" && fault.problem.contains("its text"), "{fault:?}");
    let fault = change(&format!("{greeting}\"eins zwei\""), &format!("{greeting}\"eins 22\""));
    assert!(fault.problem.contains("write words"), "{fault:?}");
    let fault = change("[clips.\"greeting\"]", "[clips.hello]\ntext = \"x\"\n[clips.\"greeting\"]");
    assert_eq!(fault.prompt, "hello");
    assert!(change("voice =", "voices =").problem.contains("voices"));
}

#[test]
fn an_engine_that_is_installed_speaks_and_one_that_is_not_says_what_to_install() {
    for engine in Engine::ALL {
        let voice = Voice::find(&language("en"), Some(engine), None);
        match voice {
            Ok(voice) => {
                let spoken = voice.speak("Please enter your order number.", 1.0);
                // An engine may be installed without this voice; then it has to say so.
                match spoken {
                    Ok(spoken) => assert!(spoken.samples.len() as u32 > spoken.rate_hz / 2),
                    Err(error) => assert!(error.to_string().contains(engine.program()), "{error}"),
                }
            }
            Err(error) => {
                assert!(!engine.is_here() && matches!(error, EngineError::NotHere(_)), "{error}");
                assert!(error.to_string().contains("apt-get install"), "{error}");
            }
        }
    }
    let unknown = Engine::named("parrot").unwrap_err().to_string();
    assert!(unknown.contains("espeak-ng"), "{unknown}");
}
