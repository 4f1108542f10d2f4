//! Calls: answer, hang up, hold, list, keys (27.007 §6, §7, annex C; M3 §5).

use super::{Answer, Reply, done, line, number, setting};
use crate::at::{Failure, Form, arguments};
use crate::core::{Core, Event};
use crate::profile::RowReports;
use crate::sound::is_key;
use std::time::Duration;

/// Most keys of one `AT+VTS` (M3 §5.2.15: 29 characters with their commas).
const VTS_KEYS: usize = 15;

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    Some(match name {
        "A" => core.answer().and_then(|()| done()),
        "H" => hang_up(core),
        "+CHUP" => match form {
            Form::Execute => core.hang_up_all().and_then(|()| done()),
            Form::Test => done(),
            Form::Read | Form::Set(_) => Err(Failure::Plain),
        },
        "+CHLD" => hold(core, form),
        "+CLCC" => list(core, form),
        "+CVHU" => {
            let store = |core: &mut Core, value| core.settings.cvhu = value;
            setting(core, (name, form), (0, 1), |core| core.settings.cvhu, store)
        }
        "+VTS" => send_keys(core, form),
        "+VTD" => {
            let store = |core: &mut Core, value| core.settings.vtd = value;
            setting(core, (name, form), (0, 255), |core| core.settings.vtd, store)
        }
        "+DDET" if core.config.profile.keys.ddet => {
            let store = |core: &mut Core, value| core.settings.ddet = value == 1;
            let read = |core: &Core| u8::from(core.settings.ddet);
            setting(core, (name, form), (0, 1), read, store)
        }
        "+CEER" => match form {
            Form::Execute => line(format!("+CEER: {}", core.last_release)),
            Form::Test => done(),
            Form::Read | Form::Set(_) => Err(Failure::Plain),
        },
        _ => return None,
    })
}

/// `ATH` is answered OK and ignored while `+CVHU=1` (M3 §2.2.7).
fn hang_up(core: &mut Core) -> Answer {
    if core.settings.cvhu == 0 {
        core.hang_up_all()?;
    }
    done()
}

fn hold(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Test => line("+CHLD: (0,1,1x,2,2x,3,4)"),
        Form::Execute => core.chld("2").and_then(|()| done()),
        Form::Set(operation) => core.chld(operation.trim_matches('"')).and_then(|()| done()),
        Form::Read => Err(Failure::Plain),
    }
}

fn list(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Execute => Ok(Reply::Lines(core.rows())),
        _ if core.config.profile.table.reports == RowReports::None => match form {
            Form::Test => done(),
            _ => Err(Failure::Cme(4)),
        },
        Form::Test => line("+CLCC: (0-1)"),
        Form::Read => line(format!("+CLCC: {}", u8::from(core.settings.clcc))),
        Form::Set(value) => {
            core.settings.clcc = number(value, 0, 1)? == 1;
            done()
        }
    }
}

/// `AT+VTS=5`, `AT+VTS="1,3,5"`, `AT+VTS=5,2`: needs an active call.
fn send_keys(core: &mut Core, form: &Form) -> Answer {
    let values = match form {
        Form::Test => return line("+VTS: (0-9,*,#,A,B,C,D)"),
        Form::Set(values) => values,
        Form::Execute | Form::Read => return Err(Failure::Plain),
    };
    let values = arguments(values);
    let keys: Vec<&str> = values[0].split(',').collect();
    let single = |key: &&str| key.chars().count() == 1 && key.chars().all(is_key);
    if keys.len() > VTS_KEYS || !keys.iter().all(single) {
        return Err(Failure::Plain);
    }
    let length = match values.get(1) {
        Some(tenths) => number(tenths, 0, 255)?,
        None => core.settings.vtd,
    };
    if !core.legs.iter().any(|leg| leg.talks()) {
        return Err(Failure::Cme(3));
    }
    let length = Duration::from_millis(if length == 0 { 120 } else { u64::from(length) * 100 });
    let mut when = Duration::ZERO;
    for key in keys.iter().flat_map(|key| key.chars()) {
        core.later(when, Event::SendKey(key.to_ascii_uppercase()));
        when += length + Duration::from_millis(80);
    }
    done()
}
