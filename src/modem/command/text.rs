//! Short messages in PDU mode: 27.005 sections 3 and 4.

use super::{Command, NoResponse, prefixed};
use crate::modem::at::{Expect, Request, Typed};
use crate::modem::fields::Fields;
use crate::modem::pdu::{PduError, Received, Submit};
use atat::atat_derive::AtatCmd;
use std::time::Duration;

/// From Ctrl-Z to the network's answer. A caller who rings waits for it, so it is no longer than needed.
const SENT_WITHIN: Duration = Duration::from_secs(40);

/// `AT+CMGF=0`: PDU mode (section 3.2.3).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CMGF", NoResponse, timeout_ms = 5000)]
pub struct MessageFormat {
    /// 0: PDUs.
    pub mode: u8,
}
impl Command for MessageFormat {}

/// `AT+CPMS="SM","SM","SM"`: messages are kept in the SIM (section 3.2.2).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CPMS", NoResponse, parse = parse_nothing, timeout_ms = 10000)]
pub struct Storage {
    read: heapless::String<2>,
    write: heapless::String<2>,
    received: heapless::String<2>,
}
impl Command for Storage {
    const EXPECT: Expect = prefixed(&["+CPMS:"]);
}

impl Storage {
    /// The SIM, for all three.
    pub fn sim() -> Storage {
        let sim = || heapless::String::try_from("SM").expect("two letters");
        Storage { read: sim(), write: sim(), received: sim() }
    }
}

/// How many messages are kept does not matter: what was read is deleted.
fn parse_nothing(_: &[u8]) -> Result<NoResponse, atat::Error> {
    Ok(NoResponse)
}

/// `AT+CNMI`: messages are stored and told of by `+CMTI` (section 3.4.1).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CNMI", NoResponse, timeout_ms = 5000)]
pub struct Indications {
    mode: u8,
    message: u8,
    broadcast: u8,
    report: u8,
    buffer: u8,
}
impl Command for Indications {}

impl Indications {
    /// With status reports, as `+CDS`.
    pub const WITH_REPORTS: Indications =
        Indications { mode: 2, message: 1, broadcast: 0, report: 1, buffer: 0 };
    /// Without, for firmware that refuses the other.
    pub const PLAIN: Indications = Indications { report: 0, ..Indications::WITH_REPORTS };
}

/// `AT+CMGS=<length>`, and the PDU at its prompt (section 4.3).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CMGS", NoResponse, parse = parse_nothing, timeout_ms = 5000)]
pub struct SendMessage {
    length: u8,
}
impl Command for SendMessage {
    const EXPECT: Expect = prefixed(&["+CMGS:"]);
}

impl SendMessage {
    /// The command with its text.
    pub fn request(submit: &Submit) -> Request {
        let length = u8::try_from(submit.length()).expect("a TPDU has 164 octets at most");
        let typed = Typed { text: submit.hex(), timeout: SENT_WITHIN };
        Request { typed: Some(Box::new(typed)), ..Command::request(&SendMessage { length }) }
    }
}

/// `<mr>` of `+CMGS: <mr>`: what a status report will name.
pub fn reference(info: &[String]) -> Option<u8> {
    Fields::of(info.last()?).number(0)
}

/// `AT+CMGL=4`: all messages that are kept (section 4.1).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CMGL", NoResponse, parse = parse_nothing, timeout_ms = 10000)]
pub struct ListMessages {
    which: u8,
}
impl Command for ListMessages {
    const EXPECT: Expect = Expect { body: true, ..prefixed(&["+CMGL:"]) };
}

impl ListMessages {
    /// Read or not, received or not.
    pub const ALL: ListMessages = ListMessages { which: 4 };
}

/// A message of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it is kept.
    pub place: u8,
    /// Tells it from another one in the same place.
    pub mark: u32,
    /// What it says; it is to be deleted even if nobody can read it.
    pub message: Result<Received, PduError>,
}

/// The messages of a list.
pub fn listed(info: &[String]) -> impl Iterator<Item = Listed> {
    let (pairs, _cut_off) = info.as_chunks::<2>();
    pairs.iter().filter_map(|[row, pdu]| {
        let place = Fields::of(row).number(0)?;
        let mark = crc32fast::hash(pdu.as_bytes());
        Some(Listed { place, mark, message: Received::read(pdu) })
    })
}

/// `AT+CMGD=<index>`: deletes one (section 3.5.4).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CMGD", NoResponse, timeout_ms = 10000)]
pub struct DeleteMessage {
    /// Its place.
    pub place: u8,
}
impl Command for DeleteMessage {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modem::pdu::Text;
    use crate::number::{Country, Dialable, PhoneNumber};

    #[test]
    fn commands_are_written_as_the_standard_prints_them() {
        let number = PhoneNumber::from_e164("+61255501234").unwrap();
        let to = Dialable::new(&number, &[Country::new("AU").unwrap()]).unwrap();
        let submit = Text::new("hellohello").unwrap().submit(&to, 0, 0).unwrap();
        let request = SendMessage::request(&submit);
        assert_eq!(request.text, "AT+CMGS=23");
        assert_eq!(request.typed.unwrap().text.len(), 48);
        assert_eq!(MessageFormat { mode: 0 }.request().text, "AT+CMGF=0");
        assert_eq!(Storage::sim().request().text, "AT+CPMS=\"SM\",\"SM\",\"SM\"");
        assert_eq!(Indications::WITH_REPORTS.request().text, "AT+CNMI=2,1,0,1,0");
        assert_eq!(ListMessages::ALL.request().text, "AT+CMGL=4");
        assert_eq!(DeleteMessage { place: 7 }.request().text, "AT+CMGD=7");
        assert_eq!(reference(&["+CMGS: 42".to_owned()]), Some(42));
        assert_eq!(reference(&[]), None);
    }

    #[test]
    fn a_list_gives_places_even_of_what_cannot_be_read() {
        let lines = ["+CMGL: 3,1,\"\",23", "nonsense", "+CMGL: 4"].map(str::to_owned);
        let listed: Vec<_> = listed(&lines).collect();
        let mark = crc32fast::hash(b"nonsense");
        assert_eq!(listed, [Listed { place: 3, mark, message: Err(PduError::NotHex) }]);
    }
}
