//! Who plays: three people with a phone each, and the order that two of them share.

use serde::{Deserialize, Serialize};

/// The order that is in the book when the demo begins.
pub const ORDER: &str = "12345";

/// A person with a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Brings the parcel.
    Courier,
    /// Waits for it.
    Customer,
    /// Sits in the office; reached by `#`.
    Operator,
}

impl Role {
    /// Everybody.
    pub const ALL: [Role; 3] = [Role::Courier, Role::Customer, Role::Operator];

    /// The phone's own number, which nobody else is to see.
    pub const fn number(self) -> &'static str {
        match self {
            Role::Courier => "+61255501111",
            Role::Customer => "+61255502222",
            Role::Operator => "+61255500000",
        }
    }

    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Role::Courier => "courier",
            Role::Customer => "customer",
            Role::Operator => "operator",
        }
    }

    /// Whose number this is.
    pub fn of(number: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.number() == number)
    }

    /// What this person says who has no microphone: a WAV file of 8 kHz, mono, 16 bit.
    pub fn clip(self) -> &'static [u8] {
        match self {
            Role::Courier => include_bytes!("../../web/demo/voices/courier.wav"),
            Role::Customer => include_bytes!("../../web/demo/voices/customer.wav"),
            Role::Operator => include_bytes!("../../web/demo/voices/operator.wav"),
        }
    }
}
