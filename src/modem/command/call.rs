//! Calls: 27.007 sections 6 and 7.

use super::{Command, NoResponse, prefixed};
use crate::limits::{CALLS, NUMBER_DIGITS};
use crate::modem::at::Expect;
use crate::modem::fields::Fields;
use crate::number::{Dialable, TypeOfNumber};
use atat::atat_derive::AtatCmd;

/// `ATD<number>;`: a voice call (27.007 section 6.2). Only a [`Dialable`] can follow `ATD`.
#[derive(Clone, AtatCmd)]
#[at_cmd(
    "D",
    NoResponse,
    value_sep = false,
    escape_strings = false,
    quote_escape_strings = false,
    termination = ";\r",
    timeout_ms = 10000
)]
pub struct Dial {
    number: heapless::String<NUMBER_DIGITS>,
}
impl Command for Dial {
    const EXPECT: Expect = Expect { sets_up_call: true, ..Expect::NOTHING };
}

impl Dial {
    /// Dials in the international form.
    pub fn new(number: &Dialable) -> Dial {
        let number = heapless::String::try_from(number.number().e164());
        Dial { number: number.expect("E.164 is shorter than what modems print") }
    }
}

/// `ATA`: answers the incoming call (V.250 section 6.3.5).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("A", NoResponse, timeout_ms = 10000)]
pub struct Answer;
impl Command for Answer {
    const EXPECT: Expect = Expect { sets_up_call: true, ..Expect::NOTHING };
}

/// `AT+CHUP`: ends all calls (27.007 section 6.5).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CHUP", NoResponse, timeout_ms = 15000)]
pub struct HangUp;
impl Command for HangUp {}

/// `AT+CHLD`: hold, release and merge (27.007 section 7.13).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CHLD", NoResponse, timeout_ms = 15000)]
pub struct CallHold {
    action: u8,
}
impl Command for CallHold {}

impl CallHold {
    /// 0: busy to a waiting call, else releases held calls.
    pub const REJECT_WAITING: CallHold = CallHold { action: 0 };
    /// 1: releases active calls, takes the held or waiting one.
    pub const RELEASE_ACTIVE: CallHold = CallHold { action: 1 };
    /// 2: holds the active call, takes the held one back.
    pub const SWAP: CallHold = CallHold { action: 2 };
    /// 3: joins the held call to the active one.
    pub const MERGE: CallHold = CallHold { action: 3 };

    /// 1x: releases call x alone.
    pub const fn release(index: u8) -> CallHold {
        CallHold { action: 10 + index }
    }
}

/// `AT+CLCC`: the calls that exist (27.007 section 7.18).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CLCC", Rows, parse = Rows::parse, timeout_ms = 3000)]
pub struct ListCalls;
impl Command for ListCalls {
    const EXPECT: Expect = prefixed(&["+CLCC:"]);
}

/// `AT+CLCC=1` (SIMCom): report changes of calls by themselves.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CLCC", NoResponse, timeout_ms = 5000)]
pub struct ReportCalls {
    /// 1: yes.
    pub mode: u8,
}
impl Command for ReportCalls {}

/// Direction of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// 0: mobile originated, dialled by us.
    Outgoing,
    /// 1: mobile terminated.
    Incoming,
}

/// `<stat>` of `+CLCC` (27.007 section 7.18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stat {
    /// 0
    Active,
    /// 1
    Held,
    /// 2
    Dialling,
    /// 3
    Alerting,
    /// 4
    Incoming,
    /// 5
    Waiting,
    /// 6: only in SIMCom's report, never in a list.
    Disconnected,
}

/// A row of `+CLCC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// 1 to 7; the first call of a modem may well be 3.
    pub index: u8,
    /// Who called.
    pub direction: Direction,
    /// Where it stands.
    pub stat: Stat,
    /// Part of a conference.
    pub multiparty: bool,
    /// The number as printed; may be empty, or vanish while the call goes on.
    pub number: heapless::String<NUMBER_DIGITS>,
    /// How it is to be read.
    pub ton: TypeOfNumber,
}

/// The calls that exist: at most seven, and rows that are no voice calls are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows(pub heapless::Vec<Row, CALLS>);

impl atat::AtatResp for Rows {}

impl Rows {
    fn parse(response: &[u8]) -> Result<Rows, atat::Error> {
        let text = String::from_utf8_lossy(response);
        let mut rows = heapless::Vec::<Row, CALLS>::new();
        for row in text.lines().filter_map(parse_row) {
            // A report of the same call may stand between the rows of the list: the last word counts.
            rows.retain(|r| (r.index, r.direction) != (row.index, row.direction));
            if row.stat != Stat::Disconnected {
                let _more_calls_than_exist = rows.push(row);
            }
        }
        Ok(Rows(rows))
    }
}

