//! The thread that sends: takes what waits in the store to a line that is free, one at a time, and deals
//! with what comes in.
//!
//! A message is `sending` in the store before a line is given it. So one whose fate is not known, for
//! whatever reason, is never sent again.

use super::{Budget, Templates, Wish};
use crate::clock::{Mono, Now};
use crate::config::Texts;
use crate::line::shell::{Errand, Handle, Listener, Said};
use crate::modem::job::TextSent;
use crate::modem::pdu::{Address, Deliver, Delivery, Received, Text};
use crate::number::{Country, Dialable, PhoneNumber};
use crate::order::{OrderNumber, Party};
use crate::status::{Board, LineState};
use crate::store::{OrderText, Store, StoreError, TextState};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks at what waits.
const LOOK: Duration = Duration::from_millis(500);
/// What lines may say before they are heard.
const SAYINGS: usize = 256;
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
/// Messages whose reports are still awaited.
const REPORTS: usize = 512;

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
    /// Which part the line has.
    part: usize,
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
    handle: Option<Handle>,
}

/// The running thread.
pub struct Sender {
    stop: Arc<AtomicBool>,
    said: SyncSender<(usize, Said)>,
    handles: SyncSender<(usize, Handle)>,
    thread: JoinHandle<()>,
}

/// Starts it, for lines of these names. Each is to be given its listener, and its handle to the sender.
pub fn start(
    texts: &Texts,
    countries: &[Country],
    lines: Vec<String>,
    store: Store,
    board: Board,
    clock: Arc<dyn Fn() -> Now + Send + Sync>,
) -> Result<Sender, StoreError> {
    store.want_texts();
    let unknown = store.give_up_texts()?;
    if unknown > 0 {
        log::warn!("texts: {unknown} were on their way at the stop: they are not sent again");
    }
    let (said, sayings) = sync_channel(SAYINGS);
    let (handles, new_handles) = sync_channel(lines.len());
    let stop = Arc::new(AtomicBool::new(false));
    let mut desk = Desk {
        templates: texts.templates.clone(),
        budget: Budget::new(texts.per_hour),
        country: texts.country,
        countries: countries.to_vec(),
        lines: lines.into_iter().map(|name| TextLine { name, handle: None }).collect(),
        store,
        board,
        clock,
        current: None,
        answers: VecDeque::new(),
        awaited: VecDeque::new(),
        reference: 0,
        again_at: None,
    };
    let stopped = stop.clone();
    let run = move || desk.run(&sayings, &new_handles, &stopped);
    let thread = std::thread::Builder::new().name("texts".to_owned()).spawn(run).expect("a thread");
    Ok(Sender { stop, said, handles, thread })
}

impl Sender {
    /// What hears a line's short messages. It never blocks: a message that is not heard is in the SIM still.
    pub fn listener(&self, line: usize) -> Listener {
        let said = self.said.clone();
        Box::new(move |what| {
            if said.try_send((line, what)).is_err() {
                log::warn!("texts: more is said than can be heard");
            }
        })
    }

    /// How a line is reached.
    pub fn reach(&self, line: usize, handle: Handle) {
        let _one_for_each = self.handles.try_send((line, handle));
    }

    /// True once the thread has ended, which it does only when told to: a bug otherwise.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends it. What a line still has is unknown at the next start.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        drop(self.said);
        if self.thread.join().is_err() {
            log::error!("texts: the thread ended by a fault of the program");
        }
    }
}

/// Everything that the thread knows.
struct Desk {
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
    /// Nothing is sent before then.
    again_at: Option<Mono>,
}

impl Desk {
    fn run(
        &mut self,
        sayings: &Receiver<(usize, Said)>,
        handles: &Receiver<(usize, Handle)>,
        stop: &AtomicBool,
    ) {
        while !stop.load(Ordering::Acquire) {
            for (line, handle) in handles.try_iter() {
                self.lines[line].handle = Some(handle);
            }
            let worked = match sayings.recv_timeout(LOOK) {
                Ok((line, said)) => self.hear(line, said),
                Err(_) => self.look(),
            };
            if let Err(error) = worked {
                log::error!("texts: {error}");
            }
        }
    }

    /// Gives a line the next message, if one waits and may go.
    fn look(&mut self) -> Result<(), StoreError> {
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
            line.handle.is_some()
                && all.iter().any(|s| s.name == line.name && s.state == LineState::Ready)
        };
        self.lines.iter().position(ready)
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
            self.store.note_text(&number, party, &OrderText { state, ..text.clone() }).map(drop)
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
        note(TextState::Sending)?;
        self.begin(now, line, To::Party(number, party), dialable, words);
        Ok(())
    }

    fn begin(&mut self, now: Now, line: usize, to: To, number: Dialable, text: Text) {
        self.reference = self.reference.wrapping_add(1);
        self.current = Some(Current { to, number, text, part: 0, line, since: now.mono });
        self.give_part(now);
    }

    /// Gives the line the part that is next.
    fn give_part(&mut self, now: Now) {
        let Some(current) = &mut self.current else { return };
        current.since = now.mono;
        let submit = current.text.submit(&current.number, current.part, self.reference);
        let handle = self.lines[current.line].handle.as_ref();
        let given = submit.zip(handle).is_some_and(|(submit, handle)| {
            self.budget.spend(now.mono);
            handle.errand(Errand::Send(submit))
        });
        if !given && let Err(error) = self.sent(TextSent::NotSent, None) {
            log::error!("texts: {error}");
        }
    }

    fn hear(&mut self, line: usize, said: Said) -> Result<(), StoreError> {
        match said {
            Said::Sent(sent) if self.current.as_ref().is_some_and(|c| c.line == line) => {
                self.sent(sent, Some(line))
            }
            // It was given up before.
            Said::Sent(_) => Ok(()),
            Said::Came(place, text) => {
                match text {
                    Ok(Received::Deliver(message)) => self.message(&message)?,
                    Ok(Received::Report(report)) => {
                        self.report(line, report.reference, report.delivery)?;
                    }
                    Err(error) => log::warn!("texts: a message cannot be read: {error}"),
                }
                // Only now that the store has what it said.
                if let (Some(place), Some(handle)) = (place, &self.lines[line].handle) {
                    let _told_again = handle.errand(Errand::Delete(place));
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
        let To::Party(number, party) = current.to else { return Ok(()) };
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
        if state == TextState::Waiting {
            self.again_at = Some(now.mono + Duration::try_from(NOT_NOW).unwrap_or_default());
        }
        log::info!("texts: order {number}, {party:?}: {state:?}");
        let next_at = now.wall.checked_add(wait).unwrap_or(Timestamp::MAX);
        self.store.note_text(&number, party, &OrderText { state, attempts, next_at }).map(drop)
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
        self.store.note_text(&awaited.order, awaited.party, &text).map(drop)
    }

    /// Somebody has written.
    fn message(&mut self, message: &Deliver) -> Result<(), StoreError> {
        let Address::Number { digits, ton } = &message.from else { return Ok(()) };
        let phone = PhoneNumber::read_as(digits, *ton, self.country);
        // A short code, a premium number: neither can be called back.
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
