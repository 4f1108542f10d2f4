//! Words; and the desk in virtual time, with a store, and lines that are played by the test.

use super::desk::Desk;
use super::*;
use crate::clock::Now;
use crate::config::Texts;
use crate::line::shell::{Errand, Said};
use crate::modem::at::Failure;
use crate::modem::job::TextSent;
use crate::modem::pdu::{Address, Deliver, Delivery, Received, StatusReport, Submit};
use crate::number::{Country, PhoneNumber, TypeOfNumber};
use crate::order::{Order, Party, TextState};
use crate::status::{Board, LineState, LineStatus};
use crate::store::Store;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

#[test]
fn stop_and_start_are_known_however_they_are_written() {
    for text in ["STOP", " stop. ", "Stop!", "stop all", "Unsubscribe", "\"STOP\"", "arrêt"] {
        assert_eq!(Wish::of(text), Wish::Stop, "{text}");
    }
    for text in ["start", "UNSTOP", "Start."] {
        assert_eq!(Wish::of(text), Wish::Start, "{text}");
    }
    for text in ["please do not stop", "", "12345", "stopping", "🛑"] {
        assert_eq!(Wish::of(text), Wish::Other, "{text}");
    }
}

#[test]
fn a_template_names_the_order_and_fits_with_the_longest_number() {
    let templates = Templates::new("Order {order}: key {order}.", "Call this number.").unwrap();
    let number = OrderNumber::new("00123").unwrap();
    assert_eq!(templates.order(&number), Text::new("Order 00123: key 00123."));
    let wrong = |order: &str, answer: &str| Templates::new(order, answer).unwrap_err();
    assert_eq!(wrong("Your parcel", "x"), (false, TemplateError::NoOrder));
    assert_eq!(wrong("{order}", ""), (true, TextError::Empty.into()));
    let long = format!("{{order}}{}", "a".repeat(612 - 11));
    assert_eq!(wrong(&long, "x"), (false, TextError::TooLong.into()));
}

#[test]
fn no_more_than_so_many_in_any_hour() {
    let mut budget = Budget::new(3);
    for second in 0..3 {
        assert!(budget.has(Duration::from_secs(second), 1));
        budget.spend(Duration::from_secs(second));
    }
    assert!(!budget.has(Duration::from_secs(3599), 1));
    assert!(budget.has(Duration::from_secs(3600), 1));
    assert!(!budget.has(Duration::from_secs(3600), 2));
    assert!(Budget::new(1).has(Duration::ZERO, 4), "it never goes out otherwise");
}

const COURIER: &str = "+61255501111";
const CUSTOMER: &str = "+61255502222";

/// A desk with one line.
struct Office {
    desk: Desk,
    store: Store,
    board: Board,
    /// Seconds since the start.
    time: Arc<AtomicU64>,
    errands: Arc<Mutex<Vec<Errand>>>,
    last_id: u64,
    folder: TempDir,
}

fn clock(time: &Arc<AtomicU64>) -> Arc<dyn Fn() -> Now + Send + Sync> {
    let time = time.clone();
    Arc::new(move || Now::simulated(Duration::from_secs(time.load(Ordering::Relaxed))))
}

fn office(per_hour: u32) -> Office {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.want_texts();
    opened(folder, store, per_hour, "Order {order}.")
}

fn opened(folder: TempDir, store: Store, per_hour: u32, words: &str) -> Office {
    let (board, time) = (Board::default(), Arc::new(AtomicU64::new(0)));
    let country = Country::new("AU").unwrap();
    let templates = Templates::new(words, "Call us.").unwrap();
    let texts = Texts { per_hour, templates, country };
    let lines = vec!["line1".to_owned()];
    let mut desk = Desk::new(&texts, &[country], lines, store.clone(), board.clone(), clock(&time));
    let errands = Arc::new(Mutex::new(Vec::new()));
    let given = errands.clone();
    desk.reach(
        0,
        Box::new(move |errand| {
            given.lock().unwrap().push(errand);
            true
        }),
    );
    let office = Office { desk, store, board, time, errands, last_id: 0, folder };
    office.line_is(LineState::Ready);
    office
}

impl Office {
    fn line_is(&self, state: LineState) {
        let name = "line1".to_owned();
        self.board.post(LineStatus { name, state, ..LineStatus::default() });
    }

    fn put(&self, number: &str) {
        let phone = |number| PhoneNumber::from_e164(number).unwrap();
        let order = Order {
            number: OrderNumber::new(number).unwrap(),
            courier: phone(COURIER),
            customer: phone(CUSTOMER),
            expires_at: Now::simulated(Duration::from_secs(30 * 86_400)).wall,
            language: None,
        };
        self.store.put_order(&order).unwrap();
    }

