//! What goes wrong between the modem and whoever drives it: middleware around the machine.
//!
//! Each fault happens with a probability drawn from the seed ([`Faults`]), or once on command
//! ([`crate::Modem::inject`]).

mod injector;
pub(crate) use injector::Injector;

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Probabilities (0 to 1) of each fault, per occasion, and what belongs to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// A line comes in pieces, milliseconds apart.
    pub split: f64,
    /// A line is kept back until more follows, and comes in one read with it.
    pub glue: f64,
    /// An unsolicited line comes between echo, information and result of an answer.
    pub urc_in_answer: f64,
    /// A final result code is lost.
    pub lost_ok: f64,
    /// A final result code, and every answer behind it, is late by `late_by`.
    pub late_ok: f64,
    /// By how much (20 s when zero).
    pub late_by: Duration,
    /// An unsolicited line is lost.
    pub lost_urc: f64,
    /// An unsolicited line comes twice.
    pub duplicate_urc: f64,
    /// A key is reported twice.
    pub duplicate_key: f64,
    /// Octets that mean nothing stand before a line.
    pub garbage: f64,
    /// Per command line: the modem hears and says nothing for `hang_for`.
    pub hang: f64,
    /// How long (30 s when zero).
    pub hang_for: Duration,
    /// Per command line: the modem restarts by itself.
    pub reboot: f64,
    /// Per command line: both ports vanish for `ports_for`.
    pub ports_gone: f64,
    /// How long (5 s when zero).
    pub ports_for: Duration,
}

impl Faults {
    /// Nuisances that a correct driver does not notice in the outcome of a call: cuts, glue,
    /// chatter, duplicates.
    pub fn nuisances() -> Self {
        Self {
            split: 0.2,
            glue: 0.2,
            urc_in_answer: 0.1,
            duplicate_urc: 0.05,
            duplicate_key: 0.05,
            ..Self::default()
        }
    }

    /// Losses and failures on top of the nuisances, about one in each hundred commands.
    pub fn storm() -> Self {
        Self {
            lost_ok: 0.01,
            late_ok: 0.01,
            lost_urc: 0.02,
            garbage: 0.02,
            hang: 0.003,
            reboot: 0.001,
            ports_gone: 0.002,
            ..Self::nuisances()
        }
    }

    pub(crate) fn hang_time(&self) -> Duration {
        or(self.hang_for, 30)
    }

    pub(crate) fn ports_time(&self) -> Duration {
        or(self.ports_for, 5)
    }

    pub(crate) fn late_time(&self) -> Duration {
        or(self.late_by, 20)
    }
}

fn or(value: Duration, seconds: u64) -> Duration {
    if value.is_zero() { Duration::from_secs(seconds) } else { value }
}

/// One fault, on command: at once, or at the next occasion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The next line comes in pieces.
    Split,
    /// The next line is kept back and glued to what follows.
    Glue,
    /// The next answer has an unsolicited line before its result.
    UrcInAnswer,
    /// The next final result code is lost.
    LostOk,
    /// The next final result code is late by this many milliseconds.
    LateOk(#[serde(with = "crate::phone::millis")] Duration),
    /// The next unsolicited line is lost.
    LostUrc,
    /// The next unsolicited line comes twice.
    DuplicateUrc,
    /// The next key is reported twice.
    DuplicateKey,
    /// Garbage before the next line.
    Garbage,
    /// Now: these octets come out of the port.
    Octets(Vec<u8>),
    /// Now: hears and says nothing for this many milliseconds.
    Hang(#[serde(with = "crate::phone::millis")] Duration),
    /// Now: restarts by itself; the ports stay.
    Reboot,
    /// Now: crashes; the ports vanish until it is up again.
    Crash,
    /// Now: both ports vanish for this many milliseconds; calls and settings stay.
    PortsGone(#[serde(with = "crate::phone::millis")] Duration),
    /// Now: no network for this many milliseconds; calls are lost.
    NoService(#[serde(with = "crate::phone::millis")] Duration),
    /// The next request to hold or to swap is refused.
    RefuseHold,
    /// The next request to merge is refused.
    RefuseMerge,
    /// The next request to merge is answered OK and nothing happens.
    IgnoreMerge,
    /// The next message is refused with this +CMS ERROR.
    RefuseText(u16),
    /// The next message gets no answer for this many milliseconds, then +CMS ERROR 332.
    SilenceText(#[serde(with = "crate::phone::millis")] Duration),
}
