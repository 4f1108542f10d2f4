//! Short messages about orders: what became of each, and whose telephone wants none.
//!
//! A message's row is written in the commit that stores its order for the first time, and goes with the
//! order. While the order is there it has one row for each party, so nobody is sent a second one by a
//! restart, a repeated request or an import that is run again.

use super::row::Kind;
use super::tx::Tx;
use super::{Store, StoreError, unreadable};
use crate::number::PhoneNumber;
use crate::order::{OrderNumber, Party, TextState};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Messages that may wait, about; the parties of an order beyond that are sent none.
pub const TEXTS_WAITING: usize = 10_000;
/// Waits are shorter than this.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(2);
/// Telephones of which it is remembered that they stopped messages or were answered.
pub const TEXT_PEERS: usize = 100_000;

/// The message to one party of an order. The telephone is the order's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderText {
    /// What became of it.
    pub state: TextState,
    /// How often it was refused for a reason that passes.
    pub attempts: u32,
    /// Not before then.
    pub next_at: Timestamp,
}

impl OrderText {
    fn new() -> OrderText {
        OrderText { state: TextState::Waiting, attempts: 0, next_at: Timestamp::UNIX_EPOCH }
    }

    pub(super) fn read(payload: &[u8]) -> Option<OrderText> {
        serde_json::from_slice(payload).ok()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| bad())
    }
}

/// What is remembered of a telephone that sent a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPeer {
    /// It said STOP, and not START since.
    pub stopped: bool,
    /// When it was last told how to call.
    pub answered_at: Option<Timestamp>,
}

impl TextPeer {
    pub(super) fn read(payload: &[u8]) -> Option<TextPeer> {
        serde_json::from_slice(payload).ok()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| bad())
    }
}

/// Which message: the order's digits, and a letter for the party.
pub(super) fn id_of(number: &str, party: Party) -> Vec<u8> {
    let letter = match party {
        Party::Courier => b'c',
        Party::Customer => b'u',
    };
    [number.as_bytes(), &[letter]].concat()
}

pub(super) fn text_of(id: &[u8]) -> Option<(OrderNumber, Party)> {
    let (letter, digits) = id.split_last()?;
    let party = match letter {
        b'c' => Party::Courier,
        b'u' => Party::Customer,
        _ => return None,
    };
    Some((OrderNumber::new(std::str::from_utf8(digits).ok()?).ok()?, party))
}

/// An order is stored for the first time: its parties are to be sent a message.
pub(super) fn want(tx: &mut Tx<'_>, number: &str) -> Result<(), StoreError> {
    // Those of this commit are not counted: it is bounded, too.
    if tx.index.texts.len() >= TEXTS_WAITING {
        return Ok(());
    }
    let text = OrderText::new().write()?;
    for party in [Party::Courier, Party::Customer] {
        tx.put(Kind::Text, &id_of(number, party), &text)?;
    }
    Ok(())
}

/// An order goes.
pub(super) fn forget(tx: &mut Tx<'_>, number: &str) -> Result<(), StoreError> {
    for party in [Party::Courier, Party::Customer] {
        tx.delete(Kind::Text, &id_of(number, party))?;
    }
    Ok(())
}

impl Store {
    /// From now on each order that is new has messages for its parties.
    pub fn want_texts(&self) {
        self.0.shared.want_texts();
    }

    /// The message to a party of an order, if there is one.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn text(
        &self,
        number: &OrderNumber,
        party: Party,
    ) -> Result<Option<OrderText>, StoreError> {
        let payload = self.get(Kind::Text, &id_of(number.as_str(), party))?;
        payload.map(|payload| OrderText::read(&payload).ok_or_else(bad)).transpose()
    }

    /// One message that waits and whose time has come.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn text_due(&self, now: Timestamp) -> Result<Option<(OrderNumber, Party)>, StoreError> {
        self.0.shared.read(|state| {
            let texts = &state.index.texts;
            let come = texts.first().filter(|(at, _)| *at <= now);
            // Planned by a clock that has been set back since.
            let absurd = now.checked_add(WAIT_MAX).unwrap_or(Timestamp::MAX);
            let (_, id) = come.or_else(|| texts.last().filter(|(at, _)| *at > absurd))?;
            text_of(id)
        })
    }

    /// How many wait.
    pub fn texts_waiting(&self) -> u64 {
        self.0.shared.read(|state| state.index.texts.len() as u64).unwrap_or(0)
    }

    /// Notes what became of a message. False if its order is gone. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn note_text(
        &self,
        number: &OrderNumber,
        party: Party,
        text: &OrderText,
    ) -> Result<bool, StoreError> {
        let (id, payload) = (id_of(number.as_str(), party), text.write()?);
        self.0.writer.write(move |tx| {
            if tx.get(Kind::Text, &id)?.is_none() {
                return Ok(false);
            }
            tx.put(Kind::Text, &id, &payload)?;
            Ok(true)
        })
    }

    /// Messages that a modem had when the box stopped: nobody knows what became of them. Says how many
    /// there were. To be called at a start.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn give_up_texts(&self) -> Result<u64, StoreError> {
        self.0.writer.write(|tx| {
            let ids: Vec<Vec<u8>> = tx.index.texts_sending.iter().cloned().collect();
            for id in &ids {
                let Some(payload) = tx.get(Kind::Text, id)? else { continue };
                let text = OrderText::read(&payload).ok_or_else(bad)?;
                let unknown = OrderText { state: TextState::Unknown, ..text };
                tx.put(Kind::Text, id, &unknown.write()?)?;
            }
            Ok(ids.len() as u64)
        })
    }

    /// What is remembered of a telephone.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn text_peer(&self, phone: &PhoneNumber) -> Result<TextPeer, StoreError> {
        let payload = self.get(Kind::TextPeer, phone.e164().as_bytes())?;
        payload.map_or(Ok(TextPeer::default()), |p| TextPeer::read(&p).ok_or_else(bad))
    }

    /// Remembers something of a telephone. On disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] beyond [`TEXT_PEERS`]; else as [`Store::put_order`].
    pub fn note_text_peer(&self, phone: &PhoneNumber, peer: TextPeer) -> Result<(), StoreError> {
        let (id, payload) = (phone.e164().as_bytes().to_vec(), peer.write()?);
        self.0.writer.write(move |tx| {
            let new = tx.get(Kind::TextPeer, &id)?.is_none();
            if new && tx.count(Kind::TextPeer) >= TEXT_PEERS as u64 {
                let what = "telephones that sent a message";
                return Err(StoreError::TooLarge { what, limit: TEXT_PEERS });
            }
            tx.put(Kind::TextPeer, &id, &payload)
        })
    }
}

