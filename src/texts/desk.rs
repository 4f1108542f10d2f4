//! The desk: which message goes next, by which line, and what became of it; what is done about those that
//! come in.
//!
//! A message is `sending` in the store before a line is given it. So one whose fate is not known, for
//! whatever reason, is never sent again.

use super::{Budget, Templates, Wish};
use crate::clock::{Mono, Now};
use crate::config::Texts;
use crate::line::shell::{Errand, Said};
use crate::modem::job::TextSent;
use crate::modem::pdu::{Address, Deliver, Delivery, Received, Text};
use crate::number::{Country, Dialable, PhoneNumber};
use crate::order::{OrderNumber, Party, TextState};
use crate::status::{Board, LineState};
use crate::store::{OrderText, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Refusals that pass before a message has failed.
const ATTEMPTS: u32 = 4;
/// After the first of them; doubled by each further one.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// After a line was found not to be free.
const NOT_NOW: SignedDuration = SignedDuration::from_secs(5);
/// A line that says nothing for so long has lost it.
const LOST_AFTER: Duration = Duration::from_secs(300);
/// Answers that may wait; somebody beyond them gets none.
const ANSWERS: usize = 32;
/// Nobody is answered twice within this time.
const ANSWER_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Short codes have fewer digits than this.
const SHORTEST_DIGITS: usize = 8;
/// Messages whose reports are still awaited.
const REPORTS: usize = 512;

/// Gives a line an errand; false where it has too many.
pub(super) type Reach = Box<dyn Fn(Errand) -> bool + Send>;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    Party(OrderNumber, Party),
    Writer,
}

/// A message that a line has.
struct Current {
    to: To,
    number: Dialable,
    text: Text,
    /// Which part the line has, and by which id.
    part: usize,
    id: u64,
    line: usize,
    since: Mono,
}

/// A message that the network has, and its report has not come yet.
struct Awaited {
    line: usize,
    reference: u8,
    order: OrderNumber,
    party: Party,
    last: bool,
}

/// A line that sends.
struct TextLine {
    name: String,
    reach: Option<Reach>,
}

/// Everything that the thread knows.
pub(super) struct Desk {
    templates: Templates,
    budget: Budget,
    country: Country,
    countries: Vec<Country>,
    lines: Vec<TextLine>,
    store: Store,
    board: Board,
    clock: Arc<dyn Fn() -> Now + Send + Sync>,
    current: Option<Current>,
    answers: VecDeque<PhoneNumber>,
    awaited: VecDeque<Awaited>,
    /// Tells the parts of one text from those of another.
    reference: u8,
    /// Counts what lines were given.
    given: u64,
    /// Nothing is sent before then.
    again_at: Option<Mono>,
}

impl Desk {
    pub(super) fn new(
        texts: &Texts,
        countries: &[Country],
        lines: Vec<String>,
        store: Store,
        board: Board,
        clock: Arc<dyn Fn() -> Now + Send + Sync>,
    ) -> Desk {
        Desk {
            templates: texts.templates.clone(),
            budget: Budget::new(texts.per_hour),
            country: texts.country,
            countries: countries.to_vec(),
            lines: lines.into_iter().map(|name| TextLine { name, reach: None }).collect(),
            store,
            board,
            clock,
            current: None,
            answers: VecDeque::new(),
            awaited: VecDeque::new(),
            reference: 0,
            given: 0,
            again_at: None,
        }
    }

    /// A line can be reached from now on.
    pub(super) fn reach(&mut self, line: usize, reach: Reach) {
        self.lines[line].reach = Some(reach);
    }

    /// Gives a line the next message, if one waits and may go.
    pub(super) fn look(&mut self) -> Result<(), StoreError> {
        let now = (self.clock)();
        if let Some(current) = &self.current {
            if now.mono >= current.since + LOST_AFTER {
                log::warn!("texts: line {} does not say", self.lines[current.line].name);
                return self.sent(TextSent::Unknown, None);
            }
            return Ok(());
        }
        if self.again_at.is_some_and(|at| now.mono < at) {
            return Ok(());
        }
        let Some(line) = self.free_line() else { return Ok(()) };
        if let Some(phone) = self.answers.front().cloned() {
            return self.answer(now, line, &phone);
        }
        let Some((order, party)) = self.store.text_due(now.wall)? else { return Ok(()) };
        self.send_order(now, line, order, party)
    }

