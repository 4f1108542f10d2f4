//! Voice engines: programs of the system that turn a text into a WAV file.

use crate::audio::wav::{self, Recording};
use crate::language::Language;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A program that speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// RHVoice.
    RhVoice,
    /// SVOX Pico.
    Pico,
    /// Flite.
    Flite,
    /// eSpeak NG.
    EspeakNg,
}

/// Why nothing was spoken.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A name that is none of [`Engine::ALL`].
    #[error("`{0}` is no voice engine: there are rhvoice, pico, flite, espeak-ng")]
    Unknown(String),
    /// It is not installed.
    #[error("{} is not installed: apt-get install {}", .0.program(), .0.package())]
    NotHere(Engine),
    /// It has no voice of this language that we know.
    #[error("no voice of {} for `{language}` is known: name one of its own", .engine.name())]
    NoVoice {
        /// The engine.
        engine: Engine,
        /// The language.
        language: Language,
    },
    /// None that speaks the language is installed.
    #[error(
        "no voice engine for `{0}` is installed: apt-get install espeak-ng speaks most languages"
    )]
    Nobody(Language),
    /// It ran, and failed.
    #[error("{program} did not speak: {reason}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// What it said, or what went wrong.
        reason: String,
    },
}

impl Engine {
    /// All of them, the best voices first.
    pub const ALL: [Engine; 4] = [Engine::RhVoice, Engine::Pico, Engine::Flite, Engine::EspeakNg];

    /// Its name here and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Engine::RhVoice => "rhvoice",
            Engine::Pico => "pico",
            Engine::Flite => "flite",
            Engine::EspeakNg => "espeak-ng",
        }
    }

    /// The engine of a name.
    pub fn named(name: &str) -> Result<Engine, EngineError> {
        let found = Engine::ALL.into_iter().find(|engine| engine.name() == name);
        found.ok_or_else(|| EngineError::Unknown(name.to_owned()))
    }

    /// What is run.
    pub fn program(self) -> &'static str {
        match self {
            Engine::RhVoice => "RHVoice-test",
            Engine::Pico => "pico2wave",
            Engine::Flite => "flite",
            Engine::EspeakNg => "espeak-ng",
        }
    }

    /// What Debian calls it.
    pub fn package(self) -> &'static str {
        match self {
            Engine::RhVoice => "rhvoice and a voice such as rhvoice-english (contrib or non-free)",
            Engine::Pico => "libttspico-utils (non-free)",
            Engine::Flite => "flite",
            Engine::EspeakNg => "espeak-ng",
        }
    }

    /// Whether it is installed.
    pub fn is_here(self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(self.program()).is_file())
    }

    /// Its voice for a language, where we know one whose recordings may be passed on.
    fn voice_for(self, language: &Language) -> Option<String> {
        let tag = language.as_str();
        let known = match (self, tag.split('-').next()?) {
            (Engine::RhVoice | Engine::Flite, "en") => "slt",
            (Engine::Pico, "en") => "en-GB",
            (Engine::Pico, "de") => "de-DE",
            (Engine::Pico, "es") => "es-ES",
            (Engine::Pico, "fr") => "fr-FR",
            (Engine::Pico, "it") => "it-IT",
            (Engine::EspeakNg, _) => tag,
            _ => return None,
        };
        Some(known.to_owned())
    }
}

/// A voice of an engine that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Who speaks.
    pub engine: Engine,
    /// The engine's name of the voice.
    pub name: String,
}

impl Voice {
    /// A voice for a language: of this engine, or of the first one that is installed and has one.
    pub fn find(
        language: &Language,
        engine: Option<Engine>,
        name: Option<&str>,
    ) -> Result<Voice, EngineError> {
        let voice = |engine: Engine| {
            let name = name.map(str::to_owned).or_else(|| engine.voice_for(language))?;
            Some(Voice { engine, name })
        };
        match engine {
            Some(engine) if !engine.is_here() => Err(EngineError::NotHere(engine)),
            Some(engine) => voice(engine)
                .ok_or_else(|| EngineError::NoVoice { engine, language: language.clone() }),
            None => Engine::ALL
                .into_iter()
                .filter(|engine| engine.is_here())
                .find_map(voice)
                .ok_or_else(|| EngineError::Nobody(language.clone())),
        }
    }

    /// Speaks a text; `stretch` times as slow as the voice speaks by itself.
    pub fn speak(&self, text: &str, stretch: f32) -> Result<Recording, EngineError> {
        let program = self.engine.program();
        let failed = |reason: String| EngineError::Failed { program, reason };
        let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
        let file = folder.path().join("spoken.wav");
        let output = self
            .command(text, stretch, &file)
            .and_then(|(command, input)| run(command, input))
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(failed(format!("{}: {words}", output.status)));
        }
        let read = std::fs::read(&file).and_then(|octets| wav::read(&octets));
        let spoken = read.map_err(|error| failed(format!("voice {}: {error}", self.name)))?;
        if spoken.samples.iter().all(|sample| *sample == 0) {
            return Err(failed(format!("voice {}: only silence came of \"{text}\"", self.name)));
        }
        Ok(spoken)
    }

    /// What to run, and what to give it on its standard input.
    fn command<'t>(
        &self,
        text: &'t str,
        stretch: f32,
        file: &Path,
    ) -> std::io::Result<(Command, &'t str)> {
        let mut command = Command::new(self.engine.program());
        let name = &self.name;
        Ok(match self.engine {
            Engine::RhVoice => {
                command
                    .args(["-p", name, "-r", &format!("{:.0}", 100.0 / stretch), "-o"])
                    .arg(file);
                (command, text)
            }
            Engine::Pico => {
                let speed = 100.0 / stretch;
                let marked = format!("<speed level=\"{speed:.0}\">{text}</speed>");
                command.args(["-l", name, "-w"]).arg(file).arg("--").arg(marked);
                (command, "")
            }
            Engine::Flite => {
                let slow = format!("duration_stretch={stretch}");
                command.args(["-voice", name, "--setf", &slow, "-t", text, "-o"]).arg(file);
                (command, "")
            }
            Engine::EspeakNg => {
                let words_per_minute = format!("{:.0}", 155.0 / stretch);
                command.args(["--stdin", "-v", name, "-s", &words_per_minute, "-w"]).arg(file);
                (command, text)
            }
        })
    }
}

fn run(mut command: Command, input: &str) -> std::io::Result<std::process::Output> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = piped.spawn()?;
    // A program that does not read its input says by its status what is wrong.
    let _closed = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    child.wait_with_output()
}
