//! House rules that are checked rather than remembered. Reads files only.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of one file of code at most.
const LINES: usize = 600;
/// Words that mark unfinished work.
const UNFINISHED: [&str; 5] = ["TODO", "FIXME", "todo!(", "unimplemented!(", "dbg!("];
/// Ranges for fiction and the tutorial's two numbers: what a number may begin with.
const FICTION: [&str; 8] = [
    "6125550",
    "6135550",
    "6175550",
    "6185550",
    "61491570",
    "447700900",
    "12222222222",
    "13333333333",
];
/// A premium number that the dialling guard has to refuse: it exists as a kind only.
const PREMIUM: &str = "611900555012";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder of these kinds.
fn files(folder: &str, kinds: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(items) = fs::read_dir(&folder) else { continue };
        for path in items.map(|item| item.expect("a name").path()) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let ours = !["target", "node_modules"].contains(&&*name) && !name.starts_with('.');
            if path.is_dir() && ours {
                folders.push(path);
            } else if kinds.iter().any(|kind| name.ends_with(kind)) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "nothing in {folder}");
    found.sort();
    found
}

/// Fails with all that was found wrong.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Where something is, for people.
fn place(path: &Path, line: usize) -> String {
    format!("{}:{}", path.strip_prefix(root()).unwrap_or(path).display(), line + 1)
}

/// What stands between a mark and the next character that is no part of a name.
fn names_after<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    let end =
        |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    text.split(mark).skip(1).map(move |rest| &rest[..end(rest)])
}

