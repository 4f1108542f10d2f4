//! What is kept in memory beside the book, made from it at each start: counts, and the ways to find
//! a row other than by its key. Held in memory because sled, given keys in random order, takes
//! gigabytes.

use super::lockout::Failed;
use super::outbox::Waiting;
use super::packed::{PackedIndex, minute_tag, phone_tag};
use super::row::Kind;
use super::texts::OrderText;
use super::tokens::{StoredToken, Token};
use super::{orders, tokens};
use crate::order::{Order, OrderNumber, Party, TextState};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use ulid::Ulid;

/// Counts, and ways to rows.
#[derive(Default)]
pub(super) struct Index {
    counts: [u64; Kind::ALL.len()],
    /// Orders by the telephones of their parties.
    pub(super) phones: PackedIndex,
    /// Orders by the minute in which they expire.
    pub(super) expiry: PackedIndex,
    /// Deliveries by the time of their next attempt.
    pub(super) due: BTreeSet<(Timestamp, Ulid)>,
    /// Messages that wait, by when they are due; and those that a modem has.
    pub(super) texts: BTreeSet<(Timestamp, Vec<u8>)>,
    pub(super) texts_sending: BTreeSet<Vec<u8>>,
    /// Tokens by name, with what they are known by.
    pub(super) tokens: BTreeMap<String, (Token, tokens::Proof)>,
    /// Telephones that failed lately, by number.
    pub(super) failed: BTreeMap<Vec<u8>, Failed>,
}

impl Index {
    pub(super) fn count(&self, kind: Kind) -> u64 {
        self.counts[kind.index()]
    }

    /// Notes a row of the book as it is read at a start.
    pub(super) fn add(&mut self, key: &[u8], payload: &[u8]) {
        if Kind::of(key) != Some(Kind::Order) {
            return self.change(key, None, Some(payload));
        }
        self.counts[Kind::Order.index()] += 1;
        if let Some(order) = orders::read(&key[1..], payload) {
            phone_tags(&order).iter().for_each(|(tag, number)| self.phones.fill(*tag, number));
            self.expiry.fill(minute_tag(order.expires_at), &order.number);
        }
    }

    /// To be called once all rows were added.
    pub(super) fn added(&mut self) {
        self.phones.filled();
        self.expiry.filled();
    }

    /// Notes that a row was written, changed or deleted. A payload that cannot be read is left out:
    /// whoever asks for its row is told.
    pub(super) fn change(&mut self, key: &[u8], old: Option<&[u8]>, new: Option<&[u8]>) {
        let Some(kind) = Kind::of(key) else { return };
        let count = &mut self.counts[kind.index()];
        *count = count.wrapping_add(u64::from(new.is_some())) - u64::from(old.is_some());
        let id = &key[1..];
        match kind {
            Kind::Order => {
                if let Some(order) = old.and_then(|old| orders::read(id, old)) {
                    self.forget_order(&order);
                }
                if let Some(order) = new.and_then(|new| orders::read(id, new)) {
                    self.note_order(&order);
                }
            }
            Kind::Outbox => {
                let Some(call) = ulid_of(id) else { return };
                let next_at = |waiting: &[u8]| Some(Waiting::read(waiting)?.next_at);
                if let Some(at) = old.and_then(next_at) {
                    self.due.remove(&(at, call));
                }
                self.due.extend(new.and_then(next_at).map(|at| (at, call)));
            }
            Kind::Token => {
                let name = String::from_utf8_lossy(id).into_owned();
                match new.and_then(StoredToken::read) {
                    Some(stored) => drop(self.tokens.insert(name.clone(), stored.open(name))),
                    None => drop(self.tokens.remove(&name)),
                }
            }
            Kind::Lockout => match new.and_then(Failed::read) {
                Some(failed) => drop(self.failed.insert(id.to_vec(), failed)),
                None => drop(self.failed.remove(id)),
            },
            Kind::Text => self.change_text(id, old, new),
            Kind::Audit | Kind::OpenCall | Kind::Record | Kind::Setting | Kind::TextPeer => {}
        }
    }

    fn change_text(&mut self, id: &[u8], old: Option<&[u8]>, new: Option<&[u8]>) {
        if let Some(old) = old.and_then(OrderText::read) {
            self.texts.remove(&(old.next_at, id.to_vec()));
            self.texts_sending.remove(id);
        }
        match new.and_then(OrderText::read) {
            Some(OrderText { state: TextState::Waiting, next_at, .. }) => {
                self.texts.insert((next_at, id.to_vec()));
            }
            Some(OrderText { state: TextState::Sending, .. }) => {
                self.texts_sending.insert(id.to_vec());
            }
            _ => {}
        }
    }

    fn note_order(&mut self, order: &Order) {
        for (tag, number) in phone_tags(order) {
            self.phones.insert(tag, number);
        }
        self.expiry.insert(minute_tag(order.expires_at), &order.number);
    }

    fn forget_order(&mut self, order: &Order) {
        for (tag, number) in phone_tags(order) {
            self.phones.remove(tag, number);
        }
        self.expiry.remove(minute_tag(order.expires_at), &order.number);
    }
}

fn phone_tags(order: &Order) -> [(u64, &OrderNumber); 2] {
    [Party::Courier, Party::Customer].map(|party| (phone_tag(order.phone(party)), &order.number))
}

/// The call that the key of a record, an open call or a delivery names.
pub(super) fn ulid_of(id: &[u8]) -> Option<Ulid> {
    Some(Ulid::from_bytes(id.try_into().ok()?))
}
