//! Orders: what a caller keys, and who the two people behind it are.

use crate::language::Language;
use crate::limits::ORDER_DIGITS;
use crate::number::PhoneNumber;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An order number: 1 to 12 decimal digits, leading zeros kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderNumber(heapless::String<ORDER_DIGITS>);

/// Why a text is no order number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderNumberError {
    /// Nothing but digits can be keyed on a phone.
    #[error("an order number is made of the digits 0-9 only")]
    NotDigits,
    /// It is empty.
    #[error("the order number is empty")]
    Empty,
    /// It has more than [`ORDER_DIGITS`] digits.
    #[error("an order number has at most {ORDER_DIGITS} digits")]
    TooLong,
}

impl OrderNumber {
    /// Reads an order number.
    pub fn new(text: &str) -> Result<OrderNumber, OrderNumberError> {
        if text.is_empty() {
            return Err(OrderNumberError::Empty);
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(OrderNumberError::NotDigits);
        }
        heapless::String::try_from(text).map(OrderNumber).map_err(|_| OrderNumberError::TooLong)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = OrderNumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        OrderNumber::new(&text)
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> String {
        number.0.as_str().to_owned()
    }
}

/// One of the two people behind an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Party {
    /// Who brings it.
    Courier,
    /// Who gets it.
    Customer,
}

impl Party {
    /// The other one.
    pub fn other(self) -> Party {
        match self {
            Party::Courier => Party::Customer,
            Party::Customer => Party::Courier,
        }
    }
}

/// What became of the short message to a party of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// It is to be sent.
    Waiting,
    /// It was given to a modem, which has not said yet what became of it.
    Sending,
    /// The network has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// It has not gone out, or the network gave it up.
    Failed,
    /// Nobody knows whether it has gone out. It is not sent again.
    Unknown,
    /// Whoever has this telephone wants no messages.
    Stopped,
}

impl TextState {
    /// All of them.
    pub const ALL: [TextState; 7] = [
        TextState::Waiting,
        TextState::Sending,
        TextState::Sent,
        TextState::Delivered,
        TextState::Failed,
        TextState::Unknown,
        TextState::Stopped,
    ];

    /// Its name, as serde writes it.
    pub fn name(self) -> &'static str {
        match self {
            TextState::Waiting => "waiting",
            TextState::Sending => "sending",
            TextState::Sent => "sent",
            TextState::Delivered => "delivered",
            TextState::Failed => "failed",
            TextState::Unknown => "unknown",
            TextState::Stopped => "stopped",
        }
    }
}

/// An order as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What callers key.
    pub number: OrderNumber,
    /// The courier's telephone.
    pub courier: PhoneNumber,
    /// The customer's telephone.
    pub customer: PhoneNumber,
    /// When it stops being served.
    pub expires_at: Timestamp,
    /// In which language its parties are spoken to; `None`: as their numbers or the site say.
    pub language: Option<Language>,
}

impl Order {
    /// The telephone of one party.
    pub fn phone(&self, party: Party) -> &PhoneNumber {
        match party {
            Party::Courier => &self.courier,
            Party::Customer => &self.customer,
        }
    }

    /// Which party has this telephone. A firm that tries the box out with one phone for both is its
    /// courier.
    pub fn party_of(&self, phone: &PhoneNumber) -> Option<Party> {
        [Party::Courier, Party::Customer].into_iter().find(|&party| self.phone(party) == phone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_name_for_orders_and_metrics() {
        for state in TextState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }

    #[test]
    fn order_numbers_are_digits_with_their_leading_zeros() {
        assert_eq!(OrderNumber::new("00123").unwrap().as_str(), "00123");
        assert_eq!(OrderNumber::new(""), Err(OrderNumberError::Empty));
        assert_eq!(OrderNumber::new("12a45"), Err(OrderNumberError::NotDigits));
        assert_eq!(OrderNumber::new("１２３４５"), Err(OrderNumberError::NotDigits));
        assert_eq!(OrderNumber::new("1234567890123"), Err(OrderNumberError::TooLong));
    }
}
