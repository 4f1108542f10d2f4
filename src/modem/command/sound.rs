//! The PCM port: SIMCom manual sections 5.2.25, 5.2.43 and 5.2.46. All volatile.

use super::{Command, NoResponse};
use atat::atat_derive::AtatCmd;

/// `AT+CPCMREG=1`: sound runs over the audio port; only while a call is active.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CPCMREG", NoResponse, timeout_ms = 5000)]
pub struct PcmSwitch {
    on: u8,
}
impl Command for PcmSwitch {}

impl PcmSwitch {
    /// Sound on.
    pub const ON: PcmSwitch = PcmSwitch { on: 1 };
    /// Sound off, the plain form.
    pub const OFF: PcmSwitch = PcmSwitch { on: 0 };
}

/// `AT+CPCMREG=0,1`: sound off in the form that newer firmware wants.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CPCMREG", NoResponse, timeout_ms = 5000)]
pub struct PcmOffCleanly {
    on: u8,
    flush: u8,
}
impl Command for PcmOffCleanly {}

impl PcmOffCleanly {
    /// The only form.
    pub const NEW: PcmOffCleanly = PcmOffCleanly { on: 0, flush: 1 };
}

/// `AT+CPCMFRM`: sampling of the port.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CPCMFRM", NoResponse, timeout_ms = 5000)]
pub struct PcmRate {
    /// 0: 8 kHz, 1: 16 kHz.
    pub rate: u8,
}
impl Command for PcmRate {}

/// `AT+CPCMBANDWIDTH=<VoLTE>,<other>`: 1 is 8 kHz, 0 is 16 kHz.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CPCMBANDWIDTH", NoResponse, timeout_ms = 5000)]
pub struct PcmBandwidth {
    /// In calls over LTE.
    pub volte: u8,
    /// In other calls.
    pub other: u8,
}
impl Command for PcmBandwidth {}
