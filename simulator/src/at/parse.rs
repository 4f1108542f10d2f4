//! A command line cut into commands (V.250 §5.3, §5.4).

/// What is asked of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `+CMD`, or a basic command without a value
    Execute,
    /// `+CMD?`
    Read,
    /// `+CMD=?`
    Test,
    /// `+CMD=...`, or a basic command's digits
    Set(String),
}

/// One command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// A line without a command.
    Nothing,
    /// Name in upper case with its first sign: `+CLCC`, `E`, `&F`, `S0`.
    Named(String, Form),
    /// `ATD`: digits, and whether `;` made it a voice call.
    Dial(String, bool),
    /// Cannot be read.
    Invalid,
}

/// Most commands of one line (M3 §1.4).
const COMMANDS: usize = 39;

/// Reads a line without its "AT". What follows something unreadable is not read.
pub(crate) fn parse(line: &[u8]) -> Vec<Command> {
    let line: Vec<char> = line.iter().map(|b| char::from(*b)).collect();
    let mut commands = Vec::new();
    let mut at = 0;
    loop {
        while at < line.len() && matches!(line[at], ' ' | ';') {
            at += 1;
        }
        if at >= line.len() {
            break;
        }
        if commands.len() == COMMANDS {
            commands.push(Command::Invalid);
            break;
        }
        let (command, next) = one(&line, at);
        let stop = command == Command::Invalid;
        commands.push(command);
        at = next;
        if stop {
            break;
        }
    }
    if commands.is_empty() {
        commands.push(Command::Nothing);
    }
    commands
}

fn one(line: &[char], at: usize) -> (Command, usize) {
    match line[at].to_ascii_uppercase() {
        'D' => dial(line, at + 1),
        '+' | '^' | '$' | '*' | '%' => extended(line, at),
        'S' if line.get(at + 1).is_some_and(char::is_ascii_digit) => register(line, at),
        '&' if line.get(at + 1).is_some_and(char::is_ascii_alphabetic) => basic(line, at, 2),
        c if c.is_ascii_alphabetic() => basic(line, at, 1),
        _ => (Command::Invalid, line.len()),
    }
}

fn text(line: &[char]) -> String {
    line.iter().collect()
}

fn upper(line: &[char]) -> String {
    text(line).to_ascii_uppercase()
}

fn dial(line: &[char], from: usize) -> (Command, usize) {
    let end = line[from..].iter().position(|c| *c == ';').map(|n| from + n);
    let digits = text(&line[from..end.unwrap_or(line.len())]).trim().to_string();
    (Command::Dial(digits, end.is_some()), end.map_or(line.len(), |e| e + 1))
}

fn extended(line: &[char], from: usize) -> (Command, usize) {
    let mut quoted = false;
    let mut end = from;
    while end < line.len() && (quoted || line[end] != ';') {
        quoted ^= line[end] == '"';
        end += 1;
    }
    let command = &line[from..end];
    let name_end = command
        .iter()
        .skip(1)
        .position(|c| !c.is_ascii_alphanumeric())
        .map_or(command.len(), |n| n + 1);
    let name = upper(&command[..name_end]);
    let rest = text(&command[name_end..]);
    let rest = rest.trim();
    let form = match rest {
        "" => Form::Execute,
        "?" => Form::Read,
        _ => match rest.strip_prefix('=').map(str::trim) {
            Some("?") => Form::Test,
            Some(values) => Form::Set(values.to_string()),
            None => return (Command::Invalid, line.len()),
        },
    };
    if name.len() < 2 || quoted {
        return (Command::Invalid, line.len());
    }
    (Command::Named(name, form), end)
}

fn digits_from(line: &[char], from: usize) -> usize {
    line[from..].iter().position(|c| !c.is_ascii_digit()).map_or(line.len(), |n| from + n)
}

fn basic(line: &[char], from: usize, name: usize) -> (Command, usize) {
    let end = digits_from(line, from + name);
    let value = text(&line[from + name..end]);
    let form = if value.is_empty() { Form::Execute } else { Form::Set(value) };
    (Command::Named(upper(&line[from..from + name]), form), end)
}

fn register(line: &[char], from: usize) -> (Command, usize) {
    let end = digits_from(line, from + 1);
    let name = upper(&line[from..end]);
    match line.get(end) {
        Some('?') => (Command::Named(name, Form::Read), end + 1),
        Some('=') => {
            let last = digits_from(line, end + 1);
            (Command::Named(name, Form::Set(text(&line[end + 1..last]))), last)
        }
        _ => (Command::Invalid, line.len()),
    }
}

/// Values of a command: cut at commas outside quotes, trimmed, quotes taken off.
pub(crate) fn arguments(values: &str) -> Vec<String> {
    let mut quoted = false;
    let cut = values.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    cut.map(|value| value.trim().trim_matches('"').to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, form: Form) -> Command {
        Command::Named(name.into(), form)
    }

    #[test]
    fn a_line_of_everything() {
        assert_eq!(
            parse(b"e0 v1;+clcc=1;+CREG?;+CHLD=?;S0=2 &f;d0255501234;+CLCC"),
            [
                named("E", Form::Set("0".into())),
                named("V", Form::Set("1".into())),
                named("+CLCC", Form::Set("1".into())),
                named("+CREG", Form::Read),
                named("+CHLD", Form::Test),
                named("S0", Form::Set("2".into())),
                named("&F", Form::Execute),
                Command::Dial("0255501234".into(), true),
                named("+CLCC", Form::Execute),
            ]
        );
        assert_eq!(parse(b""), [Command::Nothing]);
        assert_eq!(parse(b"D123"), [Command::Dial("123".into(), false)]);
        assert_eq!(parse(b"+X=\"a"), [Command::Invalid]);
    }

    #[test]
    fn quotes_protect_commas() {
        assert_eq!(arguments("\"1,3,5\", 2,"), ["1,3,5", "2", ""]);
    }
}
