//! One line of a backup: a row in words that people and other programs can read, and back.

use super::audit::AuditEntry;
use super::calls;
use super::lockout::Failed;
use super::orders;
use super::outbox::Waiting;
use super::row::Kind;
use super::texts::{self, OrderText, TextPeer};
use super::tokens::StoredToken;
use crate::language::Language;
use crate::number::PhoneNumber;
use crate::order::{Order, OrderNumber, Party};
use crate::record::CallRecord;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// A row as the store has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawRow {
    pub(super) kind: Kind,
    pub(super) id: Vec<u8>,
    pub(super) payload: Vec<u8>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    /// The first.
    Maskline {
        version: u32,
        exported_at: Timestamp,
    },
    Order {
        number: OrderNumber,
        courier: String,
        customer: String,
        expires_at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
    },
    OpenCall {
        record: Box<CallRecord>,
    },
    Record {
        record: Box<CallRecord>,
    },
    Delivery {
        call_id: Ulid,
        #[serde(flatten)]
        waiting: Waiting,
    },
    Token {
        name: String,
        #[serde(flatten)]
        stored: StoredToken,
    },
    Setting {
        key: String,
        value: String,
    },
    Lockout {
        phone: String,
        #[serde(flatten)]
        failed: Failed,
    },
    Text {
        order: OrderNumber,
        party: Party,
        #[serde(flatten)]
        text: OrderText,
    },
    TextPeer {
        phone: String,
        #[serde(flatten)]
        peer: TextPeer,
    },
    Audit {
        #[serde(flatten)]
        entry: AuditEntry,
    },
    /// The last: how many rows there were.
    End {
        rows: u64,
    },
}

impl Line {
    /// A row in words; `None` for one that cannot be read.
    pub(super) fn of(row: &RawRow) -> Option<Line> {
        let text = || String::from_utf8(row.id.clone()).ok();
        let record = || Some(Box::new(calls::read(&row.payload).ok()?));
        Some(match row.kind {
            Kind::Order => {
                let Order { number, courier, customer, expires_at, language } =
                    orders::read(&row.id, &row.payload)?;
                let (courier, customer) = (courier.e164().to_owned(), customer.e164().to_owned());
                Line::Order { number, courier, customer, expires_at, language }
            }
            Kind::Audit => Line::Audit { entry: AuditEntry::read(&row.payload)? },
            Kind::OpenCall => Line::OpenCall { record: record()? },
            Kind::Record => Line::Record { record: record()? },
            Kind::Outbox => Line::Delivery {
                call_id: super::index::ulid_of(&row.id)?,
                waiting: Waiting::read(&row.payload)?,
            },
            Kind::Token => Line::Token { name: text()?, stored: StoredToken::read(&row.payload)? },
            Kind::Setting => {
                let value = String::from_utf8(row.payload.clone()).ok()?;
                Line::Setting { key: text()?, value }
            }
            Kind::Text => {
                let (order, party) = texts::text_of(&row.id)?;
                Line::Text { order, party, text: OrderText::read(&row.payload)? }
            }
            Kind::TextPeer => {
                Line::TextPeer { phone: text()?, peer: TextPeer::read(&row.payload)? }
            }
            Kind::Lockout => Line::Lockout { phone: text()?, failed: Failed::read(&row.payload)? },
        })
    }

    /// The row that a line stands for; `None` for the first and the last, and for one that says
    /// something impossible.
    pub(super) fn row(&self) -> Option<RawRow> {
        let (kind, id, payload) = match self {
            Line::Maskline { .. } | Line::End { .. } => return None,
            Line::Order { number, courier, customer, expires_at, language } => {
                let order = Order {
                    number: number.clone(),
                    courier: PhoneNumber::from_e164(courier)?,
                    customer: PhoneNumber::from_e164(customer)?,
                    expires_at: *expires_at,
                    language: language.clone(),
                };
                (Kind::Order, number.as_str().as_bytes().to_vec(), orders::write(&order))
            }
            Line::Audit { entry } => {
                (Kind::Audit, entry.id.to_bytes().to_vec(), entry.write().ok()?)
            }
            Line::OpenCall { record } => {
                (Kind::OpenCall, id_of(record), calls::write(record).ok()?)
            }
            Line::Record { record } => (Kind::Record, id_of(record), calls::write(record).ok()?),
            Line::Delivery { call_id, waiting } => {
                (Kind::Outbox, call_id.to_bytes().to_vec(), waiting.write().ok()?)
            }
            Line::Token { name, stored } => {
                (Kind::Token, name.clone().into_bytes(), stored.write().ok()?)
            }
            Line::Setting { key, value } => {
                (Kind::Setting, key.clone().into_bytes(), value.clone().into_bytes())
            }
            Line::Text { order, party, text } => {
                (Kind::Text, texts::id_of(order.as_str(), *party), text.write().ok()?)
            }
            Line::TextPeer { phone, peer } => {
                let phone = PhoneNumber::from_e164(phone)?;
                (Kind::TextPeer, phone.e164().as_bytes().to_vec(), peer.write().ok()?)
            }
            Line::Lockout { phone, failed } => {
                let phone = PhoneNumber::from_e164(phone)?;
                (Kind::Lockout, phone.e164().as_bytes().to_vec(), failed.write().ok()?)
            }
        };
        Some(RawRow { kind, id, payload })
    }
}

fn id_of(record: &CallRecord) -> Vec<u8> {
    record.call_id.to_bytes().to_vec()
}
