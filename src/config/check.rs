//! What values must be together: the last step from the file's shape to a [`Config`].

use super::document::{self, Document};
use super::source::{ConfigError, Source};
use super::staff::{self, Layers};
use super::{
    Calls, Config, Dialling, Http, Line, Pin, Recordings, SigningKey, Site, Sound, Store, Texts,
    Tls, Usb, Webhook,
};
use crate::audio::pack::Library;
use crate::language::{self, ByNumber, Language};
use crate::number::{Country, Dialable, PhoneNumber};
use crate::texts::Templates;
use axum::http::Uri;
use minisign_verify::PublicKey;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;

/// Reads and checks.
pub(super) fn check(mut source: Source) -> Result<Config, ConfigError> {
    let layers = source.clone();
    let document: Document = source.parse()?;
    let Document {
        site,
        operator,
        store,
        http,
        line,
        calls,
        dialling,
        webhook,
        sound,
        recordings,
        settings,
        texts,
        usb,
        languages,
    } = document;
    let sound = check_sound(&source, sound, &site.language)?;
    let part = check_part(&source, site, operator, &calls, dialling)?;
    let fixed = check_fixed(&source, settings)?;
    let languages = check_languages(&source, languages, &sound.languages)?;
    Ok(Config {
        operator: part.operator,
        store: Store { path: store.path },
        http: check_http(&source, &http)?,
        lines: check_lines(&source, line)?,
        calls: part.calls,
        webhook: webhook.map(|webhook| check_webhook(&source, webhook)).transpose()?.flatten(),
        sound,
        languages,
        recordings: recordings_of(&recordings),
        texts: check_texts(&source, texts, &part.site)?,
        usb: check_usb(&source, usb)?,
        site: part.site,
        dialling: part.dialling,
        layers: Layers::new(layers, fixed),
    })
}

/// What staff may change lies in these sections. Nothing in them is a secret, or a file to be read.
pub(super) struct Part {
    site: Site,
    pub operator: Option<Dialable>,
    pub calls: Calls,
    pub dialling: Dialling,
}

/// The same rules for these sections alone.
pub(super) fn part(mut source: Source) -> Result<Part, ConfigError> {
    let Document { site, operator, calls, dialling, .. } = source.parse()?;
    check_part(&source, site, operator, &calls, dialling)
}

fn check_part(
    source: &Source,
    site: document::Site,
    operator: Option<document::Operator>,
    calls: &document::Calls,
    dialling: document::Dialling,
) -> Result<Part, ConfigError> {
    let site = Site {
        country: site.country.0,
        language: site.language.into_inner().0,
        order_digits: usize::try_from(site.order_digits.0).expect("at most 12"),
    };
    let dialling = check_dialling(source, dialling, &site)?;
    let operator = check_operator(source, operator, &site, &dialling.countries)?;
    Ok(Part { site, operator, calls: calls_of(calls), dialling })
}

fn check_fixed(source: &Source, settings: document::Settings) -> Result<Vec<String>, ConfigError> {
    let check = |name: Spanned<String>| {
        if name.get_ref() == staff::ALL || staff::is_known(name.get_ref()) {
            return Ok(name.into_inner());
        }
        let message = format!(
            "settings.fixed: `{}` is none that staff may change: `maskline settings list` names \
             them, and \"{}\" is all of them",
            name.get_ref(),
            staff::ALL
        );
        Err(source.error(&name.span(), message))
    };
    settings.fixed.into_iter().map(check).collect()
}

fn check_dialling(
    source: &Source,
    dialling: document::Dialling,
    site: &Site,
) -> Result<Dialling, ConfigError> {
    let countries: Vec<Country> = match &dialling.countries {
        None => vec![site.country],
        Some(list) if list.get_ref().is_empty() => {
            let message = "no country may be dialled: list at least one, or leave the key out";
            return Err(source.error(&list.span(), message));
        }
        Some(list) => list.get_ref().iter().map(|code| code.0).collect(),
    };
    let small = |n: u64| u32::try_from(n).expect("bounded by its type");
    Ok(Dialling {
        countries,
        minutes_per_hour: small(dialling.minutes_per_hour.0),
        new_numbers_per_hour: small(dialling.new_numbers_per_hour.0),
    })
}

fn check_operator(
    source: &Source,
    operator: Option<document::Operator>,
    site: &Site,
    countries: &[Country],
) -> Result<Option<Dialable>, ConfigError> {
    let number = operator.and_then(|operator| operator.number);
    let Some(number) = number.filter(|number| !number.get_ref().is_empty()) else {
        return Ok(None);
    };
    let read = PhoneNumber::read(number.get_ref(), site.country)
        .map_err(|error| source.error(&number.span(), format!("operator.number: {error}")))?;
    Dialable::new(&read, countries)
        .map(Some)
        .map_err(|error| source.error(&number.span(), format!("operator.number: {error}")))
}

