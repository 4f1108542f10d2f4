//! General commands: 27.007 section 5 and V.250.

use super::{Command, NoResponse, Text, parse_text};
use crate::modem::at::Expect;
use atat::atat_derive::AtatCmd;

/// `ATE0`: no echo (V.250 section 6.2.4).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("E0", NoResponse, timeout_ms = 3000)]
pub struct EchoOff;
impl Command for EchoOff {}

/// `ATV1`: result codes as words (V.250 section 6.2.6).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("V1", NoResponse, timeout_ms = 3000)]
pub struct Words;
impl Command for Words {}

/// `AT+CMEE`: how errors are told (27.007 section 9.1).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CMEE", NoResponse, timeout_ms = 3000)]
pub struct NumericErrors {
    /// 1: as numbers.
    pub mode: u8,
}
impl Command for NumericErrors {}

/// `AT+CSCLK` (SIMCom): whether the module may sleep.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CSCLK", NoResponse, timeout_ms = 3000)]
pub struct Sleep {
    /// 0: never.
    pub mode: u8,
}
impl Command for Sleep {}

/// Most firmwares print the text alone, some with the command's name.
const BARE: Expect = Expect { bare: true, prefixes: &["+CGMM:", "+CGMR:"], ..Expect::NOTHING };

/// `AT+CGMM`: the model (27.007 section 5.2).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CGMM", Text, parse = parse_text, timeout_ms = 3000)]
pub struct Model;
impl Command for Model {
    const EXPECT: Expect = BARE;
}

/// `AT+CGMR`: the firmware (27.007 section 5.3).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CGMR", Text, parse = parse_text, timeout_ms = 3000)]
pub struct Revision;
impl Command for Revision {
    const EXPECT: Expect = BARE;
}

/// `AT+CRESET` (SIMCom): restarts the module; its ports go and come back in 14 to 20 s.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CRESET", NoResponse, timeout_ms = 5000)]
pub struct Restart;
impl Command for Restart {}
