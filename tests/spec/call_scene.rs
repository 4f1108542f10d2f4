//! A scene for one conversation in virtual time: a store with one order, a modem that does at once
//! what it is asked (unless told not to), and a transcript of what the box does.

use maskline::call::{Conversation, Gone, Input, Key, Leg, MergeService, Output, Settings};
use maskline::clock::{Mono, Now};
use maskline::number::{CallerId, Country, Dialable, PhoneNumber};
use maskline::order::{Order, OrderNumber};
use maskline::record::CallRecord;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use ulid::Ulid;

pub const COURIER: &str = "+61255501111";
pub const CUSTOMER: &str = "+61255502222";
pub const OPERATOR: &str = "+61255500000";
pub const STRANGER: &str = "+61255503333";
/// The customer's number with another area code.
pub const NEAR_CUSTOMER: &str = "+61355502222";
pub const ORDER: &str = "12345";

/// What the scene is asked for, and may leave unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    LockedOut,
    Answer,
    Sound,
    LookUp,
    LookUpByCaller,
    Recording,
    Hold,
    Dial,
    Merge,
    Retrieve,
    EndA,
    EndB,
}

pub struct Scene {
    pub conversation: Conversation,
    pub now: Mono,
    pub orders: Vec<Order>,
    pub locked_out: bool,
    /// Never answered.
    pub mute: Vec<Asked>,
    /// Answered with a refusal.
    pub refused: Vec<Asked>,
    /// The records so far, as they were sent.
    pub progress: Vec<CallRecord>,
    pub records: Vec<CallRecord>,
    inputs: VecDeque<Input>,
    transcript: Vec<String>,
    read: usize,
}

pub fn number(e164: &str) -> PhoneNumber {
    PhoneNumber::from_e164(e164).unwrap()
}

pub fn order(digits: &str, courier: &str, customer: &str) -> Order {
    Order {
        number: OrderNumber::new(digits).unwrap(),
        courier: number(courier),
        customer: number(customer),
        expires_at: Now::simulated(Duration::from_secs(864_000)).wall,
        language: None,
    }
}