    fn free_line(&self) -> Option<usize> {
        let all = self.board.all();
        let ready = |line: &TextLine| {
            line.reach.is_some()
                && all.iter().any(|s| s.name == line.name && s.state == LineState::Ready)
        };
        self.lines.iter().position(ready)
    }

    /// Notes what became of a message.
    fn note(
        &self,
        order: &OrderNumber,
        party: Party,
        text: &OrderText,
    ) -> Result<bool, StoreError> {
        log::debug!("texts: order {order}, {party:?}: {}", text.state.name());
        let noted = self.store.note_text(order, party, text)?;
        if noted {
            self.board.metrics().text(text.state);
        }
        Ok(noted)
    }

    fn dialable(&self, phone: &PhoneNumber) -> Option<Dialable> {
        Dialable::new(phone, &self.countries).ok()
    }

    fn answer(&mut self, now: Now, line: usize, phone: &PhoneNumber) -> Result<(), StoreError> {
        let (Some(number), Ok(text)) = (self.dialable(phone), self.templates.answer()) else {
            self.answers.pop_front();
            return Ok(());
        };
        if !self.budget.has(now.mono, text.parts()) {
            return Ok(());
        }
        self.answers.pop_front();
        self.begin(now, line, To::Writer, number, text);
        Ok(())
    }

    fn send_order(
        &mut self,
        now: Now,
        line: usize,
        number: OrderNumber,
        party: Party,
    ) -> Result<(), StoreError> {
        let Some(text) = self.store.text(&number, party)? else { return Ok(()) };
        let note = |state| {
            self.note(&number, party, &OrderText { state, ..text.clone() }).map(|_noted| ())
        };
        let Some(order) = self.store.order(&number, now)? else { return note(TextState::Failed) };
        let phone = order.phone(party);
        if self.store.text_peer(phone)?.stopped {
            return note(TextState::Stopped);
        }
        let (Some(dialable), Ok(words)) = (self.dialable(phone), self.templates.order(&number))
        else {
            return note(TextState::Failed);
        };
        if !self.budget.has(now.mono, words.parts()) {
            return Ok(());
        }
        // From here on it is not sent again unless it is known not to have gone out.
        let sending = OrderText { state: TextState::Sending, ..text };
        if self.note(&number, party, &sending)? {
            self.begin(now, line, To::Party(number, party), dialable, words);
        }
        Ok(())
    }

    fn begin(&mut self, now: Now, line: usize, to: To, number: Dialable, text: Text) {
        self.reference = self.reference.wrapping_add(1);
        self.current = Some(Current { to, number, text, part: 0, id: 0, line, since: now.mono });
        self.give_part(now);
    }

    /// Gives the line the part that is next.
    fn give_part(&mut self, now: Now) {
        let Some(current) = &mut self.current else { return };
        self.given += 1;
        (current.since, current.id) = (now.mono, self.given);
        let submit = current.text.submit(&current.number, current.part, self.reference);
        let reach = self.lines[current.line].reach.as_ref();
        let given = submit.zip(reach).is_some_and(|(submit, reach)| {
            self.budget.spend(now.mono);
            reach(Errand::Send(current.id, submit))
        });
        if !given && let Err(error) = self.sent(TextSent::NotSent, None) {
            log::error!("texts: {error}");
        }
    }

    /// A line says something.
    pub(super) fn hear(&mut self, line: usize, said: Said) -> Result<(), StoreError> {
        match said {
            Said::Sent(id, sent) if self.current.as_ref().is_some_and(|c| c.id == id) => {
                self.sent(sent, Some(line))
            }
            // It was given up before.
            Said::Sent(..) => Ok(()),
            Said::Came(place, text) => {
                match text {
                    Ok(Received::Deliver(message)) => match self.message(&message) {
                        Err(error @ StoreError::TooLarge { .. }) => log::error!("texts: {error}"),
                        other => other?,
                    },
                    Ok(Received::Report(report)) => {
                        self.report(line, report.reference, report.delivery)?;
                    }
                    Err(error) => log::warn!("texts: a message cannot be read: {error}"),
                }
                // Only now that the store has what it said.
                if let (Some(place), Some(reach)) = (place, &self.lines[line].reach) {
                    let _told_again = reach(Errand::Delete(place));
                }
                Ok(())
            }
        }
    }

