//! Unsolicited result codes. None of them identifies a leg: they say "look now" (`AT+CLCC` is the truth).

use super::command::call::{Row, parse_row};
use super::command::network::{Domain, Registration};
use super::fields::Fields;
use crate::call::Key;
use crate::limits::NUMBER_DIGITS;
use crate::number::TypeOfNumber;
use atat::AtatUrc;
use atat::atat_derive::AtatUrc;

/// The unsolicited codes by name; their fields are read by [`Urc::read`], because firmwares add and drop
/// some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AtatUrc)]
pub enum Name {
    /// 27.007 section 7.11; repeated about each 6 s.
    #[at_urc("RING")]
    Ring,
    /// 27.007 section 7.11, instead of `RING` after `AT+CRC=1`.
    #[at_urc("+CRING")]
    Cring,
    /// 27.007 section 7.6, after each ring.
    #[at_urc("+CLIP")]
    Clip,
    /// 27.007 section 7.12: a second caller while the line is busy.
    #[at_urc("+CCWA")]
    Ccwa,
    /// SIMCom manual section 5.2.7, after `AT+CLCC=1`.
    #[at_urc("+CLCC")]
    Clcc,
    /// SIMCom: `VOICE CALL: BEGIN`, `VOICE CALL: END: HHMMSS`.
    #[at_urc("VOICE CALL")]
    VoiceCall,
    /// V.250: also the end of a call.
    #[at_urc("NO CARRIER")]
    NoCarrier,
    /// V.250.
    #[at_urc("BUSY")]
    Busy,
    /// V.250.
    #[at_urc("NO ANSWER")]
    NoAnswer,
    /// SIMCom: an unanswered call is gone.
    #[at_urc("MISSED_CALL")]
    MissedCall,
    /// SIMCom: the far end pressed a key.
    #[at_urc("+RXDTMF")]
    Rxdtmf,
    /// The same on sister modules.
    #[at_urc("+DTMF")]
    Dtmf,
    /// 27.007 section 7.17.
    #[at_urc("+CSSI")]
    Cssi,
    /// 27.007 section 7.17.
    #[at_urc("+CSSU")]
    Cssu,
    /// 27.007 section 7.2.
    #[at_urc("+CREG")]
    Creg,
    /// 27.007 section 10.1.22.
    #[at_urc("+CEREG")]
    Cereg,
    /// 27.007 section 8.3: unsolicited only after a restart.
    #[at_urc("+CPIN")]
    Cpin,
    /// SIMCom: the module has started.
    #[at_urc("RDY")]
    Rdy,
    /// SIMCom: the supply voltage is too low.
    #[at_urc("UNDER-VOLTAGE WARNNING")]
    UnderVoltage,
    /// SIMCom: messages can be used.
    #[at_urc("SMS DONE")]
    SmsDone,
    /// SIMCom: the phone book can be used.
    #[at_urc("PB DONE")]
    PbDone,
    /// 27.005: a message was stored.
    #[at_urc("+CMTI")]
    Cmti,
    /// SIMCom: no room for messages.
    #[at_urc("+SMS FULL")]
    SmsFull,
    /// 27.005: a message that comes straight; its text is on the next line.
    #[at_urc("+CMT")]
    Cmt,
    /// 27.005: a status report, likewise.
    #[at_urc("+CDS")]
    Cds,
    /// SIMCom and 27.007: time zone.
    #[at_urc("+CTZV")]
    Ctzv,
    /// SIMCom: network time.
    #[at_urc("+NITZ")]
    Nitz,
    /// 27.007 section 10.1.19: packet domain events.
    #[at_urc("+CGEV")]
    Cgev,
    /// SIMCom: signal quality report.
    #[at_urc("+CSQ")]
    Csq,
}

/// What an unsolicited line says, as far as a gateway cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Urc {
    /// A call comes in: look at `AT+CLCC`.
    Ring,
    /// Who it is.
    Clip(Clip),
    /// A call changed: look at `AT+CLCC`. The row is a hint only.
    Calls(Option<Row>),
    /// Something changed: look at `AT+CLCC`.
    CallsChanged,
    /// Some call ended, nobody knows which: look at `AT+CLCC`.
    CallEnded,
    /// A key of the far end.
    Key(Key),
    /// Registration changed.
    Registered(Domain, Registration),
    /// The modem has restarted: everything volatile is lost.
    Restarted,
    /// `+CPIN: READY` and the like: a restart, if the SIM was ready before.
    Sim,
    /// The SIM has messages: list them.
    TextCame,
    /// The supply voltage is too low.
    UnderVoltage,
    /// Known, and nothing to do.
    Other,
}

