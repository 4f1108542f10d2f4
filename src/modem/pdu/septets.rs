//! The GSM 7-bit default alphabet and its extension table (23.038 section 6.2.1), eight characters in
//! seven octets (section 6.1.2.1).

/// The default alphabet, in order of its codes.
const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                       ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension table: what these codes mean after an escape.
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];
/// The code that leads to the extension table.
const ESCAPE: u8 = 0x1b;

/// A character's code, or escape and code; `None` where the alphabet lacks it.
pub(super) fn septets_of(c: char) -> Option<heapless::Vec<u8, 2>> {
    if let Some((code, _)) = EXTENSION.iter().find(|(_, other)| *other == c) {
        return Some(heapless::Vec::from_array([ESCAPE, *code]));
    }
    let code = DEFAULT.chars().position(|other| other == c)?;
    let code = u8::try_from(code).ok().filter(|code| *code != ESCAPE)?;
    heapless::Vec::from_slice(&[code]).ok()
}

/// The text that septets say. An escape that leads nowhere is left out, as 23.038 wants it: the code
/// after it is read by the default alphabet.
pub(super) fn text_of<const N: usize>(
    septets: impl Iterator<Item = u8>,
    text: &mut heapless::String<N>,
) {
    let mut escaped = false;
    for septet in septets {
        if septet == ESCAPE && !escaped {
            escaped = true;
            continue;
        }
        let extended = EXTENSION.iter().find(|(code, _)| escaped && *code == septet);
        let c = extended.map(|(_, c)| *c).or_else(|| DEFAULT.chars().nth(septet.into()));
        escaped = false;
        let _bounded = text.push(c.filter(|c| *c != char::from(ESCAPE)).unwrap_or(' '));
    }
}

/// Packs septets behind so many bits that are left 0 (the rest of a header's last septet).
pub(super) fn pack<const N: usize>(septets: &[u8], fill: usize, octets: &mut heapless::Vec<u8, N>) {
    let (mut held, mut bits) = (0u16, fill);
    for septet in septets {
        held |= u16::from(*septet) << bits;
        bits += 7;
        if bits >= 8 {
            let _bounded = octets.push(held.to_le_bytes()[0]);
            (held, bits) = (held >> 8, bits - 8);
        }
    }
    if bits > 0 {
        let _bounded = octets.push(held.to_le_bytes()[0]);
    }
}

/// So many septets of octets, or as many as there are, from the septet `first` on.
pub(super) fn unpack(octets: &[u8], first: usize, count: usize) -> impl Iterator<Item = u8> {
    (first..first.saturating_add(count)).map_while(move |n| {
        let (at, shift) = (n * 7 / 8, n * 7 % 8);
        let low = u16::from(*octets.get(at)?);
        let high = match octets.get(at + 1) {
            Some(high) => u16::from(*high),
            None if shift <= 1 => 0,
            None => return None,
        };
        Some(((high << 8 | low) >> shift).to_le_bytes()[0] & 0x7f)
    })
}
