//! The commands, one file per chapter of 27.007. Each is a struct whose encoding atat derives, with its
//! section and what its answer looks like.

pub mod call;
pub mod general;
pub mod network;
pub mod sim;
pub mod sound;
pub mod text;

use super::at::{Expect, Request};
use crate::limits::AT_COMMAND_OCTETS;
use atat::AtatCmd;
use atat::atat_derive::AtatResp;
use std::time::Duration;

/// A command and what its answer looks like.
pub trait Command: AtatCmd {
    /// Its information lines and final result codes.
    const EXPECT: Expect = Expect::NOTHING;

    /// Ready to be sent.
    fn request(&self) -> Request {
        let mut octets = [0; AT_COMMAND_OCTETS];
        let length = self.write(&mut octets);
        let text = str::from_utf8(&octets[..length]).expect("commands are made of text");
        let text = heapless::String::try_from(text.trim_end_matches('\r'))
            .expect("it has just been in a buffer of this size");
        let timeout = Duration::from_millis(u64::from(Self::MAX_TIMEOUT_MS));
        Request { text, expect: Self::EXPECT, timeout, typed: None }
    }
}

/// No information lines.
#[derive(Debug, Clone, PartialEq, Eq, AtatResp)]
pub struct NoResponse;

/// The information lines as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl atat::AtatResp for Text {}

pub(super) fn parse_text(response: &[u8]) -> Result<Text, atat::Error> {
    Ok(Text(String::from_utf8_lossy(response).into_owned()))
}

/// Information lines that begin with one prefix.
pub(super) const fn prefixed(prefixes: &'static [&'static str]) -> Expect {
    Expect { prefixes, ..Expect::NOTHING }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Country, Dialable, PhoneNumber};

    #[test]
    fn commands_are_written_as_the_manuals_print_them() {
        let number = PhoneNumber::from_e164("+61255501234").unwrap();
        let dialable = Dialable::new(&number, &[Country::new("AU").unwrap()]).unwrap();
        let cases: [(Request, &str); 12] = [
            (general::EchoOff.request(), "ATE0"),
            (general::NumericErrors { mode: 1 }.request(), "AT+CMEE=1"),
            (general::Model.request(), "AT+CGMM"),
            (sim::EnterPin::new("0000").unwrap().request(), "AT+CPIN=\"0000\""),
            (network::GetRegistration.request(), "AT+CREG?"),
            (call::Dial::new(&dialable).request(), "ATD+61255501234;"),
            (call::Answer.request(), "ATA"),
            (call::CallHold::MERGE.request(), "AT+CHLD=3"),
            (call::CallHold::release(4).request(), "AT+CHLD=14"),
            (call::ListCalls.request(), "AT+CLCC"),
            (call::CallWaiting::OFF.request(), "AT+CCWA=0,0,1"),
            (sound::PcmOffCleanly::NEW.request(), "AT+CPCMREG=0,1"),
        ];
        for (request, text) in cases {
            assert_eq!(request.text, text);
        }
    }
}
