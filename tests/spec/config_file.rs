//! The configuration file: defaults, checks that name file and line, and the environment over it.

use maskline::config::{Audio, Config, ConfigError, Place, RecordingFormat, Tls};
use std::time::Duration;

const LINE: &str = "[[line]]\nname = \"line1\"\nat = \"/dev/ttyUSB2\"\n";

fn parse(text: &str) -> Result<Config, ConfigError> {
    parse_with(text, &[])
}

fn parse_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Config::parse("m.toml", text, variables.collect::<Vec<_>>())
}

/// The text with a line below it, and the error it gives: `m.toml:LINE: message`.
fn error(text: &str) -> String {
    parse(&format!("{text}\n{LINE}")).unwrap_err().to_string()
}

#[test]
fn texts_are_off_and_each_of_their_words_is_checked() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/prompts");
    assert!(parse(LINE).unwrap().texts.is_none());
    let texts = |text: &str| parse(&format!("[texts]\nenabled = true\n{text}\n{LINE}"));
    assert_eq!(texts("").unwrap().texts.unwrap().per_hour, 60);
    assert!(texts("[texts.order_text]\nen = \"Key {order}.\"").is_ok());
    let wrong = |text: &str| texts(text).unwrap_err().to_string();
    let no_order = wrong("[texts.order_text]\nen = \"Your parcel\"");
    assert!(
        no_order.starts_with("m.toml:4: texts.order_text.en: must name the order"),
        "{no_order}"
    );
    let long = wrong(&format!("[texts.answer_text]\nen = \"{}\"", "x".repeat(700)));
    assert!(long.starts_with("m.toml:4: texts.answer_text.en: the text is too long"), "{long}");
    let german = parse(&format!(
        "[site]\nlanguage = \"de\"\n[texts]\nenabled = true\n{LINE}[sound]\nprompts = {shipped:?}\n"
    ));
    let german = german.unwrap_err().to_string();
    assert!(german.contains("write [texts.order_text] with de"), "{german}");
}

#[test]
fn a_line_alone_is_enough_and_the_rest_has_the_defaults_of_the_interface() {
    let config = parse(LINE).unwrap();
    assert_eq!(config.site.country, maskline::number::Country::new("AU").unwrap());
    assert_eq!(config.site.language.as_str(), "en");
    assert_eq!(config.site.order_digits, 5);
    assert!(config.operator.is_none() && config.webhook.is_none());
    assert_eq!(config.store.path.to_str(), Some("/var/lib/maskline/store"));
    assert_eq!(config.http.listen.to_string(), "0.0.0.0:8443");
    assert_eq!(config.http.tls, Tls::SelfSigned);
    assert_eq!(config.lines[0].audio, Audio::None);
    assert!(config.lines[0].board.is_none() && config.lines[0].pin.is_none());
    assert_eq!(config.dialling.countries, [config.site.country]);
    assert_eq!(config.dialling.minutes_per_hour, 120);
    assert_eq!(config.dialling.new_numbers_per_hour, 60);
    assert_eq!(config.sound.settle, Duration::from_millis(800));
    let settings = config.calls_settings(&config.lines[0]);
    assert_eq!(settings.hint, Duration::from_millis(1500));
    assert_eq!(settings.entry, Duration::from_secs(8));
    assert_eq!(settings.ring_timeout, Duration::from_secs(45));
    assert_eq!((settings.max_entries, settings.max_talk), (3, None));
    assert!(!settings.record && config.recordings.format == RecordingFormat::Opus);
    assert_eq!(config.recordings.keep, Duration::from_secs(90 * 24 * 3600));
    assert!(!settings.accept_key && !settings.uniform_refusal && !settings.direct_connect);
}

