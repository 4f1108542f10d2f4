//! An index from something to orders, small enough to be held in memory for a million of them: each
//! entry is one word, a tag of 23 bits and the order number in 41.
//!
//! A tag says "perhaps": whoever finds an order by it looks at the order itself.

use crate::limits::ORDER_DIGITS;
use crate::number::PhoneNumber;
use crate::order::OrderNumber;
use jiff::Timestamp;
use std::collections::BTreeSet;

const NUMBER_BITS: u32 = 41;
const TAG_MAX: u64 = (1 << (64 - NUMBER_BITS)) - 1;
/// 2026-01-01: tags of minutes count from here, and are exact until 2041.
const EPOCH_S: i64 = 1_767_225_600;

/// Orders by tag.
#[derive(Debug, Default)]
pub(super) struct PackedIndex {
    entries: BTreeSet<u64>,
    /// What is being filled in, in no order yet.
    filling: Vec<u64>,
}

impl PackedIndex {
    /// Notes an order that is found only after [`PackedIndex::filled`].
    pub(super) fn fill(&mut self, tag: u64, number: &OrderNumber) {
        self.filling.push(pack(tag, number));
    }

    /// Makes one set of all that was filled in: many times quicker than one by one, and denser.
    pub(super) fn filled(&mut self) {
        let mut entries: Vec<u64> = std::mem::take(&mut self.filling);
        entries.sort_unstable();
        self.entries = entries.into_iter().collect();
    }

    pub(super) fn insert(&mut self, tag: u64, number: &OrderNumber) {
        self.entries.insert(pack(tag, number));
    }

    pub(super) fn remove(&mut self, tag: u64, number: &OrderNumber) {
        self.entries.remove(&pack(tag, number));
    }

    /// The orders that have this tag.
    pub(super) fn with_tag(&self, tag: u64) -> impl Iterator<Item = OrderNumber> + '_ {
        let (first, last) = (tag << NUMBER_BITS, tag << NUMBER_BITS | ((1 << NUMBER_BITS) - 1));
        self.entries.range(first..=last).filter_map(|entry| number_of(*entry))
    }

    /// At most `limit` orders whose tag is at most this one, in order of their tags, from a place
    /// on: 0, or where the page before ended.
    pub(super) fn up_to(&self, tag: u64, from: u64, limit: usize) -> (Vec<OrderNumber>, u64) {
        let last = tag << NUMBER_BITS | ((1 << NUMBER_BITS) - 1);
        if from > last {
            return (Vec::new(), from);
        }
        let found: Vec<u64> = self.entries.range(from..=last).take(limit).copied().collect();
        let place = found.last().map_or(from, |entry| entry.saturating_add(1));
        (found.into_iter().filter_map(number_of).collect(), place)
    }
}

/// The tag of a telephone number.
pub(super) fn phone_tag(phone: &PhoneNumber) -> u64 {
    u64::from(crc32fast::hash(phone.e164().as_bytes())) & TAG_MAX
}

/// The tag of a moment: its minute.
pub(super) fn minute_tag(at: Timestamp) -> u64 {
    let minutes = (at.as_second() - EPOCH_S).max(0) as u64 / 60;
    minutes.min(TAG_MAX)
}

/// How many order numbers are shorter than this one, and how many of its length come before it.
fn rank(number: &OrderNumber) -> u64 {
    let digits = number.as_str();
    let value = digits.bytes().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    shorter_than(digits.len()) + value
}

fn shorter_than(digits: usize) -> u64 {
    (1..digits as u32).map(|len| 10u64.pow(len)).sum()
}

fn pack(tag: u64, number: &OrderNumber) -> u64 {
    tag << NUMBER_BITS | rank(number)
}

fn number_of(entry: u64) -> Option<OrderNumber> {
    let rank = entry & ((1 << NUMBER_BITS) - 1);
    let digits = (1..=ORDER_DIGITS).rev().find(|digits| shorter_than(*digits) <= rank)?;
    OrderNumber::new(&format!("{:0digits$}", rank - shorter_than(digits))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_number_fits_and_comes_back() {
        assert!(shorter_than(ORDER_DIGITS + 1) < 1 << NUMBER_BITS);
        let numbers = ["0", "9", "00", "01", "99", "000", "00123", "12345", "999999999999"];
        let mut index = PackedIndex::default();
        for number in numbers {
            index.insert(TAG_MAX, &OrderNumber::new(number).unwrap());
        }
        let mut found: Vec<_> = index.with_tag(TAG_MAX).map(|n| n.as_str().to_owned()).collect();
        found.sort_by_key(|n| numbers.iter().position(|m| n == m));
        assert_eq!(found, numbers);
        assert_eq!(index.with_tag(TAG_MAX - 1).count(), 0);
        index.remove(TAG_MAX, &OrderNumber::new("00").unwrap());
        assert_eq!(index.with_tag(TAG_MAX).count(), numbers.len() - 1);
    }

    #[test]
    fn what_is_due_comes_in_pages() {
        let at = |s| Timestamp::from_second(EPOCH_S + s).unwrap();
        let mut index = PackedIndex::default();
        for i in 0..10 {
            index.insert(minute_tag(at(60 * i)), &OrderNumber::new(&i.to_string()).unwrap());
        }
        let (first, place) = index.up_to(minute_tag(at(300)), 0, 4);
        let (rest, place) = index.up_to(minute_tag(at(300)), place, 4);
        assert_eq!((first.len(), rest.len()), (4, 2));
        assert_eq!(index.up_to(minute_tag(at(300)), place, 4).0, vec![]);
    }

    #[test]
    fn minutes_far_away_stay_in_range() {
        assert_eq!(minute_tag(Timestamp::MIN), 0);
        assert_eq!(minute_tag(Timestamp::MAX), TAG_MAX);
    }
}
