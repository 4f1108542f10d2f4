//! Phones of the simulated network: what they can do, and what they notice.

mod handset;
pub(crate) mod millis;

pub(crate) use handset::Handset;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a caller's number is presented to the modem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// `+61...`, type 145.
    #[default]
    International,
    /// `0...`, type 129 (or what the firmware says instead).
    National,
    /// The caller hides the number: CLI validity 1.
    Withheld,
    /// The network does not know it: CLI validity 2.
    Unavailable,
}

/// What a phone does by itself when it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Rings; actions decide.
    #[default]
    Live,
    /// Rings, answers after this long.
    AnswerAfter(#[serde(with = "millis")] Duration),
    /// Is in another call.
    Busy,
    /// Rings for a second, then the call is refused.
    Reject,
    /// Rings until the network gives up.
    NoAnswer,
    /// Switched off or out of coverage.
    Unreachable,
    /// A recorded voice answers after this long, speaks for some seconds and hangs up.
    Voicemail {
        /// Ringing time.
        #[serde(with = "millis")]
        after: Duration,
    },
}

/// What somebody does with a phone. A phone is named by its E.164 number and exists as soon as
/// it is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneAction {
    /// Calls the modem's number.
    Call {
        /// The calling phone.
        from: String,
        /// How its number is shown.
        #[serde(default)]
        presentation: Presentation,
    },
    /// Takes the ringing call.
    Answer {
        /// The phone.
        phone: String,
    },
    /// Refuses the ringing call.
    Reject {
        /// The phone.
        phone: String,
    },
    /// Ends whatever the phone is doing: talking, ringing, calling.
    Hangup {
        /// The phone.
        phone: String,
    },
    /// Presses one key (`0`-`9`, `*`, `#`, `A`-`D`).
    Key {
        /// The phone.
        phone: String,
        /// The key.
        key: char,
    },
    /// Sends a message to the modem's number: 160 characters of the GSM alphabet, or 70 others.
    Text {
        /// The sending phone.
        from: String,
        /// What it says.
        text: String,
    },
    /// Speaks: 8 kHz samples, played in real time after what is still being said.
    Speak {
        /// The phone.
        phone: String,
        /// 8 kHz linear samples.
        samples: Vec<i16>,
    },
    /// Speaks live: 8 kHz samples as they are spoken, played a moment later. What does not keep pace
    /// with time is lost.
    Talk {
        /// The phone.
        phone: String,
        /// 8 kHz linear samples, 20 ms or so of them.
        samples: Vec<i16>,
    },
    /// Makes a steady speech-like sound for this long.
    Say {
        /// The phone.
        phone: String,
        /// How long.
        #[serde(with = "millis", rename = "ms")]
        length: Duration,
    },
    /// Sets what the phone does from its next call on.
    SetBehaviour {
        /// The phone.
        phone: String,
        /// On being called.
        behaviour: Behaviour,
        /// Hang up this long after the call was connected.
        #[serde(default, with = "millis::option", rename = "hang_up_after_ms")]
        hang_up_after: Option<Duration>,
    },
}

/// Where a sound at a phone's ear comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Written to the modem's PCM port.
    Box,
    /// Another phone of the multiparty call.
    Phone(String),
}

/// Why a phone's call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// This phone hung up (or refused, or gave up).
    HungUp,
    /// The modem ended the call.
    Released,
    /// The modem was busy, or refused as if it were.
    Busy,
    /// Rang until the network gave up.
    NoAnswer,
    /// The modem could not be reached.
    Unreachable,
    /// The network or the modem lost the call.
    Lost,
}

/// What a phone notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneEvent {
    /// Its own call rings at the modem.
    RingBack {
        /// The phone.
        phone: String,
    },
    /// It rings.
    Ringing {
        /// The phone.
        phone: String,
        /// The caller id it displays; none when the modem hides its number.
        shown: Option<String>,
    },
    /// The call is through.
    Connected {
        /// The phone.
        phone: String,
    },
    /// The modem put it on hold.
    OnHold {
        /// The phone.
        phone: String,
    },
    /// The modem took it back.
    Retrieved {
        /// The phone.
        phone: String,
    },
    /// 20 ms of sound at its ear (only with [`crate::Sound::Full`]).
    Heard {
        /// The phone.
        phone: String,
        /// 8 kHz linear samples.
        samples: Vec<i16>,
    },
    /// Sound from one source begins at its ear.
    SoundBegan {
        /// The phone.
        phone: String,
        /// Who is heard.
        from: Source,
    },
    /// Sound from one source has ended (it was followed by a stretch of silence, by a hold, or
    /// by the end of the call).
    SoundEnded {
        /// The phone.
        phone: String,
        /// Who was heard.
        from: Source,
        /// How long, without the silence.
        #[serde(with = "millis", rename = "ms")]
        length: Duration,
        /// Highest sample.
        peak: u16,
    },
    /// A key is heard: sent by the modem (`AT+VTS`) or pressed by another phone of the
    /// multiparty call.
    HeardKey {
        /// The phone.
        phone: String,
        /// The key.
        key: char,
        /// Who sent it.
        from: Source,
    },
    /// A message of the modem has come.
    Text {
        /// The phone.
        phone: String,
        /// The number that it displays.
        from: String,
        /// What it says.
        text: String,
        /// Which part of how many, if it is one.
        part: Option<(u8, u8)>,
    },
    /// The call is over.
    Ended {
        /// The phone.
        phone: String,
        /// Why.
        cause: Cause,
    },
}

impl PhoneEvent {
    /// The phone that notices it.
    pub fn phone(&self) -> &str {
        match self {
            Self::RingBack { phone }
            | Self::Ringing { phone, .. }
            | Self::Connected { phone }
            | Self::OnHold { phone }
            | Self::Retrieved { phone }
            | Self::Heard { phone, .. }
            | Self::SoundBegan { phone, .. }
            | Self::SoundEnded { phone, .. }
            | Self::HeardKey { phone, .. }
            | Self::Text { phone, .. }
            | Self::Ended { phone, .. } => phone,
        }
    }
}
