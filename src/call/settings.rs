//! What a site sets about conversations.

use crate::language::ByNumber;
use crate::number::{Country, Dialable};
use std::time::Duration;

/// What a site sets about conversations; times are call-flow's defaults unless set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "named and described in call-flow and docs/configuration.md")]
pub struct Settings {
    pub line: String,
    pub order_digits: usize,
    pub caller_id_wait: Duration,
    pub hint: Duration,
    pub entry: Duration,
    pub ring_timeout: Duration,
    pub max_entries: u32,
    pub record: bool,
    pub accept_key: bool,
    pub accept_key_wait: Duration,
    pub uniform_refusal: bool,
    pub direct_connect: bool,
    pub recording_notice: bool,
    pub max_talk: Option<Duration>,
    pub operator: Option<Dialable>,
    pub countries: Vec<Country>,
    pub languages: ByNumber,
}

impl Settings {
    /// The defaults of call-flow, for a line that may dial these countries: no operator, every
    /// switch off.
    pub fn new(line: &str, countries: Vec<Country>) -> Settings {
        Settings {
            line: line.to_owned(),
            order_digits: 5,
            caller_id_wait: Duration::from_millis(2_500),
            hint: Duration::from_millis(1_500),
            entry: Duration::from_secs(8),
            ring_timeout: Duration::from_secs(45),
            max_entries: 3,
            record: false,
            accept_key: false,
            accept_key_wait: Duration::from_secs(10),
            uniform_refusal: false,
            direct_connect: false,
            recording_notice: false,
            max_talk: None,
            operator: None,
            countries,
            languages: ByNumber::default(),
        }
    }
}