fn bad() -> StoreError {
    unreadable("a text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Now;
    use crate::order::Order;
    use std::time::Duration;

    fn order(number: &str) -> Order {
        Order {
            number: OrderNumber::new(number).unwrap(),
            courier: PhoneNumber::from_e164("+61255501111").unwrap(),
            customer: PhoneNumber::from_e164("+61255502222").unwrap(),
            expires_at: Now::simulated(Duration::from_secs(3600)).wall,
            language: None,
        }
    }

    #[test]
    fn each_party_of_a_new_order_has_one_message_whatever_is_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.put_order(&order("1")).unwrap();
        assert_eq!(store.texts_waiting(), 0, "not asked for");
        store.want_texts();
        store.put_orders(&[order("1"), order("2")]).unwrap();
        store.put_order(&order("2")).unwrap();
        assert_eq!(store.texts_waiting(), 2);
        let now = Now::simulated(Duration::ZERO).wall;
        let (number, party) = store.text_due(now).unwrap().unwrap();
        assert_eq!((number.as_str(), party), ("2", Party::Courier));
        let text = store.text(&number, party).unwrap().unwrap();
        let sent = OrderText { state: TextState::Sent, ..text.clone() };
        assert!(store.note_text(&number, party, &sent).unwrap());
        let later = OrderText { next_at: now + Duration::from_secs(60), ..text };
        assert!(store.note_text(&number, Party::Customer, &later).unwrap());
        assert_eq!(store.text_due(now).unwrap(), None);
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        store.want_texts();
        let other =
            Order { customer: PhoneNumber::from_e164("+61255503333").unwrap(), ..order("2") };
        store.put_order(&other).unwrap();
        assert_eq!(store.text(&number, party).unwrap(), Some(sent.clone()), "never a second one");
        assert_eq!(store.texts_waiting(), 1);
        store.delete_order(&number).unwrap();
        assert_eq!(store.text(&number, party).unwrap(), None, "it goes with its order");
        assert!(!store.note_text(&number, party, &sent).unwrap());
        assert_eq!(store.texts_waiting(), 0);
    }

    #[test]
    fn what_a_modem_had_at_a_crash_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.want_texts();
        store.put_order(&order("7")).unwrap();
        let number = OrderNumber::new("7").unwrap();
        let text = store.text(&number, Party::Courier).unwrap().unwrap();
        let sending = OrderText { state: TextState::Sending, ..text };
        store.note_text(&number, Party::Courier, &sending).unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!((store.give_up_texts().unwrap(), store.give_up_texts().unwrap()), (1, 0));
        let text = store.text(&number, Party::Courier).unwrap().unwrap();
        assert_eq!(text.state, TextState::Unknown);
        assert_eq!(store.texts_waiting(), 1, "the other one waits");
    }

    #[test]
    fn who_said_stop_is_remembered_and_in_the_backup() {
        let folder = tempfile::tempdir().unwrap();
        let phone = PhoneNumber::from_e164("+61255502222").unwrap();
        let peer = TextPeer { stopped: true, answered_at: None };
        let store = Store::open(&folder.path().join("a")).unwrap();
        assert_eq!(store.text_peer(&phone).unwrap(), TextPeer::default());
        store.want_texts();
        store.put_order(&order("7")).unwrap();
        store.note_text_peer(&phone, peer).unwrap();
        drop(store);
        let mut lines = Vec::new();
        super::super::export(&folder.path().join("a"), &mut lines).unwrap();
        let (from, to) = (&lines[..], folder.path().join("b"));
        super::super::restore(&to, from, false).unwrap();
        let store = Store::open(&to).unwrap();
        assert_eq!(store.text_peer(&phone).unwrap(), peer);
        assert_eq!(store.texts_waiting(), 2);
    }
}
