//! Short messages that come in, and those that a lost modem leaves in doubt.
//!
//! A message stays in the SIM until somebody who has dealt with it says so. It is told once, and again
//! after a restart. A place is freed only for a message that was told: deleting it twice would take the
//! next one.

use super::at::{Answer, FinalCode};
use super::command::text::{Listed, listed};
use super::job::{Done, TextSent};
use super::pdu::Received;
use super::{Event, Modem, Owner};
use crate::clock::Mono;
use std::time::Duration;

/// The SIM is looked through this often even if nothing was told: a `+CMTI` may be lost.
pub(super) const LIST_AGAIN: Duration = Duration::from_secs(300);
/// After a list that failed.
const LIST_FAILED: Duration = Duration::from_secs(30);

impl Modem {
    /// Lists the SIM's messages as soon as no call is up.
    pub(super) fn list_texts(&mut self, now: Mono) {
        if self.with_texts {
            self.texts_at = Some(now);
        }
    }

    pub(super) fn texts_listed(&mut self, now: Mono, answer: &Answer) {
        if answer.code != FinalCode::Ok {
            self.texts_at = Some(now + LIST_FAILED);
            return;
        }
        for Listed { place, mark, message } in listed(&answer.info) {
            if self.texts_told.insert(place, mark) != Some(mark) {
                self.events.push_back(Event::Text(Some(place), message));
            }
        }
    }

    /// A message is deleted: what comes to its place is a new one.
    pub(super) fn text_deleted(&mut self, place: u8) {
        self.texts_told.remove(&place);
    }

    /// A message or a report that came straight, without a place in the SIM.
    pub(super) fn message_came(&mut self, pdu: &str) {
        if self.with_texts {
            self.events.push_back(Event::Text(None, Received::read(pdu)));
        }
    }

    /// Says of each message that was to be sent what is known of it, before all is forgotten.
    pub(super) fn give_up_texts(&mut self) {
        let waiting = self.jobs.iter().filter(|job| job.sends_text()).count();
        let running = self.runner.as_ref().filter(|runner| runner.job().sends_text());
        let first = running.map(|runner| match runner.ended() {
            Some(Done::TextSent(sent)) => sent,
            _ if self.in_flight == Some(Owner::Job) => TextSent::Unknown,
            _ => TextSent::NotSent,
        });
        for sent in first.into_iter().chain(std::iter::repeat_n(TextSent::NotSent, waiting)) {
            self.events.push_back(Event::Done(Done::TextSent(sent)));
        }
    }
}
