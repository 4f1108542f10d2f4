//! SMS-SUBMIT in, SMS-DELIVER and SMS-STATUS-REPORT out (23.040 §9.2.2).

use super::alphabet;
use crate::number::Shown;

/// A message that the modem gave to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submitted {
    /// The number as it is written, `+` before an international one.
    pub to: String,
    pub text: String,
    /// Which part of how many.
    pub part: Option<(u8, u8)>,
    /// TP-SRR: the sender wants to know what becomes of it.
    pub wants_report: bool,
    /// The address as it came, to be put into that report.
    pub address: Vec<u8>,
}

/// What a status report tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub reference: u8,
    pub address: Vec<u8>,
    /// TP-Status.
    pub status: u8,
}

/// Reads what was typed at the prompt. `length` is what `AT+CMGS` said: octets without the
/// service centre. `None`: the modem answers +CMS ERROR 304.
pub(crate) fn read_submit(hex: &[u8], length: usize) -> Option<Submitted> {
    let octets = from_hex(hex)?;
    let tpdu = octets.get(1 + usize::from(*octets.first()?)..)?;
    if tpdu.len() != length {
        return None;
    }
    let first = tpdu[0];
    if first & 0b11 != 0b01 {
        return None;
    }
    let digits = usize::from(*tpdu.get(2)?);
    let address_end = 4 + digits.div_ceil(2);
    let address = tpdu.get(2..address_end)?.to_vec();
    let validity = match first >> 3 & 0b11 {
        0b00 => 0,
        0b10 => 1,
        _ => 7,
    };
    let coding = *tpdu.get(address_end + 1)?;
    let at = address_end + 2 + validity;
    let count = usize::from(*tpdu.get(at)?);
    let data = tpdu.get(at + 1..)?;
    let wide = coding & 0b1100 == 0b1000;
    let wanted = if wide { count } else { (count * 7).div_ceil(8) };
    if data.len() != wanted || data.len() > 140 {
        return None;
    }
    let header = if first & 0b0100_0000 != 0 { 1 + usize::from(*data.first()?) } else { 0 };
    let text = if wide {
        let units = data.get(header..)?.chunks(2).map(|two| two.iter().fold(0, join));
        String::from_utf16_lossy(&units.collect::<Vec<u16>>())
    } else {
        let codes = (header * 8).div_ceil(7);
        alphabet::read(&alphabet::unpack(data, codes * 7, count.checked_sub(codes)?))
    };
    let part = match data.get(1..header) {
        Some([0, 3, _, total, number]) => Some((*number, *total)),
        _ => None,
    };
    let to = number(&address)?;
    Some(Submitted { to, text, part, wants_report: first & 0b10_0000 != 0, address })
}

fn join(high: u16, low: &u8) -> u16 {
    high << 8 | u16::from(*low)
}

/// The digits of an address, `+` before those of type 145.
fn number(address: &[u8]) -> Option<String> {
    let count = usize::from(address[0]);
    let halves = address[2..].iter().flat_map(|octet| [octet & 15, octet >> 4]).take(count);
    let plus = if address[1] == 0x91 { "+" } else { "" };
    let digits: Option<String> = halves.map(|half| char::from_digit(half.into(), 10)).collect();
    digits.filter(|digits| !digits.is_empty()).map(|digits| format!("{plus}{digits}"))
}

/// A message of a phone, as the modem prints it; and its length without the service centre.
pub(crate) fn deliver(from: &Shown, text: &str, time: [u8; 7]) -> (usize, String) {
    let mut tpdu = vec![0x04];
    tpdu.extend(address(&from.digits, from.kind));
    match alphabet::write(text).filter(|codes| codes.len() <= 160) {
        Some(codes) => {
            tpdu.extend([0, 0]);
            tpdu.extend(time);
            tpdu.push(codes.len() as u8);
            tpdu.extend(alphabet::pack(&codes));
        }
        None => {
            let units: Vec<u8> = text.encode_utf16().take(70).flat_map(u16::to_be_bytes).collect();
            tpdu.extend([0, 8]);
            tpdu.extend(time);
            tpdu.push(units.len() as u8);
            tpdu.extend(units);
        }
    }
    printed(&tpdu)
}

/// A status report, likewise.
pub(crate) fn report(report: &Report, time: [u8; 7]) -> (usize, String) {
    let mut tpdu = vec![0x06, report.reference];
    tpdu.extend(&report.address);
    tpdu.extend(time);
    tpdu.extend(time);
    tpdu.push(report.status);
    printed(&tpdu)
}

fn address(digits: &str, kind: u8) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_digit).map(|d| d - b'0').collect();
    let mut octets = vec![digits.len() as u8, kind];
    octets.extend(digits.chunks(2).map(|two| two[0] | two.get(1).map_or(0xf0, |high| high << 4)));
    octets
}

/// The service centre is one of the country's, of fiction.
fn printed(tpdu: &[u8]) -> (usize, String) {
    let centre = address("61255500090", 0x91);
    let octets = std::iter::once(centre.len() as u8 - 1).chain(centre[1..].iter().copied());
    let hex = octets.chain(tpdu.iter().copied()).map(|octet| format!("{octet:02X}")).collect();
    (tpdu.len(), hex)
}

fn from_hex(hex: &[u8]) -> Option<Vec<u8>> {
    let digit = |c: &u8| char::from(*c).to_digit(16).map(|digit| digit as u8);
    let pair = |two: &[u8]| Some(digit(two.first()?)? << 4 | digit(two.get(1)?)?);
    hex.chunks(2).map(pair).collect()
}
