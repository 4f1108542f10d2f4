//! What is reported of calls, and of errors (27.007 §6.11, §7, §9).

use super::{Answer, done, line, number, setting};
use crate::at::{Failure, Form, arguments};
use crate::core::Core;

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let at = (name, form);
    Some(match name {
        "+CMEE" => {
            let store = |core: &mut Core, value| core.settings.cmee = value;
            setting(core, at, (0, 2), |core| core.settings.cmee, store)
        }
        "+CRC" => {
            let store = |core: &mut Core, value| core.settings.crc = value == 1;
            setting(core, at, (0, 1), |core| u8::from(core.settings.crc), store)
        }
        "+CLIP" => {
            let store = |core: &mut Core, value| core.settings.clip = value == 1;
            presentation(core, at, |core| core.settings.clip, store)
        }
        "+COLP" => {
            let store = |core: &mut Core, value| core.settings.colp = value == 1;
            presentation(core, at, |core| core.settings.colp, store)
        }
        "+CLIR" => restriction(core, form),
        "+CSSN" => notifications(core, form),
        "+CCWA" => waiting(core, form),
        "+CCFC" => forwarding(core, form),
        _ => return None,
    })
}

/// `?` asks the network: `<n>,<provisioned>`.
fn presentation(
    core: &mut Core,
    (name, form): (&str, &Form),
    read: fn(&Core) -> bool,
    store: fn(&mut Core, u8),
) -> Answer {
    match form {
        Form::Read => {
            core.usable()?;
            line(format!("{name}: {},1", u8::from(read(core))))
        }
        _ => setting(core, (name, form), (0, 1), |_| 0, store),
    }
}

fn restriction(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Test => line("+CLIR: (0-2)"),
        Form::Read => line(format!("+CLIR: {},4", core.settings.clir)),
        Form::Set(value) => {
            core.settings.clir = number(value, 0, 2)?;
            done()
        }
        Form::Execute => Err(Failure::Plain),
    }
}

fn notifications(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Test => line("+CSSN: (0-1),(0-1)"),
        Form::Read => {
            let (i, u) = (core.settings.cssi, core.settings.cssu);
            line(format!("+CSSN: {},{}", u8::from(i), u8::from(u)))
        }
        Form::Set(values) => {
            let values = arguments(values);
            let cssi = number(&values[0], 0, 1)? == 1;
            let cssu = values.get(1).map_or(Ok(core.settings.cssu), |v| Ok(number(v, 0, 1)? == 1));
            (core.settings.cssi, core.settings.cssu) = (cssi, cssu?);
            done()
        }
        Form::Execute => Err(Failure::Plain),
    }
}

/// `AT+CCWA=[n[,mode[,class]]]`: n is the report, mode 0/1/2 is the network's service off, on,
/// asked for.
fn waiting(core: &mut Core, form: &Form) -> Answer {
    let values = match form {
        Form::Test => return line("+CCWA:(0-1)"),
        Form::Read => return line(format!("+CCWA: {}", u8::from(core.settings.ccwa))),
        Form::Execute => return Err(Failure::Plain),
        Form::Set(values) => arguments(values),
    };
    if values.len() > 3 {
        return Err(Failure::Plain);
    }
    let n = if values[0].is_empty() { None } else { Some(number(&values[0], 0, 1)? == 1) };
    let mode = values.get(1).map(|mode| number(mode, 0, 2)).transpose()?;
    let class = values.get(2).map_or(Ok(7), |class| number(class, 1, 255))?;
    if mode.is_some() {
        core.usable()?;
        if !core.power.registered {
            return Err(Failure::Cme(30));
        }
    }
    if let Some(n) = n {
        core.settings.ccwa = n;
    }
    match mode {
        Some(2) => return line(format!("+CCWA: {},1", u8::from(core.call_waiting))),
        Some(mode) if class & 1 == 1 => core.call_waiting = mode == 1,
        _ => {}
    }
    done()
}

/// `AT+CCFC=<reason>,<mode>`: nothing is ever forwarded, whatever is asked for.
fn forwarding(core: &Core, form: &Form) -> Answer {
    let values = match form {
        Form::Test => return line("+CCFC: (0-5)"),
        Form::Set(values) => arguments(values),
        Form::Execute | Form::Read => return Err(Failure::Plain),
    };
    core.usable()?;
    number(&values[0], 0, 5)?;
    match number(values.get(1).ok_or(Failure::Plain)?, 0, 4)? {
        2 => line("+CCFC: 0,1"),
        _ => done(),
    }
}

/// A setting that is only remembered.
pub(super) fn remembered(
    core: &mut Core,
    name: &str,
    form: &Form,
    factory: &'static str,
) -> Answer {
    let kept = &mut core.settings.remembered;
    match form {
        Form::Test => done(),
        Form::Read => {
            let value = kept.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str());
            line(format!("{name}: {}", value.unwrap_or(factory)))
        }
        Form::Set(value) => {
            kept.retain(|(n, _)| n != name);
            kept.push((name.to_string(), value.clone()));
            done()
        }
        Form::Execute => Err(Failure::Plain),
    }
}
