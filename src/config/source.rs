//! Where configuration comes from: one TOML file, overridden by the environment, each value
//! remembering the place it was written.

use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

/// What every variable of ours begins with.
const PREFIX: &str = "MASKLINE_";
/// Variables of ours that are no configuration of the daemon: logging and the command line.
const OTHERS: [&str; 6] = [
    "MASKLINE_LOG",
    "MASKLINE_LOG_STYLE",
    "MASKLINE_URL",
    "MASKLINE_TOKEN",
    "MASKLINE_CONFIG",
    "MASKLINE_CA",
];

/// What is wrong with the configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ConfigError {
    /// `file:line`, or the name of an environment variable.
    pub place: Place,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File(String),
    /// A line of the file, from 1.
    Line(String, usize),
    /// An environment variable.
    Environment(String),
    /// A setting that staff changed.
    Staff(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(file) => f.write_str(file),
            Place::Line(file, line) => write!(f, "{file}:{line}"),
            Place::Environment(name) => write!(f, "environment variable {name}"),
            Place::Staff(name) => write!(f, "{name}, as staff set it"),
        }
    }
}

/// A file's text and what overrides it, the weightiest last.
#[derive(Clone)]
pub(super) struct Source {
    file: String,
    text: String,
    overrides: Vec<Override>,
}

#[derive(Clone)]
struct Override {
    origin: Place,
    path: Vec<String>,
    value: String,
    /// Taken as it is, rather than read as a TOML value.
    as_text: bool,
}

impl Source {
    /// Reads the file and keeps the variables that belong to us.
    pub fn read(
        file: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Source, ConfigError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError {
            place: Place::File(name.clone()),
            message: format!("cannot be read: {error}"),
        })?;
        Source::new(name, text, variables)
    }

    /// The same for a text that is no file.
    pub fn new(
        file: String,
        text: String,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Source, ConfigError> {
        let mut overrides = Vec::new();
        for (name, value) in variables {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            if OTHERS.contains(&name.as_str()) {
                continue;
            }
            let path: Vec<String> =
                key.to_ascii_lowercase().split("__").map(str::to_owned).collect();
            if path.len() < 2 || path.iter().any(String::is_empty) {
                return Err(ConfigError {
                    place: Place::Environment(name),
                    message: "is no setting: they are named MASKLINE_SECTION__KEY, such as \
                              MASKLINE_HTTP__LISTEN or MASKLINE_LINE__0__AT"
                        .to_owned(),
                });
            }
            let origin = Place::Environment(name);
            overrides.push(Override { origin, path, value, as_text: true });
        }
        overrides.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Source { file, text, overrides })
    }

    /// The same with what staff changed: over the file, below the environment. Each is a setting's
    /// name, such as `calls.hint_ms`, and its value in TOML.
    pub fn with_staff(&self, changes: impl IntoIterator<Item = (String, String)>) -> Source {
        let staff = changes.into_iter().map(|(name, value)| Override {
            path: name.split('.').map(str::to_owned).collect(),
            origin: Place::Staff(name),
            value,
            as_text: false,
        });
        let overrides = staff.chain(self.overrides.iter().cloned()).collect();
        Source { file: self.file.clone(), text: self.text.clone(), overrides }
    }

    /// The variable that sets this setting.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let path = || name.split('.');
        let mut overrides = self.overrides.iter().filter(|found| found.path.iter().eq(path()));
        overrides.find_map(|found| match &found.origin {
            Place::Environment(variable) => Some(variable.as_str()),
            _ => None,
        })
    }

    /// What the file itself says about this setting.
    pub fn written(&self, name: &str) -> Option<toml::Value> {
        let (section, key) = name.split_once('.')?;
        let mut table: toml::Table = self.text.parse().ok()?;
        table.get_mut(section)?.as_table_mut()?.remove(key)
    }

    /// Reads the whole as `T`.
    ///
    /// A variable is text. Where its setting wants a number, a switch or a list, it is read as TOML.
    pub fn parse<T: for<'de> Deserialize<'de>>(&mut self) -> Result<T, ConfigError> {
        loop {
            let error = match self.table()?.try_into() {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let error: toml::de::Error = error;
            let overridden = error.span().and_then(|span| self.override_at(&span));
            if let Some(found) = overridden
                && self.overrides[found].as_text
                && DeValue::parse(&self.overrides[found].value).is_ok()
            {
                self.overrides[found].as_text = false;
                continue;
            }
            return Err(self.error_of(&error));
        }
    }

    /// An error about what was written here.
    pub fn error(&self, span: &Range<usize>, message: impl Into<String>) -> ConfigError {
        ConfigError { place: self.place(span), message: message.into() }
    }

    /// An error about something that is not written anywhere.
    pub fn missing(&self, message: impl Into<String>) -> ConfigError {
        ConfigError { place: Place::File(self.file.clone()), message: message.into() }
    }

    fn error_of(&self, error: &toml::de::Error) -> ConfigError {
        let message = error.message().replacen("unknown field", "unknown key", 1);
        let message = message.replacen("missing field", "missing key", 1);
        match error.span() {
            Some(span) => self.error(&span, message),
            None => self.missing(message),
        }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        if let Some(found) = self.override_at(span) {
            return self.overrides[found].origin.clone();
        }
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        Place::Line(self.file.clone(), line)
    }

    /// The file's values with the variables laid over them. Variables live in made-up places past the
    /// end of the text, so that an error's span leads back to them.
    fn table(&self) -> Result<Built<'_>, ConfigError> {
        let mut root = DeTable::parse(&self.text).map_err(|error| self.error_of(&error))?;
        for (index, found) in self.overrides.iter().enumerate() {
            let span = self.made_up_span(index);
            let value = match DeValue::parse(&found.value) {
                Ok(value) if !found.as_text => placed(value.into_inner(), &span),
                _ => DeValue::String(Cow::Borrowed(&found.value)),
            };
            lay(root.get_mut(), &found.path, value, &span)
                .map_err(|message| self.error(&span, message))?;
        }
        Ok(Built(root))
    }

    fn made_up_span(&self, index: usize) -> Range<usize> {
        let start = self.text.len() + 1 + 2 * index;
        start..start + 1
    }

    fn override_at(&self, span: &Range<usize>) -> Option<usize> {
        let past = span.start.checked_sub(self.text.len() + 1)?;
        (past / 2 < self.overrides.len()).then_some(past / 2)
    }
}