/// The caller's number as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// Digits, perhaps with a `+`; empty when withheld.
    pub number: heapless::String<NUMBER_DIGITS>,
    /// How they are to be read.
    pub ton: TypeOfNumber,
}

/// Whether a line is an unsolicited one that we know by name.
pub fn is_known(line: &str) -> bool {
    Name::parse(line.as_bytes()).is_some()
}

impl Urc {
    /// Reads a line; `None` for one that we do not know.
    pub fn read(line: &str) -> Option<Urc> {
        let fields = Fields::of(line);
        Some(match Name::parse(line.as_bytes())? {
            Name::Ring | Name::Cring => Urc::Ring,
            Name::Clip => Urc::Clip(read_clip(&fields)),
            Name::Clcc => Urc::Calls(parse_row(line)),
            Name::Ccwa | Name::Cssi | Name::Cssu => Urc::CallsChanged,
            Name::VoiceCall if !line.contains("END") => Urc::CallsChanged,
            Name::VoiceCall | Name::NoCarrier | Name::Busy | Name::NoAnswer | Name::MissedCall => {
                Urc::CallEnded
            }
            Name::Rxdtmf | Name::Dtmf => read_key(fields.text(0)).map_or(Urc::Other, Urc::Key),
            Name::Creg => Urc::Registered(Domain::Circuit, Registration::unsolicited(&fields)),
            Name::Cereg => Urc::Registered(Domain::Lte, Registration::unsolicited(&fields)),
            Name::Rdy => Urc::Restarted,
            Name::Cpin => Urc::Sim,
            Name::UnderVoltage => Urc::UnderVoltage,
            Name::Cmti | Name::SmsFull | Name::SmsDone => Urc::TextCame,
            Name::Cmt
            | Name::Cds
            | Name::PbDone
            | Name::Ctzv
            | Name::Nitz
            | Name::Cgev
            | Name::Csq => Urc::Other,
        })
    }
}

/// `+CLIP: <number>,<type>[,<subaddr>,<satype>[,<alpha>[,<validity>]]]`: validity 1 is withheld, 2 not
/// available (27.007 section 7.6). Some firmwares put words in the place of a withheld number.
fn read_clip(fields: &Fields<'_>) -> Clip {
    let withheld = matches!(fields.number(5), Some(1u8 | 2));
    let text = if withheld { "" } else { fields.text(0) };
    let number = heapless::String::try_from(text).unwrap_or_default();
    Clip { number, ton: fields.number::<u8>(1).unwrap_or(128).into() }
}

fn read_key(text: &str) -> Option<Key> {
    match text.as_bytes() {
        [digit @ b'0'..=b'9'] => Some(Key::Digit(digit - b'0')),
        b"*" => Some(Key::Star),
        b"#" => Some(Key::Pound),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_real_modems_are_known() {
        let ends = [
            "VOICE CALL: END: 000352",
            "VOICE CALL:END:000017",
            "VOICE CALL: END",
            "NO CARRIER",
            "BUSY",
            "MISSED_CALL: 08:48AM +61255501234",
        ];
        for line in ends {
            assert_eq!(Urc::read(line), Some(Urc::CallEnded), "{line}");
        }
        let changes =
            ["VOICE CALL: BEGIN", "VOICE CALL:BEGIN", "+CSSU: 5", "+CCWA: \"0255501234\",129,1"];
        for line in changes {
            assert_eq!(Urc::read(line), Some(Urc::CallsChanged), "{line}");
        }
        assert_eq!(Urc::read("+CRING: VOICE"), Some(Urc::Ring));
        assert_eq!(Urc::read("+RXDTMF: #"), Some(Urc::Key(Key::Pound)));
        assert_eq!(Urc::read("+RXDTMF: \"7\""), Some(Urc::Key(Key::Digit(7))));
        assert_eq!(Urc::read("+DTMF: 5,80"), Some(Urc::Key(Key::Digit(5))));
        assert_eq!(Urc::read("+RXDTMF: A"), Some(Urc::Other));
        assert_eq!(Urc::read("BUSYBODY"), None);
    }

    #[test]
    fn a_withheld_number_is_no_empty_string_that_matches() {
        let clip = |line| match Urc::read(line) {
            Some(Urc::Clip(clip)) => clip,
            other => panic!("{other:?}"),
        };
        assert_eq!(clip("+CLIP: \"\",128,,,,1").number, "");
        assert_eq!(clip("+CLIP: \"0255501234\",129,,,\"\",0").number, "0255501234");
        assert_eq!(clip("+CLIP: \"0255501234\",129,,,,2").number, "");
        assert_eq!(clip("+CLIP: \"61255501234\",145").ton, TypeOfNumber::International);
    }
}
