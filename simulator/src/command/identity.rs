//! Who the module and its SIM are (27.007 §5, §7.1).

use super::{Answer, Reply, done, line};
use crate::at::{Failure, Form};
use crate::core::Core;

const IMEI: &str = "861234000000012";

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let profile = &core.config.profile;
    let text = match name {
        "+CGMI" | "+GMI" => profile.manufacturer.clone(),
        "+CGMM" | "+GMM" => profile.model.clone(),
        "+CGMR" | "+GMR" => format!("+CGMR: {}", profile.revision),
        "+CGSN" | "+GSN" => IMEI.to_string(),
        "+CIMI" => core.config.sim.imsi.clone(),
        "+CICCID" | "+CCID" if profile.simcom => {
            format!("+ICCID: {}", core.config.sim.iccid)
        }
        "+ICCID" | "+CICCID" | "+CCID" => core.config.sim.iccid.clone(),
        "+CNUM" => return Some(own_number(core, form)),
        "+CSUB" if profile.simcom => "+CSUB: B04V01".to_string(),
        _ => return None,
    };
    if matches!(name, "+CIMI" | "+CICCID" | "+CCID" | "+ICCID")
        && let Err(failure) = core.sim_usable()
    {
        return Some(Err(failure));
    }
    Some(match form {
        Form::Execute => line(text),
        Form::Test => done(),
        Form::Read | Form::Set(_) => Err(Failure::Plain),
    })
}

/// Often a bare OK: few SIMs know their number.
fn own_number(core: &Core, form: &Form) -> Answer {
    core.sim_usable()?;
    match form {
        Form::Test => done(),
        Form::Execute if core.config.sim.knows_number => {
            line(format!("+CNUM: \"\",\"{}\",145", core.config.own_number))
        }
        Form::Execute => done(),
        Form::Read | Form::Set(_) => Err(Failure::Plain),
    }
}

/// `ATI`.
pub(super) fn summary(core: &Core) -> Answer {
    let profile = &core.config.profile;
    Ok(Reply::Lines(vec![
        format!("Manufacturer: {}", profile.manufacturer),
        format!("Model: {}", profile.model),
        format!("Revision: {}", profile.revision),
        format!("IMEI: {IMEI}"),
        "+GCAP: +CGSM,+FCLASS,+DS".to_string(),
    ]))
}
