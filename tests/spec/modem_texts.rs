//! Short messages through the modem: the driver and a simulated SIM7600 in virtual time. A call comes first,
//! and nobody is left to guess whether a message has gone out.

use super::world::dialable;
use maskline::modem::at::Failure;
use maskline::modem::calls::Change;
use maskline::modem::job::{Done, Job, TextSent};
use maskline::modem::pdu::{Address, Deliver, Delivery, Received, Submit, Text};
use maskline::modem::{Event, Lost, Modem};
use simulator::{Config, Fault, Faults, PhoneAction, PhoneEvent, Start};
use std::time::Duration;

const PHONE: &str = "+61255502222";

struct Rig {
    now: Duration,
    driver: Modem,
    modem: simulator::Modem,
    events: Vec<Event>,
    phones: Vec<PhoneEvent>,
    commands: Vec<(Duration, String)>,
}

impl Rig {
    fn ready(config: Config) -> Rig {
        Rig::up(config, Modem::new(None, false).with_texts())
    }

    fn up(config: Config, driver: Modem) -> Rig {
        let mut rig = Rig {
            now: Duration::ZERO,
            driver,
            modem: simulator::Modem::new(config),
            events: Vec::new(),
            phones: Vec::new(),
            commands: Vec::new(),
        };
        rig.modem.handle_input(rig.now, simulator::Input::AtOpened);
        rig.driver.opened(rig.now);
        rig.until("it takes calls", 300, |rig| rig.driver.is_ready());
        rig.run(Duration::from_secs(2));
        rig
    }

    fn drain(&mut self) {
        loop {
            if let Some(event) = self.driver.poll_event() {
                if let Event::Write(octets) = &event {
                    let text = String::from_utf8_lossy(octets).trim().to_owned();
                    self.commands.push((self.now, text));
                    self.modem.handle_input(self.now, simulator::Input::At(octets));
                    continue;
                }
                // As a line does: the port is opened anew.
                if event == Event::Lost(Lost::Mute) {
                    self.driver.opened(self.now);
                }
                self.events.push(event);
            } else if let Some(output) = self.modem.poll_output() {
                match output {
                    simulator::Output::At(octets) => self.driver.handle_octets(self.now, &octets),
                    simulator::Output::Phone(event) => self.phones.push(event),
                    simulator::Output::PortsGone => self.driver.closed(),
                    simulator::Output::PortsBack => {
                        self.modem.handle_input(self.now, simulator::Input::AtOpened);
                        self.driver.opened(self.now);
                    }
                    simulator::Output::Audio(_) => {}
                }
            } else {
                return;
            }
        }
    }

    /// One step of time, but not beyond the end.
    fn step(&mut self, end: Duration) {
        self.drain();
        let due = [self.driver.poll_timeout(), self.modem.poll_timeout()];
        self.now = due.into_iter().flatten().min().unwrap_or(end).clamp(self.now, end);
        self.modem.handle_timeout(self.now);
        self.driver.handle_timeout(self.now);
        self.drain();
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step(end);
        }
    }

    fn until(&mut self, what: &str, seconds: u64, done: impl Fn(&Rig) -> bool) {
        let end = self.now + Duration::from_secs(seconds);
        while !done(self) {
            assert!(self.now < end, "{what}: {:?} {:?}", self.commands.last(), self.events);
            self.step(end);
        }
    }

    fn act(&mut self, action: PhoneAction) {
        self.modem.handle_input(self.now, simulator::Input::Phone(action));
        self.drain();
    }

    fn inject(&mut self, fault: Fault) {
        self.modem.inject(self.now, fault);
        self.drain();
    }

    fn submit(&mut self, job: Job) {
        self.driver.submit(self.now, job);
        self.drain();
    }

    /// Sends a message, and what is said of it.
    fn send(&mut self) -> TextSent {
        let before = self.sent().len();
        self.submit(Job::SendText(message()));
        self.until("it is said what became of it", 90, |rig| rig.sent().len() > before);
        self.sent()[before]
    }

    fn sent(&self) -> Vec<TextSent> {
        let sent = self.events.iter().filter_map(|event| match event {
            Event::Done(Done::TextSent(sent)) => Some(*sent),
            _ => None,
        });
        sent.collect()
    }

    /// Messages that the phone got.
    fn arrived(&self) -> Vec<&str> {
        let texts = self.phones.iter().filter_map(|event| match event {
            PhoneEvent::Text { phone, text, .. } if phone == PHONE => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// Messages that came in, with their places.
    fn came(&self) -> Vec<(u8, &Deliver)> {
        let came = self.events.iter().filter_map(|event| match event {
            Event::Text(Some(place), Ok(Received::Deliver(deliver))) => Some((*place, &**deliver)),
            _ => None,
        });
        came.collect()
    }

    fn asked(&self, command: &str) -> usize {
        self.commands.iter().filter(|(_, text)| text.starts_with(command)).count()
    }
}

fn message() -> Submit {
    Text::new("Order 12345, € 0").unwrap().submit(&dialable(PHONE), 0, 1).unwrap()
}

fn text_from(from: &str, text: &str) -> PhoneAction {
    PhoneAction::Text { from: from.to_owned(), text: text.to_owned() }
}

#[test]
fn a_message_is_sent_and_its_delivery_is_reported() {
    let mut rig = Rig::ready(Config::default());
    assert_eq!(rig.send(), TextSent::Taken(Some(0)));
    assert_eq!(rig.send(), TextSent::Taken(Some(1)));
    assert_eq!(rig.arrived(), ["Order 12345, € 0"; 2]);
    rig.run(Duration::from_secs(10));
    let reports: Vec<_> = rig
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Text(None, Ok(Received::Report(report))) => {
                Some((report.reference, report.delivery))
            }
            _ => None,
        })
        .collect();
    assert_eq!(reports, [(0, Delivery::Delivered), (1, Delivery::Delivered)]);
}

