//! Firmware quirks: everything in which one SIM7600 differs from the next.
//!
//! A [`Profile`] is data. Named ones are in `named.rs`; a test composes its own by changing
//! fields of one of them. Sections are those of the SIMCom manual V3.00 ("M3") or 3GPP 27.007.

mod manual;
mod named;
pub use named::NAMES;

use serde::Deserialize;
use std::time::Duration;

/// One firmware's ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// `AT+CGMI`.
    pub manufacturer: String,
    /// `AT+CGMM`.
    pub model: String,
    /// `AT+CGMR`.
    pub revision: String,
    /// False: a module that knows 27.007 only; SIMCom's own commands are refused.
    pub simcom: bool,
    /// Call lines: VOICE CALL, MISSED_CALL, the end of calls.
    pub lines: CallLines,
    /// The call table as `+CLCC` shows it.
    pub table: CallTable,
    /// What can be done with more than one call.
    pub services: Services,
    /// Keys of the far end.
    pub keys: KeyReports,
    /// The PCM port.
    pub pcm: Pcm,
    /// How octets come out of the port.
    pub port: Port,
    /// Times from a start to being ready.
    pub boot: Boot,
    /// Factory value of `AT+CVHU`: with 1, `ATH` is answered OK and ignored (M3 §2.2.7).
    pub cvhu: u8,
}

/// Shapes and order of the lines that tell of calls.
#[derive(Clone, Debug, PartialEq)]
pub struct CallLines {
    /// `VOICE CALL: BEGIN` / `END` exist.
    pub voice_call: bool,
    /// BEGIN comes before the OK of `ATA`.
    pub begin_before_ok: bool,
    /// END comes before the OK of `ATH`, `AT+CHUP` and `AT+CHLD`.
    pub end_before_ok: bool,
    /// `VOICE CALL:END:000017`, as some pages of the manual print it.
    pub compact: bool,
    /// When NO CARRIER follows END.
    pub no_carrier: NoCarrier,
    /// The `+CLCC` row with state 6 comes before END (else after NO CARRIER).
    pub row_first: bool,
    /// What is said when an incoming call was not answered.
    pub missed: Missed,
    /// What is said when a dialled call was not answered.
    pub failed: Failed,
    /// `+COLP` is reported after BEGIN although nobody asked (A7670).
    pub colp_unasked: bool,
    /// `+CGEV: NW ACT/DEACT` around calls (VoLTE, A7670).
    pub cgev: bool,
    /// BEGIN and state 0 come when the far phone rings, not when it is answered.
    pub false_begin: bool,
    /// Shape of `+CLIP`.
    pub clip: ClipShape,
    /// Seconds between two RINGs.
    pub ring_every: Duration,
}

/// When `NO CARRIER` is reported for a call that was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCarrier {
    /// Never.
    Never,
    /// When the far end hung up.
    FarEnd,
    /// Whoever hung up.
    Always,
}

/// What is said of an incoming call that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// `MISSED_CALL: 08:48AM <number>` alone.
    Line,
    /// The row with state 6, then `MISSED_CALL`.
    RowAndLine,
    /// `VOICE CALL: END`, `NO CARRIER`, the row with state 6.
    End,
    /// `NO CARRIER` alone (27.007).
    NoCarrier,
}

/// What is said of a dialled call that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// BUSY, NO ANSWER or NO CARRIER, by its cause (M3 §2.2.2).
    ByCause,
    /// Always NO CARRIER.
    NoCarrier,
    /// `VOICE CALL: END` without a time, then NO CARRIER.
    EndNoCarrier,
    /// BUSY or NO ANSWER, and NO CARRIER as well.
    Both,
}

/// Shape of `+CLIP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipShape {
    /// `"n",129,,,"",0`
    Full,
    /// `"n",161,,,,0`
    NoAlpha,
}

/// `+CLCC`, 27.007 §7.18.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTable {
    /// Which id a new call gets.
    pub indices: Indices,
    /// Fields of a row with a number: 7, 8 (alpha) or 10 (priority, CLI validity).
    pub fields: u8,
    /// What `AT+CLCC=1` reports.
    pub reports: RowReports,
    /// A row without a number ends after `<mpty>` (else `"",128`).
    pub omit_number: bool,
    /// State 3 is shown between 2 and 0.
    pub alerting: bool,
    /// The type octet of a number in national format.
    pub national_kind: u8,
    /// An ended call is still listed this long, in its last state.
    pub lingers: Duration,
    /// A dialled call is not listed for this long.
    pub late: Duration,
    /// An incoming call loses its number once answered.
    pub forgets_number: bool,
}