    /// What became of the part that a line had.
    fn sent(&mut self, sent: TextSent, line: Option<usize>) -> Result<(), StoreError> {
        let now = (self.clock)();
        let Some(mut current) = self.current.take() else { return Ok(()) };
        let (part, last) = (current.part, current.part + 1 == current.text.parts());
        if let (TextSent::Taken(reference), Some(line)) = (sent, line) {
            self.await_report(&current.to, line, reference, last);
            if !last {
                current.part += 1;
                self.current = Some(current);
                self.give_part(now);
                return Ok(());
            }
        }
        if sent == TextSent::NotSent {
            self.budget.refund();
            self.again_at = Some(now.mono + Duration::try_from(NOT_NOW).unwrap_or_default());
        }
        let To::Party(number, party) = current.to else {
            if sent == TextSent::NotSent && part == 0 {
                self.answers.push_front(current.number.number().clone());
            }
            return Ok(());
        };
        let Some(text) = self.store.text(&number, party)? else { return Ok(()) };
        let again = part == 0 && sent.may_be_sent_again();
        let attempts = text.attempts + u32::from(sent != TextSent::NotSent);
        let (state, wait) = match sent {
            TextSent::Taken(_) => (TextState::Sent, SignedDuration::ZERO),
            TextSent::NotSent if again => (TextState::Waiting, NOT_NOW),
            _ if again && attempts < ATTEMPTS => {
                (TextState::Waiting, AGAIN * (1 << text.attempts.min(10)))
            }
            TextSent::Unknown => (TextState::Unknown, SignedDuration::ZERO),
            TextSent::NotSent | TextSent::Refused(_) => (TextState::Failed, SignedDuration::ZERO),
        };
        let next_at = now.wall.checked_add(wait).unwrap_or(Timestamp::MAX);
        self.note(&number, party, &OrderText { state, attempts, next_at }).map(|_noted| ())
    }

    fn await_report(&mut self, to: &To, line: usize, reference: Option<u8>, last: bool) {
        let (To::Party(order, party), Some(reference)) = (to.clone(), reference) else { return };
        // A reference comes round again after 256 messages.
        self.awaited.retain(|a| (a.line, a.reference) != (line, reference));
        if self.awaited.len() >= REPORTS {
            self.awaited.pop_front();
        }
        self.awaited.push_back(Awaited { line, reference, order, party, last });
    }

    fn report(&mut self, line: usize, mr: u8, delivery: Delivery) -> Result<(), StoreError> {
        let found = self.awaited.iter().position(|a| (a.line, a.reference) == (line, mr));
        let Some(awaited) = found.and_then(|at| self.awaited.remove(at)) else { return Ok(()) };
        let state = match delivery {
            Delivery::Trying => {
                self.awaited.push_back(awaited);
                return Ok(());
            }
            Delivery::Delivered if awaited.last => TextState::Delivered,
            Delivery::Failed => TextState::Failed,
            Delivery::Delivered | Delivery::Unconfirmed => return Ok(()),
        };
        let Some(text) = self.store.text(&awaited.order, awaited.party)? else { return Ok(()) };
        let text = OrderText { state, ..text };
        self.note(&awaited.order, awaited.party, &text).map(|_noted| ())
    }

    /// Somebody has written.
    fn message(&mut self, message: &Deliver) -> Result<(), StoreError> {
        let Address::Number { digits, ton } = &message.from else { return Ok(()) };
        let phone = PhoneNumber::read_as(digits, *ton, self.country);
        // A short code or a premium number is nobody who calls.
        if digits.len() < SHORTEST_DIGITS {
            return Ok(());
        }
        let Ok(phone) = phone else { return Ok(()) };
        if self.dialable(&phone).is_none() {
            return Ok(());
        }
        let now = (self.clock)();
        let mut peer = self.store.text_peer(&phone)?;
        let before = peer;
        let wish = Wish::of(message.text.as_deref().unwrap_or_default());
        match wish {
            Wish::Stop => peer.stopped = true,
            Wish::Start => peer.stopped = false,
            Wish::Other => {
                let due = |at: Timestamp| {
                    let age = at.duration_until(now.wall);
                    // A clock that was set back has not made a day of it.
                    age >= ANSWER_EVERY
                };
                let first_part = message.part.is_none_or(|part| part.number == 1);
                let room = self.answers.len() < ANSWERS;
                if !peer.stopped && first_part && room && peer.answered_at.is_none_or(due) {
                    peer.answered_at = Some(now.wall);
                }
            }
        }
        if peer == before {
            return Ok(());
        }
        log::info!("texts: a message has come: {wish:?}");
        // Remembered first: whoever cannot be remembered is not answered.
        self.store.note_text_peer(&phone, peer)?;
        if peer.answered_at != before.answered_at {
            self.answers.push_back(phone);
        }
        Ok(())
    }
}