#[test]
fn the_whole_example_of_the_interface_is_taken() {
    let config = parse(
        r#"
        [site]
        country = "AU"
        language = "en"
        order_digits = 5
        [operator]
        number = "+61255500000"
        [store]
        path = "/var/lib/maskline/store"
        [http]
        listen = "0.0.0.0:8443"
        tls = { cert = "/etc/maskline/cert.pem", key = "/etc/maskline/key.pem" }
        [[line]]
        name = "line1"
        at = "/dev/maskline/line1-at"
        audio = "/dev/maskline/line1-audio"
        board = "waveshare-sim7600x-hat"
        pin = "0000"
        [[line]]
        name = "line2"
        at = "/dev/maskline/line2-at"
        audio = "modem-files"
        [calls]
        hint_ms = 1500
        entry_ms = 8000
        ring_timeout_ms = 45000
        max_entries = 3
        record = false
        accept_key = true
        uniform_refusal = false
        direct_connect = false
        recording_notice = false
        max_talk_minutes = 20
        [dialling]
        countries = ["AU", "NZ"]
        minutes_per_hour = 120
        new_numbers_per_hour = 60
        [webhook]
        url = "https://example.com/calls"
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        include_numbers = false
        [sound]
        gain_db = -3
        [recordings]
        format = "wav"
        keep_days = 14
        max_mb = 2048
        min_free_mb = 512
        "#,
    )
    .unwrap();
    assert_eq!(config.operator.as_ref().unwrap().number().e164(), "+61255500000");
    assert_eq!(config.lines[0].pin.as_ref().unwrap().digits(), "0000");
    assert_eq!(config.lines[1].audio, Audio::ModemFiles);
    assert!(config.calls.accept_key);
    assert_eq!(config.calls.max_talk, Some(Duration::from_secs(1200)));
    assert_eq!(config.dialling.countries.len(), 2);
    let recordings = &config.recordings;
    assert_eq!(recordings.format, RecordingFormat::Wav);
    assert_eq!(recordings.keep, Duration::from_secs(14 * 24 * 3600));
    assert_eq!((recordings.max_octets, recordings.min_free_octets), (2 << 30, 512 << 20));
    assert_eq!(config.webhook.as_ref().unwrap().secret.as_ref().unwrap().octets().len(), 24);
    let shown = format!("{config:?}");
    assert!(!shown.contains("0000\"") && !shown.contains("2555"), "{shown}");
}

#[test]
fn an_empty_operator_is_none_and_what_is_fixed_has_to_exist() {
    let config = parse(&format!("[operator]\nnumber = \"\"\n{LINE}")).unwrap();
    assert!(config.operator.is_none());
    parse(&format!("[settings]\nfixed = [\"calls.record\", \"*\"]\n{LINE}")).unwrap();
    let message = error("[settings]\nfixed = [\"calls.record\",\n\"store.path\"]");
    assert!(message.starts_with("m.toml:3: settings.fixed: `store.path` is none"), "{message}");
}

#[test]
fn languages_are_those_there_are_prompts_in() {
    use maskline::language::Language;
    use maskline::number::PhoneNumber;
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/prompts");
    let text = format!("[sound]\nprompts = {shipped:?}\n[site]\nlanguage = \"de\"\n{LINE}");
    let variables = [("MASKLINE_LANGUAGES__44", "fr"), ("MASKLINE_LANGUAGES__1", "es")];
    let config = parse_with(&text, &variables).unwrap();
    assert_eq!(config.site.language.as_str(), "de");
    let known: Vec<&str> = config.sound.languages.iter().map(Language::as_str).collect();
    assert_eq!(known, ["de", "en", "es", "fr", "it"]);
    let settings = config.calls_settings(&config.lines[0]);
    let of = |e164| settings.languages.language(&PhoneNumber::from_e164(e164).unwrap()).cloned();
    assert_eq!(of("+447700900123"), Language::new("fr").ok());
    assert_eq!(of("+12125550123"), Language::new("es").ok());
    assert_eq!(of("+61255501234"), None);
    let message = parse_with(&text, &[("MASKLINE_LANGUAGES__44", "nl")]).unwrap_err().to_string();
    assert!(message.contains("MASKLINE_LANGUAGES__44: languages.44: there are no"), "{message}");
}

#[test]
fn an_unknown_key_names_key_file_and_line() {
    let message = error("[calls]\nhint_ms = 1500\nring_timout_ms = 1");
    assert!(message.starts_with("m.toml:3: unknown key `ring_timout_ms`"), "{message}");
    let message = error("[call]\nhint_ms = 1500");
    assert!(message.starts_with("m.toml:1: unknown key `call`"), "{message}");
    let message = parse(&format!("{LINE}speed = 115200\n")).unwrap_err().to_string();
    assert!(message.starts_with("m.toml:4: unknown key `speed`"), "{message}");
}

