//! What all states of a conversation share: its legs, its record, its outputs.

use super::{Leg, Output, Settings};
use crate::audio::script::Script;
use crate::clock::{Mono, Now};
use crate::language::Language;
use crate::limits::OUTPUTS;
use crate::number::{CallerId, Dialable, PhoneNumber};
use crate::order::{Order, OrderNumber, Party};
use crate::record::{CallRecord, EndedBy, Outcome};
use heapless::Deque;
use jiff::Timestamp;
use std::sync::Arc;
use ulid::Ulid;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Present,
    /// We asked for its end.
    Leaving,
}

pub(super) struct MaskedCall {
    pub settings: Arc<Settings>,
    /// `outcome` is always what the record would say if the caller hung up now.
    pub record: CallRecord,
    /// The caller's number; `None` while none has come.
    pub caller: Option<PhoneNumber>,
    pub locked_out: bool,
    /// That of the order, once the caller has shown to be a party of it.
    order_language: Option<Language>,
    /// By the number that leg B was dialled by.
    leg_b_language: Option<Language>,
    /// The last key of the order number.
    pub last_key: Option<Mono>,
    leg_b_answered: Option<Mono>,
    leg_b_was_dialled: bool,
    ended_by: Option<EndedBy>,
    leg_a: Presence,
    leg_b: Presence,
    outputs: Deque<Output, OUTPUTS>,
}

impl MaskedCall {
    pub fn new(settings: Arc<Settings>, call_id: Ulid, now: Now) -> MaskedCall {
        let mut record = CallRecord::begin(call_id, &settings.line, now);
        record.caller_withheld = true;
        MaskedCall {
            settings,
            record,
            caller: None,
            locked_out: false,
            order_language: None,
            leg_b_language: None,
            last_key: None,
            leg_b_answered: None,
            leg_b_was_dialled: false,
            ended_by: None,
            leg_a: Presence::Present,
            leg_b: Presence::Absent,
            outputs: Deque::new(),
        }
    }

    pub fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn ask(&mut self, output: Output) {
        let queued = self.outputs.push_back(output);
        assert!(
            queued.is_ok(),
            "the line drains the outputs after each input, and none makes so many"
        );
    }

    /// Speaks to the caller: in the order's language, else that of the caller's number, else the site's.
    pub fn say(&mut self, script: Script) {
        let by_number = || self.settings.languages.language(self.caller.as_ref()?).cloned();
        let language = self.order_language.clone().or_else(by_number);
        self.ask(Output::Say(script.spoken_in(language)));
    }

    /// Speaks to leg B; the order's language is for its parties, not for an operator.
    pub fn say_to_leg_b(&mut self, script: Script, is_party: bool) {
        let of_order = self.order_language.clone().filter(|_| is_party);
        let language = of_order.or_else(|| self.leg_b_language.clone());
        self.ask(Output::Say(script.spoken_in(language)));
    }
}

/// Legs.
impl MaskedCall {
    pub fn dial(&mut self, number: Dialable) {
        self.record.callee_number = Some(number.number().e164().to_owned());
        self.leg_b_language = self.settings.languages.language(number.number()).cloned();
        self.leg_b = Presence::Present;
        self.leg_b_was_dialled = true;
        self.ask(Output::Dial(number));
        self.progress();
    }

    /// The dialling guard let nothing through: there is no leg B, and never was.
    pub fn dial_was_refused(&mut self) {
        self.leg_b = Presence::Absent;
        self.leg_b_was_dialled = false;
        self.record.callee_number = None;
        self.record.last_key_to_dial_ms = None;
    }

    pub fn leg_b_was_dialled(&self) -> bool {
        self.leg_b_was_dialled
    }

    /// Ends a leg that is there and was not ended yet.
    pub fn end(&mut self, leg: Leg) {
        if *self.leg(leg) == Presence::Present {
            *self.leg(leg) = Presence::Leaving;
            self.ask(Output::End(leg));
        }
    }

    /// Notes that a leg is gone; false if it was not there.
    pub fn leg_is_gone(&mut self, leg: Leg) -> bool {
        std::mem::replace(self.leg(leg), Presence::Absent) != Presence::Absent
    }

    pub fn has_leg_b(&self) -> bool {
        self.leg_b != Presence::Absent
    }

    pub fn has_legs(&self) -> bool {
        self.leg_a != Presence::Absent || self.has_leg_b()
    }

