//! The settings that staff may change without touching the file: which, within what bounds, and where
//! each has its value from.
//!
//! What staff changed is one more layer: over the file, below the environment. The whole is read and
//! checked by the same rules as the file itself.

use super::document::{Bounded, Document};
use super::source::{ConfigError, Source};
use super::{ChangeError, Config, check};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// In `settings.fixed`: staff may change nothing.
pub(super) const ALL: &str = "*";
/// Octets of a text that staff set.
const TEXT_OCTETS: usize = 64;

/// What staff changed: names such as `calls.hint_ms`, and values.
pub type Changes = BTreeMap<String, Value>;

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A whole number within bounds.
    Number {
        /// The lowest.
        min: u64,
        /// The highest.
        max: u64,
    },
    /// On or off.
    Switch,
    /// A telephone number; an empty text is none.
    Phone,
}

impl Kind {
    /// Whether a value is of this kind. Its bounds are checked with everything else.
    fn fits(self, value: &Value) -> Result<(), String> {
        match (self, value) {
            (Kind::Switch, Value::Bool(_)) => Ok(()),
            (Kind::Number { .. }, Value::Number(number)) if number.is_i64() => Ok(()),
            (Kind::Phone, Value::String(text)) if text.len() <= TEXT_OCTETS => Ok(()),
            (Kind::Switch, _) => Err("must be true or false".to_owned()),
            (Kind::Number { min, max }, _) => {
                Err(format!("must be a whole number from {min} to {max}"))
            }
            (Kind::Phone, _) => Err("must be a telephone number; an empty text is none".to_owned()),
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File,
    /// Staff.
    Staff,
    /// An environment variable.
    Environment,
}

/// A setting that staff may change, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Section and key of the file.
    pub name: &'static str,
    /// What it may be.
    #[serde(flatten)]
    pub kind: Kind,
    /// What holds.
    pub value: Value,
    /// Where that comes from.
    pub from: Origin,
    /// What holds where nobody says anything.
    pub default: Value,
    /// What the file says.
    pub file: Option<Value>,
    /// What staff set.
    pub staff: Option<Value>,
    /// Why staff cannot change it.
    pub fixed: Option<String>,
    /// Why what staff set does not hold.
    pub refused: Option<String>,
}

type Read = fn(&Document) -> (Kind, Value);

/// All that staff may change.
const SETTINGS: [(&str, Read); 13] = [
    ("operator.number", |document| {
        let number = document.operator.as_ref().and_then(|operator| operator.number.as_ref());
        (Kind::Phone, number.map_or("", |number| number.get_ref()).into())
    }),
    ("calls.hint_ms", |document| number(document.calls.hint_ms)),
    ("calls.entry_ms", |document| number(document.calls.entry_ms)),
    ("calls.ring_timeout_ms", |document| number(document.calls.ring_timeout_ms)),
    ("calls.max_entries", |document| number(document.calls.max_entries)),
    ("calls.max_talk_minutes", |document| number(document.calls.max_talk_minutes)),
    ("calls.accept_key", |document| switch(document.calls.accept_key)),
    ("calls.uniform_refusal", |document| switch(document.calls.uniform_refusal)),
    ("calls.direct_connect", |document| switch(document.calls.direct_connect)),
    ("calls.record", |document| switch(document.calls.record)),
    ("calls.recording_notice", |document| switch(document.calls.recording_notice)),
    ("dialling.minutes_per_hour", |document| number(document.dialling.minutes_per_hour)),
    ("dialling.new_numbers_per_hour", |document| number(document.dialling.new_numbers_per_hour)),
];

fn number<const MIN: u64, const MAX: u64>(value: Bounded<MIN, MAX>) -> (Kind, Value) {
    let (min, max) = value.range();
    (Kind::Number { min, max }, value.0.into())
}

fn switch(value: bool) -> (Kind, Value) {
    (Kind::Switch, value.into())
}

/// Whether there is such a setting.
pub(super) fn is_known(name: &str) -> bool {
    SETTINGS.iter().any(|(known, _)| *known == name)
}

/// What the configuration was read from. It holds secrets and does not show itself.
#[derive(Clone)]
pub(super) struct Layers(Arc<Inner>);

struct Inner {
    source: Source,
    fixed: Vec<String>,
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layers(hidden)")
    }
}

