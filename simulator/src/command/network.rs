//! Registration, operator, signal, network time (27.007 §7, §8).

use super::{Answer, done, line, number, setting};
use crate::at::{Failure, Form, arguments};
use crate::core::Core;

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let simcom = core.config.profile.simcom;
    Some(match name {
        "+CREG" | "+CEREG" | "+CGREG" => registration(core, name, form),
        "+COPS" => operator(core, form),
        "+CSQ" => signal(core, form),
        "+CFUN" => super::power::cfun(core, form),
        "+CCLK" => clock(core, form),
        "+CTZU" | "+CTZR" => super::report::remembered(core, name, form, "0"),
        "+CPAS" => activity(core, form),
        "+CPSI" if simcom => system(core, form),
        "+CNSMOD" if simcom => mode(core, form),
        "+CNMP" if simcom => {
            let store = |core: &mut Core, value| core.saved.cnmp = value;
            setting(core, (name, form), (2, 109), |core| core.saved.cnmp, store)
        }
        _ => return None,
    })
}

fn registration(core: &mut Core, name: &str, form: &Form) -> Answer {
    let settings = &mut core.settings;
    let n = match name {
        "+CREG" => &mut settings.creg,
        "+CEREG" => &mut settings.cereg,
        _ => &mut settings.cgreg,
    };
    match form {
        Form::Test => line(format!("{name}: (0-2)")),
        Form::Read => {
            let n = *n;
            line(format!("{name}: {n},{}", core.registration(name, n)))
        }
        Form::Set(value) => {
            *n = number(value, 0, 2)?;
            done()
        }
        Form::Execute => {
            *n = 0;
            done()
        }
    }
}

fn operator(core: &mut Core, form: &Form) -> Answer {
    core.sim_usable()?;
    let network = &core.config.network;
    let access = if network.volte { 7 } else { 2 };
    match form {
        Form::Read if core.power.registered => {
            line(format!("+COPS: 0,0,\"{}\",{access}", network.operator))
        }
        Form::Read => line("+COPS: 0"),
        Form::Test => {
            let name = &network.operator;
            line(format!("+COPS: (2,\"{name}\",\"{name}\",\"00101\",{access}),,(0-4),(0-2)"))
        }
        Form::Set(values) => {
            number(&arguments(values)[0], 0, 4)?;
            done()
        }
        Form::Execute => Err(Failure::Plain),
    }
}

fn signal(core: &Core, form: &Form) -> Answer {
    match form {
        Form::Test => line("+CSQ: (0-31,99,100-191,199),(0-7,99)"),
        Form::Execute => {
            let csq = if core.power.coverage && core.power.radio == 1 {
                core.config.network.csq
            } else {
                99
            };
            line(format!("+CSQ: {csq},99"))
        }
        Form::Read | Form::Set(_) => Err(Failure::Plain),
    }
}

fn clock(core: &Core, form: &Form) -> Answer {
    match form {
        Form::Read => line(format!("+CCLK: \"{}\"", core.config.network.clock.cclk(core.now))),
        Form::Test | Form::Set(_) => done(),
        Form::Execute => Err(Failure::Plain),
    }
}

/// 27.007 §8.1: 0 ready, 3 ringing, 4 in call.
fn activity(core: &Core, form: &Form) -> Answer {
    use crate::snapshot::CallState::{Incoming, Waiting};
    match form {
        Form::Test => line("+CPAS: (0,3,4)"),
        Form::Execute => {
            let rings = core.any_in(Incoming) || core.any_in(Waiting);
            let activity = match (core.legs.is_empty(), rings) {
                (true, _) => 0,
                (false, true) => 3,
                (false, false) => 4,
            };
            line(format!("+CPAS: {activity}"))
        }
        Form::Read | Form::Set(_) => Err(Failure::Plain),
    }
}

/// M3 §4.2.14; on LTE the line ends RSRQ, RSRP, RSSI, RSSNR.
fn system(core: &Core, form: &Form) -> Answer {
    match form {
        Form::Test | Form::Set(_) => done(),
        Form::Read if !core.power.registered => line("+CPSI: NO SERVICE,Online"),
        Form::Read if core.config.network.volte => line(
            "+CPSI: LTE,Online,001-01,0x0FA1,27447299,258,EUTRAN-BAND3,1300,5,5,-81,-1059,-763,14",
        ),
        Form::Read => line(
            "+CPSI: WCDMA,Online,001-01,0x0FA1,27447299,WCDMA IMT 2000,182,10838,0,4.5,62,33,52,500",
        ),
        Form::Execute => Err(Failure::Plain),
    }
}

fn mode(core: &Core, form: &Form) -> Answer {
    let mode = match (core.power.registered, core.config.network.volte) {
        (false, _) => 0,
        (true, true) => 8,
        (true, false) => 4,
    };
    match form {
        Form::Test => line("+CNSMOD: (0-1)"),
        Form::Read => line(format!("+CNSMOD: 0,{mode}")),
        Form::Set(_) => done(),
        Form::Execute => Err(Failure::Plain),
    }
}