#[test]
fn a_modem_without_texts_is_told_nothing_of_them() {
    let mut rig = Rig::up(Config::default(), Modem::new(None, false));
    rig.act(text_from(PHONE, "STOP"));
    rig.run(Duration::from_secs(700));
    for command in ["AT+CMGF", "AT+CNMI", "AT+CPMS", "AT+CMGL"] {
        assert_eq!(rig.asked(command), 0, "{command}");
    }
    assert!(!rig.events.iter().any(|event| matches!(event, Event::Text(..))));
}

#[test]
fn whatever_becomes_of_a_message_is_said_once() {
    let mut rig = Rig::ready(Config::default());
    rig.inject(Fault::RefuseText(42));
    let congestion = rig.send();
    assert_eq!(congestion, TextSent::Refused(Failure::Cms(42)));
    assert!(congestion.may_be_sent_again());
    rig.inject(Fault::RefuseText(21));
    assert!(!rig.send().may_be_sent_again(), "rejected for good");
    assert_eq!(rig.arrived().len(), 0);
    // The network has it, and only the last line is lost.
    rig.inject(Fault::LostOk);
    assert_eq!(rig.send(), TextSent::Taken(Some(0)));
    assert_eq!(rig.arrived().len(), 1);
    rig.run(Duration::from_secs(60));
    assert_eq!(rig.sent().len(), 3);
    assert_eq!(rig.send(), TextSent::Taken(Some(1)), "the modem is in step again");
}

#[test]
fn a_network_that_is_silent_leaves_it_unknown_and_it_is_not_to_be_sent_again() {
    let mut rig = Rig::ready(Config::default());
    rig.inject(Fault::SilenceText(Duration::from_secs(44)));
    let sent = rig.send();
    assert_eq!(sent, TextSent::Unknown);
    assert!(!sent.may_be_sent_again());
    rig.run(Duration::from_secs(120));
    assert!(rig.driver.is_ready() || rig.events.contains(&Event::Lost(Lost::Mute)));
    assert_eq!((rig.sent().len(), rig.asked("AT+CMGS")), (1, 1));
}

#[test]
fn a_modem_that_crashes_meanwhile_leaves_it_unknown_and_before_that_not_sent() {
    let mut rig = Rig::ready(Config::default());
    rig.submit(Job::SendText(message()));
    rig.submit(Job::SendText(message()));
    rig.until("it is typed", 10, |rig| rig.commands.last().unwrap().1.ends_with('\u{1a}'));
    rig.inject(Fault::Crash);
    rig.until("the modem is lost", 10, |rig| rig.sent().len() == 2);
    assert_eq!(rig.sent(), [TextSent::Unknown, TextSent::NotSent]);
    rig.until("it is back", 120, |rig| rig.driver.is_ready());
    assert_eq!(rig.asked("AT+CMGS"), 1);
    assert_eq!(rig.send(), TextSent::Taken(Some(0)));
}

#[test]
fn a_prompt_that_never_comes_is_left_by_escape_and_nothing_has_gone_out() {
    let mut rig = Rig::ready(Config::default());
    rig.submit(Job::SendText(message()));
    rig.inject(Fault::Hang(Duration::from_secs(8)));
    rig.until("it is given up", 30, |rig| rig.sent() == [TextSent::NotSent]);
    rig.until("the modem is in step", 60, |rig| rig.driver.is_free());
    assert_eq!(rig.arrived().len(), 0);
    assert!(rig.commands.iter().any(|(_, text)| text == "\u{1b}"));
    assert!(matches!(rig.send(), TextSent::Taken(_)));
    assert_eq!(rig.arrived(), ["Order 12345, € 0"]);
}

