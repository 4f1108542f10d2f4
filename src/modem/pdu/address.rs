//! Addresses: a length in digits, a type, and digits as swapped half-octets, or a name in septets
//! (23.040 section 9.1.2.5).

use super::{PduError, Reader, septets};
use crate::number::TypeOfNumber;

/// Octets of the longest value: 20 digits.
const VALUE_OCTETS: usize = 10;
/// A number in the international form, of the ISDN numbering plan.
const INTERNATIONAL: u8 = 0x91;

/// Who sent a message, or got it.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A telephone number or a short code, as the network writes it.
    Number {
        /// Its digits; `*` and `#` may be among them.
        digits: heapless::String<{ 2 * VALUE_OCTETS }>,
        /// How they are to be read.
        ton: TypeOfNumber,
    },
    /// A name in place of a number: nobody can be answered there.
    Name(heapless::String<{ 2 * VALUE_OCTETS + 4 }>),
}

/// Personal data: it is not shown.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Address::Number { .. } => "Number(..)",
            Address::Name(_) => "Name(..)",
        })
    }
}

impl Address {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Address, PduError> {
        let digits = usize::from(reader.octet()?);
        let kind = reader.octet()?;
        if digits > 2 * VALUE_OCTETS {
            return Err(PduError::CutOff);
        }
        let value = reader.take(digits.div_ceil(2))?;
        // Bits 7 to 5: the type of number.
        if kind >> 4 & 0b111 == 0b101 {
            let mut name = heapless::String::new();
            septets::text_of(septets::unpack(value, 0, digits * 4 / 7), &mut name);
            return Ok(Address::Name(name));
        }
        let halves = value.iter().flat_map(|octet| [octet & 0xf, octet >> 4]);
        let digits = halves.take(digits).filter_map(|half| match half {
            0..=9 => Some(char::from(b'0' + half)),
            0xa => Some('*'),
            0xb => Some('#'),
            _ => None,
        });
        Ok(Address::Number { digits: digits.collect(), ton: TypeOfNumber::from(kind) })
    }
}

/// Writes a number of E.164.
pub(super) fn write<const N: usize>(e164: &str, octets: &mut heapless::Vec<u8, N>) {
    let digits: heapless::Vec<u8, { 2 * VALUE_OCTETS }> =
        e164.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let pairs = digits.chunks(2).map(|pair| pair[0] | pair.get(1).unwrap_or(&0xf) << 4);
    let length = u8::try_from(digits.len()).expect("E.164 has 15 digits at most");
    for octet in [length, INTERNATIONAL].into_iter().chain(pairs) {
        let _bounded = octets.push(octet);
    }
}
