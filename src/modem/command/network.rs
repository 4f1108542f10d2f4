//! The network: 27.007 sections 7.2, 7.3, 8.5 and 10.1.22.

use super::{Command, NoResponse, Text, parse_text, prefixed};
use crate::modem::at::Expect;
use crate::modem::fields::Fields;
use atat::atat_derive::AtatCmd;

/// `AT+CREG=2`: report registration with location (27.007 section 7.2).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CREG", NoResponse, timeout_ms = 5000)]
pub struct ReportRegistration {
    /// 2: with location; 1 where that is not known.
    pub mode: u8,
}
impl Command for ReportRegistration {}

/// `AT+CEREG=2`: the same for LTE (27.007 section 10.1.22).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CEREG", NoResponse, timeout_ms = 5000)]
pub struct ReportLteRegistration {
    /// 2: with location.
    pub mode: u8,
}
impl Command for ReportLteRegistration {}

/// `AT+CREG?`
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CREG?", Registration, parse = Registration::parse, timeout_ms = 5000)]
pub struct GetRegistration;
impl Command for GetRegistration {
    const EXPECT: Expect = Expect { is_own: is_answer, ..prefixed(&["+CREG:"]) };
}

/// `AT+CEREG?`
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CEREG?", Registration, parse = Registration::parse, timeout_ms = 5000)]
pub struct GetLteRegistration;
impl Command for GetLteRegistration {
    const EXPECT: Expect = Expect { is_own: is_answer, ..prefixed(&["+CEREG:"]) };
}

/// The answer has `<n>,<stat>`; the unsolicited line `<stat>[,"<lac>",...]`.
fn is_answer(line: &str) -> bool {
    let fields = Fields::of(line);
    fields.number::<u8>(1).is_some() && !fields.get(1).quoted
}

/// Where a modem is registered: either is enough for calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Circuit-switched: `+CREG`.
    Circuit,
    /// LTE: `+CEREG`. SIMs for calls over LTE are often denied the other.
    Lte,
}

/// Whether the modem is registered (27.007 section 7.2, `<stat>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// 1 home, 5 roaming.
    Registered,
    /// 0, 2: not, or searching.
    #[default]
    Searching,
    /// 3: the network does not want this SIM here.
    Denied,
    /// 4, 6 and more: unknown, or registered for something that is no call.
    Unknown(u8),
}

impl atat::AtatResp for Registration {}

impl Registration {
    /// Reads `<stat>`.
    pub fn from_stat(stat: Option<u8>) -> Registration {
        match stat {
            Some(1 | 5) => Registration::Registered,
            Some(0 | 2) => Registration::Searching,
            Some(3) => Registration::Denied,
            Some(other) => Registration::Unknown(other),
            None => Registration::Unknown(4),
        }
    }

    /// Reads the unsolicited form.
    pub fn unsolicited(fields: &Fields<'_>) -> Registration {
        Registration::from_stat(fields.number(0))
    }

    fn parse(response: &[u8]) -> Result<Registration, atat::Error> {
        let text = String::from_utf8_lossy(response);
        let line = text.lines().next_back().unwrap_or_default();
        Ok(Registration::from_stat(Fields::of(line).number(1)))
    }
}

/// `AT+COPS?`: the network's name (27.007 section 7.3).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+COPS?", Text, parse = parse_text, timeout_ms = 10000)]
pub struct GetOperator;
impl Command for GetOperator {
    const EXPECT: Expect = prefixed(&["+COPS:"]);
}

/// `AT+CSQ`: signal quality (27.007 section 8.5).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CSQ", Text, parse = parse_text, timeout_ms = 5000)]
pub struct GetSignal;
impl Command for GetSignal {
    const EXPECT: Expect = prefixed(&["+CSQ:"]);
}

/// `<rssi>` of `+CSQ` in dBm; 99 is unknown.
pub fn signal_dbm(line: &str) -> Option<i16> {
    let rssi: i16 = Fields::of(line).number(0)?;
    (0..=31).contains(&rssi).then(|| -113 + 2 * rssi)
}

/// The network's name in `+COPS: <mode>,<format>,"<name>",<act>`.
pub fn operator_name(line: &str) -> Option<String> {
    Some(Fields::of(line).text(2).to_owned()).filter(|name| !name.is_empty())
}

/// `AT+CTZU=1`: the module's clock follows the network's (27.007 section 8.40).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CTZU", NoResponse, timeout_ms = 5000)]
pub struct FollowNetworkTime {
    /// 1: yes.
    pub mode: u8,
}
impl Command for FollowNetworkTime {}

#[cfg(test)]
mod tests {
    use super::*;
    use atat::AtatCmd;

    #[test]
    fn answers_and_unsolicited_lines_of_registration_are_told_apart() {
        assert!(is_answer("+CREG: 0,1"));
        assert!(is_answer("+CREG: 2,1,\"1A2B\",\"01C3D4E5\",7"));
        assert!(!is_answer("+CREG: 1"));
        assert!(!is_answer("+CREG: 1,\"1A2B\",\"01C3D4E5\",7"));
        assert_eq!(GetRegistration.parse(Ok(b"+CREG: 2,5")), Ok(Registration::Registered));
        assert_eq!(GetRegistration.parse(Ok(b"+CREG: 0,3")), Ok(Registration::Denied));
        assert_eq!(GetRegistration.parse(Ok(b"")), Ok(Registration::Unknown(4)));
    }

    #[test]
    fn signal_and_operator_are_read() {
        assert_eq!(signal_dbm("+CSQ: 16,99"), Some(-81));
        assert_eq!(signal_dbm("+CSQ: 99,99"), None);
        assert_eq!(
            operator_name("+COPS: 1,0,\"Cell C  Cell C\",7").as_deref(),
            Some("Cell C  Cell C")
        );
        assert_eq!(operator_name("+COPS: 0"), None);
    }
}