/// Reads `+CLCC: <id>,<dir>,<stat>,<mode>,<mpty>[,<number>,<type>[,<alpha>...]]`: 5, 7, 8 or more fields.
/// `None` for what is no voice call.
pub fn parse_row(line: &str) -> Option<Row> {
    let fields = Fields::of(line);
    let index = fields.number(0).filter(|index| (1..=9).contains(index))?;
    let direction = match fields.number::<u8>(1)? {
        0 => Direction::Outgoing,
        1 => Direction::Incoming,
        _ => return None,
    };
    let stat = match fields.number::<u8>(2)? {
        0 => Stat::Active,
        1 => Stat::Held,
        2 => Stat::Dialling,
        3 => Stat::Alerting,
        4 => Stat::Incoming,
        5 => Stat::Waiting,
        6 => Stat::Disconnected,
        _ => return None,
    };
    let voice = matches!(fields.number::<u8>(3), None | Some(0));
    voice.then(|| Row {
        index,
        direction,
        stat,
        multiparty: fields.number::<u8>(4) == Some(1),
        number: heapless::String::try_from(fields.text(5)).unwrap_or_default(),
        ton: fields.number::<u8>(6).unwrap_or(128).into(),
    })
}

/// `AT+CLIP=1`: show who calls (27.007 section 7.6).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CLIP", NoResponse, timeout_ms = 15000)]
pub struct ShowCaller {
    /// 1: yes.
    pub mode: u8,
}
impl Command for ShowCaller {}

/// `AT+CRC=1`: `+CRING: VOICE` instead of `RING` (27.007 section 6.11).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CRC", NoResponse, timeout_ms = 5000)]
pub struct ShowKindOfCall {
    /// 1: yes.
    pub mode: u8,
}
impl Command for ShowKindOfCall {}

/// `AT+COLP=0`: no connected-line number; with it any octet kills a dial (27.007 section 7.8).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+COLP", NoResponse, timeout_ms = 15000)]
pub struct ShowConnectedLine {
    /// 0: no.
    pub mode: u8,
}
impl Command for ShowConnectedLine {}

/// `AT+CVHU=0`: `ATH` hangs up (27.007 section 6.20); with 1 it says `OK` and does nothing.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CVHU", NoResponse, timeout_ms = 5000)]
pub struct VoiceHangUp {
    /// 0: `ATH` disconnects.
    pub mode: u8,
}
impl Command for VoiceHangUp {}

/// `AT+CSSN=1,1`: tell of supplementary services (27.007 section 7.17).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CSSN", NoResponse, timeout_ms = 5000)]
pub struct ReportServices {
    /// `+CSSI`
    pub initiated: u8,
    /// `+CSSU`
    pub unsolicited: u8,
}
impl Command for ReportServices {}

/// `AT+CCWA=<n>,<mode>,<class>`: call waiting in modem and network (27.007 section 7.12).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CCWA", NoResponse, timeout_ms = 30000)]
pub struct CallWaiting {
    show: u8,
    mode: u8,
    class: u8,
}
impl Command for CallWaiting {}

impl CallWaiting {
    /// No presentation, switched off in the network for voice.
    pub const OFF: CallWaiting = CallWaiting { show: 0, mode: 0, class: 1 };
}

/// `AT+CCWA=0`: no call waiting in the modem, where the network does not let itself be told.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CCWA", NoResponse, timeout_ms = 10000)]
pub struct CallWaitingHere {
    /// 0: off.
    pub show: u8,
}
impl Command for CallWaitingHere {}

/// `AT+DDET=1`: report keys (SIM800 and A76xx; SIM7600 reports them without).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+DDET", NoResponse, timeout_ms = 5000)]
pub struct ReportKeys {
    /// 1: yes.
    pub mode: u8,
}
impl Command for ReportKeys {}

#[cfg(test)]
mod tests {
    use super::*;
    use atat::AtatCmd;

    #[test]
    fn lists_of_calls_have_five_seven_eight_or_ten_fields() {
        let rows = ListCalls
            .parse(Ok(b"+CLCC: 1,1,0,0,0\r\n+CLCC: 3,0,1,0,1,\"0255501234\",129\r\n\
                +CLCC: 4,1,5,0,0,\"\",128,\"\"\r\n+CLCC: 5,0,3,0,0,\"+61255501234\",145,\"a\",0,0\r\n\
                +CLCC: 6,0,0,1,0,\"\",128"))
            .unwrap()
            .0;
        let seen: Vec<_> = rows.iter().map(|r| (r.index, r.stat, r.multiparty)).collect();
        let wanted = [
            (1, Stat::Active, false),
            (3, Stat::Held, true),
            (4, Stat::Waiting, false),
            (5, Stat::Alerting, false),
        ];
        assert_eq!(seen, wanted);
        assert_eq!(rows[3].ton, TypeOfNumber::International);
    }

    #[test]
    fn no_calls_is_an_empty_list_and_the_last_word_counts() {
        assert_eq!(ListCalls.parse(Ok(b"")), Ok(Rows::default()));
        let ended = ListCalls.parse(Ok(b"+CLCC: 1,1,0,0,0\r\n+CLCC: 1,1,6,0,0")).unwrap();
        assert!(ended.0.is_empty());
    }
}
