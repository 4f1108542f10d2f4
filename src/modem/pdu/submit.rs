//! Texts to be sent: which alphabet they need, how many messages they make, and each as SMS-SUBMIT
//! (23.040 sections 9.2.2.2 and 9.2.3.24.1).

use super::{TPDU_OCTETS, USER_DATA_OCTETS, address, septets};
use crate::number::Dialable;
use std::fmt::Write;

/// Messages of one text at most: each is paid for.
pub const PARTS: usize = 4;
/// Septets of a message that is alone.
const SEPTETS: usize = 160;
/// Septets beside the header that says which part it is.
const SEPTETS_OF_PART: usize = 153;
/// UTF-16 units of a message that is alone, and beside that header.
const UNITS: usize = 70;
const UNITS_OF_PART: usize = 67;
/// How long the network tries: 24 hours (TP-VP, relative).
const VALIDITY: u8 = 167;
/// TP-DCS: the GSM alphabet, and UCS-2.
const DCS_SEPTETS: u8 = 0x00;
const DCS_UCS2: u8 = 0x08;

/// Why a text cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing in it.
    #[error("the text is empty")]
    Empty,
    /// It would make more messages than anybody wants.
    #[error(
        "the text is too long: at most {PARTS} messages, which is 612 characters of the GSM alphabet or 268 others"
    )]
    TooLong,
}

/// What one message carries.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Data {
    Septets(heapless::Vec<u8, SEPTETS>),
    Units(heapless::Vec<u16, UNITS>),
}

/// A text, cut into what single messages carry. No character is cut in two.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    parts: heapless::Vec<Data, PARTS>,
}

/// It may hold personal data: how long it is, and no more.
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({} parts)", self.parts.len())
    }
}

impl Text {
    /// Cuts a text: by the GSM alphabet if that has all its characters, else by UCS-2.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn new(text: &str) -> Result<Text, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let parts = if text.chars().all(|c| septets::septets_of(c).is_some()) {
            let of = |c| septets::septets_of(c).unwrap_or_default();
            cut(text, of, SEPTETS, SEPTETS_OF_PART, Data::Septets)
        } else {
            let of = |c: char| {
                let mut units = [0; 2];
                heapless::Vec::<u16, 2>::from_slice(c.encode_utf16(&mut units)).unwrap_or_default()
            };
            cut(text, of, UNITS, UNITS_OF_PART, Data::Units)
        };
        parts.map(|parts| Text { parts }).ok_or(TextError::TooLong)
    }

    /// How many messages it makes: 1 to [`PARTS`].
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// One of its messages. `reference` tells the parts of this text from those of another to the same
    /// phone; a report of its delivery is asked for. `None` beyond the last part.
    pub fn submit(&self, to: &Dialable, part: usize, reference: u8) -> Option<Submit> {
        let data = self.parts.get(part)?;
        let alone = self.parts.len() == 1;
        let number = |n: usize| u8::try_from(n).expect("few parts");
        let header = [5, 0, 3, reference, number(self.parts.len()), number(part + 1)];
        let header: &[u8] = if alone { &[] } else { &header };
        let mut octets = heapless::Vec::new();
        // TP-MTI SUBMIT, TP-VPF relative, TP-SRR; TP-UDHI with a header. TP-MR is the modem's.
        let first = 0b0011_0001 | if alone { 0 } else { 0b0100_0000 };
        let _fits = octets.extend_from_slice(&[first, 0]);
        address::write(to.number().e164(), &mut octets);
        let (dcs, length) = match data {
            Data::Septets(septets) => (DCS_SEPTETS, (header.len() * 8).div_ceil(7) + septets.len()),
            Data::Units(units) => (DCS_UCS2, header.len() + 2 * units.len()),
        };
        let _fits = octets.extend_from_slice(&[0, dcs, VALIDITY, number(length)]);
        let _fits = octets.extend_from_slice(header);
        match data {
            Data::Septets(septets) => {
                let fill = (header.len() * 8).next_multiple_of(7) - header.len() * 8;
                septets::pack(septets, fill, &mut octets);
            }
            Data::Units(units) => units.iter().for_each(|unit| {
                let _fits = octets.extend_from_slice(&unit.to_be_bytes());
            }),
        }
        Some(Submit { octets })
    }
}

/// Puts the codes of characters into one message, or into several that are a little shorter; `None` if
/// there would be too many.
fn cut<T: Copy, const N: usize>(
    text: &str,
    of: impl Fn(char) -> heapless::Vec<T, 2>,
    alone: usize,
    of_part: usize,
    data: impl Fn(heapless::Vec<T, N>) -> Data,
) -> Option<heapless::Vec<Data, PARTS>> {
    let total: usize = text.chars().map(|c| of(c).len()).sum();
    let most = if total <= alone { alone } else { of_part };
    let mut parts = heapless::Vec::new();
    let mut part = heapless::Vec::new();
    for c in text.chars() {
        let codes = of(c);
        if part.len() + codes.len() > most {
            parts.push(data(std::mem::take(&mut part))).ok()?;
        }
        part.extend_from_slice(&codes).ok()?;
    }
    parts.push(data(part)).ok()?;
    Some(parts)
}

/// One message, ready for `AT+CMGS` in PDU mode.
#[derive(Clone, PartialEq, Eq)]
pub struct Submit {
    octets: heapless::Vec<u8, TPDU_OCTETS>,
}

/// It holds a telephone number.
impl std::fmt::Debug for Submit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submit({} octets)", self.octets.len())
    }
}

impl Submit {
    /// What `AT+CMGS=<length>` wants: the octets of the TPDU, without the service centre's address.
    pub fn length(&self) -> usize {
        self.octets.len()
    }

    /// What is typed at the prompt, without its Ctrl-Z. The service centre is the SIM's own.
    pub fn hex(&self) -> heapless::String<{ 2 * (TPDU_OCTETS + 1) }> {
        let mut hex = heapless::String::new();
        for octet in std::iter::once(&0).chain(&self.octets) {
            let _fits = write!(hex, "{octet:02X}");
        }
        hex
    }
}

const _: () = assert!(SEPTETS * 7 <= USER_DATA_OCTETS * 8 && UNITS * 2 <= USER_DATA_OCTETS);
