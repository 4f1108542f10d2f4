//! The SIM's PIN (27.007 §8.3; M3 §3.2: `+SPIC`, `+CPINR`).

use super::{Answer, done, line};
use crate::at::{Failure, Form, arguments};
use crate::core::Core;

const WRONG: Failure = Failure::Cme(16);
const BUSY: Failure = Failure::Cme(14);
const MISSING: Failure = Failure::Cme(10);

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let simcom = core.config.profile.simcom;
    Some(match name {
        "+CPIN" => pin(core, form),
        "+SPIC" if simcom => {
            let (pin, puk) = (core.saved.pin_tries, core.saved.puk_tries);
            line(format!("+SPIC: {pin},{puk},0,10"))
        }
        "+CPINR" if simcom => tries(core),
        _ => return None,
    })
}

fn tries(core: &Core) -> Answer {
    let (pin, puk) = (core.saved.pin_tries, core.saved.puk_tries);
    Ok(super::Reply::Lines(vec![
        format!("+CPINR: SIM PIN,{pin},3"),
        format!("+CPINR: SIM PUK,{puk},10"),
        "+CPINR: SIM PIN2,0,3".to_string(),
        "+CPINR: SIM PUK2,10,10".to_string(),
    ]))
}

fn pin(core: &mut Core, form: &Form) -> Answer {
    if matches!(form, Form::Test) {
        return done();
    }
    if !core.config.sim.present {
        return Err(MISSING);
    }
    if !core.power.sim_ready {
        return Err(BUSY);
    }
    match form {
        Form::Read => line(match (core.power.pin_ok, core.saved.pin_tries) {
            (true, _) => "+CPIN: READY",
            (false, 0) => "+CPIN: SIM PUK",
            (false, _) => "+CPIN: SIM PIN",
        }),
        Form::Set(values) => enter(core, &arguments(values)),
        Form::Execute | Form::Test => Err(Failure::Plain),
    }
}

/// `AT+CPIN=<pin>` or `AT+CPIN=<puk>,<new pin>`. Wrong ones are counted and stay counted over a
/// restart.
fn enter(core: &mut Core, values: &[String]) -> Answer {
    if core.power.pin_ok {
        return Err(Failure::Cme(3));
    }
    let blocked = core.saved.pin_tries == 0;
    match values {
        [pin] if !blocked => {
            if core.saved.pin.as_ref() != Some(pin) {
                core.saved.pin_tries -= 1;
                return Err(if core.saved.pin_tries == 0 { Failure::Cme(12) } else { WRONG });
            }
        }
        [puk, new] if blocked => {
            if *puk != core.config.sim.puk || core.saved.puk_tries == 0 {
                core.saved.puk_tries = core.saved.puk_tries.saturating_sub(1);
                return Err(if core.saved.puk_tries == 0 { Failure::Cme(13) } else { WRONG });
            }
            core.saved.pin = Some(new.clone());
        }
        _ if blocked => return Err(Failure::Cme(12)),
        _ => return Err(Failure::Plain),
    }
    core.saved.pin_tries = core.config.sim.pin_tries.max(1);
    core.unlocked();
    done()
}