pub fn settings() -> Settings {
    let au = Country::new("AU").unwrap();
    let mut settings = Settings::new("line1", vec![au]);
    settings.operator = Some(Dialable::new(&number(OPERATOR), &[au]).unwrap());
    settings
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Leg A begins to ring.
pub fn ringing(change: impl FnOnce(&mut Settings)) -> Scene {
    let mut settings = settings();
    change(&mut settings);
    let now = secs(100);
    let id = Ulid::from_parts(1, 1);
    let conversation = Conversation::new(Arc::new(settings), id, Now::simulated(now));
    let mut scene = Scene {
        conversation,
        now,
        orders: vec![order(ORDER, COURIER, CUSTOMER)],
        locked_out: false,
        mute: Vec::new(),
        refused: Vec::new(),
        progress: Vec::new(),
        records: Vec::new(),
        inputs: VecDeque::new(),
        transcript: Vec::new(),
        read: 0,
    };
    scene.settle();
    scene
}

/// A call that was answered, up to the greeting.
pub fn answered(caller: &str, change: impl FnOnce(&mut Settings)) -> Scene {
    let mut scene = ringing(change);
    scene.caller(caller);
    scene
}

/// A caller with the default settings who has heard the greeting begin.
pub fn greeted(caller: &str) -> Scene {
    let mut scene = answered(caller, |_| {});
    scene.does(&["answers", "says Greeting"]);
    scene
}

/// The courier has keyed the order and the customer's phone rings.
pub fn alerting(change: impl FnOnce(&mut Settings)) -> Scene {
    let mut scene = answered(COURIER, change);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    scene
}

/// The customer has answered and hears the announcement.
pub fn announcing(change: impl FnOnce(&mut Settings)) -> Scene {
    let mut scene = alerting(change);
    scene.input(Input::LegBAnswered);
    scene.skip();
    scene
}

/// Courier and customer talk.
pub fn talking(change: impl FnOnce(&mut Settings)) -> Scene {
    let mut scene = announcing(change);
    scene.said();
    assert_eq!(scene.conversation.phase(), "talking");
    scene.skip();
    scene
}

impl Scene {
    pub fn now(&self) -> Now {
        Now::simulated(self.now)
    }

    pub fn input(&mut self, input: Input) {
        self.inputs.push_back(input);
        self.settle();
    }

    /// The network names the caller; an empty text is a withheld number.
    pub fn caller(&mut self, e164: &str) {
        let id = match e164 {
            "" => CallerId::Withheld,
            _ => CallerId::Number(number(e164)),
        };
        self.input(Input::CallerId(id));
    }

    /// Keys of the caller.
    pub fn keys(&mut self, keys: &str) {
        self.keys_of(Leg::A, keys);
    }

    pub fn keys_of(&mut self, leg: Leg, keys: &str) {
        for key in keys.chars() {
            let key = match key {
                '*' => Key::Star,
                '#' => Key::Pound,
                digit => Key::Digit(u8::try_from(digit.to_digit(10).unwrap()).unwrap()),
            };
            self.input(Input::Key(leg, key));
        }
    }

    /// The prompt comes to its end.
    pub fn said(&mut self) {
        self.input(Input::Said);
    }

    pub fn hangs_up(&mut self, leg: Leg) {
        self.input(Input::Gone(leg, Gone::FarEnd));
    }

    /// Time passes.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.conversation.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(deadline);
            self.conversation.handle_timeout(self.now());
            self.settle();
        }
        self.now = end;
    }

    /// What the box did since the last question, word by word.
    #[track_caller]
    pub fn does(&mut self, expected: &[&str]) {
        assert_eq!(self.unread(), expected, "in phase {}", self.conversation.phase());
    }

    /// Since the last question.
    pub fn unread(&mut self) -> Vec<String> {
        let unread = self.transcript[self.read..].to_vec();
        self.skip();
        unread
    }

    /// Does not care what happened so far.
    pub fn skip(&mut self) {
        self.read = self.transcript.len();
    }

    pub fn whole_transcript(&self) -> &[String] {
        &self.transcript
    }

    /// The one record of a conversation that is over.
    #[track_caller]
    pub fn record(&self) -> &CallRecord {
        assert!(self.conversation.is_over(), "in phase {}", self.conversation.phase());
        assert_eq!(self.conversation.poll_timeout(), None);
        assert_eq!(self.records.len(), 1);
        &self.records[0]
    }

    /// Mutate once, drain, until nobody has anything to say.
    fn settle(&mut self) {
        loop {
            while let Some(output) = self.conversation.poll_output() {
                assert!(self.records.is_empty(), "after the record: {output:?}");
                self.transcript.extend(describe(&output));
                let answers = self.answers(output);
                self.inputs.extend(answers);
            }
            let Some(input) = self.inputs.pop_front() else { return };
            self.conversation.handle_input(self.now(), input);
        }
    }

    /// What the store and the modem answer, at once.
    fn answers(&mut self, output: Output) -> Vec<Input> {
        let refuses = |asked| self.refused.contains(&asked);
        let (asked, answers) = match output {
            Output::LockedOut(_) => (Asked::LockedOut, vec![Input::LockedOut(self.locked_out)]),
            Output::Answer => {
                let sound = (!self.mute.contains(&Asked::Sound)).then_some(Input::SoundReady);
                (Asked::Answer, [Input::Answered].into_iter().chain(sound).collect())
            }
            Output::StartRecording => (Asked::Recording, vec![Input::RecordingStarted]),
            Output::LookUp(number) => {
                let found = self.orders.iter().find(|order| order.number == number);
                (Asked::LookUp, vec![Input::LookedUp(found.cloned())])
            }
            Output::LookUpByCaller(CallerId::Number(caller)) => {
                let of_caller = |order: &&Order| order.party_of(&caller).is_some();
                let mut found = self.orders.iter().filter(of_caller);
                let only = found.next().filter(|_| found.next().is_none());
                (Asked::LookUpByCaller, vec![Input::LookedUpByCaller(only.cloned())])
            }
            Output::LookUpByCaller(CallerId::Withheld) => panic!("asked about nobody"),
            Output::Hold if refuses(Asked::Hold) => (Asked::Hold, vec![Input::HoldRefused]),
            Output::Hold => (Asked::Hold, vec![Input::Held]),
            Output::Dial(_) if refuses(Asked::Dial) => (Asked::Dial, vec![Input::DialRefused]),
            Output::Dial(_) => (Asked::Dial, vec![Input::Dialling]),
            Output::Merge if refuses(Asked::Merge) => (Asked::Merge, vec![Input::MergeRefused]),
            Output::Merge => (Asked::Merge, vec![Input::Merged]),
            Output::Retrieve if refuses(Asked::Retrieve) => {
                (Asked::Retrieve, vec![Input::RetrieveFailed])
            }
            Output::Retrieve => (Asked::Retrieve, vec![Input::Retrieved]),
            Output::End(Leg::A) => (Asked::EndA, vec![Input::Gone(Leg::A, Gone::Ended)]),
            Output::End(Leg::B) => (Asked::EndB, vec![Input::Gone(Leg::B, Gone::Ended)]),
            Output::Progress(record) => {
                self.progress.push(*record);
                return Vec::new();
            }
            Output::Record(record) => {
                self.records.push(*record);
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        if self.mute.contains(&asked) { Vec::new() } else { answers }
    }
}

/// A line of the transcript; what only the store hears of is no part of it.
fn describe(output: &Output) -> Option<String> {
    Some(match output {
        Output::LockedOut(_) | Output::Progress(_) => return None,
        Output::Answer => "answers".to_owned(),
        Output::StartRecording => "records".to_owned(),
        Output::Say(script) => format!("says {}", words(script)),
        Output::Hush => "hushes".to_owned(),
        Output::LookUp(number) => format!("looks up {number}"),
        Output::LookUpByCaller(_) => "looks up the caller".to_owned(),
        Output::Hold => "holds".to_owned(),
        Output::Dial(number) => format!("dials {}", name(number)),
        Output::Merge => "merges".to_owned(),
        Output::Retrieve => "takes A back".to_owned(),
        Output::End(leg) => format!("ends {leg:?}"),
        Output::WarningTone => "warns".to_owned(),
        Output::MergeService(MergeService::Works) => "merge works".to_owned(),
        Output::MergeService(service) => format!("alarm: merge {service:?}").to_lowercase(),
        Output::CountAttempt { success, .. } => format!("counts success={success}"),
        Output::Record(record) => format!("record {:?}", record.outcome),
    })
}

fn words(script: &maskline::audio::script::Script) -> String {
    use maskline::audio::script::Item;
    let words: Vec<_> = script
        .items
        .iter()
        .map(|item| match item {
            Item::Phrase(phrase) => format!("{phrase:?}"),
            Item::Digit(digit) => digit.to_string(),
            Item::Pause(_) => "...".to_owned(),
            Item::WarningTone => "tone".to_owned(),
        })
        .chain(script.language.iter().map(|language| format!("in {language}")))
        .collect();
    words.join(" ")
}

fn name(number: &Dialable) -> &str {
    match number.number().e164() {
        COURIER => "the courier",
        CUSTOMER => "the customer",
        OPERATOR => "the operator",
        _ => "somebody",
    }
}