fn check_http(source: &Source, http: &document::Http) -> Result<Http, ConfigError> {
    let listen = *http.listen.get_ref();
    let tls = http.tls.get_ref().clone();
    if tls == Tls::Off && !listen.ip().is_loopback() {
        let message = format!(
            "http.tls = \"off\" is for loopback addresses only, and http.listen is {listen}: \
             listen on 127.0.0.1, or switch TLS on"
        );
        return Err(source.error(&http.tls.span(), message));
    }
    let small = |n: u64| u32::try_from(n).expect("bounded by its type");
    let writes_per_second = small(http.writes_per_second.0);
    let reads_per_second = small(http.reads_per_second.0);
    Ok(Http { listen, tls, writes_per_second, reads_per_second })
}

fn check_lines(source: &Source, lines: Vec<document::Line>) -> Result<Vec<Line>, ConfigError> {
    if lines.is_empty() {
        return Err(source.missing("there is no line: add a [[line]] with name, at and audio"));
    }
    let (mut names, mut ports) = (HashSet::new(), HashSet::new());
    let mut checked = Vec::with_capacity(lines.len());
    for line in lines {
        let name = line.name.get_ref().clone();
        if !is_name(&name) {
            let message =
                format!("`{name}` is no name for a line: 1 to 32 letters, digits, `-`, `_` or `.`");
            return Err(source.error(&line.name.span(), message));
        }
        if !names.insert(name.clone()) {
            let message = format!("there are two lines named `{name}`");
            return Err(source.error(&line.name.span(), message));
        }
        let at = line.at.get_ref().clone();
        if at.as_os_str().is_empty() || !ports.insert(at.clone()) {
            let message = "line.at must be a tty of its own for each line";
            return Err(source.error(&line.at.span(), message));
        }
        let pin = secret(source, "pin", line.pin, line.pin_file)?
            .map(|pin| Pin::new(pin.get_ref()).map_err(|why| source.error(&pin.span(), why)))
            .transpose()?;
        let board = line.board.filter(|board| !board.is_empty());
        checked.push(Line { name, at, audio: line.audio, board, pin });
    }
    Ok(checked)
}

fn is_name(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

fn calls_of(calls: &document::Calls) -> Calls {
    let minutes = calls.max_talk_minutes.0;
    Calls {
        hint: Duration::from_millis(calls.hint_ms.0),
        entry: Duration::from_millis(calls.entry_ms.0),
        ring_timeout: Duration::from_millis(calls.ring_timeout_ms.0),
        caller_id_wait: Duration::from_millis(calls.caller_id_wait_ms.0),
        max_entries: u32::try_from(calls.max_entries.0).expect("bounded by its type"),
        record: calls.record,
        accept_key: calls.accept_key,
        uniform_refusal: calls.uniform_refusal,
        direct_connect: calls.direct_connect,
        recording_notice: calls.recording_notice,
        max_talk: (minutes > 0).then(|| Duration::from_secs(minutes * 60)),
    }
}

fn check_webhook(
    source: &Source,
    webhook: document::Webhook,
) -> Result<Option<Webhook>, ConfigError> {
    let secret = secret(source, "secret", webhook.secret, webhook.secret_file)?
        .map(|text| SigningKey::new(text.get_ref()).map_err(|why| source.error(&text.span(), why)))
        .transpose()?;
    let Some(url) = webhook.url else { return Ok(None) };
    check_url(url.get_ref())
        .map_err(|why| source.error(&url.span(), format!("webhook.url {why}")))?;
    let include_numbers = webhook.include_numbers;
    Ok(Some(Webhook { url: url.into_inner(), secret, include_numbers }))
}

/// Whether a URL may be given something that must not be read on the way.
pub(crate) fn check_url(url: &str) -> Result<(), &'static str> {
    let uri: Uri = url.parse().map_err(|_| "is no URL")?;
    let host = uri.host().ok_or("must be a whole URL such as https://example.com/calls")?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("must not carry a user name or password: posts are signed instead");
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_loopback(host) => Ok(()),
        Some("http") => Err("must be https: plain http is taken for loopback addresses only"),
        _ => Err("must begin with https://"),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Which prompts there are is looked up here; they are read at start.
fn check_sound(
    source: &Source,
    sound: document::Sound,
    language: &Spanned<document::Tag>,
) -> Result<Sound, ConfigError> {
    let gain_db = *sound.gain_db.get_ref();
    if !(-40.0..=20.0).contains(&gain_db) {
        let message = "sound.gain_db is not between -40 and 20";
        return Err(source.error(&sound.gain_db.span(), message));
    }
    if let Some(folder) = sound.prompts.as_ref().filter(|folder| !folder.get_ref().is_dir()) {
        let message = format!("sound.prompts: {} is no folder", folder.get_ref().display());
        return Err(source.error(&folder.span(), message));
    }
    let site = &language.get_ref().0;
    let library = Library::new(sound.prompts.as_ref().map(|f| f.get_ref().as_path()), site.clone());
    if let Some(name) = library.missing(site) {
        let folders: Vec<_> =
            library.folders(site).iter().map(|folder| folder.display().to_string()).collect();
        let message = format!(
            "site.language: there is no prompt `{name}` in `{site}`, neither in {}",
            folders.join(" nor in ")
        );
        return Err(source.error(&language.span(), message));
    }
    let settle = Duration::from_millis(sound.settle_ms.0);
    Ok(Sound { languages: library.languages(), library, gain_db, settle })
}

fn check_languages(
    source: &Source,
    table: BTreeMap<Spanned<String>, Spanned<document::Tag>>,
    known: &[Language],
) -> Result<ByNumber, ConfigError> {
    for (digits, tag) in &table {
        let begin = digits.get_ref();
        if !(1..=7).contains(&begin.len()) || !begin.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!(
                "`{begin}` is no country code: write the digits that a number begins with, such as \
                 \"49\""
            );
            return Err(source.error(&digits.span(), message));
        }
        if !known.contains(&tag.get_ref().0) {
            let message = format!(
                "languages.{begin}: there are no prompts in `{}`, but in {}",
                tag.get_ref().0,
                language::listed(known)
            );
            return Err(source.error(&tag.span(), message));
        }
    }
    let table = table.into_iter().map(|(digits, tag)| (digits.into_inner(), tag.into_inner().0));
    Ok(ByNumber::new(table))
}

