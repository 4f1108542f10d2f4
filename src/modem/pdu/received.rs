//! What comes in: messages and reports of delivery (23.040 sections 9.2.2.1 and 9.2.2.3).

use super::{Address, PduError, Reader, USER_DATA_OCTETS, octets_of, septets};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Octets of the longest text: 160 septets make 320 octets of UTF-8 at most, 70 units 210.
const TEXT_OCTETS: usize = 320;

/// What a modem has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A message.
    Deliver(Box<Deliver>),
    /// What became of a message of ours.
    Report(StatusReport),
}

/// SMS-DELIVER: a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Deliver {
    /// Who sent it.
    pub from: Address,
    /// When the network took it; `None` if that makes no sense.
    pub sent_at: Option<Timestamp>,
    /// What it says; `None` for data, and for text in an alphabet of neither kind.
    pub text: Option<heapless::String<TEXT_OCTETS>>,
    /// Which part of a longer text it is.
    pub part: Option<Part>,
}

/// What it says is nobody's business.
impl std::fmt::Debug for Deliver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliver").field("from", &self.from).field("part", &self.part).finish()
    }
}

/// A part of a text that was too long for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Tells texts of one sender apart.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which one it is, from 1.
    pub number: u8,
}

/// SMS-STATUS-REPORT: what became of a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// Which one: `<mr>` of its `+CMGS`.
    pub reference: u8,
    /// To whom it went.
    pub to: Address,
    /// What became of it.
    pub delivery: Delivery,
}

/// TP-Status (23.040 section 9.2.3.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The phone has it.
    Delivered,
    /// Given on, and nobody can say whether it arrived.
    Unconfirmed,
    /// The network goes on trying.
    Trying,
    /// The network does not try any more.
    Failed,
}

impl Delivery {
    fn read(status: u8) -> Delivery {
        match status {
            0x01 => Delivery::Unconfirmed,
            0x00..=0x1f => Delivery::Delivered,
            0x20..=0x3f => Delivery::Trying,
            // Reserved values count as those of their range, which all have given up.
            _ => Delivery::Failed,
        }
    }
}

impl Received {
    /// Reads what `AT+CMGR`, `AT+CMGL`, `+CMT` and `+CDS` print on the line after their own.
    ///
    /// # Errors
    /// [`PduError`].
    pub fn read(hex: &str) -> Result<Received, PduError> {
        let octets = octets_of(hex)?;
        let mut reader = Reader(&octets);
        let centre = reader.octet()?;
        reader.take(centre.into())?;
        let first = reader.octet()?;
        match first & 0b11 {
            0b00 => deliver(first, &mut reader).map(|deliver| Received::Deliver(Box::new(deliver))),
            0b10 => report(&mut reader).map(Received::Report),
            kind => Err(PduError::Kind(kind)),
        }
    }
}

fn deliver(first: u8, reader: &mut Reader<'_>) -> Result<Deliver, PduError> {
    let from = Address::read(reader)?;
    let _protocol = reader.octet()?;
    let alphabet = Alphabet::read(reader.octet()?);
    let sent_at = time(reader.take(7)?);
    let length = usize::from(reader.octet()?);
    let octets = match alphabet {
        Alphabet::Septets => (length * 7).div_ceil(8),
        _ => length,
    };
    let data = reader.take(octets)?;
    if octets > USER_DATA_OCTETS {
        return Err(PduError::CutOff);
    }
    // TP-UDHI: a header comes first, its own length before it.
    let has_header = first & 0b0100_0000 != 0;
    let header_octets = if has_header { 1 + usize::from(*data.first().unwrap_or(&0)) } else { 0 };
    let (header, body) = data.split_at_checked(header_octets).ok_or(PduError::CutOff)?;
    let mut text = heapless::String::new();
    let is_text = match alphabet {
        Alphabet::Septets => {
            let skipped = (header_octets * 8).div_ceil(7);
            let count = length.saturating_sub(skipped);
            septets::text_of(septets::unpack(data, skipped, count), &mut text);
            true
        }
        Alphabet::Ucs2 => {
            let (units, _odd) = body.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            for c in char::decode_utf16(units) {
                let _bounded = text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            true
        }
        Alphabet::Data => false,
    };
    Ok(Deliver { from, sent_at, text: is_text.then_some(text), part: part(header) })
}

fn report(reader: &mut Reader<'_>) -> Result<StatusReport, PduError> {
    let reference = reader.octet()?;
    let to = Address::read(reader)?;
    let _taken_and_discharged = reader.take(14)?;
    Ok(StatusReport { reference, to, delivery: Delivery::read(reader.octet()?) })
}

/// TP-DCS (23.038 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Septets,
    Ucs2,
    Data,
}

impl Alphabet {
    fn read(dcs: u8) -> Alphabet {
        match dcs {
            // General: compressed text is data to us.
            0x00..=0x7f if dcs & 0b10_0000 != 0 => Alphabet::Data,
            0x00..=0x7f => match dcs >> 2 & 0b11 {
                0b00 => Alphabet::Septets,
                0b10 => Alphabet::Ucs2,
                _ => Alphabet::Data,
            },
            0xe0..=0xef => Alphabet::Ucs2,
            0xf0..=0xff if dcs & 0b100 != 0 => Alphabet::Data,
            // Waiting-message groups, and reserved ones, which count as the default alphabet.
            _ => Alphabet::Septets,
        }
    }
}

/// The part that a header tells of: elements 0 and 8 (23.040 section 9.2.3.24).
fn part(header: &[u8]) -> Option<Part> {
    let mut reader = Reader(header.get(1..)?);
    loop {
        let element = reader.octet().ok()?;
        let length = reader.octet().ok()?;
        let (reference, total, number) = match (element, reader.take(length.into()).ok()?) {
            (0, &[reference, total, number]) => (u16::from(reference), total, number),
            (8, &[high, low, total, number]) => (u16::from_be_bytes([high, low]), total, number),
            _ => continue,
        };
        // A number beyond the total makes it no part (section 9.2.3.24.1).
        return (1..=total).contains(&number).then_some(Part { reference, total, number });
    }
}

/// TP-SCTS: year, month, day, hour, minute, second, and the quarters of an hour from UTC.
fn time(octets: &[u8]) -> Option<Timestamp> {
    let digits = |octet: u8| {
        let (tens, ones) = (octet & 0xf, octet >> 4);
        (tens < 10 && ones < 10).then_some((tens * 10 + ones).cast_signed())
    };
    let &[year, month, day, hour, minute, second, zone] = octets else { return None };
    let year = 2000 + i16::from(digits(year)?);
    let (month, day) = (digits(month)?, digits(day)?);
    let (hour, minute, second) = (digits(hour)?, digits(minute)?, digits(second)?);
    // Bit 3 is the sign, the rest of that half-octet the tens.
    let quarters = i32::from(digits(zone & !0b1000)?);
    let quarters = if zone & 0b1000 != 0 { -quarters } else { quarters };
    let offset = Offset::from_seconds(quarters * 15 * 60).ok()?;
    let at = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    offset.to_timestamp(at).ok()
}