    fn after(&mut self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::Relaxed);
        self.desk.look().unwrap();
    }

    /// What the line was given since the last time to send.
    fn given(&mut self) -> Vec<Submit> {
        let errands = std::mem::take(&mut *self.errands.lock().unwrap());
        let mut given = Vec::new();
        for errand in errands {
            if let Errand::Send(id, submit) = errand {
                self.last_id = id;
                given.push(submit);
            }
        }
        given
    }

    /// The line says what became of what it was given last.
    fn says(&mut self, sent: TextSent) {
        let id = self.last_id;
        self.desk.hear(0, Said::Sent(id, sent)).unwrap();
    }

    fn writes(&mut self, from: &str, text: &str) {
        let digits = heapless::String::try_from(from.trim_start_matches('+')).unwrap();
        let ton =
            if from.starts_with('+') { TypeOfNumber::International } else { TypeOfNumber::Unknown };
        let text = Some(heapless::String::try_from(text).unwrap());
        let from = Address::Number { digits, ton };
        let message = Deliver { from, sent_at: None, text, part: None };
        self.desk.hear(0, Said::Came(Some(3), Ok(Received::Deliver(Box::new(message))))).unwrap();
    }

    fn state(&self, number: &str, party: Party) -> TextState {
        self.store.text(&OrderNumber::new(number).unwrap(), party).unwrap().unwrap().state
    }

    fn states(&self, number: &str) -> [TextState; 2] {
        [Party::Courier, Party::Customer].map(|party| self.state(number, party))
    }

    /// Has everything sent that waits.
    fn send_all(&mut self) -> usize {
        let mut sent = 0;
        loop {
            self.after(6);
            match self.given().len() {
                0 => return sent,
                n => sent += n,
            }
            self.says(TextSent::Taken(Some(sent as u8)));
        }
    }
}

#[test]
fn an_order_stored_is_two_texts_once() {
    let mut office = office(60);
    office.put("12345");
    assert_eq!(office.send_all(), 2);
    assert_eq!(office.states("12345"), [TextState::Sent; 2]);
    office.put("12345");
    assert_eq!(office.send_all(), 0);
    let report = |reference, delivery| {
        let digits = heapless::String::try_from("61255501111").unwrap();
        let to = Address::Number { digits, ton: TypeOfNumber::International };
        Said::Came(None, Ok(Received::Report(StatusReport { reference, to, delivery })))
    };
    office.desk.hear(0, report(1, Delivery::Trying)).unwrap();
    office.desk.hear(0, report(1, Delivery::Delivered)).unwrap();
    office.desk.hear(0, report(2, Delivery::Failed)).unwrap();
    office.desk.hear(0, report(9, Delivery::Failed)).unwrap();
    assert_eq!(office.states("12345"), [TextState::Delivered, TextState::Failed]);
}

#[test]
fn a_text_waits_for_a_line_that_is_ready_and_is_given_again_where_it_was_not() {
    let mut office = office(60);
    office.put("1");
    for state in [LineState::Busy, LineState::Searching, LineState::Fault] {
        office.line_is(state);
        office.after(10);
        assert!(office.given().is_empty(), "{state:?}");
    }
    office.line_is(LineState::Ready);
    office.after(1);
    assert_eq!(office.given().len(), 1);
    assert_eq!(office.states("1"), [TextState::Sending, TextState::Waiting]);
    // A call came in between.
    office.says(TextSent::NotSent);
    assert_eq!(office.states("1"), [TextState::Waiting; 2]);
    assert_eq!(office.send_all(), 2);
}

#[test]
fn what_may_have_gone_out_is_never_sent_again() {
    let mut office = office(60);
    office.put("1");
    office.after(1);
    office.given();
    office.says(TextSent::Unknown);
    office.after(10);
    // What is said of the one before is not taken for the next.
    office.says(TextSent::NotSent);
    assert_eq!(office.states("1"), [TextState::Unknown, TextState::Sending]);
    office.given();
    office.says(TextSent::Unknown);
    office.says(TextSent::NotSent);
    assert_eq!(office.states("1"), [TextState::Unknown; 2]);
    assert_eq!(office.send_all(), 0);
    // A line that says nothing at all.
    office.put("2");
    office.after(1);
    assert_eq!(office.given().len(), 1);
    office.after(301);
    assert_eq!(office.state("2", Party::Courier), TextState::Unknown);
    office.says(TextSent::NotSent);
    assert_eq!(office.state("2", Party::Courier), TextState::Unknown);
}

#[test]
fn a_crash_in_the_middle_leaves_it_unknown() {
    let mut office = office(60);
    office.put("1");
    office.after(1);
    assert_eq!(office.state("1", Party::Courier), TextState::Sending);
    let Office { desk, store, folder, .. } = office;
    drop((desk, store));
    let store = Store::open(folder.path()).unwrap();
    store.want_texts();
    assert_eq!(store.give_up_texts().unwrap(), 1);
    let mut office = opened(folder, store, 60, "Order {order}.");
    office.put("1");
    assert_eq!(office.send_all(), 1, "the customer's only");
    assert_eq!(office.states("1"), [TextState::Unknown, TextState::Sent]);
}

