//! The PCM port and levels (M3 §5.2.20-§5.2.46).

use super::{Answer, done, line, number, setting};
use crate::at::{Failure, Form, arguments};
use crate::core::Core;

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let at = (name, form);
    Some(match name {
        "+CPCMREG" if core.config.profile.pcm.present => register(core, form),
        "+CPCMFRM" => frame(core, form),
        "+CPCMBANDWIDTH" => bandwidth(core, form),
        "+CLVL" => {
            let store = |core: &mut Core, value| core.saved.clvl = value;
            setting(core, at, (0, 5), |core| core.saved.clvl, store)
        }
        "+CMUT" => mute(core, form),
        "+CMICGAIN" => super::report::remembered(core, name, form, "3"),
        "+COUTGAIN" => super::report::remembered(core, name, form, "8"),
        "+CECM" => in_call(core, name, form),
        _ => return None,
    })
}

/// `=1` needs an active call; `=0` or `=0,1` stops.
fn register(core: &mut Core, form: &Form) -> Answer {
    let values = match form {
        Form::Test => return line("+CPCMREG: (0-1),(0-1)"),
        Form::Read => return line(format!("+CPCMREG: {}", u8::from(core.pcm.registered))),
        Form::Execute => return Err(Failure::Plain),
        Form::Set(values) => arguments(values),
    };
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    match values[..] {
        ["1"] if core.register_pcm() => done(),
        ["0", "1"] => {
            core.pcm.stop();
            done()
        }
        ["0"] if !core.config.profile.pcm.stop_needs_one => {
            core.pcm.stop();
            done()
        }
        _ => Err(Failure::Plain),
    }
}

/// 8 to 16 kHz only, never back until a restart (M3 §5.2.43).
fn frame(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Set(value) if core.settings.cpcmfrm == 1 && value.trim() == "0" => {
            Err(Failure::Plain)
        }
        _ => {
            let store = |core: &mut Core, value| core.settings.cpcmfrm = value;
            setting(core, ("+CPCMFRM", form), (0, 1), |core| core.settings.cpcmfrm, store)
        }
    }
}

/// `<volte>,<the rest>`: 0 is 16 kHz, 1 is 8 kHz (M3 §5.2.46).
fn bandwidth(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Test => line("+CPCMBANDWIDTH: (0-1),(0-1)"),
        Form::Read => {
            let (volte, rest) = core.settings.bandwidth;
            line(format!("+CPCMBANDWIDTH: {volte},{rest}"))
        }
        Form::Set(values) => match &arguments(values)[..] {
            [volte, rest] => {
                core.settings.bandwidth = (number(volte, 0, 1)?, number(rest, 0, 1)?);
                done()
            }
            _ => Err(Failure::Plain),
        },
        Form::Execute => Err(Failure::Plain),
    }
}

fn mute(core: &mut Core, form: &Form) -> Answer {
    if matches!(form, Form::Set(_)) && !core.legs.iter().any(|leg| leg.answered.is_some()) {
        return Err(Failure::Plain);
    }
    let store = |core: &mut Core, value| core.settings.muted = value == 1;
    setting(core, ("+CMUT", form), (0, 1), |core| u8::from(core.settings.muted), store)
}

/// Settings of the echo canceller: only inside a call.
fn in_call(core: &mut Core, name: &str, form: &Form) -> Answer {
    if matches!(form, Form::Set(_)) && !core.legs.iter().any(|leg| leg.answered.is_some()) {
        return Err(Failure::Plain);
    }
    super::report::remembered(core, name, form, "7")
}
