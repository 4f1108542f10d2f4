//! The SIM: 27.007 section 8.3.

use super::{Command, NoResponse, Text, parse_text, prefixed};
use crate::modem::at::Expect;
use crate::modem::fields::Fields;
use atat::atat_derive::AtatCmd;

/// `AT+CPIN?`: what the SIM asks for.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CPIN?", SimState, parse = SimState::parse, timeout_ms = 5000)]
pub struct GetPin;
impl Command for GetPin {
    const EXPECT: Expect = prefixed(&["+CPIN:"]);
}

/// What the SIM asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimState {
    /// Nothing: `READY`.
    Ready,
    /// `SIM PIN`
    Pin,
    /// `SIM PUK`: a person has to unblock it.
    Puk,
    /// Anything else, such as a network lock.
    Other,
}

impl atat::AtatResp for SimState {}

impl SimState {
    fn parse(response: &[u8]) -> Result<SimState, atat::Error> {
        let text = String::from_utf8_lossy(response);
        Ok(match Fields::of(&text).text(0) {
            "READY" => SimState::Ready,
            "SIM PIN" => SimState::Pin,
            "SIM PUK" => SimState::Puk,
            _ => SimState::Other,
        })
    }
}

/// `AT+CPIN="1234"`.
#[derive(Clone, AtatCmd)]
#[at_cmd("+CPIN", NoResponse, timeout_ms = 10000)]
pub struct EnterPin {
    pin: heapless::String<8>,
}
impl Command for EnterPin {}

impl EnterPin {
    /// A PIN is 4 to 8 digits.
    pub fn new(pin: &str) -> Option<EnterPin> {
        let fits = (4..=8).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| EnterPin { pin: heapless::String::try_from(pin).expect("at most 8") })
    }
}

/// `AT+SPIC` (SIMCom): tries left: PIN1, PUK1, PIN2, PUK2.
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+SPIC", Text, parse = parse_text, timeout_ms = 5000)]
pub struct GetTries;
impl Command for GetTries {
    const EXPECT: Expect = prefixed(&["+SPIC:"]);
}

/// `AT+CPINR="SIM PIN"`: tries left (27.007 section 8.65).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CPINR", Text, parse = parse_text, timeout_ms = 5000)]
pub struct GetTriesPlain {
    code: &'static str,
}
impl Command for GetTriesPlain {
    const EXPECT: Expect = prefixed(&["+CPINR:"]);
}

impl GetTriesPlain {
    /// Asks for PIN1.
    pub const PIN: GetTriesPlain = GetTriesPlain { code: "SIM PIN" };
}

/// Tries left of PIN1, from either command's answer.
pub fn tries_left(line: &str) -> Option<u8> {
    let fields = Fields::of(line);
    fields.number(if line.starts_with("+SPIC") { 0 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use atat::AtatCmd;

    #[test]
    fn the_sim_says_what_it_wants() {
        assert_eq!(GetPin.parse(Ok(b"+CPIN: READY")), Ok(SimState::Ready));
        assert_eq!(GetPin.parse(Ok(b"+CPIN: SIM PIN")), Ok(SimState::Pin));
        assert_eq!(GetPin.parse(Ok(b"+CPIN: PH-NET PIN")), Ok(SimState::Other));
        assert_eq!(tries_left("+SPIC: 3,10,0,10"), Some(3));
        assert_eq!(tries_left("+CPINR: SIM PIN,2,3"), Some(2));
        assert!(EnterPin::new("12a4").is_none() && EnterPin::new("123").is_none());
    }
}
