//! The GSM 7-bit default alphabet, one row of the table of 23.038 §6.2.1 after the other.

const ROWS: [&str; 8] = [
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
];

/// After an escape (§6.2.1.1).
fn extended(code: u8) -> Option<char> {
    Some(match code {
        10 => '\u{c}',
        20 => '^',
        40 => '{',
        41 => '}',
        47 => '\\',
        60 => '[',
        61 => '~',
        62 => ']',
        64 => '|',
        101 => '€',
        _ => return None,
    })
}

fn plain(code: u8) -> char {
    ROWS[usize::from(code >> 4 & 7)].chars().nth(usize::from(code & 15)).unwrap_or(' ')
}

/// What unpacked characters say.
pub(super) fn read(codes: &[u8]) -> String {
    let mut text = String::new();
    let mut codes = codes.iter();
    while let Some(code) = codes.next() {
        if *code != 27 {
            text.push(plain(*code));
            continue;
        }
        if let Some(next) = codes.next() {
            text.push(extended(*next).unwrap_or_else(|| plain(*next)));
        }
    }
    text
}

/// The codes of a text, if the alphabet has all of it.
pub(super) fn write(text: &str) -> Option<Vec<u8>> {
    let mut codes = Vec::new();
    for c in text.chars() {
        if let Some(code) = (0..128).find(|code| *code != 27 && plain(*code) == c) {
            codes.push(code);
        } else {
            codes.extend([27, (0..128).find(|code| extended(*code) == Some(c))?]);
        }
    }
    Some(codes)
}

/// Seven bits each, the lowest first, as one long number.
pub(super) fn pack(codes: &[u8]) -> Vec<u8> {
    let bits: Vec<bool> =
        codes.iter().flat_map(|code| (0..7).map(move |bit| code >> bit & 1 == 1)).collect();
    let octet = |bits: &[bool]| bits.iter().rev().fold(0, |octet, bit| octet << 1 | u8::from(*bit));
    bits.chunks(8).map(octet).collect()
}

/// The codes from a bit on.
pub(super) fn unpack(octets: &[u8], from: usize, count: usize) -> Vec<u8> {
    let bit = |n: usize| octets.get(n / 8).is_some_and(|octet| octet >> (n % 8) & 1 == 1);
    let code =
        |n: usize| (0..7).rev().fold(0, |code, b| code << 1 | u8::from(bit(from + 7 * n + b)));
    (0..count).map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_128_codes_and_says_what_the_standard_prints() {
        assert!(ROWS.iter().all(|row| row.chars().count() == 16));
        assert_eq!((plain(0), plain(0x41), plain(0x7f), plain(0x5f)), ('@', 'A', 'à', '§'));
        let codes = write("Total 5 € [ok]").unwrap();
        assert_eq!(read(&codes), "Total 5 € [ok]");
        assert_eq!(unpack(&pack(&codes), 0, codes.len()), codes);
        assert_eq!(write("Заказ"), None);
    }

    #[test]
    fn hello_is_packed_as_everywhere() {
        let packed = [0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37];
        assert_eq!(pack(&write("hellohello").unwrap()), packed);
    }
}
