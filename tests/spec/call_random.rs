//! Anything in any order: the invariants of a conversation hold after every step, and it ends when
//! answers stop coming.

use super::call_scene::{COURIER, CUSTOMER, OPERATOR, STRANGER, number, order, settings};
use maskline::call::{Conversation, Gone, Input, Key, Leg, Output, Settings};
use maskline::clock::{Mono, Now};
use maskline::number::CallerId;
use maskline::order::{Order, OrderNumber};
use maskline::record::{CallRecord, EndedBy, Outcome};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use ulid::Ulid;

const ORDERS: [(&str, &str, &str); 3] =
    [("11", COURIER, CUSTOMER), ("12", STRANGER, COURIER), ("22", CUSTOMER, STRANGER)];

#[derive(Debug, Clone)]
enum Step {
    Input(Input),
    /// The answer that the last question wants, whatever it was.
    Answer,
    Wait(u64),
}

/// What a watcher knows, from outputs and inputs alone.
#[derive(Default)]
struct Watcher {
    caller: Option<String>,
    /// The look-up under way, by number or (`None`) by caller.
    asked: Option<Option<OrderNumber>>,
    /// What the last look-up found.
    found: Option<Order>,
    a_held: bool,
    hold_asked: bool,
    b_dialled: bool,
    b_answered: bool,
    ended: Vec<Leg>,
    /// Leg A was ended without the conversation's doing.
    a_taken: bool,
    records: usize,
    last: Option<Output>,
}

impl Watcher {
    fn hears(&mut self, input: &Input) {
        match input {
            Input::CallerId(CallerId::Number(n)) if self.caller.is_none() => {
                self.caller = Some(n.e164().to_owned());
            }
            Input::LookedUp(Some(order)) if self.asked == Some(Some(order.number.clone())) => {
                self.asked = None;
                self.found = Some(order.clone());
            }
            Input::LookedUpByCaller(order) if self.asked == Some(None) => {
                self.asked = None;
                self.found = order.clone();
            }
            Input::Held if self.hold_asked => self.a_held = true,
            Input::LegBAnswered if self.b_dialled => self.b_answered = true,
            Input::Gone(Leg::A, Gone::Ended) => self.a_taken = !self.ended.contains(&Leg::A),
            Input::Gone(Leg::B, _) => {
                self.b_dialled = false;
                self.b_answered = false;
            }
            _ => {}
        }
    }

    fn sees(&mut self, output: Output) {
        assert_eq!(self.records, 0, "after the record: {output:?}");
        if !matches!(output, Output::Progress(_) | Output::Record(_)) {
            let shown = format!("{output:?}");
            assert!(!shown.contains("5550"), "a number shows: {shown}");
        }
        match &output {
            Output::LookUp(number) => {
                self.asked = Some(Some(number.clone()));
                self.found = None;
            }
            Output::LookUpByCaller(_) => self.asked = Some(None),
            Output::Hold => {
                self.hold_asked = true;
                self.a_held = false;
            }
            Output::Dial(dialled) => {
                assert!(self.a_held, "Never 2: dialled without a held leg A");
                let dialled = dialled.number().e164();
                let caller = self.caller.as_deref();
                let allowed = self.found.as_ref().is_some_and(|order| {
                    let (courier, customer) = (order.courier.e164(), order.customer.e164());
                    caller == Some(courier) && dialled == customer
                        || caller == Some(customer) && dialled == courier
                });
                assert!(allowed || dialled == OPERATOR, "Never 1: dialled {dialled}");
                self.b_dialled = true;
                self.b_answered = false;
            }
            Output::Retrieve => self.a_held = false,
            Output::Merge => assert!(self.a_held && self.b_answered, "Never 2"),
            Output::End(leg) => {
                assert!(!self.ended.contains(leg), "ended twice");
                self.ended.push(*leg);
            }
            Output::Record(record) => {
                self.records += 1;
                self.reads(record);
            }
            _ => {}
        }
        self.last = Some(output);
    }

    /// A record never says more, or less, than what happened.
    fn reads(&self, record: &CallRecord) {
        let merged = record.merged_at.is_some();
        let talked = matches!(record.outcome, Outcome::Connected | Outcome::OperatorConnected);
        let cut = matches!(record.outcome, Outcome::Interrupted | Outcome::ModemLost);
        assert!(merged || !talked, "connected without a merge");
        assert!(talked || cut || !merged, "{:?} though they talked", record.outcome);
        assert_eq!(merged, record.leg_b_answer_to_merge_ms.is_some());
        assert!(record.leg_b_answered_at.is_some() || record.sub_available != "Yes");
        assert_eq!(record.caller_withheld, record.caller_number.is_none());
        let by_box = record.ended_by == EndedBy::Box && !self.a_taken;
        assert!(record.outcome != Outcome::CallerHungUp || !by_box, "the caller did not hang up");
        assert!(record.ended_at.is_some());
    }

    /// What a well-behaved modem or store would say now.
    fn answer(&self) -> Option<Input> {
        Some(match self.last.as_ref()? {
            Output::LockedOut(_) => Input::LockedOut(false),
            Output::Answer => Input::Answered,
            Output::Progress(_) => Input::SoundReady,
            Output::Say(_) => Input::Said,
            Output::LookUp(digits) => Input::LookedUp(look_up(digits)),
            Output::LookUpByCaller(_) => Input::LookedUpByCaller(None),
            Output::Hold => Input::Held,
            Output::Dial(_) => Input::LegBAnswered,
            Output::Merge => Input::Merged,
            Output::Retrieve => Input::Retrieved,
            Output::End(leg) => Input::Gone(*leg, Gone::Ended),
            _ => return None,
        })
    }
}

