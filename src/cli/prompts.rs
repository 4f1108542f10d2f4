//! `maskline prompts`: which languages the box speaks, packs made and checked.

use super::output;
use super::progress::Progress;
use crate::audio::pack::{Found, Library, Manifest, builtin_file, builtin_manifest, names};
use crate::config::{Config, DEFAULT_PATH};
use crate::language::Language;
use crate::prompts::{self, Fault, Source};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What can be done with prompt packs.
#[derive(Subcommand)]
pub(super) enum Prompts {
    /// Lists the languages there are prompts in
    List(List),
    /// Renders a pack from the texts of its manifest, and writes the checksums into it
    ///
    /// Each file: 8 kHz, 16 bits, 300 to 3400 Hz, active level as the manifest says, peaks below -3 dBFS, no
    /// silence at the ends. Nothing is written before all was spoken.
    Build(Build),
    /// Checks packs: whole, to level, without silence at the ends, as long as their texts, no key in
    /// them; exit status 1 if one is wrong
    Check(Check),
}

#[derive(Args)]
struct Common {
    /// Configuration file, which names the site's language and its folder of prompts
    #[arg(long, value_name = "FILE", env = "MASKLINE_CONFIG", default_value = DEFAULT_PATH)]
    config: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
pub(super) struct Build {
    /// Folder of the pack, with its manifest.toml
    folder: PathBuf,
    /// Prompts to render, such as greeting or digits/7 [default: all]
    names: Vec<String>,
    /// Voice engine: rhvoice, pico, flite or espeak-ng [default: the manifest's, else the first that is
    /// installed and speaks the language]
    #[arg(long)]
    engine: Option<String>,
    /// The engine's own name of a voice
    #[arg(long)]
    voice: Option<String>,
    /// Take what a person has recorded: a folder of WAV files of any rate, named as the prompts are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["engine", "voice"])]
    recordings: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Check {
    /// Folders to check [default: every pack of this box]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl Prompts {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Prompts::List(list) => list.run(),
            Prompts::Build(build) => build.run(),
            Prompts::Check(check) => check.run(),
        }
    }
}

impl Common {
    /// The prompts of this box; where nothing is configured, those that came with the program.
    fn library(&self) -> Result<Library> {
        if self.config == Path::new(DEFAULT_PATH) && !self.config.exists() {
            return Ok(Library::new(None, Language::english()));
        }
        Ok(Config::load(&self.config)?.sound.library)
    }
}

impl List {
    fn run(self) -> Result<()> {
        let library = self.common.library()?;
        let row = |language: &Language| {
            let found = names().filter_map(|name| library.find(language, &name));
            let (own, rest): (Vec<_>, Vec<_>) = found.partition(|found| library.is_of_site(found));
            let manifest = manifest_of(&library, language);
            json!({
                "language": language,
                "complete": library.missing(language).is_none(),
                "prompts": own.len() + rest.len(),
                "own": own.len(),
                "site": language == library.language(),
                "voice": manifest.as_ref().map(|manifest| &manifest.voice),
                "licence": manifest.as_ref().map(|manifest| &manifest.licence),
            })
        };
        let rows: Vec<Value> = library.begun().iter().map(row).collect();
        output::list(&rows, self.common.json, &["language", "complete", "prompts", "own", "voice"])
    }
}

/// The manifest of the first folder that has one.
fn manifest_of(library: &Library, language: &Language) -> Option<Manifest> {
    let of_folder = |folder: PathBuf| Manifest::load(&folder).ok();
    let built_in = || Manifest::parse(builtin_manifest()).ok();
    let english = *language == Language::english();
    library
        .folders(language)
        .into_iter()
        .find_map(of_folder)
        .or_else(|| built_in().filter(|_| english))
}

impl Build {
    fn run(self) -> Result<()> {
        let manifest = Manifest::load(&self.folder)
            .context("a pack begins with its manifest: docs/how-to/add-a-prompt-language.md")?;
        let source = match self.recordings {
            Some(folder) => Source::Recordings(folder),
            None => Source::voice(&manifest, self.engine.as_deref(), self.voice.as_deref())?,
        };
        let many = if self.names.is_empty() { manifest.clips.len() } else { self.names.len() };
        let progress = Progress::of_things("rendering", many as u64);
        let built = prompts::build(&self.folder, &source, &self.names, |_| progress.step());
        progress.end();
        let rows: Vec<Value> =
            built?.iter().map(serde_json::to_value).collect::<serde_json::Result<_>>()?;
        output::list(&rows, self.json, &["name", "ms"])?;
        let named = |voice: &prompts::Voice| {
            let (engine, name) = (manifest.engine.as_deref(), manifest.engine_voice.as_deref());
            engine == Some(voice.engine.name()) && name == Some(voice.name.as_str())
        };
        if !matches!(&source, Source::Voice(voice) if named(voice)) {
            eprintln!(
                "maskline: manifest.toml names another voice, or none: write voice, licence and credit \
                 of the one that was used"
            );
        }
        Ok(())
    }
}

impl Check {
    fn run(self) -> Result<()> {
        let packs = match &self.folders[..] {
            [] => everything(&self.common.library()?),
            folders => {
                folders.iter().map(|folder| (folder.display().to_string(), of(folder))).collect()
            }
        };
        let mut rows = Vec::new();
        for (pack, faults) in &packs {
            if faults.is_empty() {
                rows.push(json!({ "pack": pack, "ok": true, "prompt": null, "problem": null }));
            }
            for Fault { prompt, problem } in faults {
                rows.push(
                    json!({ "pack": pack, "ok": false, "prompt": prompt, "problem": problem }),
                );
            }
        }
        output::list(&rows, self.common.json, &["pack", "ok", "prompt", "problem"])?;
        match packs.iter().filter(|(_, faults)| !faults.is_empty()).count() {
            0 => Ok(()),
            wrong => bail!("{wrong} pack(s) wrong"),
        }
    }
}

fn of(folder: &Path) -> Vec<Fault> {
    prompts::check_folder(folder)
}

/// Every folder that the box speaks from, what is inside the program, and what a language lacks.
fn everything(library: &Library) -> Vec<(String, Vec<Fault>)> {
    let mut packs = Vec::new();
    for language in library.begun() {
        let folders = library.folders(&language).into_iter().filter(|folder| holds_prompts(folder));
        packs.extend(folders.map(|folder| (folder.display().to_string(), of(&folder))));
        if let Some(name) = library.missing(&language) {
            let problem = "there is no file in any folder: the language is not spoken".to_owned();
            packs.push((language.to_string(), vec![Fault { prompt: name, problem }]));
        }
    }
    let octets = |name: &str| match builtin_file(name) {
        Some(Found::Builtin(octets)) => Some(octets.to_vec()),
        Some(Found::File(_)) | None => None,
    };
    let manifest = Manifest::parse(builtin_manifest()).expect("a test reads it");
    packs.push(("en (built in)".to_owned(), prompts::check_pack(Some(&manifest), octets)));
    packs
}

/// Whether any prompt is in a folder: the site's own may hold nothing but languages.
fn holds_prompts(folder: &Path) -> bool {
    folder.join("manifest.toml").exists()
        || names().any(|name| folder.join(format!("{name}.wav")).exists())
}
