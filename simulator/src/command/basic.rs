//! V.250: echo, form of answers, registers, reset, identification, list of commands.

use super::{Answer, done, line, number};
use crate::at::{Failure, Form};
use crate::core::{Core, Registers, Settings};

/// What `AT+CLAC` lists.
const COMMANDS: &str = "A/ ATA ATD ATE ATH ATI ATQ ATS0 ATV ATZ AT&F AT&V AT&W +CATR +CCFC +CCLK +CCWA \
+CECM +CEER +CEREG +CFUN +CGMI +CGMM +CGMR +CGREG +CGSN +CHLD +CHUP +CICCID +CIMI +CLAC +CLCC \
+CLIP +CLIR +CLVL +CMEE +CMGF +CMICGAIN +CMUT +CNMI +CNMP +CNSMOD +CNUM +COLP +COPS +COUTGAIN \
+CPAS +CPCMBANDWIDTH +CPCMFRM +CPCMREG +CPIN +CPINR +CPMS +CPOF +CPSI +CRC +CREG +CRESET +CSCLK \
+CSCS +CSMS +CSQ +CSSN +CTZR +CTZU +CUSBPIDSWITCH +CVHU +SPIC +VTD +VTS";

/// SIMCom's own among them.
const SIMCOM: &str = "+CATR +CICCID +CMICGAIN +CNMP +CNSMOD +COUTGAIN +CPCMBANDWIDTH +CPCMFRM \
+CPCMREG +CPINR +CPOF +CPSI +CRESET +CSCLK +CUSBPIDSWITCH +SPIC +CECM";

pub(super) fn answer(core: &mut Core, name: &str, form: &Form) -> Option<Answer> {
    let digit = |form: &Form| match form {
        Form::Execute => Ok(0),
        Form::Set(value) => number(value, 0, 1),
        Form::Read | Form::Test => Err(Failure::Plain),
    };
    let registers = &mut core.settings.registers;
    let answer = match name {
        "E" => digit(form).map(|n| registers.echo = n == 1),
        "V" => digit(form).map(|n| registers.verbose = n == 1),
        "Q" => digit(form).map(|n| registers.quiet = n == 1),
        "Z" => {
            let registers = core.saved.registers;
            reset(core, registers);
            Ok(())
        }
        "&F" => {
            reset(core, Registers::FACTORY);
            Ok(())
        }
        "&W" => {
            core.saved.registers = core.settings.registers;
            core.saved.cfun = core.power.radio;
            Ok(())
        }
        "&V" => return Some(view(core)),
        "&C" | "&D" | "L" | "M" | "X" => Ok(()),
        "S0" => return Some(s0(core, form)),
        "S3" | "S4" | "S5" | "S6" | "S7" | "S8" | "S10" => return Some(fixed(name, form)),
        "I" => return Some(super::identity::summary(core)),
        "+CLAC" => return Some(list(core, form)),
        _ => return None,
    };
    Some(answer.and_then(|()| done()))
}

/// `ATZ` and `AT&F` put every setting back, but for the radio and the PCM port.
fn reset(core: &mut Core, registers: Registers) {
    let ddet = core.settings.ddet;
    core.settings = Settings { registers, ddet, ..Settings::factory(&core.config.profile) };
}

fn view(core: &Core) -> Answer {
    let Registers { echo, verbose, quiet } = core.settings.registers;
    let (e, v, q) = (u8::from(echo), u8::from(verbose), u8::from(quiet));
    line(format!("&C: 1; &D: 2; E: {e}; Q: {q}; V: {v}; S0: {}", core.settings.s0))
}

/// `ATS0=n`: answers by itself after n rings; volatile.
fn s0(core: &mut Core, form: &Form) -> Answer {
    match form {
        Form::Read => line(format!("{:03}", core.settings.s0)),
        Form::Set(value) => {
            core.settings.s0 = number(value, 0, 255)?;
            done()
        }
        Form::Execute | Form::Test => Err(Failure::Plain),
    }
}

/// Registers that are accepted and never change.
fn fixed(name: &str, form: &Form) -> Answer {
    match form {
        Form::Read => line(match name {
            "S3" => "013",
            "S4" => "010",
            "S5" => "008",
            _ => "000",
        }),
        Form::Set(_) => done(),
        Form::Execute | Form::Test => Err(Failure::Plain),
    }
}

fn list(core: &Core, form: &Form) -> Answer {
    match form {
        Form::Test => done(),
        Form::Execute => {
            let own: Vec<&str> = SIMCOM.split(' ').collect();
            let known = |name: &&str| core.config.profile.simcom || !own.contains(name);
            let names = COMMANDS.split(' ').filter(known);
            let at = |name: &str| {
                if name.starts_with('+') { format!("AT{name}") } else { name.to_string() }
            };
            Ok(super::Reply::Lines(names.map(at).collect()))
        }
        Form::Read | Form::Set(_) => Err(Failure::Plain),
    }
}