struct Built<'t>(Spanned<DeTable<'t>>);

impl Built<'_> {
    fn try_into<T: for<'de> Deserialize<'de>>(self) -> Result<T, toml::de::Error> {
        T::deserialize(Deserializer::from(self.0))
    }
}

/// The same value with all its spans here.
fn placed<'v>(value: DeValue<'v>, span: &Range<usize>) -> DeValue<'v> {
    match value {
        DeValue::Array(array) => DeValue::Array(
            array
                .into_iter()
                .map(|item| Spanned::new(span.clone(), placed(item.into_inner(), span)))
                .collect(),
        ),
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, item)| {
                    let key = Spanned::new(span.clone(), key.into_inner());
                    (key, Spanned::new(span.clone(), placed(item.into_inner(), span)))
                })
                .collect(),
        ),
        plain => plain,
    }
}

/// Lays a value over a table at a path of keys and list indices.
fn lay<'v>(
    table: &mut DeTable<'v>,
    path: &'v [String],
    value: DeValue<'v>,
    span: &Range<usize>,
) -> Result<(), String> {
    let here = |value| Spanned::new(span.clone(), value);
    let [key, rest @ ..] = path else { return Ok(()) };
    let key = key.as_str();
    let [next, after @ ..] = rest else {
        table.insert(Spanned::new(span.clone(), Cow::Borrowed(key)), here(value));
        return Ok(());
    };
    // Under [languages] digits are keys.
    let index = next.parse::<usize>().ok().filter(|_| key != "languages");
    if !matches!(table.get(key).map(Spanned::get_ref), Some(DeValue::Table(_) | DeValue::Array(_)))
    {
        let empty = match index {
            Some(_) => DeValue::Array(DeArray::new()),
            None => DeValue::Table(DeTable::new()),
        };
        table.insert(Spanned::new(span.clone(), Cow::Borrowed(key)), here(empty));
    }
    match (table.get_mut(key).map(Spanned::get_mut), index) {
        (Some(DeValue::Table(inner)), _) => lay(inner, rest, value, span),
        (Some(DeValue::Array(list)), Some(index)) => {
            if index > list.len() {
                return Err(format!("there is no {key} {index}: the next one is {}", list.len()));
            }
            if index == list.len() {
                list.push(here(DeValue::Table(DeTable::new())));
            }
            match list.get_mut(index).map(Spanned::get_mut) {
                Some(DeValue::Table(inner)) if !after.is_empty() => lay(inner, after, value, span),
                Some(item) => {
                    *item = value;
                    Ok(())
                }
                None => Ok(()),
            }
        }
        _ => Err(format!("{key} is a list: name its entry, such as {key}__0")),
    }
}
