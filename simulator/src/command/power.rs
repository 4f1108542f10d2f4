//! Radio, restart, sleep, ports (M3 §3.2, §19.2.14).

use super::{Answer, done, line, number, setting};
use crate::at::{Failure, Form, arguments};
use crate::core::Core;
use std::time::Duration;

/// `AT+CFUN`: 0 and 4 radio off, 1 on, 6 and `1,1` restart, 7 offline until then.
pub(super) fn cfun(core: &mut Core, form: &Form) -> Answer {
    let values = match form {
        Form::Test => return line("+CFUN: (0,1,4,5,6,7),(0-1)"),
        Form::Read => return line(format!("+CFUN: {}", core.power.radio)),
        Form::Execute => return Err(Failure::Plain),
        Form::Set(values) => arguments(values),
    };
    let fun = number(&values[0], 0, 7)?;
    let restart = match values.get(1) {
        Some(reset) => number(reset, 0, 1)? == 1,
        None => false,
    };
    match fun {
        6 => core.restart(Duration::ZERO),
        _ if restart => core.restart(Duration::ZERO),
        _ if core.power.radio == 7 => return Err(Failure::Cme(3)),
        0 | 1 | 4 | 7 => core.set_radio(fun),
        _ => return Err(Failure::Plain),
    }
    done()
}

pub(super) fn simcom(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    Some(match (name, form) {
        ("+CRESET", Form::Execute) => {
            core.restart(Duration::ZERO);
            done()
        }
        ("+CPOF", Form::Execute) => {
            core.switch_off();
            done()
        }
        ("+CRESET" | "+CPOF", Form::Test) => done(),
        ("+CRESET" | "+CPOF", _) => Err(Failure::Plain),
        ("+CSCLK", _) => super::report::remembered(core, name, form, "0"),
        ("+CATR", _) => super::report::remembered(core, name, form, "0"),
        ("+CUSBPIDSWITCH", _) => usb(core, form),
        ("+AUTOCSQ", _) => setting(core, (name, form), (0, 1), |_| 0, |_, _| {}),
        _ => return None,
    })
}

/// A changed PID is stored, and the module restarts by itself.
fn usb(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Read => line(format!("+CUSBPIDSWITCH: {}", core.saved.usb_pid)),
        Form::Test => line("+CUSBPIDSWITCH: (9000-9025,902B),(0-1),(0-1)"),
        Form::Set(values) => {
            let pid = arguments(values)[0].clone();
            if pid.len() != 4 || !pid.starts_with('9') {
                return Err(Failure::Plain);
            }
            if pid != core.saved.usb_pid {
                core.saved.usb_pid = pid;
                core.restart(Duration::from_secs(1));
            }
            done()
        }
        Form::Execute => Err(Failure::Plain),
    }
}
