//! Orders.

use super::packed::{minute_tag, phone_tag};
use super::row::Kind;
use super::tx::Tx;
use super::{Store, StoreError, texts, unreadable};
use crate::clock::Now;
use crate::language::Language;
use crate::number::PhoneNumber;
use crate::order::{Order, OrderNumber};
use jiff::Timestamp;
use std::ops::ControlFlow;

/// Orders in one batch at most.
pub const BATCH_ORDERS: usize = 10_000;
/// Orders that a purge takes in one commit.
const PURGE_ORDERS: usize = 1000;

/// What became of an order that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// There was none of its number.
    New,
    /// It took the place of another.
    Replaced,
    /// The very same was there.
    Unchanged,
}

impl Store {
    /// Stores an order, in place of one with the same number. On disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] and the others: the order was not acknowledged.
    pub fn put_order(&self, order: &Order) -> Result<Put, StoreError> {
        let order = order.clone();
        let texts = self.0.shared.are_texts_wanted();
        self.write_noted(move |tx| put(tx, &order, texts))
    }

    /// Stores orders in one commit: all or none. Sort them by number, over all batches of an
    /// import: sled takes many times the memory and time for keys in random order.
    ///
    /// # Errors
    /// As [`Store::put_order`]; [`StoreError::TooLarge`] for more than [`BATCH_ORDERS`].
    pub fn put_orders(&self, orders: &[Order]) -> Result<Vec<Put>, StoreError> {
        if orders.len() > BATCH_ORDERS {
            return Err(StoreError::TooLarge { what: "orders in a batch", limit: BATCH_ORDERS });
        }
        let orders = orders.to_vec();
        let texts = self.0.shared.are_texts_wanted();
        self.0.writer.write(move |tx| orders.iter().map(|order| put(tx, order, texts)).collect())
    }

    /// The order of this number, unless it has expired. Microseconds; never waits for a disk that
    /// is busy writing.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the row cannot be believed.
    pub fn order(&self, number: &OrderNumber, now: Now) -> Result<Option<Order>, StoreError> {
        let Some(payload) = self.get(Kind::Order, number.as_str().as_bytes())? else {
            return Ok(None);
        };
        let order = read(number.as_str().as_bytes(), &payload);
        order.map(|order| Some(order).filter(|order| is_live(order, now))).ok_or_else(bad)
    }