#[test]
fn no_file_of_code_is_longer_than_600_lines() {
    let long = files(".", &[".rs", ".py"]).into_iter().filter_map(|path| {
        let lines = read(&path).lines().count();
        (lines > LINES).then(|| format!("{}: {lines} lines", place(&path, 0)))
    });
    none(&long.collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished() {
    let mut wrong = Vec::new();
    for path in files(".", &[".rs", ".py", ".toml"]) {
        if path.ends_with("tests/tidy.rs") {
            continue;
        }
        for (line, text) in read(&path).lines().enumerate() {
            if let Some(word) = UNFINISHED.iter().find(|word| text.contains(**word)) {
                wrong.push(format!("{}: {word}", place(&path, line)));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_telephone_number_is_fiction() {
    let mut wrong = Vec::new();
    for path in files(".", &[".rs", ".py", ".toml", ".md"]) {
        for (line, text) in read(&path).lines().enumerate() {
            for number in numbers(text).filter(|number| !is_fiction(number)) {
                wrong.push(format!("{}: +{number}", place(&path, line)));
            }
        }
    }
    none(&wrong);
}

/// What looks like a number in international form: `+` and 8 digits or more, perhaps with spaces. One that a
/// test goes on to complete (`+6125550{n:04}`) is left out.
fn numbers(text: &str) -> impl Iterator<Item = String> {
    let begins = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit());
    text.split('+').skip(1).filter(begins).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ' ').unwrap_or(rest.len());
        let digits: String = rest[..end].chars().filter(char::is_ascii_digit).collect();
        (digits.len() >= 8 && !rest[end..].starts_with('{')).then_some(digits)
    })
}

fn is_fiction(digits: &str) -> bool {
    let north_american = digits.len() == 11 && digits.starts_with('1') && &digits[4..9] == "55501";
    north_american || digits == PREMIUM || FICTION.iter().any(|range| digits.starts_with(range))
}

#[test]
fn every_row_switch_and_never_of_call_flow_has_a_test_of_its_name() {
    let mut tests = String::new();
    for path in files("tests/spec", &[".rs"]) {
        tests.push_str(&read(path));
    }
    let names: Vec<&str> = names_after(&tests, "fn ").collect();
    let has = |prefix: &str| names.iter().any(|name| name.starts_with(prefix));
    let page = read("docs/call-flow.md");
    let (conversation, rest) = page.split_once("### Switches").expect("the switches");
    let (switches, never) = rest.split_once("## Never").expect("the never");
    let never = never.split("\n## ").next().unwrap_or_default();

    let first_cells = |text: &str| -> Vec<String> {
        let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
        cells.map(|cell| cell.trim_matches('`').to_owned()).collect()
    };
    let rows: Vec<String> = first_cells(conversation)
        .into_iter()
        .filter(|cell| cell.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert!(rows.len() >= 21, "the rows are not found: {rows:?}");
    let untested = |row: &&String| !has(&format!("row_{row}_")) && !has(&format!("row_0{row}_"));
    let mut wrong: Vec<String> =
        rows.iter().filter(untested).map(|row| format!("row {row} has no test")).collect();
    let switches = first_cells(switches).into_iter().filter(|cell| cell.contains('_'));
    let untested = switches.filter(|switch| !has(switch));
    wrong.extend(untested.map(|switch| format!("the switch {switch} has no test")));
    let numbers = never.lines().filter_map(|line| line.split_once(". ")?.0.parse::<u8>().ok());
    let untested = numbers.filter(|number| !has(&format!("never_{number}_")));
    wrong.extend(untested.map(|number| format!("\"Never\" {number} has no test")));
    none(&wrong);
}

#[test]
fn every_setting_path_and_counter_is_documented() {
    let configuration = read("docs/configuration.md");
    let document = read("src/config/document.rs");
    let keys = names_after(&document, "    pub ").filter(|key| !["", "fn", "const"].contains(key));
    let known = |key: &&str| {
        [format!("`{key}`"), format!("`[{key}]`"), format!("`[[{key}]]`")]
            .iter()
            .any(|written| configuration.contains(written))
    };
    let mut wrong: Vec<String> = keys
        .filter(|key| !known(key))
        .map(|key| format!("docs/configuration.md does not name {key}"))
        .collect();

    let api = read("docs/api.md");
    let router = read("src/http/mod.rs");
    let paths = router.split('"').filter(|text| text.starts_with('/') && !text.contains('\n'));
    let unknown = paths.filter(|path| !api.contains(*path));
    wrong.extend(unknown.map(|path| format!("docs/api.md does not name {path}")));

    let metrics = read("docs/metrics.md");
    for path in files("src/line", &[".rs"]) {
        let text = read(path);
        let counters = names_after(&text, ".count(\"").map(|name| format!("maskline_{name}_total"));
        let unknown = counters.filter(|counter| !metrics.contains(counter.as_str()));
        wrong.extend(unknown.map(|counter| format!("docs/metrics.md does not name {counter}")));
    }
    none(&wrong);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for path in files(".", &[".md"]) {
        for (line, text) in read(&path).lines().enumerate() {
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let file = link.split('#').next().unwrap_or_default();
                let elsewhere = file.is_empty() || file.contains("://");
                if !elsewhere && !path.with_file_name(file).exists() {
                    wrong.push(format!("{}: {link}", place(&path, line)));
                }
            }
        }
    }
    none(&wrong);
}

#[test]
fn driver_and_simulator_share_nothing() {
    let manifest = read("simulator/Cargo.toml");
    assert!(!manifest.contains("\nmaskline"), "the simulator depends on the driver");
    let may = |path: &Path| {
        path.starts_with(root().join("src/demo")) || path.ends_with("src/cli/simulate.rs")
    };
    let mut wrong = Vec::new();
    for path in files("src", &[".rs"]).into_iter().filter(|path| !may(path)) {
        for (line, text) in read(&path).lines().enumerate() {
            if text.contains("simulator::") {
                wrong.push(place(&path, line));
            }
        }
    }
    none(&wrong);
}

#[test]
fn pure_rooms_know_no_thread_socket_file_or_clock() {
    const IMPURE: [&str; 9] = [
        "std::thread",
        "std::net",
        "std::fs",
        "std::process",
        "Instant::now",
        "SystemTime",
        "Timestamp::now",
        "rustix::",
        "tokio::",
    ];
    let mut wrong = Vec::new();
    let rooms = ["src/call", "src/modem", "src/audio", "src/line"];
    for path in rooms.iter().flat_map(|room| files(room, &[".rs"])) {
        // Where files are read, and the shell of the line.
        let edge =
            ["pack/mod.rs", "pack/library.rs", "pack/manifest.rs", "tones_command.rs", "wav.rs"];
        let shell = ["shell.rs", "tty.rs", "outbox.rs", "clerk.rs"];
        if edge.iter().chain(&shell).any(|name| path.ends_with(name)) {
            continue;
        }
        for (line, text) in read(&path).lines().enumerate() {
            if let Some(word) = IMPURE.iter().find(|word| text.contains(**word)) {
                wrong.push(format!("{}: {word}", place(&path, line)));
            }
        }
    }
    none(&wrong);
}

/// The texts of the page: what `t` and `plural` are given, the latter by its form for many.
fn texts_of_the_page() -> BTreeMap<String, bool> {
    let mut texts = BTreeMap::new();
    for path in files("web", &[".js"]).into_iter().filter(|path| !path.ends_with("language.js")) {
        let script = read(&path);
        for (mark, is_plural) in [("t(", false), ("plural(", true)] {
            for (at, _) in script.match_indices(mark) {
                let before = script[..at].chars().next_back().unwrap_or(' ');
                if before.is_alphanumeric() || before == '_' || before == '.' {
                    continue;
                }
                let mut rest = &script[at + mark.len()..];
                if is_plural {
                    rest = &rest[rest.find('"').expect("two texts")..];
                    rest = literal(rest).map_or("", |(_, rest)| rest);
                    rest = rest.trim_start().strip_prefix(',').expect("a second text");
                }
                let line = script[..at].lines().count();
                let found = literal(rest);
                let (text, _) = found.unwrap_or_else(|| panic!("no text: {}", place(&path, line)));
                texts.insert(text, is_plural);
            }
        }
    }
    texts
}

/// A text in JavaScript, perhaps in pieces that are added up; and what comes after it.
fn literal(script: &str) -> Option<(String, &str)> {
    let script = script.trim_start();
    let end = (1..script.len())
        .find(|&at| script.as_bytes()[at] == b'"' && script.as_bytes()[at - 1] != b'\\')?;
    let text: String = serde_json::from_str(&script[..=end]).ok()?;
    let rest = &script[end + 1..];
    match rest.trim_start().strip_prefix('+').and_then(literal) {
        Some((more, rest)) => Some((text + &more, rest)),
        None => Some((text, rest)),
    }
}

/// What stands in braces, sorted.
fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    places.sort_unstable();
    places
}

/// The words of each language but English, and what the box says in it.
fn languages() -> Vec<(PathBuf, serde_json::Value)> {
    let read = |path: PathBuf| {
        let words = serde_json::from_str(&read(&path)).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        });
        (path, words)
    };
    files("web/words", &[".json"]).into_iter().map(read).collect()
}

