//! Short messages as PDU mode writes them: hexadecimal TPDUs (3GPP 23.040 section 9), each after the
//! address of a service centre (27.005 section 4). Pure, and bounded by what a TPDU can hold.
//!
//! | file | room |
//! |---|---|
//! | `septets` | the GSM 7-bit alphabet and its extension, packed and unpacked (23.038 section 6) |
//! | `address` | telephone numbers and names (23.040 section 9.1.2.5) |
//! | `submit` | a text cut into parts, and each part as SMS-SUBMIT |
//! | `received` | SMS-DELIVER and SMS-STATUS-REPORT, from a modem that may print anything |

mod address;
mod received;
mod septets;
mod submit;
#[cfg(test)]
mod tests;

pub use address::Address;
pub use received::{Deliver, Delivery, Part, Received, StatusReport};
pub use submit::{PARTS, Submit, Text, TextError};

/// Octets of user data in one TPDU (23.040 section 9.2.3.24).
const USER_DATA_OCTETS: usize = 140;
/// Octets of the longest TPDU: an SMS-DELIVER with the longest address (27.005 section 3.1).
const TPDU_OCTETS: usize = 164;
/// Octets of a service centre's address with its length.
const CENTRE_OCTETS: usize = 12;
/// `+CMGL: ...` and its kin print at most so many hexadecimal digits.
const HEX_DIGITS: usize = 2 * (CENTRE_OCTETS + TPDU_OCTETS);

/// Why a line is no message that we can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PduError {
    /// An odd number of digits, something else than digits, or more than a message has.
    #[error("this is no PDU in hexadecimal digits")]
    NotHex,
    /// It ends before all of it has come.
    #[error("the PDU is cut off")]
    CutOff,
    /// A kind of TPDU that a modem does not receive; its TP-MTI.
    #[error("the PDU is neither a message nor a status report: TP-MTI {0}")]
    Kind(u8),
}

/// Octets that are read from the front.
#[derive(Debug, Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], PduError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(PduError::CutOff)?;
        self.0 = rest;
        Ok(taken)
    }

    fn octet(&mut self) -> Result<u8, PduError> {
        Ok(self.take(1)?[0])
    }
}

/// The octets of a line of hexadecimal digits.
fn octets_of(hex: &str) -> Result<heapless::Vec<u8, { HEX_DIGITS / 2 }>, PduError> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (pairs, odd) = hex.trim().as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return Err(PduError::NotHex);
    }
    let mut octets = heapless::Vec::new();
    for [high, low] in pairs {
        let octet = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low);
        octets.push(octet.ok_or(PduError::NotHex)?).map_err(|_| PduError::NotHex)?;
    }
    Ok(octets)
}