    /// Deletes an order. Says whether there was one. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn delete_order(&self, number: &OrderNumber) -> Result<bool, StoreError> {
        let number = number.clone();
        self.write_noted(move |tx| delete(tx, &number))
    }

    /// Deletes orders in one commit. Says how many there were. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_orders`].
    pub fn delete_orders(&self, numbers: Vec<OrderNumber>) -> Result<u64, StoreError> {
        if numbers.len() > BATCH_ORDERS {
            return Err(StoreError::TooLarge { what: "orders in a batch", limit: BATCH_ORDERS });
        }
        self.0.writer.write(move |tx| {
            numbers.iter().try_fold(0, |gone, number| Ok(gone + u64::from(delete(tx, number)?)))
        })
    }

    /// At most `limit` orders that have not expired, after a number, in the order of their digits
    /// as text.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn orders(
        &self,
        after: Option<&OrderNumber>,
        limit: usize,
        now: Now,
    ) -> Result<Vec<Order>, StoreError> {
        let mut orders = Vec::new();
        let from = after.map_or(&b""[..], |number| number.as_str().as_bytes());
        self.walk(Kind::Order, from, |id, payload| {
            if orders.len() >= limit {
                return Ok(ControlFlow::Break(()));
            }
            if after.is_none_or(|after| after.as_str().as_bytes() != id) {
                orders.extend(Some(read(id, payload).ok_or_else(bad)?).filter(|o| is_live(o, now)));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(orders)
    }

    /// At most `limit` orders that have not expired and have this telephone as one of theirs.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn orders_of(
        &self,
        phone: &PhoneNumber,
        limit: usize,
        now: Now,
    ) -> Result<Vec<Order>, StoreError> {
        let tag = phone_tag(phone);
        let numbers: Vec<OrderNumber> =
            self.0.shared.read(|state| state.index.phones.with_tag(tag).collect())?;
        let mut orders = Vec::new();
        for number in numbers {
            if orders.len() >= limit {
                break;
            }
            let order = self.order(&number, now)?;
            orders.extend(order.filter(|order| order.party_of(phone).is_some()));
        }
        Ok(orders)
    }

    /// Deletes what has expired, and says how many orders that were. Nothing while the clock is not
    /// trusted. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_order`]. Part of it may be done.
    pub fn purge_expired(&self, now: Now) -> Result<u64, StoreError> {
        if !now.trusted {
            return Ok(0);
        }
        self.purge_failed_calls(now)?;
        let (mut purged, mut place) = (0, 0);
        loop {
            let tag = minute_tag(now.wall);
            let (due, next) =
                self.0.shared.read(|state| state.index.expiry.up_to(tag, place, PURGE_ORDERS))?;
            if due.is_empty() {
                return Ok(purged);
            }
            place = next;
            purged += self.0.writer.write(move |tx| purge(tx, &due, now))?;
        }
    }
}

fn purge(tx: &mut Tx<'_>, numbers: &[OrderNumber], now: Now) -> Result<u64, StoreError> {
    let mut purged = 0;
    for number in numbers {
        let id = number.as_str().as_bytes();
        let order = tx.get(Kind::Order, id)?.and_then(|payload| read(id, &payload));
        if order.is_some_and(|order| !is_live(&order, now)) {
            purged += u64::from(delete(tx, number)?);
        }
    }
    Ok(purged)
}

fn delete(tx: &mut Tx<'_>, number: &OrderNumber) -> Result<bool, StoreError> {
    texts::forget(tx, number.as_str())?;
    tx.delete(Kind::Order, number.as_str().as_bytes())
}

fn put(tx: &mut Tx<'_>, order: &Order, texts: bool) -> Result<Put, StoreError> {
    let id = order.number.as_str().as_bytes();
    let payload = write(order);
    let put = match tx.get(Kind::Order, id)? {
        None => Put::New,
        Some(old) if old == payload => return Ok(Put::Unchanged),
        Some(_) => Put::Replaced,
    };
    tx.put(Kind::Order, id, &payload)?;
    if texts && put == Put::New {
        texts::want(tx, order.number.as_str())?;
    }
    Ok(put)
}

fn is_live(order: &Order, now: Now) -> bool {
    order.expires_at > now.wall
}

/// An order as it is kept, in words: both numbers, the time in nanoseconds, the language if it has one.
pub(super) fn write(order: &Order) -> Vec<u8> {
    let (courier, customer) = (order.courier.e164(), order.customer.e164());
    let mut words = format!("{courier} {customer} {}", order.expires_at.as_nanosecond());
    if let Some(language) = &order.language {
        words.push(' ');
        words.push_str(language.as_str());
    }
    words.into_bytes()
}

/// Reads what [`write`] wrote.
pub(super) fn read(id: &[u8], payload: &[u8]) -> Option<Order> {
    let number = OrderNumber::new(std::str::from_utf8(id).ok()?).ok()?;
    let mut words = std::str::from_utf8(payload).ok()?.split(' ');
    let courier = PhoneNumber::from_e164(words.next()?)?;
    let customer = PhoneNumber::from_e164(words.next()?)?;
    let expires_at = Timestamp::from_nanosecond(words.next()?.parse().ok()?).ok()?;
    let language = words.next().map(Language::new).transpose().ok()?;
    let order = Order { number, courier, customer, expires_at, language };
    words.next().is_none().then_some(order)
}

fn bad() -> StoreError {
    unreadable("an order")
}
