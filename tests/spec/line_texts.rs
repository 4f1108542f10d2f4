//! Short messages on a line: calls come first, and each message has one fate. The same mailer writes in the
//! simulation's random worlds.

use super::world::*;
use maskline::line::Input;
use maskline::modem::job::TextSent;
use maskline::modem::pdu::{Received, Text};
use simulator::{Behaviour, Fault, PhoneAction, PhoneEvent};
use std::collections::BTreeMap;
use std::time::Duration;

/// A phone that is never out of reach: what the network takes arrives.
const READER: &str = "+61255505555";

/// Sends as the desk does: one message at a time, again only what is known not to have gone out.
#[derive(Default)]
pub struct Mailer {
    message: u32,
    given: usize,
    deleted: usize,
}

impl Mailer {
    /// Gives the line the next message once it has said what became of the last; frees the SIM.
    pub fn turn(&mut self, world: &mut World) {
        while let Some((place, _)) = world.texts_came.get(self.deleted) {
            self.deleted += 1;
            if let Some(place) = *place {
                world.tell_line(Input::DeleteText(place));
            }
        }
        if world.texts_sent.len() < self.given {
            return;
        }
        if world.texts_sent.last().is_some_and(|(_, sent)| !sent.may_be_sent_again()) {
            self.message += 1;
        }
        self.given += 1;
        let text = Text::new(&format!("Order {}", self.message)).unwrap();
        let submit = text.submit(&dialable(READER), 0, 0).unwrap();
        world.tell_line(Input::SendText(self.given as u64, submit));
    }

    /// Nobody got a message twice, and each had one fate at most.
    pub fn check(&self, world: &World) {
        let mut arrived = BTreeMap::<&str, u32>::new();
        for (_, event) in &world.phones {
            if let PhoneEvent::Text { text, .. } = event {
                *arrived.entry(text).or_default() += 1;
            }
        }
        let twice = arrived.iter().find(|(_, n)| **n > 1);
        assert_eq!(twice, None, "a message came twice\n{}", world.tell());
        let (said, given) = (world.texts_sent.len(), self.given);
        assert!(said == given || said + 1 == given, "{said} fates of {given} messages");
        let ids = world.texts_sent.iter().map(|(id, _)| *id);
        assert!(ids.eq(1..=said as u64), "each has one fate, and its own");
        let taken = |(_, sent): &&(u64, TextSent)| matches!(sent, TextSent::Taken(_));
        let taken = world.texts_sent.iter().filter(taken).count();
        assert!(arrived.len() >= taken, "{} arrived of {taken}", arrived.len());
    }
}

fn ready() -> World {
    let mut world = World::ready(Plan { with_texts: true, ..Plan::default() });
    world.run_for(Duration::from_secs(3));
    world
}

fn send(world: &mut World, text: &str) {
    let text = Text::new(text).unwrap();
    world.tell_line(Input::SendText(7, text.submit(&dialable(CUSTOMER), 0, 0).unwrap()));
}

fn arrived(world: &World) -> usize {
    world.phones.iter().filter(|(_, event)| matches!(event, PhoneEvent::Text { .. })).count()
}

#[test]
fn a_text_goes_out_between_calls_and_never_while_one_is_up() {
    let mut world = ready();
    send(&mut world, "Order 1");
    world.run_for(Duration::from_secs(5));
    assert_eq!((&world.texts_sent[..], arrived(&world)), (&[(7, TextSent::Taken(Some(0)))][..], 1));
    world.behave(CUSTOMER, Behaviour::AnswerAfter(Duration::from_secs(3)));
    world.call(COURIER);
    world.run_until("it rings", 10, |w| w.status.legs > 0);
    send(&mut world, "Order 2");
    world.wait_answered();
    world.run_for(Duration::from_secs(3));
    send(&mut world, "Order 2");
    world.keys(COURIER, ORDER);
    world.run_until_talking(COURIER, CUSTOMER);
    send(&mut world, "Order 2");
    assert_eq!(
        world.texts_sent[1..],
        [(7, TextSent::NotSent); 3],
        "at once: it can wait elsewhere"
    );
    world.hang_up(COURIER);
    world.wait_record();
    world.run_until("the line is free", 10, |w| w.status.legs == 0 && w.line.modem().is_free());
    send(&mut world, "Order 2");
    world.run_for(Duration::from_secs(5));
    assert_eq!(world.texts_sent.last(), Some(&(7, TextSent::Taken(Some(1)))));
}

#[test]
fn a_caller_who_rings_while_a_text_goes_out_is_answered_after_it() {
    let mut world = ready();
    send(&mut world, "Order 1");
    world.run_for(Duration::from_millis(500));
    world.call(COURIER);
    world.run_until("answered", 12, |w| {
        w.phones.iter().any(|(_, event)| matches!(event, PhoneEvent::Connected { .. }))
    });
    assert_eq!(world.texts_sent, [(7, TextSent::Taken(Some(0)))]);
    world.keys(COURIER, ORDER);
    world.behave(CUSTOMER, Behaviour::AnswerAfter(Duration::from_secs(1)));
    world.run_until_talking(COURIER, CUSTOMER);
}

#[test]
fn what_comes_in_during_a_call_is_told_and_deleted_after_it() {
    let mut world = ready();
    world.call_in(COURIER);
    world.act(PhoneAction::Text { from: CUSTOMER.to_owned(), text: "STOP".to_owned() });
    world.run_for(Duration::from_secs(5));
    assert!(world.texts_came.is_empty());
    world.hang_up(COURIER);
    world.run_until("it is told", 20, |w| !w.texts_came.is_empty());
    let (place, Ok(Received::Deliver(_))) = &world.texts_came[0] else {
        panic!("{:?}", world.texts_came)
    };
    world.tell_line(Input::DeleteText(place.unwrap()));
    world.run_until("it is deleted", 10, |w| {
        w.commands.iter().any(|(_, text)| text.starts_with("AT+CMGD=0"))
    });
}

#[test]
fn a_modem_lost_meanwhile_leaves_it_unknown() {
    let mut world = ready();
    send(&mut world, "Order 1");
    world.run_for(Duration::from_secs(1));
    let now = world.now;
    world.modem.inject(now, Fault::Crash);
    world.run_until("its fate is told", 20, |w| w.texts_sent == [(7, TextSent::Unknown)]);
    world.run_for(Duration::from_secs(90));
    assert_eq!((world.texts_sent.len(), world.status.takes_calls()), (1, true));
    send(&mut world, "Order 2");
    world.run_for(Duration::from_secs(5));
    assert!(matches!(world.texts_sent[1].1, TextSent::Taken(_)));
}
