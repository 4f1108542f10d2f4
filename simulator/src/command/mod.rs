//! Commands by chapter of the manual. Each chapter takes the commands it knows.

mod audio;
mod basic;
mod call;
mod identity;
mod network;
mod power;
mod report;
mod sim;
mod sms;

use crate::at::{Command, Failure, Form, arguments};
use crate::core::Core;
use crate::profile::Profile;
use std::time::Duration;

/// What a command that is done leads to.
pub(crate) enum Reply {
    /// Nothing to print.
    Done,
    /// Information lines.
    Lines(Vec<String>),
    /// The result comes when this call is answered (`ATD` with `+COLP=1`).
    WaitFor(u64),
    /// A message of so many octets is to be typed at the prompt (`AT+CMGS`).
    Prompt(usize),
}

pub(crate) type Answer = Result<Reply, Failure>;

/// One information line.
fn line(text: impl Into<String>) -> Answer {
    Ok(Reply::Lines(vec![text.into()]))
}

fn done() -> Answer {
    Ok(Reply::Done)
}

/// A chapter: the answer, or `None` for a command that is not its own.
type Chapter = fn(&mut Core, &str, &Form) -> Option<Answer>;

/// 27.007 and V.250, which every module knows.
const STANDARD: [Chapter; 7] = [
    basic::answer,
    identity::answer,
    sim::answer,
    network::answer,
    call::answer,
    report::answer,
    sms::answer,
];
/// SIMCom's own.
const SIMCOM: [Chapter; 2] = [audio::answer, power::simcom];

/// How long a command takes, and whether a further octet aborts it.
pub(crate) fn latency(command: &Command, profile: &Profile) -> (Duration, bool) {
    let quick = profile.port.latency;
    let ms = Duration::from_millis;
    let (name, form) = match command {
        Command::Dial(_, true) => return (quick + ms(140), true),
        Command::Dial(_, false) => return (ms(1500), true),
        Command::Nothing | Command::Invalid => return (quick, false),
        Command::Named(name, form) => (name.as_str(), form),
    };
    match (name, form) {
        ("A", _) => (quick + ms(250), false),
        ("H", _) => (quick + ms(100), false),
        ("+CHUP", Form::Execute) => (quick + ms(200), false),
        ("+CHLD", Form::Set(_) | Form::Execute) => (quick + ms(400), false),
        ("+CFUN", Form::Set(_)) => (ms(1500), false),
        ("+COPS", Form::Test) => (Duration::from_secs(45), true),
        ("+CCWA", Form::Set(values)) if values.contains(',') => (ms(2500), true),
        ("+CLIP" | "+CLIR" | "+COLP", Form::Read) => (ms(1200), true),
        ("+CCFC", Form::Set(_)) => (ms(2500), true),
        ("+CPIN", Form::Set(_)) => (ms(700), false),
        ("+CNMP", Form::Set(_)) => (ms(800), false),
        ("+CPCMREG", Form::Set(_)) => (quick + ms(30), false),
        _ => (quick, false),
    }
}

/// Does one command.
pub(crate) fn execute(core: &mut Core, command: &Command) -> Answer {
    match command {
        Command::Nothing => done(),
        Command::Invalid => Err(Failure::Plain),
        Command::Dial(digits, voice) => {
            let call = core.dial(digits, *voice)?;
            if core.settings.colp { Ok(Reply::WaitFor(call)) } else { done() }
        }
        Command::Named(name, form) => named(core, name, form),
    }
}

fn named(core: &mut Core, name: &str, form: &Form) -> Answer {
    for chapter in STANDARD {
        if let Some(answer) = chapter(core, name, form) {
            return answer;
        }
    }
    if core.config.profile.simcom {
        for chapter in SIMCOM {
            if let Some(answer) = chapter(core, name, form) {
                return answer;
            }
        }
        return Err(Failure::Plain);
    }
    Err(Failure::Cme(4))
}

/// A number in a range, or the error of a wrong value.
fn number(text: &str, low: u8, high: u8) -> Result<u8, Failure> {
    match text.trim().parse::<u8>() {
        Ok(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(Failure::Plain),
    }
}

/// A setting with one number: `=?`, `?`, `=n`. `store` keeps the new value.
fn setting(
    core: &mut Core,
    (name, form): (&str, &Form),
    (low, high): (u8, u8),
    read: fn(&Core) -> u8,
    store: fn(&mut Core, u8),
) -> Answer {
    match form {
        Form::Test => line(format!("{name}: ({low}-{high})")),
        Form::Read => line(format!("{name}: {}", read(core))),
        Form::Set(values) => {
            let value = number(&arguments(values)[0], low, high)?;
            store(core, value);
            done()
        }
        Form::Execute => Err(Failure::Plain),
    }
}