fn look_up(digits: &OrderNumber) -> Option<Order> {
    ORDERS.iter().find(|o| o.0 == digits.as_str()).map(|&(n, a, b)| order(n, a, b))
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        6 => (1..=2u8).prop_map(Key::Digit),
        1 => any::<u8>().prop_map(Key::Digit),
        1 => Just(Key::Star),
        1 => Just(Key::Pound),
    ]
}

fn any_order() -> impl Strategy<Value = Option<Order>> {
    prop_oneof![
        Just(None),
        (0..ORDERS.len()).prop_map(|i| Some(order(ORDERS[i].0, ORDERS[i].1, ORDERS[i].2)))
    ]
}

fn any_caller() -> impl Strategy<Value = Input> {
    let caller = prop_oneof![
        1 => Just(CallerId::Withheld),
        4 => prop::sample::select(vec![COURIER, CUSTOMER, STRANGER])
            .prop_map(|text| CallerId::Number(number(text))),
    ];
    caller.prop_map(Input::CallerId)
}

fn any_input() -> impl Strategy<Value = Input> {
    let plain = vec![
        Input::LockedOut(false),
        Input::LockedOut(true),
        Input::Answered,
        Input::SoundReady,
        Input::RecordingStarted,
        Input::Said,
        Input::Held,
        Input::HoldRefused,
        Input::Dialling,
        Input::DialRefused,
        Input::LegBAnswered,
        Input::Merged,
        Input::MergeRefused,
        Input::MergeLost,
        Input::Retrieved,
        Input::RetrieveFailed,
    ];
    let last = vec![
        Input::Gone(Leg::A, Gone::FarEnd),
        Input::Gone(Leg::A, Gone::Ended),
        Input::ModemLost,
        Input::Stop,
    ];
    prop_oneof![
        12 => any_key().prop_map(|key| Input::Key(Leg::A, key)),
        2 => any_key().prop_map(|key| Input::Key(Leg::B, key)),
        2 => any_caller(),
        2 => any_order().prop_map(Input::LookedUp),
        2 => any_order().prop_map(Input::LookedUpByCaller),
        8 => prop::sample::select(plain),
        1 => Just(Input::Gone(Leg::B, Gone::FarEnd)),
        1 => prop::sample::select(last),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any_input().prop_map(Step::Input),
        10 => Just(Step::Answer),
        1 => prop_oneof![4 => 0..9_000u64, 1 => 0..60_000u64].prop_map(Step::Wait),
    ]
}

fn any_settings() -> impl Strategy<Value = Settings> {
    (any::<[bool; 7]>(), 1..4u32).prop_map(|(switches, max_entries)| {
        let mut settings = settings();
        let [operator, record, accept_key, uniform, direct, notice, limit] = switches;
        if !operator {
            settings.operator = None;
        }
        settings.order_digits = 2;
        settings.max_entries = max_entries;
        settings.record = record;
        settings.accept_key = accept_key;
        settings.uniform_refusal = uniform;
        settings.direct_connect = direct;
        settings.recording_notice = notice;
        settings.max_talk = limit.then_some(Duration::from_secs(90));
        settings
    })
}

struct Run {
    conversation: Conversation,
    watcher: Watcher,
    now: Mono,
}

impl Run {
    fn drain(&mut self) {
        while let Some(output) = self.conversation.poll_output() {
            self.watcher.sees(output);
        }
        assert_eq!(self.conversation.is_over(), self.watcher.records == 1);
    }

    fn input(&mut self, input: Input) {
        self.watcher.hears(&input);
        self.conversation.handle_input(Now::simulated(self.now), input);
        self.drain();
    }

    /// Fires every deadline up to `end`.
    fn wait_until(&mut self, end: Mono) {
        let mut fired = 0;
        while let Some(deadline) = self.conversation.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(deadline);
            self.conversation.handle_timeout(Now::simulated(self.now));
            self.drain();
            fired += 1;
            assert!(fired < 100, "time-outs without end in {}", self.conversation.phase());
        }
        self.now = end;
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Input(input) => self.input(input),
            Step::Answer => {
                if let Some(answer) = self.watcher.answer() {
                    self.input(answer);
                }
            }
            Step::Wait(ms) => self.wait_until(self.now + Duration::from_millis(ms)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn nevers_hold_and_every_call_ends(
        settings in any_settings(),
        arrival in prop::option::weighted(0.9, any_caller()),
        steps in prop::collection::vec(any_step(), 0..80),
    ) {
        let now = Duration::from_secs(10);
        let id = Ulid::from_parts(1, 2);
        let conversation = Conversation::new(Arc::new(settings), id, Now::simulated(now));
        let mut run = Run { conversation, watcher: Watcher::default(), now };
        run.drain();
        let answers = [Step::Answer, Step::Answer, Step::Answer];
        let arrival = arrival.into_iter().flat_map(|id| [Step::Input(id)].into_iter().chain(answers.clone()));
        for step in arrival.chain(steps) {
            run.step(step);
        }
        // Answers stop coming: only people who talk may take their time, until one hangs up.
        run.wait_until(run.now + Duration::from_secs(600));
        if run.conversation.phase() == "talking" {
            run.input(Input::Gone(Leg::B, Gone::FarEnd));
            run.wait_until(run.now + Duration::from_secs(5));
        }
        prop_assert!(run.conversation.is_over(), "stuck in {}", run.conversation.phase());
        prop_assert_eq!(run.watcher.records, 1);
    }
}
