//! What a simulation is made of.

use crate::clock::WallClock;
use crate::fault::Faults;
use crate::number::NumberingPlan;
use crate::phone::Behaviour;
use crate::profile::Profile;
use std::time::Duration;

/// Everything a [`crate::Modem`] is built from. `Config::default()` is a running, registered
/// modem as the manual describes it, without faults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The firmware's ways.
    pub profile: Profile,
    /// The network behind it.
    pub network: NetworkConfig,
    /// What goes wrong at random.
    pub faults: Faults,
    /// Decides every random draw.
    pub seed: u64,
    /// The SIM's own E.164 number: what called phones are shown.
    pub own_number: String,
    /// The SIM card.
    pub sim: SimCard,
    /// How much of the sound is computed.
    pub sound: Sound,
    /// In which state the simulation begins.
    pub start: Start,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::manual(),
            network: NetworkConfig::default(),
            faults: Faults::default(),
            seed: 0,
            own_number: "+61255500099".into(),
            sim: SimCard::default(),
            sound: Sound::Levels,
            start: Start::Running,
        }
    }
}

impl Config {
    /// The default with another firmware.
    pub fn with_profile(profile: Profile) -> Self {
        Self { profile, ..Self::default() }
    }
}

/// How much of the sound is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Frames at the port, begin and end of sound at each ear, and every sample as an event.
    Full,
    /// Frames at the port, begin and end of sound at each ear.
    Levels,
    /// Nothing flows at the audio port; no in-band keys. The fastest.
    Off,
}

/// In which state the simulation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// On, booted and registered (or waiting for its PIN).
    Running,
    /// Power was applied at time zero.
    Booting,
    /// Off: wants its power key.
    Off,
}

/// The SIM card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimCard {
    /// False: the slot is empty.
    pub present: bool,
    /// The PIN that is asked for after each start.
    pub pin: Option<String>,
    /// What lifts a blocked PIN.
    pub puk: String,
    /// PIN attempts left.
    pub pin_tries: u8,
    /// PUK attempts left.
    pub puk_tries: u8,
    /// Whether `AT+CNUM` knows the own number (often it does not).
    pub knows_number: bool,
    /// Messages that it holds.
    pub messages: u8,
    /// IMSI.
    pub imsi: String,
    /// ICCID.
    pub iccid: String,
}

impl Default for SimCard {
    fn default() -> Self {
        Self {
            present: true,
            pin: None,
            puk: "12345678".into(),
            pin_tries: 3,
            puk_tries: 10,
            knows_number: false,
            messages: 50,
            imsi: "001010000000001".into(),
            iccid: "89001012345678901234".into(),
        }
    }
}

/// The network behind the modem.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// How it writes numbers.
    pub numbering: NumberingPlan,
    /// Its wall clock.
    pub clock: WallClock,
    /// `+CREG` status when registered: 1 home, 5 roaming, 3 on VoLTE-only SIMs.
    pub creg: u8,
    /// `+CEREG` and `+CGREG` status when registered.
    pub cereg: u8,
    /// Calls are VoLTE calls (first value of `AT+CPCMBANDWIDTH`), else circuit switched.
    pub volte: bool,
    /// Signal as `+CSQ` counts it, 0-31 or 99.
    pub csq: u8,
    /// Operator name.
    pub operator: String,
    /// Call waiting is active for this subscriber.
    pub call_waiting: bool,
    /// From the OK of `ATD` to the far phone ringing.
    pub setup: Duration,
    /// From a phone's dialling to the modem's first RING.
    pub paging: Duration,
    /// How long anything rings before the network gives up.
    pub rings_for: Duration,
    /// From Ctrl-Z to the network's having taken a message.
    pub text: Duration,
    /// How keys of the phones travel.
    pub keys: Keys,
    /// Noise in the modem's downlink, in dBm0.
    pub noise_dbm0: Option<f64>,
    /// Sound at an ear counts as ended after this much silence.
    pub quiet_gap: Duration,
    /// What phones do that nobody has given a behaviour.
    pub stranger: Behaviour,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            numbering: NumberingPlan::default(),
            clock: WallClock::default(),
            creg: 1,
            cereg: 1,
            volte: false,
            csq: 21,
            operator: "Simnet".into(),
            call_waiting: false,
            setup: Duration::from_millis(1500),
            paging: Duration::from_millis(800),
            rings_for: Duration::from_secs(60),
            text: Duration::from_millis(2500),
            keys: Keys::default(),
            noise_dbm0: None,
            quiet_gap: Duration::from_millis(400),
            stranger: Behaviour::Live,
        }
    }
}

/// How a key pressed on a phone reaches the modem.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    /// As a tone in the downlink sound.
    pub in_band: bool,
    /// As a `+RXDTMF` report (if the firmware has one).
    pub report: bool,
    /// Milliseconds by which the report comes after the tone's begin; negative: before.
    pub skew_ms: i32,
    /// Length of the tone.
    pub tone: Duration,
    /// Level of each of the two tones, in dBm0.
    pub level_dbm0: f64,
    /// By how much the high tone is above the low one, in dB.
    pub twist_db: f64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            in_band: true,
            report: true,
            skew_ms: 40,
            tone: Duration::from_millis(70),
            level_dbm0: -10.0,
            twist_db: 0.0,
        }
    }
}