/// Which id a new call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indices {
    /// The lowest free one (27.007).
    Lowest,
    /// The lowest free one from here on.
    From {
        /// For calls dialled.
        outgoing: u8,
        /// For calls received.
        incoming: u8,
    },
    /// The one after the last, 1 to 7 in turn.
    Rolling,
}

/// What `AT+CLCC=1` reports on a change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowReports {
    /// The command is refused.
    None,
    /// The row that changed.
    Row,
    /// All rows, in one block.
    Table,
}

/// What can be done with more than one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// Call hold (22.083).
    pub hold: Service,
    /// Multiparty (22.084).
    pub multiparty: Service,
    /// Explicit transfer, `CHLD=4` (22.091).
    pub transfer: Service,
    /// `ATD` during an active call holds that call first; else it is refused.
    pub dial_holds: bool,
    /// When the active of {held, active} ends, the held one becomes active by itself.
    pub resume_held: bool,
    /// The last call of a multiparty loses its multiparty flag.
    pub multiparty_clears: bool,
    /// `CHLD=1x` for a call that is not answered yet.
    pub release_connecting: ReleaseConnecting,
    /// `+CSSU: 5` when the held party hangs up.
    pub held_release_notice: bool,
}

/// What the network answers to a request for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// It is done.
    Granted,
    /// Refused with this CME code; 0 means a plain ERROR.
    Refused(u16),
    /// Answered OK, and nothing happens.
    Ignored,
}

/// What `CHLD=1x` does to a call that is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseConnecting {
    /// Ends it.
    Works,
    /// Is refused.
    Refused,
    /// Hangs the AT port until a reset (seen with a Huawei E1550).
    Hangs,
}

/// How the module tells of keys pressed by the far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReports {
    /// When at all.
    pub when: KeyReport,
    /// `+DTMF: 5,70` instead of `+RXDTMF: 5`.
    pub with_length: bool,
    /// `AT+DDET` is known.
    pub ddet: bool,
}

/// When keys are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyReport {
    /// During every call.
    Always,
    /// After `AT+DDET=1`.
    AfterDdet,
    /// Never.
    Never,
}

/// The PCM port (M3 §5.2.25, §5.2.43, §5.2.46).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcm {
    /// There is one.
    pub present: bool,
    /// `AT+CPCMREG=1` is refused this long after the call became active.
    pub ready_after: Duration,
    /// So many `AT+CPCMREG=1` are refused in each call.
    pub refusals: u8,
    /// Refusals begin with the second call after a start (the decay of older firmware).
    pub first_call_good: bool,
    /// `AT+CPCMREG=0` is refused; only `=0,1` stops.
    pub stop_needs_one: bool,
    /// A call that begins while the port is still registered has no sound.
    pub dies_unless_stopped: bool,
    /// Factory values of `AT+CPCMBANDWIDTH`: 0 = 16 kHz, 1 = 8 kHz; VoLTE, then the rest.
    pub bandwidth: (u8, u8),
    /// Downlink comes in chunks of odd sizes instead of whole frames.
    pub odd_chunks: bool,
    /// How many octets of uplink the port takes before it loses some.
    pub uplink_limit: usize,
}

/// How octets come out of the AT port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// RING, NO CARRIER, VOICE CALL... end in CR CR LF.
    pub doubled_cr: bool,
    /// Every octet is a read of its own.
    pub octets: bool,
    /// An unsolicited line in every gap of an answer.
    pub chatter: bool,
    /// What is typed while a command runs.
    pub typeahead: Typeahead,
    /// Time from a command line to its answer.
    pub latency: Duration,
}

/// What becomes of octets that arrive while a command runs (and does not abort by them).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typeahead {
    /// Kept, answered afterwards.
    Kept,
    /// Lost.
    Lost,
}

/// Times from a start to being ready. The hardware manual promises 11-12 s to USB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// From power to the ports.
    pub ports: Duration,
    /// From the ports to RDY; earlier octets are lost.
    pub ready: Duration,
    /// From RDY to `+CPIN: READY`.
    pub pin: Duration,
    /// From the PIN to `SMS DONE`.
    pub sms: Duration,
    /// From the PIN to `PB DONE`.
    pub phonebook: Duration,
    /// From the PIN to being registered.
    pub registered: Duration,
}
