//! Short messages: an order's number to both of its parties, and answers to what they write.
//!
//! What words mean is here and pure: [`Wish`], [`Templates`], [`Budget`]. `desk` decides what is sent by
//! which line, and asks the store; `sender` is its thread.

mod desk;
mod sender;
#[cfg(test)]
mod tests;

pub use sender::{Sender, start};

use crate::clock::Mono;
use crate::modem::pdu::{Text, TextError};
use crate::order::OrderNumber;
use std::collections::VecDeque;
use std::time::Duration;

/// What stands for the order's number in a template.
const ORDER: &str = "{order}";
/// Words that end messages to a telephone, as carriers know them.
const STOP: [&str; 12] = [
    "STOP",
    "STOPALL",
    "STOP ALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "OPTOUT",
    "OPT OUT",
    "REVOKE",
    "ARRET",
    "PARAR",
];
/// Words that begin them again.
const START: [&str; 4] = ["START", "UNSTOP", "YES", "SUBSCRIBE"];
const HOUR: Duration = Duration::from_secs(3600);

/// What somebody who writes wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
    /// Anything else: told how to call.
    Other,
}

impl Wish {
    /// Reads a message: the whole of it, without regard to case, signs and spaces at its ends.
    pub fn of(text: &str) -> Wish {
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let said = words.join(" ").to_uppercase().replace('Ê', "E");
        if STOP.contains(&said.as_str()) {
            Wish::Stop
        } else if START.contains(&said.as_str()) {
            Wish::Start
        } else {
            Wish::Other
        }
    }
}

/// What the box writes, in the site's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    order: String,
    answer: String,
}

/// Why a template cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The order's number does not come up in it.
    #[error("must name the order: write {ORDER} where its number is to stand")]
    NoOrder,
    /// It cannot be sent.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl Templates {
    /// Checks both: the longest order number must fit.
    ///
    /// # Errors
    /// [`TemplateError`]; the bool says whether it is the answer's.
    pub fn new(order: &str, answer: &str) -> Result<Templates, (bool, TemplateError)> {
        if !order.contains(ORDER) {
            return Err((false, TemplateError::NoOrder));
        }
        let longest = "0".repeat(crate::limits::ORDER_DIGITS);
        Text::new(&order.replace(ORDER, &longest)).map_err(|error| (false, error.into()))?;
        Text::new(answer).map_err(|error| (true, error.into()))?;
        Ok(Templates { order: order.to_owned(), answer: answer.to_owned() })
    }

    /// What the parties of an order are sent.
    pub fn order(&self, number: &OrderNumber) -> Result<Text, TextError> {
        Text::new(&self.order.replace(ORDER, number.as_str()))
    }

    /// What somebody is answered.
    pub fn answer(&self) -> Result<Text, TextError> {
        Text::new(&self.answer)
    }
}

/// How many messages may go out in any hour, each part of a long one counted.
#[derive(Debug)]
pub struct Budget {
    per_hour: usize,
    sent: VecDeque<Mono>,
}

impl Budget {
    /// Nothing was sent yet.
    pub fn new(per_hour: u32) -> Budget {
        Budget { per_hour: per_hour as usize, sent: VecDeque::new() }
    }

    /// Whether so many may go out now.
    pub fn has(&mut self, now: Mono, parts: usize) -> bool {
        while self.sent.front().is_some_and(|at| *at + HOUR <= now) {
            self.sent.pop_front();
        }
        // A text of more parts than an hour has would wait for ever.
        self.sent.is_empty() || self.sent.len() + parts <= self.per_hour
    }

    /// One goes out.
    pub fn spend(&mut self, now: Mono) {
        self.sent.push_back(now);
    }

    /// The last one has not gone out.
    pub fn refund(&mut self) {
        self.sent.pop_back();
    }
}