#[test]
fn a_caller_who_rings_meanwhile_is_seen_as_soon_as_it_is_sent() {
    let mut rig = Rig::ready(Config::default());
    rig.submit(Job::SendText(message()));
    rig.until("it is typed", 10, |rig| rig.commands.last().unwrap().1.ends_with('\u{1a}'));
    let typed_at = rig.now;
    rig.act(PhoneAction::Call { from: PHONE.to_owned(), presentation: Default::default() });
    let new = |rig: &Rig| rig.events.iter().any(|e| matches!(e, Event::Change(Change::New(_))));
    rig.until("the call is seen", 10, new);
    assert_eq!(rig.sent(), [TextSent::Taken(Some(0))]);
    assert!(rig.now - typed_at < Duration::from_secs(4), "{:?}", rig.now - typed_at);
    assert!(!rig.driver.is_free());
}

#[test]
fn ending_calls_overtakes_what_waits_and_not_what_is_on_its_way() {
    let mut rig = Rig::ready(Config::default());
    rig.submit(Job::SendText(message()));
    rig.submit(Job::SendText(message()));
    rig.submit(Job::EndAll);
    rig.until("the calls are ended", 20, |rig| {
        rig.events.contains(&Event::Done(Done::Ended(true)))
    });
    assert_eq!(rig.sent(), [TextSent::NotSent, TextSent::Taken(Some(0))]);
    assert_eq!(rig.arrived().len(), 1);
}

#[test]
fn what_comes_in_is_listed_between_calls_and_stays_until_it_is_deleted() {
    let mut rig = Rig::ready(Config::default());
    rig.act(PhoneAction::Call { from: PHONE.to_owned(), presentation: Default::default() });
    rig.until("it rings", 10, |rig| !rig.driver.calls().is_empty());
    let listed = rig.asked("AT+CMGL");
    rig.act(text_from(PHONE, "STOP"));
    rig.run(Duration::from_secs(20));
    assert_eq!(rig.asked("AT+CMGL"), listed, "not while a call is up");
    rig.act(PhoneAction::Hangup { phone: PHONE.to_owned() });
    rig.until("it came", 20, |rig| !rig.came().is_empty());
    let (place, stop) = rig.came()[0];
    assert_eq!(stop.text.as_deref(), Some("STOP"));
    assert!(matches!(&stop.from, Address::Number { digits, .. } if digits == "61255502222"));
    rig.run(Duration::from_secs(320));
    assert_eq!((rig.came().len(), rig.asked("AT+CMGL")), (1, listed + 2), "it is told once");
    rig.inject(Fault::Crash);
    rig.until("it is told after a restart", 120, |rig| rig.came().len() == 2);
    rig.submit(Job::DeleteText(place));
    rig.submit(Job::DeleteText(place));
    rig.act(text_from(PHONE, "START"));
    rig.run(Duration::from_secs(700));
    let deleted = |done| rig.events.iter().filter(|e| **e == Event::Done(done)).count();
    assert_eq!(deleted(Done::TextDeleted(place, true)), 1);
    assert_eq!(deleted(Done::TextDeleted(place, false)), 1, "the next one is not taken for it");
    assert_eq!(rig.came()[2].1.text.as_deref(), Some("START"));
    assert_eq!(rig.came().len(), 3);
}

#[test]
fn a_full_memory_is_emptied_and_what_waited_for_room_comes() {
    let mut config = Config { start: Start::Running, ..Config::default() };
    config.sim.messages = 3;
    let mut rig = Rig::ready(config);
    for n in 0..8 {
        rig.act(text_from(PHONE, &format!("message {n}")));
    }
    let mut seen = 0;
    while seen < 8 {
        rig.until("another came", 400, |rig| rig.came().len() > seen);
        let (place, _) = rig.came()[seen];
        seen += 1;
        rig.submit(Job::DeleteText(place));
    }
    let texts: std::collections::BTreeSet<String> =
        rig.came().iter().map(|(_, deliver)| deliver.text.clone().unwrap().to_string()).collect();
    assert_eq!(texts.len(), 8, "{texts:?}");
}

#[test]
fn nuisances_on_the_wire_send_nothing_twice() {
    for seed in 0..40 {
        let config = Config { faults: Faults::nuisances(), seed, ..Config::default() };
        let mut rig = Rig::ready(config);
        for n in 0..4 {
            assert_eq!(rig.send(), TextSent::Taken(Some(n)), "seed {seed}");
        }
        assert_eq!(rig.arrived().len(), 4, "seed {seed}");
    }
}

#[test]
fn in_a_storm_each_message_that_may_be_sent_again_has_not_arrived() {
    for seed in 0..60 {
        let config = Config { faults: Faults::storm(), seed, ..Config::default() };
        let mut rig = Rig::ready(config);
        for _ in 0..6 {
            rig.until("it is free", 600, |rig| rig.driver.is_free());
            let before = rig.arrived().len();
            let sent = rig.send();
            rig.run(Duration::from_secs(5));
            let arrived = rig.arrived().len() - before;
            match sent {
                TextSent::Taken(_) => assert_eq!(arrived, 1, "seed {seed}"),
                TextSent::Unknown => assert!(arrived <= 1, "seed {seed}"),
                TextSent::Refused(_) | TextSent::NotSent => assert_eq!(arrived, 0, "seed {seed}"),
            }
        }
    }
}