fn recordings_of(recordings: &document::Recordings) -> Recordings {
    Recordings {
        format: recordings.format,
        keep: Duration::from_secs(recordings.keep_days.0 * 24 * 3600),
        max_octets: recordings.max_mb.0 << 20,
        min_free_octets: recordings.min_free_mb.0 << 20,
    }
}

/// What is said where the configuration says nothing, by language.
const TEXTS: [(&str, &str, &str); 1] = [(
    "en",
    "Delivery {order}: to reach the other party, call this number and key {order}. \
     Reply STOP for no more texts.",
    "Nobody reads texts here. To reach the other party of your delivery, call this number and key \
     the order number. Reply STOP for no more texts.",
)];

fn check_texts(
    source: &Source,
    texts: document::Texts,
    site: &Site,
) -> Result<Option<Texts>, ConfigError> {
    let known = TEXTS.iter().find(|(language, ..)| *language == site.language.as_str());
    let order = texts.order_text.get(site.language.as_str());
    let answer = texts.answer_text.get(site.language.as_str());
    if !texts.enabled {
        return Ok(None);
    }
    let said = |given: Option<&Spanned<String>>, known: Option<&str>, key: &str| {
        let text = given.map(|text| text.get_ref().clone()).or_else(|| known.map(str::to_owned));
        let language = &site.language;
        text.ok_or_else(|| {
            source.missing(format!(
                "texts.enabled: there is no text in the site's language: write [texts.{key}] with \
                 {language} = \"...\""
            ))
        })
    };
    let order_text = said(order, known.map(|(_, order, _)| *order), "order_text")?;
    let answer_text = said(answer, known.map(|(.., answer)| *answer), "answer_text")?;
    let templates = Templates::new(&order_text, &answer_text).map_err(|(in_answer, why)| {
        let (text, key) = if in_answer { (answer, "answer_text") } else { (order, "order_text") };
        let message = format!("texts.{key}.{}: {why}", site.language);
        text.map_or_else(|| source.missing(&message), |text| source.error(&text.span(), &message))
    })?;
    let per_hour = u32::try_from(texts.per_hour.0).expect("bounded by its type");
    Ok(Some(Texts { per_hour, templates, country: site.country }))
}

fn check_usb(source: &Source, usb: document::Usb) -> Result<Usb, ConfigError> {
    let key = usb.public_key.filter(|key| !key.get_ref().trim().is_empty());
    let public_key = key.map(|key| {
        PublicKey::from_base64(key.get_ref().trim()).map_err(|_| {
            let message = "usb.public_key is no key of minisign: copy the second line of the file \
                           minisign.pub, which begins with RW";
            source.error(&key.span(), message)
        })
    });
    Ok(Usb { public_key: public_key.transpose()?, trust_unsigned: usb.trust_unsigned })
}

/// A secret that is written here, or in a file named here.
fn secret(
    source: &Source,
    key: &str,
    here: Option<Spanned<String>>,
    file: Option<Spanned<PathBuf>>,
) -> Result<Option<Spanned<String>>, ConfigError> {
    match (here, file) {
        (Some(_), Some(file)) => {
            let message = format!("{key} and {key}_file are both set: keep one of them");
            Err(source.error(&file.span(), message))
        }
        (here, None) => Ok(here),
        (None, Some(file)) => {
            let span = file.span();
            let text = std::fs::read_to_string(file.get_ref()).map_err(|error| {
                let file = file.get_ref().display();
                source.error(&span, format!("{key}_file {file} cannot be read: {error}"))
            })?;
            Ok(Some(Spanned::new(span, text.trim().to_owned())))
        }
    }
}