#[test]
fn a_refusal_that_passes_is_tried_again_a_few_times_and_any_other_not() {
    let mut office = office(1000);
    office.put("1");
    office.after(1);
    office.given();
    office.says(TextSent::Refused(Failure::Cms(21)));
    assert_eq!(office.state("1", Party::Courier), TextState::Failed);
    let mut tries = 0;
    for _ in 0..200 {
        office.after(30);
        tries += office.given().len();
        office.says(TextSent::Refused(Failure::Cms(42)));
    }
    assert_eq!((tries, office.state("1", Party::Customer)), (4, TextState::Failed));
}

#[test]
fn all_parts_of_a_long_text_go_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.want_texts();
    let long = format!("Order {{order}}. {}", "Thank you. ".repeat(20));
    let mut office = opened(folder, store, 60, &long);
    office.put("1");
    office.after(1);
    let first = office.given();
    assert_eq!(first.len(), 1);
    assert_eq!(office.state("1", Party::Courier), TextState::Sending);
    office.says(TextSent::Taken(Some(1)));
    let second = office.given();
    assert!(second.len() == 1 && second != first);
    office.says(TextSent::Taken(Some(2)));
    assert_eq!(office.state("1", Party::Courier), TextState::Sent);
    // The second of the customer's two is refused: the first has gone out.
    office.after(1);
    office.given();
    office.says(TextSent::Taken(Some(3)));
    office.given();
    office.says(TextSent::Refused(Failure::Cms(42)));
    assert_eq!(office.state("1", Party::Customer), TextState::Failed);
    assert_eq!(office.send_all(), 0);
}

#[test]
fn stop_holds_until_start_and_through_a_restart() {
    let mut office = office(60);
    office.writes(CUSTOMER, "STOP");
    office.put("1");
    assert_eq!(office.send_all(), 1);
    assert_eq!(office.states("1"), [TextState::Sent, TextState::Stopped]);
    office.writes(CUSTOMER, "what now?");
    assert_eq!(office.send_all(), 0, "no answer either");
    office.writes(CUSTOMER, "Start");
    office.put("2");
    assert_eq!(office.send_all(), 2);
    assert_eq!(office.states("1"), [TextState::Sent, TextState::Stopped], "what is done is done");
    let phone = PhoneNumber::from_e164(CUSTOMER).unwrap();
    office.writes(CUSTOMER, "stop");
    let Office { desk, store, folder, .. } = office;
    drop((desk, store));
    assert!(Store::open(folder.path()).unwrap().text_peer(&phone).unwrap().stopped);
}

#[test]
fn who_writes_is_answered_once_a_day_and_never_a_short_code_or_a_name() {
    let mut office = office(60);
    for _ in 0..5 {
        office.writes(CUSTOMER, "hello?");
    }
    assert_eq!(office.send_all(), 1);
    let deletes = office.errands.lock().unwrap().len();
    assert_eq!(deletes, 0, "they were taken with what was given");
    office.after(23 * 3600);
    office.writes(CUSTOMER, "hello?");
    assert_eq!(office.send_all(), 0);
    office.after(2 * 3600);
    office.writes(CUSTOMER, "hello?");
    assert_eq!(office.send_all(), 1);
    for from in ["12345", "190", "+447700900123", "000"] {
        office.writes(from, "You have won");
        assert_eq!(office.send_all(), 0, "{from}");
    }
    let name = Address::Name(heapless::String::try_from("Bank").unwrap());
    let text = Some(heapless::String::try_from("hi").unwrap());
    let message = Deliver { from: name, sent_at: None, text, part: None };
    office.desk.hear(0, Said::Came(None, Ok(Received::Deliver(Box::new(message))))).unwrap();
    assert_eq!(office.send_all(), 0);
}

#[test]
fn what_could_not_go_out_costs_nothing_of_the_hour_and_an_answer_is_not_lost_by_it() {
    let mut office = office(2);
    office.writes(CUSTOMER, "hello?");
    for _ in 0..5 {
        office.after(6);
        assert_eq!(office.given().len(), 1);
        office.says(TextSent::NotSent);
    }
    office.put("1");
    assert_eq!(office.send_all(), 2, "the answer, and one of the order's");
}

#[test]
fn an_order_that_is_gone_is_not_written_about() {
    let mut office = office(60);
    office.put("1");
    office.after(1);
    office.given();
    office.store.delete_order(&OrderNumber::new("1").unwrap()).unwrap();
    office.says(TextSent::NotSent);
    assert_eq!(office.send_all(), 0);
}

#[test]
fn a_message_is_deleted_when_the_store_has_what_it_said() {
    let mut office = office(60);
    office.writes(CUSTOMER, "STOP");
    assert!(matches!(office.errands.lock().unwrap()[..], [Errand::Delete(3)]));
}

#[test]
fn no_more_go_out_in_an_hour_than_the_site_allows() {
    let mut office = office(5);
    for n in 0..10 {
        office.put(&n.to_string());
    }
    assert_eq!(office.send_all(), 5);
    assert_eq!(office.send_all(), 0);
    office.after(3600);
    assert!(office.given().len() == 1);
    office.says(TextSent::Taken(None));
    assert_eq!(office.send_all(), 4);
}