#[test]
fn no_language_of_the_page_lacks_a_word_or_has_one_too_many() {
    let texts = texts_of_the_page();
    assert!(texts.len() > 300, "the texts are not found: {}", texts.len());
    let script = read("web/language.js");
    let mut wrong = Vec::new();
    for (path, table) in languages() {
        let name = path.file_stem().expect("a name").to_string_lossy();
        if !script.contains(&format!(" {name}: \"")) {
            wrong.push(format!("language.js does not name {name}"));
        }
        let words = table["words"].as_object().expect("words");
        let unused = words.keys().filter(|text| !texts.contains_key(*text));
        wrong.extend(unused.map(|text| format!("{name}: nobody says \"{text}\"")));
        for (text, is_plural) in &texts {
            let forms: Vec<&str> = match (words.get(text), is_plural) {
                (Some(serde_json::Value::String(word)), false) => vec![word],
                (Some(serde_json::Value::Object(forms)), true) => {
                    ["one", "other"].iter().filter_map(|form| forms.get(*form)?.as_str()).collect()
                }
                _ => Vec::new(),
            };
            if forms.len() != 1 + usize::from(*is_plural) {
                wrong.push(format!("{name}: no words for \"{text}\""));
            }
            let differs = |form: &&&str| form.is_empty() || places(form) != places(text);
            wrong
                .extend(forms.iter().filter(differs).map(|form| format!("{name}: {text}: {form}")));
        }
    }
    none(&wrong);
}

#[test]
fn what_the_page_translates_of_the_box_is_what_the_box_says() {
    let mut said = String::new();
    for path in files("src", &[".rs"]) {
        // A text that goes on in the next line is one text.
        let text = read(path).replace("\\\"", "\"");
        let mut lines = text.split("\\\n");
        said.push_str(lines.next().unwrap_or_default());
        lines.for_each(|line| said.push_str(line.trim_start()));
    }
    let bare = |text: &str| {
        let mut pieces = text.split('{');
        let first = pieces.next().unwrap_or_default().to_owned();
        let nameless = |piece: &str| {
            let rest = piece.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            if rest.starts_with('}') { rest.to_owned() } else { piece.to_owned() }
        };
        pieces.fold(first, |text, piece| text + "{" + &nameless(piece))
    };
    let said = bare(&said);
    let languages = languages();
    let keys = |table: &serde_json::Value| -> Vec<String> {
        table["box"].as_object().expect("box").keys().cloned().collect()
    };
    let all = keys(&languages[0].1);
    let mut wrong = Vec::new();
    let unsaid = all.iter().filter(|text| !said.contains(&bare(text)));
    wrong.extend(unsaid.map(|text| format!("the box does not say: {text}")));
    for (path, table) in &languages {
        if keys(table) != all {
            wrong.push(format!("{} has other sentences", path.display()));
        }
        for (text, words) in table["box"].as_object().expect("box") {
            let known = places(text);
            let words = words.as_str().unwrap_or_default();
            if words.is_empty() || places(words).iter().any(|place| !known.contains(place)) {
                wrong.push(format!("{}: {text}: {words}", path.display()));
            }
        }
    }
    none(&wrong);
}
