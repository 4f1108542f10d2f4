//! The shape of the file: sections, keys, defaults, and what each value may be by itself.

use crate::language::Language;
use crate::number::Country;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::Spanned;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(default)]
    pub site: Site,
    pub operator: Option<Operator>,
    #[serde(default)]
    pub store: Store,
    #[serde(default)]
    pub http: Http,
    #[serde(default)]
    pub line: Vec<Line>,
    #[serde(default)]
    pub calls: Calls,
    #[serde(default)]
    pub dialling: Dialling,
    pub webhook: Option<Webhook>,
    #[serde(default)]
    pub sound: Sound,
    #[serde(default)]
    pub settings: Settings,
    #[serde(default)]
    pub recordings: Recordings,
    #[serde(default)]
    pub texts: Texts,
    #[serde(default)]
    pub usb: Usb,
    #[serde(default)]
    pub languages: BTreeMap<Spanned<String>, Spanned<Tag>>,
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Site {
    pub country: CountryCode,
    pub language: Spanned<Tag>,
    pub order_digits: Bounded<1, 12>,
}

impl Default for Site {
    fn default() -> Self {
        let country = Country::new("AU").expect("Australia has a numbering plan");
        Site {
            country: CountryCode(country),
            language: Spanned::new(0..0, Tag(Language::english())),
            order_digits: Bounded(5),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operator {
    pub number: Option<Spanned<String>>,
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Store {
    pub path: PathBuf,
}

impl Default for Store {
    fn default() -> Self {
        Store { path: "/var/lib/maskline/store".into() }
    }
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Http {
    pub listen: Spanned<SocketAddr>,
    pub tls: Spanned<super::Tls>,
    pub writes_per_second: Bounded<0, 1_000_000>,
    pub reads_per_second: Bounded<0, 1_000_000>,
}

impl Default for Http {
    fn default() -> Self {
        let listen = SocketAddr::from(([0, 0, 0, 0], 8443));
        Http {
            listen: Spanned::new(0..0, listen),
            tls: Spanned::new(0..0, super::Tls::SelfSigned),
            writes_per_second: Bounded(5000),
            reads_per_second: Bounded(0),
        }
    }
}

#[derive(serde::Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Usb {
    pub public_key: Option<Spanned<String>>,
    pub trust_unsigned: bool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub name: Spanned<String>,
    pub at: Spanned<PathBuf>,
    #[serde(default)]
    pub audio: super::Audio,
    pub board: Option<String>,
    pub pin: Option<Spanned<String>>,
    pub pin_file: Option<Spanned<PathBuf>>,
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Calls {
    pub hint_ms: Bounded<100, 60_000>,
    pub entry_ms: Bounded<100, 600_000>,
    pub ring_timeout_ms: Bounded<100, 600_000>,
    pub caller_id_wait_ms: Bounded<0, 30_000>,
    pub max_entries: Bounded<1, 100>,
    pub record: bool,
    pub accept_key: bool,
    pub uniform_refusal: bool,
    pub direct_connect: bool,
    pub recording_notice: bool,
    pub max_talk_minutes: Bounded<0, 10_080>,
}

impl Default for Calls {
    fn default() -> Self {
        Calls {
            hint_ms: Bounded(1500),
            entry_ms: Bounded(8000),
            ring_timeout_ms: Bounded(45_000),
            caller_id_wait_ms: Bounded(2500),
            max_entries: Bounded(3),
            record: false,
            accept_key: false,
            uniform_refusal: false,
            direct_connect: false,
            recording_notice: false,
            max_talk_minutes: Bounded(0),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Dialling {
    pub countries: Option<Spanned<Vec<CountryCode>>>,
    pub minutes_per_hour: Bounded<1, 100_000>,
    pub new_numbers_per_hour: Bounded<1, 100_000>,
}

impl Default for Dialling {
    fn default() -> Self {
        Dialling {
            countries: None,
            minutes_per_hour: Bounded(120),
            new_numbers_per_hour: Bounded(60),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    pub url: Option<Spanned<String>>,
    pub secret: Option<Spanned<String>>,
    pub secret_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub include_numbers: bool,
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sound {
    pub prompts: Option<Spanned<PathBuf>>,
    pub gain_db: Spanned<f64>,
    pub settle_ms: Bounded<0, 10_000>,
}

impl Default for Sound {
    fn default() -> Self {
        Sound { prompts: None, gain_db: Spanned::new(0..0, 0.0), settle_ms: Bounded(800) }
    }
}

/// What staff may not change.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    pub fixed: Vec<Spanned<String>>,
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Recordings {
    pub format: super::RecordingFormat,
    pub keep_days: Bounded<1, 3650>,
    pub max_mb: Bounded<1, 1_000_000>,
    pub min_free_mb: Bounded<16, 1_000_000>,
}

impl Default for Recordings {
    fn default() -> Self {
        Recordings {
            format: super::RecordingFormat::Opus,
            keep_days: Bounded(90),
            max_mb: Bounded(1024),
            min_free_mb: Bounded(256),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Texts {
    pub enabled: bool,
    pub per_hour: Bounded<1, 10_000>,
    pub order_text: BTreeMap<String, Spanned<String>>,
    pub answer_text: BTreeMap<String, Spanned<String>>,
}

impl Default for Texts {
    fn default() -> Self {
        let none = BTreeMap::new;
        Texts { enabled: false, per_hour: Bounded(60), order_text: none(), answer_text: none() }
    }
}

/// A whole number between two bounds, both allowed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounded<const MIN: u64, const MAX: u64>(pub u64);

impl<const MIN: u64, const MAX: u64> Bounded<MIN, MAX> {
    /// The two bounds.
    pub const fn range(self) -> (u64, u64) {
        (MIN, MAX)
    }
}

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Bounded<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = i64::deserialize(deserializer)?;
        match u64::try_from(value) {
            Ok(value) if (MIN..=MAX).contains(&value) => Ok(Bounded(value)),
            _ => Err(D::Error::custom(format!("{value} is not between {MIN} and {MAX}"))),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct CountryCode(pub Country);

impl<'de> Deserialize<'de> for CountryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let country = Country::new(&code).filter(|_| has_a_plan(&code));
        country.map(CountryCode).ok_or_else(|| {
            D::Error::custom(format!(
                "`{code}` is no country: write its two letters of ISO 3166-1, such as \"AU\""
            ))
        })
    }
}

/// Whether the phone-number library knows numbers of this country.
fn has_a_plan(code: &str) -> bool {
    let region = code.to_ascii_uppercase().parse::<rlibphonenumber::Region>();
    let plan = |region| rlibphonenumber::PHONE_NUMBER_UTIL.get_country_code_for_region(region);
    region.is_ok_and(|region| plan(region).is_some())
}

/// A language tag.
#[derive(Debug, Clone)]
pub(super) struct Tag(pub Language);

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tag = String::deserialize(deserializer)?;
        let language = Language::new(&tag);
        language.map(Tag).map_err(|error| D::Error::custom(format!("`{tag}` {error}")))
    }
}

impl<'de> Deserialize<'de> for super::Audio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(deserializer)?.as_str() {
            "" | "none" => super::Audio::None,
            "modem-files" => super::Audio::ModemFiles,
            path => super::Audio::Port(path.into()),
        })
    }
}

impl<'de> Deserialize<'de> for super::Tls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TlsVisitor)
    }
}

struct TlsVisitor;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsFiles {
    cert: PathBuf,
    key: PathBuf,
}

impl<'de> Visitor<'de> for TlsVisitor {
    type Value = super::Tls;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#""self-signed", "off" or { cert = "...", key = "..." }"#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<super::Tls, E> {
        match text {
            "self-signed" => Ok(super::Tls::SelfSigned),
            "off" => Ok(super::Tls::Off),
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<super::Tls, A::Error> {
        let files = TlsFiles::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(super::Tls::Files { cert: files.cert, key: files.key })
    }
}
