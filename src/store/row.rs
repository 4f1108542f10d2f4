//! A row: its key (what kind of thing, which one) and its value (sealed by a checksum), and the
//! totals over rows by which a missing one is noticed.

use crc32fast::Hasher;

/// How rows, journal entries and snapshots are laid out. A store of a higher layout is not opened.
pub(super) const LAYOUT: u8 = 1;
/// Octets of one value at most. Records are the largest, at well under 1 KB.
pub(super) const VALUE_OCTETS: usize = 16 * 1024;
/// Octets of one key at most: its length is one octet in an entry.
pub(super) const KEY_OCTETS: usize = 255;
/// Octets of what comes before the payload of a value: layout, checksum, sequence number.
const SEAL_OCTETS: usize = 1 + 4 + 8;

/// What a row is about: the first octet of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Kind {
    Audit = b'a',
    OpenCall = b'c',
    Lockout = b'l',
    Text = b'm',
    Order = b'o',
    TextPeer = b'p',
    Record = b'r',
    Setting = b's',
    Token = b't',
    Outbox = b'x',
}

impl Kind {
    pub(super) const ALL: [Kind; 10] = [
        Kind::Audit,
        Kind::OpenCall,
        Kind::Lockout,
        Kind::Text,
        Kind::Order,
        Kind::TextPeer,
        Kind::Record,
        Kind::Setting,
        Kind::Token,
        Kind::Outbox,
    ];

    /// The key of one thing of this kind.
    pub(super) fn key(self, id: &[u8]) -> Vec<u8> {
        let mut key = Vec::with_capacity(1 + id.len());
        key.push(self as u8);
        key.extend_from_slice(id);
        key
    }

    /// What a key is about.
    pub(super) fn of(key: &[u8]) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| key.first() == Some(&(*kind as u8)))
    }

    pub(super) fn index(self) -> usize {
        Kind::ALL.iter().position(|kind| *kind == self).unwrap_or_default()
    }
}

/// A value as it was written: whole, and for the key it was found under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sealed<'a> {
    pub(super) crc: u32,
    /// The commit that wrote it.
    pub(super) seq: u64,
    pub(super) payload: &'a [u8],
}

/// Why a value cannot be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadValue {
    #[error("a value fails its checksum")]
    Checksum,
    #[error("a value has layout {0}")]
    TooNew(u8),
}

/// Puts a payload under its seal. The checksum covers the key too: a whole value that turns up
/// under another key is damage as well.
pub(super) fn seal(key: &[u8], seq: u64, payload: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(SEAL_OCTETS + payload.len());
    value.push(LAYOUT);
    value.extend_from_slice(&checksum(key, LAYOUT, seq, payload).to_be_bytes());
    value.extend_from_slice(&seq.to_be_bytes());
    value.extend_from_slice(payload);
    value
}

/// Checks the seal of a value.
pub(super) fn unseal<'a>(key: &[u8], value: &'a [u8]) -> Result<Sealed<'a>, BadValue> {
    let (layout, rest) = value.split_first().ok_or(BadValue::Checksum)?;
    let (crc, rest) = rest.split_first_chunk().ok_or(BadValue::Checksum)?;
    let (seq, payload) = rest.split_first_chunk().ok_or(BadValue::Checksum)?;
    let (crc, seq) = (u32::from_be_bytes(*crc), u64::from_be_bytes(*seq));
    if crc != checksum(key, *layout, seq, payload) {
        return Err(BadValue::Checksum);
    }
    if *layout != LAYOUT {
        return Err(BadValue::TooNew(*layout));
    }
    Ok(Sealed { crc, seq, payload })
}

fn checksum(key: &[u8], layout: u8, seq: u64, payload: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&[key.len() as u8, layout]);
    hasher.update(key);
    hasher.update(&seq.to_be_bytes());
    hasher.update(payload);
    hasher.finalize()
}

/// How many rows there are, and the sum of their checksums: two books with the same totals are the
/// same book, whatever the order in which their rows were counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) rows: u64,
    pub(super) sum: u64,
}

impl Totals {
    pub(super) fn add(&mut self, crc: u32) {
        self.rows = self.rows.wrapping_add(1);
        self.sum = self.sum.wrapping_add(u64::from(crc));
    }

    pub(super) fn remove(&mut self, crc: u32) {
        self.rows = self.rows.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(u64::from(crc));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_believed_only_whole_and_under_its_own_key() {
        let value = seal(b"o1", 7, b"payload");
        let sealed = unseal(b"o1", &value).unwrap();
        assert_eq!((sealed.seq, sealed.payload), (7, &b"payload"[..]));
        assert_eq!(unseal(b"o2", &value), Err(BadValue::Checksum));
        for at in 0..value.len() {
            let mut bad = value.clone();
            bad[at] ^= 1;
            assert_eq!(unseal(b"o1", &bad), Err(BadValue::Checksum), "octet {at}");
        }
        for len in 0..value.len() {
            assert_eq!(unseal(b"o1", &value[..len]), Err(BadValue::Checksum));
        }
    }

    #[test]
    fn totals_do_not_depend_on_the_order() {
        let (mut a, mut b) = (Totals::default(), Totals::default());
        a.add(1);
        a.add(u32::MAX);
        b.add(u32::MAX);
        b.add(5);
        b.remove(5);
        b.add(1);
        assert_eq!(a, b);
    }
}
