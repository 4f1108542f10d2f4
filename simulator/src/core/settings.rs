//! What the module has been told: lost at a restart, or saved.

use crate::Config;
use crate::profile::Profile;

/// `E`, `V`, `Q`: the settings that `AT&W` saves besides `+CFUN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registers {
    pub echo: bool,
    pub verbose: bool,
    pub quiet: bool,
}

impl Registers {
    pub(crate) const FACTORY: Self = Self { echo: true, verbose: true, quiet: false };
}

/// Volatile settings: factory values after each start (M3 AT&F list).
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub registers: Registers,
    pub s0: u8,
    pub cmee: u8,
    pub cvhu: u8,
    pub clip: bool,
    pub crc: bool,
    pub colp: bool,
    pub clcc: bool,
    pub cssi: bool,
    pub cssu: bool,
    pub ccwa: bool,
    pub clir: u8,
    pub ddet: bool,
    pub vtd: u8,
    pub creg: u8,
    pub cereg: u8,
    pub cgreg: u8,
    pub cpcmfrm: u8,
    pub bandwidth: (u8, u8),
    pub muted: bool,
    /// Settings that are only remembered: `AT+<name>=<value>`, read back as given.
    pub remembered: Vec<(String, String)>,
}

impl Settings {
    pub(crate) fn factory(profile: &Profile) -> Self {
        Self {
            registers: Registers::FACTORY,
            s0: 0,
            cmee: 1,
            cvhu: profile.cvhu,
            clip: false,
            crc: false,
            colp: false,
            clcc: false,
            cssi: false,
            cssu: false,
            ccwa: false,
            clir: 0,
            ddet: false,
            vtd: 0,
            creg: 0,
            cereg: 0,
            cgreg: 0,
            cpcmfrm: 0,
            bandwidth: profile.pcm.bandwidth,
            muted: false,
            remembered: Vec::new(),
        }
    }
}

/// What survives a restart.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub registers: Registers,
    pub cfun: u8,
    pub clvl: u8,
    pub cnmp: u8,
    pub usb_pid: String,
    pub pin: Option<String>,
    pub pin_tries: u8,
    pub puk_tries: u8,
}

impl Saved {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            registers: Registers::FACTORY,
            cfun: 1,
            clvl: 4,
            cnmp: 2,
            usb_pid: "9001".into(),
            pin: config.sim.pin.clone(),
            pin_tries: config.sim.pin_tries,
            puk_tries: config.sim.puk_tries,
        }
    }
}
