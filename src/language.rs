//! Languages, and which is spoken to whom by the country of a number.

use crate::limits::LANGUAGE_OCTETS;
use crate::number::PhoneNumber;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A language tag (BCP 47), such as `en` or `pt-BR`. It names a folder of prompts, so it is nothing but
/// letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(heapless::String<LANGUAGE_OCTETS>);

/// A text is no language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no language tag: write one such as \"en\"")]
pub struct NoLanguage;

impl Language {
    /// Reads a tag.
    pub fn new(tag: &str) -> Result<Language, NoLanguage> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if tag.is_empty() || !tag.bytes().all(fits) {
            return Err(NoLanguage);
        }
        heapless::String::try_from(tag).map(Language).map_err(|_| NoLanguage)
    }

    /// English, which is part of the program.
    pub fn english() -> Language {
        Language::new("en").expect("a tag")
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one of these that a text means; capitals do not count.
    pub fn among(text: &str, known: &[Language]) -> Option<Language> {
        known.iter().find(|language| language.0.eq_ignore_ascii_case(text.trim())).cloned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Language {
    type Error = NoLanguage;
    fn try_from(tag: String) -> Result<Self, NoLanguage> {
        Language::new(&tag)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.0.as_str().to_owned()
    }
}

/// Languages for a sentence: `de, en`.
pub fn listed(languages: &[Language]) -> String {
    languages.iter().map(Language::as_str).collect::<Vec<_>>().join(", ")
}

/// `[languages]`: what is spoken to numbers that begin so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByNumber(Vec<(String, Language)>);

impl ByNumber {
    /// From the digits that a number in international form begins with, to a language.
    pub fn new(table: impl IntoIterator<Item = (String, Language)>) -> ByNumber {
        let mut table: Vec<_> = table.into_iter().collect();
        table.sort_by_key(|(digits, _)| std::cmp::Reverse(digits.len()));
        ByNumber(table)
    }

    /// The language of a number: that of the longest beginning, if there is one.
    pub fn language(&self, number: &PhoneNumber) -> Option<&Language> {
        let digits = number.e164().trim_start_matches('+');
        self.0.iter().find(|(begin, _)| digits.starts_with(begin)).map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        Language::new(tag).unwrap()
    }

    #[test]
    fn a_tag_is_never_a_path() {
        for tag in ["en", "pt-BR", "zh-Hant-TW"] {
            assert_eq!(language(tag).as_str(), tag);
        }
        for tag in ["", "../en", "en/us", "e n", ".", "ñ", &"x".repeat(LANGUAGE_OCTETS + 1)] {
            assert_eq!(Language::new(tag), Err(NoLanguage), "{tag}");
        }
    }

    #[test]
    fn capitals_do_not_count_but_the_known_tag_is_taken() {
        let known = [language("en"), language("pt-BR")];
        assert_eq!(Language::among(" PT-br ", &known), Some(language("pt-BR")));
        assert_eq!(Language::among("pt", &known), None);
    }

    #[test]
    fn the_longest_beginning_of_a_number_counts() {
        let table = ByNumber::new([
            ("1".to_owned(), language("en")),
            ("1787".to_owned(), language("es")),
            ("44".to_owned(), language("de")),
        ]);
        let of = |e164| table.language(&PhoneNumber::from_e164(e164).unwrap()).cloned();
        assert_eq!(of("+12125550123"), Some(language("en")));
        assert_eq!(of("+17875550123"), Some(language("es")));
        assert_eq!(of("+447700900123"), Some(language("de")));
        assert_eq!(of("+61255501234"), None);
    }
}
