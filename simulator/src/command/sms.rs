//! As much of short messages as a gateway sets up and never uses (27.005).

use super::{Answer, done, line};
use crate::at::{Failure, Form};
use crate::core::Core;

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let factory = match name {
        "+CMGF" => "0",
        "+CSCS" => "\"IRA\"",
        "+CNMI" => "2,1,0,0,0",
        "+CSMS" => "0,1,1,1",
        "+CPMS" => return Some(storage(core, form)),
        _ => return None,
    };
    let busy = !core.power.sms_done && matches!(form, Form::Set(_)) && name == "+CNMI";
    if busy {
        return Some(Err(Failure::Cme(14)));
    }
    Some(super::report::remembered(core, name, form, factory))
}

fn storage(core: &Core, form: &Form) -> Answer {
    core.sim_usable()?;
    match form {
        Form::Test => line("+CPMS: (\"ME\",\"SM\"),(\"ME\",\"SM\"),(\"ME\",\"SM\")"),
        Form::Read => line("+CPMS: \"SM\",0,50,\"SM\",0,50,\"SM\",0,50"),
        Form::Set(_) => line("+CPMS: 0,50,0,50,0,50"),
        Form::Execute => done(),
    }
}