#[test]
fn each_value_that_cannot_be_names_its_line() {
    for (text, expected) in [
        ("[site]\ncountry = \"Australia\"", "m.toml:2: `Australia` is no country"),
        ("[site]\norder_digits = 13", "m.toml:2: 13 is not between 1 and 12"),
        ("[site]\norder_digits = 0", "m.toml:2: 0 is not between 1 and 12"),
        ("[site]\nlanguage = \"../en\"", "m.toml:2: `../en` is no language tag"),
        ("[site]\norder_digits = \"5\"", "m.toml:2: invalid type: string \"5\", expected i64"),
        ("\n[operator]\nnumber = \"000\"", "m.toml:3: operator.number: no telephone number"),
        ("[operator]\nnumber = \"+447700900123\"", "m.toml:2: operator.number: numbers of this"),
        ("[http]\nlisten = \"nowhere\"", "m.toml:2: invalid socket address"),
        (
            "[http]\ntls = \"on\"",
            "m.toml:2: invalid value: string \"on\", expected \"self-signed\"",
        ),
        ("[http]\ntls = { cert = \"c\" }", "m.toml:2: missing key `key`"),
        ("[http]\nlisten = \"0.0.0.0:80\"\ntls = \"off\"", "m.toml:3: http.tls = \"off\" is for"),
        ("[calls]\nentry_ms = -1", "m.toml:2: -1 is not between"),
        ("[recordings]\nkeep_days = 0", "m.toml:2: 0 is not between 1 and 3650"),
        ("[recordings]\nformat = \"mp3\"", "m.toml:2: unknown variant `mp3`"),
        ("[site]\nlanguage = \"xx\"", "m.toml:2: site.language: there is no prompt `greeting`"),
        ("[sound]\nprompts = \"/no/where\"", "m.toml:2: sound.prompts: /no/where is no folder"),
        ("[languages]\n49 = \"xx\"", "m.toml:2: languages.49: there are no prompts in `xx`"),
        ("[languages]\nDE = \"en\"", "m.toml:2: `DE` is no country code"),
        ("[languages]\n49 = \"e/n\"", "m.toml:2: `e/n` is no language tag"),
        ("[dialling]\ncountries = []", "m.toml:2: no country may be dialled"),
        ("[dialling]\ncountries = [\"AU\", \"XX\"]", "m.toml:2: `XX` is no country"),
        ("[webhook]\nurl = \"http://example.com/\"", "m.toml:2: webhook.url must be https"),
        ("[webhook]\nurl = \"ftp://127.0.0.1/\"", "m.toml:2: webhook.url must begin with"),
        ("[webhook]\nurl = \"https://\"", "m.toml:2: webhook.url is no URL"),
        ("[webhook]\nsecret = \"whsec_*\"", "m.toml:2: a webhook secret is whsec_"),
        ("[webhook]\nsecret_file = \"/nonexistent\"", "m.toml:2: secret_file /nonexistent cannot"),
        ("[usb]\npublic_key = \"x\"", "m.toml:2: usb.public_key is no key of minisign"),
        ("[usb]\ntrust_unsigned = 1", "m.toml:2: invalid type"),
        ("[sound]\ngain_db = 60", "m.toml:2: sound.gain_db is not between"),
        ("[site\n", "m.toml:1: "),
        (LINE, "m.toml:6: there are two lines named `line1`"),
        (
            "[[line]]\nname = \"other\"\nat = \"/dev/ttyUSB2\"",
            "m.toml:6: line.at must be a tty of its own",
        ),
        ("[[line]]\nat = \"/dev/ttyUSB9\"", "m.toml:1: missing key `name`"),
        ("[[line]]\nname = \"a b\"\nat = \"x\"", "m.toml:2: `a b` is no name for a line"),
        ("[[line]]\nname = \"a\"\nat = \"x\"\npin = \"12\"", "m.toml:4: a PIN has 4 to 8 digits"),
    ] {
        let message = error(text);
        assert!(message.starts_with(expected), "{text}\n gave: {message}");
    }
    assert!(parse("").unwrap_err().to_string().starts_with("m.toml: there is no line"));
}

