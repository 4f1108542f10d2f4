//! Where prompts are: the site's own folder, those that came with the program, the English ones inside it.

use super::{Pack, PackError, builtin, file_of, names};
use crate::language::Language;
use std::path::{Path, PathBuf};

/// The packs that came with the program, a folder per language.
pub const FOLDER: &str = "/usr/share/maskline/prompts";

/// All prompts of a box. The file of a phrase is the first of these that exists:
///
/// 1. `LANGUAGE/NAME.wav` in the site's folder;
/// 2. `NAME.wav` there, for the site's own language;
/// 3. `LANGUAGE/NAME.wav` in [`FOLDER`];
/// 4. for English, the one inside the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    site: Option<PathBuf>,
    language: Language,
    shipped: PathBuf,
}

/// A prompt's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// On the disk.
    File(PathBuf),
    /// Inside the program.
    Builtin(&'static [u8]),
}

impl Library {
    /// That of a site which speaks this language, and may have a folder of its own.
    pub fn new(site: Option<&Path>, language: Language) -> Library {
        Library { site: site.map(Path::to_owned), language, shipped: FOLDER.into() }
    }

    /// The same with the packs that came with the program elsewhere.
    #[must_use]
    pub fn shipped_in(mut self, folder: &Path) -> Library {
        folder.clone_into(&mut self.shipped);
        self
    }

    /// The site's language.
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// The folders in which prompts of a language are looked for, the first counts.
    pub fn folders(&self, language: &Language) -> Vec<PathBuf> {
        let own = self.site.iter().map(|site| site.join(language.as_str()));
        let plain = self.site.iter().filter(|_| *language == self.language).cloned();
        own.chain(plain).chain([self.shipped.join(language.as_str())]).collect()
    }

    /// The file of a prompt.
    pub fn find(&self, language: &Language, name: &str) -> Option<Found> {
        let file = self.folders(language).into_iter().map(|folder| folder.join(file_of(name)));
        file.into_iter().find(|path| path.is_file()).map(Found::File).or_else(|| {
            Some(name).filter(|_| *language == Language::english()).and_then(builtin_file)
        })
    }

    /// Whether a file is the site's own.
    pub fn is_of_site(&self, found: &Found) -> bool {
        match (found, &self.site) {
            (Found::File(path), Some(site)) => path.starts_with(site),
            _ => false,
        }
    }

    /// The first prompt that a language lacks.
    pub fn missing(&self, language: &Language) -> Option<String> {
        names().find(|name| self.find(language, name).is_none())
    }

    /// Every language of which there is a folder, whole or not; in the order of their tags.
    pub fn begun(&self) -> Vec<Language> {
        let folders = self.site.iter().chain([&self.shipped]);
        let items = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        let tags = items.filter(|item| item.path().is_dir() && item.file_name() != "digits");
        let tags = tags.filter_map(|item| Language::new(item.file_name().to_str()?).ok());
        let mut all: Vec<Language> =
            tags.chain([Language::english(), self.language.clone()]).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The languages that can be spoken: every prompt of theirs has a file.
    pub fn languages(&self) -> Vec<Language> {
        self.begun().into_iter().filter(|language| self.missing(language).is_none()).collect()
    }

    /// Reads all prompts of a language.
    pub fn load(&self, language: &Language) -> Result<Pack, PackError> {
        Pack::gather(|name| match self.find(language, name) {
            Some(Found::Builtin(wav)) => super::read_clip(Path::new(&file_of(name)), wav),
            Some(Found::File(path)) => super::read_file(&path),
            None => {
                let folder = self.folders(language).into_iter().next().unwrap_or_default();
                Err(super::missing(name, &folder.join(file_of(name))))
            }
        })
    }
}

/// The file of an English prompt inside the program.
pub fn builtin_file(name: &str) -> Option<Found> {
    builtin::file(name).map(Found::Builtin)
}

/// The packs of a box, ready to be spoken.
#[derive(Debug, Clone)]
pub struct Packs {
    /// The site's language first.
    packs: Vec<(Language, Pack)>,
}

impl Packs {
    /// Reads the prompts of these languages; that of the site is always one of them.
    pub fn load(library: &Library, languages: &[Language]) -> Result<Packs, PackError> {
        let site = library.language();
        let others = languages.iter().filter(|language| *language != site);
        let all = [site].into_iter().chain(others);
        let packs = all.map(|language| Ok((language.clone(), library.load(language)?)));
        Ok(Packs { packs: packs.collect::<Result<_, PackError>>()? })
    }

    /// English alone, as it is inside the program.
    pub fn builtin() -> Packs {
        Packs { packs: vec![(Language::english(), Pack::builtin())] }
    }

    /// The pack of a language; the site's where there is none.
    pub fn get(&self, language: Option<&Language>) -> &Pack {
        let wanted = language.and_then(|l| self.packs.iter().find(|(known, _)| known == l));
        let (_, pack) = wanted.or(self.packs.first()).expect("the site's language is always there");
        pack
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::write_pack;
    use super::*;

    fn language(tag: &str) -> Language {
        Language::new(tag).expect("a tag")
    }

    /// A shipped `de` and a site's folder; whoever drops them removes them.
    fn bench() -> (tempfile::TempDir, tempfile::TempDir) {
        let (shipped, site) =
            (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
        write_pack(&shipped.path().join("de"));
        (shipped, site)
    }

    #[test]
    fn a_site_replaces_file_by_file_in_each_language() {
        let (shipped, site) = bench();
        let library = Library::new(Some(site.path()), language("en")).shipped_in(shipped.path());
        assert_eq!(library.languages(), [language("de"), language("en")]);
        let own = site.path().join("de/digits/7.wav");
        std::fs::create_dir_all(own.parent().expect("a folder")).expect("made");
        std::fs::copy(shipped.path().join("de/digits/7.wav"), &own).expect("copied");
        assert_eq!(library.find(&language("de"), "digits/7"), Some(Found::File(own)));
        let plain = site.path().join("greeting.wav");
        std::fs::copy(shipped.path().join("de/greeting.wav"), &plain).expect("copied");
        assert_eq!(library.find(&language("en"), "greeting"), Some(Found::File(plain)));
        let shipped = shipped.path().join("de/greeting.wav");
        assert_eq!(library.find(&language("de"), "greeting"), Some(Found::File(shipped)));
        let packs = Packs::load(&library, &library.languages()).expect("both whole");
        assert_eq!(packs.get(None).phrase(crate::audio::script::Phrase::Greeting).len(), 400);
        assert!(packs.get(None).digit(7).expect("a digit").len() > 400, "the built-in one");
        assert_eq!(packs.get(Some(&language("de"))).digit(7).expect("a digit").len(), 400);
        assert_eq!(packs.get(Some(&language("fr"))).digit(7), packs.get(None).digit(7));
    }

    #[test]
    fn a_language_that_lacks_a_prompt_is_not_there_and_says_which() {
        let (shipped, site) = bench();
        std::fs::remove_file(shipped.path().join("de/digits/7.wav")).expect("removed");
        let library = Library::new(Some(site.path()), language("en")).shipped_in(shipped.path());
        assert_eq!(library.languages(), [language("en")]);
        assert_eq!(library.begun(), [language("de"), language("en")]);
        assert_eq!(library.missing(&language("de")).as_deref(), Some("digits/7"));
        let error = library.load(&language("de")).expect_err("incomplete").to_string();
        assert!(error.contains("digits/7"), "{error}");
    }
}
