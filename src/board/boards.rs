//! All boards: those built in, and those of a folder, each with what it inherits.

use super::document::{Document, PinTable};
use super::profile::{Leds, Press, Profile, Usb};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

/// Where a site's own boards are.
pub const FOLDER: &str = "/etc/maskline/boards";

macro_rules! built_in {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../boards/", $name, ".toml")))),*]
    };
}

const BUILT_IN: [(&str, &str); 11] = built_in!(
    "raspberry-pi" "raspberry-pi-3b-plus" "raspberry-pi-4b" "raspberry-pi-5" "raspberry-pi-cm4"
    "raspberry-pi-zero-2w" "sim7600" "sim7600-carrier" "sim7600-dongle" "simulated"
    "waveshare-sim7600x-hat"
);

/// What is wrong with a profile, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// There is no board of this name.
    #[error("there is no board `{name}`: `maskline boards list` shows those there are")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A file or folder cannot be read.
    #[error("{file} cannot be read: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        why: String,
    },
    /// A field is unknown, or its value cannot be.
    #[error("{file}:{line}: {message}")]
    Wrong {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

/// A profile's text and what errors call its file.
#[derive(Debug, Clone)]
struct Source {
    file: String,
    text: String,
}

/// All boards by name.
#[derive(Debug, Clone)]
pub struct Boards(BTreeMap<String, Source>);

impl Boards {
    /// Those that came with the program.
    pub fn built_in() -> Boards {
        let sources = BUILT_IN.map(|(name, text)| {
            let file = format!("built in: {name}.toml");
            (name.to_owned(), Source { file, text: text.to_owned() })
        });
        Boards(sources.into())
    }

    /// These and those of a folder, if it is there: a file of the same name takes the other's
    /// place.
    pub fn read(folder: &Path) -> Result<Boards, ProfileError> {
        let mut boards = Boards::built_in();
        let unreadable = |error: std::io::Error| ProfileError::Unreadable {
            file: folder.display().to_string(),
            why: error.to_string(),
        };
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(boards),
            entries => entries.map_err(unreadable)?,
        };
        for entry in entries {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|extension| extension == "toml") {
                boards.add(&file)?;
            }
        }
        Ok(boards)
    }

    /// Adds a file, and says which name its board has.
    pub fn add(&mut self, file: &Path) -> Result<String, ProfileError> {
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| ProfileError::Unreadable {
            file: shown.clone(),
            why: error.to_string(),
        })?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.0.insert(name.clone(), Source { file: shown, text });
        Ok(name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A board with all it inherits.
    pub fn profile(&self, name: &str) -> Result<Profile, ProfileError> {
        let unknown = || ProfileError::Unknown { name: name.to_owned() };
        let source = self.0.get(name).ok_or_else(unknown)?;
        let mut profile = self.resolve(source, &mut vec![name.to_owned()])?;
        profile.name = name.to_owned();
        profile.from = source.file.clone();
        Ok(profile)
    }

    /// The computer with this model, or any computer if none of them has it.
    pub fn computer(&self, model: &str) -> Option<Profile> {
        let profiles = || self.names().filter_map(|name| self.profile(name).ok());
        let is_it = |profile: &Profile| {
            profile.models.iter().any(|m| !m.is_empty() && model.starts_with(m))
        };
        profiles().find(is_it).or_else(|| self.profile("raspberry-pi").ok())
    }

    /// `path` holds the names on the way here, so that no board is its own base.
    fn resolve(&self, source: &Source, path: &mut Vec<String>) -> Result<Profile, ProfileError> {
        let document: Document = toml::from_str(&source.text).map_err(|error| {
            let message = error.message().replacen("unknown field", "unknown key", 1);
            let message = message.replacen("missing field", "missing key", 1);
            source.wrong(&error.span().unwrap_or_default(), message)
        })?;
        let mut profile = match &document.base {
            None => blank(),
            Some(base) => {
                let name = base.get_ref();
                if path.contains(name) {
                    let message = format!("`{name}` is a base of itself");
                    return Err(source.wrong(&base.span(), message));
                }
                let of = self.0.get(name).ok_or_else(|| {
                    let message = format!("base: there is no board `{name}`");
                    source.wrong(&base.span(), message)
                })?;
                path.push(name.clone());
                self.resolve(of, path)?
            }
        };
        lay(&mut profile, &document);
        check(&profile, &document, source)?;
        Ok(profile)
    }
}