#[test]
fn plain_http_is_taken_for_loopback_only() {
    for url in ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:80/x"] {
        let text = format!("{LINE}[webhook]\nurl = \"{url}\"");
        assert_eq!(parse(&text).unwrap().webhook.unwrap().url, url);
    }
    for listen in ["127.0.0.1:0", "[::1]:8080"] {
        let text = format!("{LINE}[http]\nlisten = \"{listen}\"\ntls = \"off\"");
        assert_eq!(parse(&text).unwrap().http.listen.to_string(), listen);
    }
}

#[test]
fn every_value_can_come_from_the_environment() {
    let config = parse_with(
        LINE,
        &[
            ("MASKLINE_SITE__COUNTRY", "GB"),
            ("MASKLINE_SITE__ORDER_DIGITS", "6"),
            ("MASKLINE_OPERATOR__NUMBER", "+447700900123"),
            ("MASKLINE_HTTP__LISTEN", "127.0.0.1:0"),
            ("MASKLINE_HTTP__TLS", "off"),
            ("MASKLINE_LINE__0__AT", "/dev/pts/7"),
            ("MASKLINE_LINE__0__PIN", "1234"),
            ("MASKLINE_LINE__1__NAME", "second"),
            ("MASKLINE_LINE__1__AT", "/dev/pts/8"),
            ("MASKLINE_CALLS__ACCEPT_KEY", "true"),
            ("MASKLINE_DIALLING__COUNTRIES", "[\"GB\", \"IE\"]"),
            ("MASKLINE_SOUND__GAIN_DB", "-2.5"),
            ("MASKLINE_LOG", "debug"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.site.order_digits, 6);
    assert_eq!(config.operator.as_ref().unwrap().number().e164(), "+447700900123");
    assert_eq!(config.http.tls, Tls::Off);
    assert_eq!(config.lines[0].at.to_str(), Some("/dev/pts/7"));
    assert_eq!(config.lines[0].pin.as_ref().unwrap().digits(), "1234");
    assert_eq!(config.lines[1].name, "second");
    assert!(config.calls.accept_key);
    assert_eq!(config.dialling.countries.len(), 2);
    let files = [("MASKLINE_HTTP__TLS__CERT", "c.pem"), ("MASKLINE_HTTP__TLS__KEY", "k.pem")];
    let tls = parse_with(LINE, &files).unwrap().http.tls;
    assert_eq!(tls, Tls::Files { cert: "c.pem".into(), key: "k.pem".into() });
}

#[test]
fn what_is_wrong_in_the_environment_names_its_variable() {
    for (name, value, expected) in [
        ("MASKLINE_HTTP__LISTN", "x", "unknown key `listn`"),
        ("MASKLINE_LISTEN", "x", "is no setting"),
        ("MASKLINE_SITE__COUNTRY", "Mars", "`Mars` is no country"),
        ("MASKLINE_SITE__ORDER_DIGITS", "many", "invalid type: string \"many\""),
        ("MASKLINE_SITE__ORDER_DIGITS", "99", "99 is not between 1 and 12"),
        ("MASKLINE_LINE__3__AT", "x", "there is no line 3: the next one is 1"),
        ("MASKLINE_LINE__AT", "x", "line is a list"),
    ] {
        let error = parse_with(LINE, &[(name, value)]).unwrap_err();
        assert_eq!(error.place, Place::Environment(name.to_owned()), "{error}");
        assert!(error.message.starts_with(expected), "{error}");
    }
}

#[test]
fn secrets_come_from_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let (pin, key) = (folder.path().join("pin"), folder.path().join("key"));
    std::fs::write(&pin, "4321\n").unwrap();
    std::fs::write(&key, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let text = format!(
        "{LINE}pin_file = {pin:?}\n[webhook]\nurl = \"https://example.com/\"\nsecret_file = {key:?}"
    );
    let config = parse(&text).unwrap();
    assert_eq!(config.lines[0].pin.as_ref().unwrap().digits(), "4321");
    assert_eq!(config.webhook.unwrap().secret.unwrap().octets().len(), 24);
    let both = format!("{LINE}pin = \"1111\"\npin_file = {pin:?}\n");
    assert!(parse(&both).unwrap_err().to_string().starts_with("m.toml:5: pin and pin_file"));
}