impl Layers {
    pub(super) fn new(source: Source, fixed: Vec<String>) -> Layers {
        Layers(Arc::new(Inner { source, fixed }))
    }

    fn with(&self, changes: &Changes) -> Source {
        let known = changes.iter().filter(|(name, _)| is_known(name));
        self.0.source.with_staff(known.map(|(name, value)| (name.clone(), as_toml(value))))
    }

    /// Why staff cannot change a setting.
    fn fixed(&self, name: &str) -> Option<String> {
        if let Some(variable) = self.0.source.variable(name) {
            return Some(format!("it is set by the environment variable {variable}"));
        }
        let fixed = self.0.fixed.iter().any(|fixed| fixed == ALL || fixed == name);
        fixed.then(|| "the configuration file lists it in settings.fixed".to_owned())
    }
}

/// JSON's numbers, switches and texts are TOML's; a text is written as TOML would.
fn as_toml(value: &Value) -> String {
    match value {
        Value::String(text) => toml::Value::from(text.as_str()).to_string(),
        plain => plain.to_string(),
    }
}

impl Config {
    /// This configuration with what staff changed.
    ///
    /// # Errors
    /// What a file with these values would be refused for.
    pub fn with_changes(&self, changes: &Changes) -> Result<Config, ConfigError> {
        let part = check::part(self.layers.with(changes))?;
        let check::Part { operator, calls, dialling, .. } = part;
        Ok(Config { operator, calls, dialling, ..self.clone() })
    }

    /// Whether a change may be tried: nobody fixed the setting, and the value is of its kind.
    pub(super) fn check_change(&self, name: &str, value: &Value) -> Result<(), ChangeError> {
        if let Some(fixed) = self.layers.fixed(name) {
            return Err(ChangeError::Fixed(fixed));
        }
        let known = SETTINGS.iter().find(|(known, _)| *known == name);
        let (_, read) = known.ok_or(ChangeError::Unknown)?;
        read(&defaults()).0.fits(value).map_err(ChangeError::Refused)
    }

    /// What of these changes can be taken, and why the others cannot. The file may have been written
    /// anew since they were made.
    pub(super) fn good_changes(&self, changes: &Changes) -> (Changes, BTreeMap<String, String>) {
        let mut good = Changes::new();
        let mut refused = BTreeMap::new();
        for (name, value) in changes.iter().filter(|(name, _)| is_known(name)) {
            let mut more = good.clone();
            more.insert(name.clone(), value.clone());
            let tried = self.check_change(name, value).map_err(|error| error.to_string());
            let tried = tried.and_then(|()| {
                let error = |error: ConfigError| error.message.replace(&format!("{name}: "), "");
                self.with_changes(&more).map_err(error)
            });
            match tried {
                Ok(_) => good = more,
                Err(why) => drop(refused.insert(name.clone(), why)),
            }
        }
        (good, refused)
    }

    /// All that staff may change.
    pub(super) fn settings(&self, changes: &Changes) -> Vec<Setting> {
        let (good, refused) = self.good_changes(changes);
        let mut source = self.layers.with(&good);
        let now = source.parse().unwrap_or_else(|_| defaults());
        let defaults = defaults();
        let setting = |(name, read): &(&'static str, Read)| {
            let (kind, value) = read(&now);
            let file = self.layers.0.source.written(name);
            let file = file.and_then(|value| serde_json::to_value(value).ok());
            let from = match (self.layers.0.source.variable(name), good.get(*name), &file) {
                (Some(_), _, _) => Origin::Environment,
                (_, Some(_), _) => Origin::Staff,
                (_, _, Some(_)) => Origin::File,
                _ => Origin::Default,
            };
            Setting {
                name,
                kind,
                value,
                from,
                default: read(&defaults).1,
                file,
                staff: changes.get(*name).cloned(),
                fixed: self.layers.fixed(name),
                refused: refused.get(*name).cloned(),
            }
        };
        SETTINGS.iter().map(setting).collect()
    }
}

/// What a file that says nothing means.
fn defaults() -> Document {
    toml::from_str("").expect("every section has defaults")
}