    fn leg(&mut self, leg: Leg) -> &mut Presence {
        match leg {
            Leg::A => &mut self.leg_a,
            Leg::B => &mut self.leg_b,
        }
    }
}

/// Who calls, and whom they ask for.
impl MaskedCall {
    /// The caller asks for the operator: whom to dial, if there is one. Once per call.
    pub fn wants_operator(&mut self) -> Option<Dialable> {
        let asked_before = !self.record.need_operator.is_empty();
        let operator = self.settings.operator.clone().filter(|_| !asked_before)?;
        self.record.need_operator = "Yes".to_owned();
        Some(operator)
    }

    /// The caller's number has come: in time, or when nobody waits for it any more.
    pub fn caller_is(&mut self, number: PhoneNumber) {
        self.record.caller_number = Some(number.e164().to_owned());
        self.record.caller_withheld = false;
        self.caller = Some(number.clone());
        self.ask(Output::LockedOut(CallerId::Number(number)));
    }

    pub fn count_attempt(&mut self, success: bool) {
        if let Some(number) = self.caller.clone() {
            self.ask(Output::CountAttempt { caller: CallerId::Number(number), success });
        }
    }
}

/// The record.
impl MaskedCall {
    pub fn stamp(&mut self, now: Now) -> Option<Timestamp> {
        self.record.clock_trusted &= now.trusted;
        Some(now.wall)
    }

    /// Sends the record so far.
    pub fn progress(&mut self) {
        let mut record = self.record.clone();
        record.outcome = Outcome::Interrupted;
        record.ended_by = EndedBy::Box;
        self.ask(Output::Progress(Box::new(record)));
    }

    pub fn answered(&mut self, now: Now) {
        self.record.answered_at = self.stamp(now);
        self.progress();
    }

    pub fn recording_runs(&mut self) {
        self.record.call_record = format!("/api/v1/calls/{}/recording", self.record.call_id);
        self.progress();
    }

    /// An order is looked up: what is known of the one before no longer counts.
    pub fn looks_up(&mut self, order: &OrderNumber) {
        self.record.entries += 1;
        self.record.order_number = order.as_str().to_owned();
        self.record.order_search.clear();
        self.record.phone_search.clear();
        self.record.sub_status.clear();
    }

    pub fn order_was_found(&mut self, found: bool) {
        let text = if found { "Order is found" } else { "Order is not found" };
        self.record.order_search = text.to_owned();
    }

    /// The caller is a party of this order.
    pub fn caller_is_party(&mut self, order: &Order, party: Party) {
        self.record.order_number = order.number.as_str().to_owned();
        self.order_language = order.language.clone();
        self.record.phone_search = "Phone number is found".to_owned();
        self.record.set_party(party);
        self.record.outcome = Outcome::CallerHungUp;
        self.count_attempt(true);
    }

    /// The caller is no party of this order.
    pub fn caller_is_stranger(&mut self, order: &Order) {
        self.record.phone_search = "Phone number is not found".to_owned();
        self.record.near_miss |= self.caller.as_ref().is_some_and(|caller| {
            caller.is_near_miss_of(&order.courier) || caller.is_near_miss_of(&order.customer)
        });
    }

    /// Notes how long the caller waited since the last key of the order number.
    pub fn note_dial_time(&mut self, now: Now) {
        self.record.last_key_to_dial_ms = self.last_key.map(|key| millis(now.mono, key));
    }

    pub fn leg_b_answered(&mut self, now: Now) {
        self.leg_b_answered = Some(now.mono);
        self.record.leg_b_answered_at = self.stamp(now);
        self.progress();
    }

    pub fn merged(&mut self, now: Now, outcome: Outcome) {
        self.record.merged_at = self.stamp(now);
        self.record.leg_b_answer_to_merge_ms = self.leg_b_answered.map(|b| millis(now.mono, b));
        self.record.outcome = outcome;
        self.progress();
    }

    /// Notes who ended the call; the first counts.
    pub fn ended_by(&mut self, who: EndedBy) {
        self.ended_by.get_or_insert(who);
    }

    /// The record as it stays.
    pub fn final_record(&mut self, now: Now) -> Box<CallRecord> {
        self.record.ended_at = self.stamp(now);
        self.record.ended_by = self.ended_by.unwrap_or(EndedBy::Box);
        Box::new(self.record.clone())
    }
}

fn millis(later: Mono, earlier: Mono) -> u64 {
    u64::try_from(later.saturating_sub(earlier).as_millis()).unwrap_or(u64::MAX)
}
