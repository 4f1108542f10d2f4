//! Short messages in PDU mode (27.005, M3 §9). Text mode is remembered and not played.

use super::{Answer, Reply, done, line, number};
use crate::at::{Failure, Form, arguments};
use crate::core::Core;

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let factory = match name {
        "+CMGF" => "0",
        "+CSCS" => "\"IRA\"",
        "+CNMI" => "2,1,0,0,0",
        "+CSMS" => "0,1,1,1",
        "+CPMS" => return Some(storage(core, form)),
        "+CMGS" => return Some(send(core, form)),
        "+CMGL" => return Some(list(core, form)),
        "+CMGR" => return Some(read(core, form)),
        "+CMGD" => return Some(delete(core, form)),
        _ => return None,
    };
    let busy = !core.power.sms_done && matches!(form, Form::Set(_)) && name == "+CNMI";
    if busy {
        return Some(Err(Failure::Cme(14)));
    }
    let answer = super::report::remembered(core, name, form, factory);
    if name == "+CNMI" {
        core.give_texts();
    }
    Some(answer)
}

fn storage(core: &Core, form: &Form) -> Answer {
    core.sim_usable()?;
    let (used, places) = (core.texts.stored.len(), core.places());
    match form {
        Form::Test => line("+CPMS: (\"ME\",\"SM\"),(\"ME\",\"SM\"),(\"ME\",\"SM\")"),
        Form::Read => {
            let one = format!("\"SM\",{used},{places}");
            line(format!("+CPMS: {one},{one},{one}"))
        }
        Form::Set(_) => line(format!("+CPMS: {used},{places},{used},{places},{used},{places}")),
        Form::Execute => done(),
    }
}

/// In text mode its argument is a number, which nobody here understands.
fn is_pdu_mode(core: &Core) -> Result<(), Failure> {
    let set = core.settings.remembered.iter().find(|(name, _)| name == "+CMGF");
    if set.is_none_or(|(_, mode)| mode.trim() == "0") { Ok(()) } else { Err(Failure::Cms(303)) }
}

fn send(core: &Core, form: &Form) -> Answer {
    match form {
        Form::Test => done(),
        Form::Set(length) => {
            is_pdu_mode(core)?;
            core.texts_usable()?;
            let length = length.trim().parse().ok().filter(|length| (8..=164).contains(length));
            length.map(Reply::Prompt).ok_or(Failure::Cms(304))
        }
        Form::Read | Form::Execute => Err(Failure::Plain),
    }
}

/// `0` not read yet, `1` read, `4` all; listing marks as read.
fn list(core: &mut Core, form: &Form) -> Answer {
    let which = match form {
        Form::Test => return line("+CMGL: (0-4)"),
        Form::Read => return Err(Failure::Plain),
        Form::Execute => 0,
        Form::Set(value) => number(value, 0, 4)?,
    };
    is_pdu_mode(core)?;
    core.texts_usable()?;
    let mut lines = Vec::new();
    for (place, stored) in &mut core.texts.stored {
        if which == 4 || which == u8::from(stored.read) {
            let (read, length) = (u8::from(stored.read), stored.length);
            lines.push(format!("+CMGL: {place},{read},\"\",{length}\r\n{}", stored.pdu));
            stored.read = true;
        }
    }
    Ok(Reply::Lines(lines))
}

fn read(core: &mut Core, form: &Form) -> Answer {
    let Form::Set(place) = form else { return test_only(form) };
    is_pdu_mode(core)?;
    core.texts_usable()?;
    let place = number(place, 0, u8::MAX)?;
    let stored = core.texts.stored.get_mut(&place).ok_or(Failure::Cms(321))?;
    let read = u8::from(std::mem::replace(&mut stored.read, true));
    line(format!("+CMGR: {read},\"\",{}\r\n{}", stored.length, stored.pdu))
}

/// `<index>[,<flag>]`: 0 this one, 1 to 3 those that were read, 4 all.
fn delete(core: &mut Core, form: &Form) -> Answer {
    let Form::Set(values) = form else { return test_only(form) };
    core.texts_usable()?;
    let values = arguments(values);
    let place = number(&values[0], 0, u8::MAX)?;
    match values.get(1).map_or(Ok(0), |flag| number(flag, 0, 4))? {
        0 if usize::from(place) >= core.places() => return Err(Failure::Cms(321)),
        0 => drop(core.texts.stored.remove(&place)),
        4 => core.texts.stored.clear(),
        _ => core.texts.stored.retain(|_, stored| !stored.read),
    }
    core.texts_deleted();
    done()
}

fn test_only(form: &Form) -> Answer {
    if *form == Form::Test { done() } else { Err(Failure::Plain) }
}