impl Source {
    fn wrong(&self, span: &Range<usize>, message: impl Into<String>) -> ProfileError {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        ProfileError::Wrong { file: self.file.clone(), line, message: message.into() }
    }
}

fn blank() -> Profile {
    Profile {
        name: String::new(),
        about: String::new(),
        from: String::new(),
        models: Vec::new(),
        header: Vec::new(),
        power_key: None,
        reset: None,
        status: None,
        flight_mode: None,
        press: Press::default(),
        usb: None,
        leds: Leds::default(),
    }
}

/// Lays a file over what it inherits. `models` are never inherited: they tell one computer from
/// another.
fn lay(profile: &mut Profile, document: &Document) {
    let Document { press, usb, leds, .. } = document;
    fn set<T>(field: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *field = value;
        }
    }
    fn pin(field: &Option<Spanned<PinTable>>) -> Option<Option<super::Pin>> {
        field.as_ref().map(|table| Some(table.get_ref().pin()))
    }
    profile.models.clone_from(&document.models);
    set(&mut profile.about, document.about.clone());
    set(&mut profile.header, document.header.clone());
    set(&mut profile.power_key, pin(&document.power_key));
    set(&mut profile.reset, pin(&document.reset));
    set(&mut profile.status, pin(&document.status));
    set(&mut profile.flight_mode, pin(&document.flight_mode));
    set(&mut profile.press.on_ms, press.on_ms.map(|ms| ms.0));
    set(&mut profile.press.off_ms, press.off_ms.map(|ms| ms.0));
    set(&mut profile.press.reset_ms, press.reset_ms.map(|ms| ms.0));
    set(&mut profile.leds.activity, leds.activity.clone());
    if let Some(vendor) = &usb.vendor {
        let vendor = vendor.0.clone();
        let fresh =
            Usb { vendor: String::new(), product: None, at_interface: None, audio_interface: None };
        profile.usb.get_or_insert(fresh).vendor = vendor;
    }
    if let Some(inherited) = &mut profile.usb {
        set(&mut inherited.product, usb.product.as_ref().map(|product| Some(product.0.clone())));
        set(&mut inherited.at_interface, usb.at_interface.map(|n| Some(n.0)));
        set(&mut inherited.audio_interface, usb.audio_interface.map(|n| Some(n.0)));
    }
}

/// What values must be together.
fn check(profile: &Profile, document: &Document, source: &Source) -> Result<(), ProfileError> {
    let places: HashMap<_, _> = [
        ("power_key", &document.power_key),
        ("reset", &document.reset),
        ("status", &document.status),
        ("flight_mode", &document.flight_mode),
    ]
    .into_iter()
    .filter_map(|(field, table)| Some((field, table.as_ref()?.span())))
    .collect();
    let pins: Vec<_> = profile.pins().collect();
    for (i, (field, pin)) in pins.iter().enumerate() {
        if let Some((other, _)) = pins[..i].iter().find(|(_, earlier)| earlier.line == pin.line) {
            let span = places.get(field).or(places.get(other)).cloned().unwrap_or_default();
            let message = format!("{other} and {field} are both on line {}", pin.line);
            return Err(source.wrong(&span, message));
        }
    }
    if profile.reset.is_some() && profile.power_key.is_none() {
        let span = places.get("reset").cloned().unwrap_or_default();
        let message = "reset needs power_key too: it is pressed where that key is without effect";
        return Err(source.wrong(&span, message));
    }
    let usb = &document.usb;
    let without_vendor = usb.product.is_some() || usb.at_interface.is_some();
    if profile.usb.is_none() && (without_vendor || usb.audio_interface.is_some()) {
        return Err(source.wrong(&source.find("[usb]"), "usb.vendor is missing"));
    }
    Ok(())
}

impl Source {
    fn find(&self, text: &str) -> Range<usize> {
        let start = self.text.find(text).unwrap_or_default();
        start..start
    }
}
