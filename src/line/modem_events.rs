//! What the modem says, told to the conversation.

use super::legs::{LegB, Legs};
use super::recovery::Rung;
use super::sound_outputs::SoundOfCall;
use super::{Line, Live, Output};
use crate::audio::keys::{KeyStream, Source};
use crate::call::{Conversation, Input as CallInput, Leg};
use crate::clock::Now;
use crate::modem::bring_up::Pin;
use crate::modem::calls::{CallKey, Change};
use crate::modem::command::call::{Direction, Row, Stat};
use crate::modem::job::{Done, Job};
use crate::modem::urc::Clip;
use crate::modem::{Event, Lost};
use crate::number::{CallerId, PhoneNumber, TypeOfNumber};
use std::time::Duration;

/// `+CLIP` counts for a call that shows within this time.
const CLIP_KEPT: Duration = Duration::from_secs(3);

impl Line {
    pub(super) fn modem_said(&mut self, now: Now, event: Event) {
        match event {
            Event::Write(octets) => return self.outputs.push_back(Output::At(octets)),
            Event::RoundTrip(_) => return,
            Event::Fault(fault) => {
                if let Some(fault) = fault {
                    log::warn!("line {}: {fault}", self.status.name);
                }
                self.fault = fault;
            }
            Event::Ready => self.modem_ready(),
            Event::Registered(registered) => self.registered = registered,
            Event::Change(change) => self.calls_changed(now, change),
            Event::DialFailed => self.leg_b_gone(now),
            Event::Clip(clip) => self.clip(now, clip),
            Event::Key(key) => self.key(now, Source::Modem, key),
            Event::EndsAll => {
                if let Some(live) = &mut self.live {
                    live.legs.end(Leg::A);
                    live.legs.end(Leg::B);
                }
            }
            Event::Done(done) => self.job_done(now, done),
            Event::PinRefused => {
                let pin = self.setup.pin.as_ref().map_or(0, Pin::fingerprint);
                self.outputs.push_back(Output::PinRefused(pin));
            }
            Event::Signal(dbm) => self.status.signal_dbm = dbm,
            Event::Operator(name) => self.status.operator = Some(name),
            Event::UnderVoltage => {
                log::warn!("line {}: the modem's supply voltage is too low", self.status.name);
                self.status.count("under_voltage");
            }
            Event::Lost(lost) => self.lost(now, lost),
        }
        self.status_changed = true;
    }

    fn modem_ready(&mut self) {
        let facts = self.modem.facts();
        self.status.modem = Some(format!("{} ({})", facts.model, facts.firmware));
        log::info!("line {}: takes calls ({})", self.status.name, facts.model);
        self.fault = None;
        self.registered = true;
        self.ports.recovered();
    }

    fn lost(&mut self, now: Now, lost: Lost) {
        log::warn!("line {}: the modem is lost: {lost:?}", self.status.name);
        self.modem_lost(now);
        match lost {
            Lost::Restarted => self.status.count("modem_restarts"),
            Lost::Mute => self.climb(now),
            // Opening the port anew ends no call.
            Lost::Stuck => self.use_rung(now, Rung::Reset),
        }
    }

    fn calls_changed(&mut self, now: Now, change: Change) {
        match change {
            Change::New(row) => self.new_call(now, &row),
            Change::Moved { call, to } => self.call_moved(now, call, to),
            Change::Gone(call) => {
                self.swept.retain(|swept| *swept != call);
                match self.live.as_ref().and_then(|live| live.legs.leg_of(call)) {
                    Some(Leg::A) => self.leg_a_gone(now),
                    Some(Leg::B) => self.leg_b_gone(now),
                    None => {}
                }
            }
        }
    }

    fn new_call(&mut self, now: Now, row: &Row) {
        if self.live.is_none() && row.stat == Stat::Incoming && !self.stopping {
            return self.begin(now, row);
        }
        let Some(live) = &mut self.live else { return };
        if row.direction != Direction::Outgoing {
            return;
        }
        let key = row.key();
        let unwanted = match live.legs.b {
            LegB::Dialled { unwanted } => unwanted,
            // Given up, and here after all.
            LegB::None => return self.modem.submit(now.mono, Job::End(key)),
            LegB::Call { .. } => return,
        };
        live.legs.b = LegB::Call { key, answered: false };
        if unwanted {
            self.modem.submit(now.mono, Job::End(key));
        } else if row.stat == Stat::Active {
            self.leg_b_answered(now);
        }
    }

    /// An incoming call rings: a conversation begins.
    fn begin(&mut self, now: Now, row: &Row) {
        let call_id = (self.setup.ids)(now);
        log::info!("line {}: call {call_id} rings", self.status.name);
        self.live = Some(Live {
            id: call_id,
            conversation: Conversation::new(self.settings.clone(), call_id, now),
            legs: Legs::new(row.key()),
            keys: KeyStream::new(),
            caller_told: false,
            sound: SoundOfCall::None,
        });
        let early = self.early_clip.take().filter(|(at, _)| now.mono <= *at + CLIP_KEPT);
        if let Some((_, clip)) = early {
            self.caller_is(now, &clip.number, clip.ton);
        } else if !row.number.is_empty() {
            self.caller_is(now, &row.number, row.ton);
        }
    }

    fn clip(&mut self, now: Now, clip: Clip) {
        if self.live.is_some() {
            self.caller_is(now, &clip.number, clip.ton);
        } else {
            self.early_clip = Some((now.mono, clip));
        }
    }

    fn caller_is(&mut self, now: Now, number: &str, ton: TypeOfNumber) {
        let Some(live) = &mut self.live else { return };
        if std::mem::replace(&mut live.caller_told, true) {
            return;
        }
        let caller = PhoneNumber::read_as(number, ton, self.setup.country)
            .map_or(CallerId::Withheld, CallerId::Number);
        self.tell(now, CallInput::CallerId(caller));
    }

    fn call_moved(&mut self, now: Now, call: CallKey, to: Stat) {
        let Some(live) = &self.live else { return };
        match (live.legs.leg_of(call), to) {
            (Some(Leg::B), Stat::Active) => self.leg_b_answered(now),
            (Some(_), Stat::Held) if live.legs.merged => {
                self.tell(now, CallInput::MergeLost);
            }
            _ => {}
        }
    }

    fn leg_b_answered(&mut self, now: Now) {
        let Some(live) = &mut self.live else { return };
        let LegB::Call { answered, .. } = &mut live.legs.b else { return };
        if !std::mem::replace(answered, true) {
            self.sound.settle(now.mono);
            self.tell(now, CallInput::LegBAnswered);
        }
    }

    fn leg_a_gone(&mut self, now: Now) {
        let Some(live) = &mut self.live else { return };
        live.legs.a_lives = false;
        // Leg B was given up before it showed: nobody is left whom ending it could disturb.
        let end_dial = live.legs.b == (LegB::Dialled { unwanted: true });
        let gone = live.legs.how(Leg::A);
        self.tell(now, CallInput::Gone(Leg::A, gone));
        if end_dial {
            self.modem.submit(now.mono, Job::EndAll);
        }
    }

    fn leg_b_gone(&mut self, now: Now) {
        let Some(live) = &mut self.live else { return };
        if live.legs.b == LegB::None {
            return;
        }
        let gone = live.legs.how(Leg::B);
        live.legs.b = LegB::None;
        live.keys.change_leg();
        self.allowance.hung_up(now.mono);
        self.tell(now, CallInput::Gone(Leg::B, gone));
    }

    fn job_done(&mut self, now: Now, done: Done) {
        match done {
            Done::Answered(true) => {
                self.tell(now, CallInput::Answered);
                self.sound_for_call(now);
            }
            Done::Answered(false) => {
                // The call is gone, which the table told; or the modem will not have it.
                let call = self.live.as_ref().map(|live| live.legs.a);
                if let Some(call) = call.filter(|call| self.modem.calls().stat(*call).is_some()) {
                    self.modem.submit(now.mono, Job::End(call));
                }
            }
            Done::Held(true) => self.tell(now, CallInput::Held),
            Done::Held(false) => self.tell(now, CallInput::HoldRefused),
            Done::Retrieved(true) => self.tell(now, CallInput::Retrieved),
            Done::Retrieved(false) => self.tell(now, CallInput::RetrieveFailed),
            Done::Dialling(true) => self.tell(now, CallInput::Dialling),
            Done::Dialling(false) => self.leg_b_gone(now),
            Done::Merged(true) => {
                if let Some(live) = &mut self.live {
                    live.legs.merged = true;
                }
                self.tell(now, CallInput::Merged);
            }
            Done::Merged(false) => self.tell(now, CallInput::MergeRefused),
            Done::Ended(_) => {}
            Done::WaitingRefused => self.status.count("waiting_refused"),
            Done::SoundOn(good) => self.sound_came(now, good),
            Done::SoundOff => {}
        }
    }

    fn sound_for_call(&mut self, now: Now) {
        if self.ports.audio_is_open() && self.setup.with_sound {
            self.sound_wanted = true;
            self.modem.submit(now.mono, Job::SoundOn);
        } else {
            self.sound.start_silent(now.mono);
            self.tell(now, CallInput::SoundReady);
        }
    }

    fn sound_came(&mut self, now: Now, good: bool) {
        let Some(live) = &mut self.live else { return };
        if good && self.ports.audio_is_open() {
            live.sound = SoundOfCall::Runs;
            self.sound.start(now.mono);
        } else {
            live.sound = SoundOfCall::Failed;
            log::warn!("line {}: a call without sound", self.status.name);
            self.status.count("calls_without_sound");
            self.sound_failed = !good;
            self.sound.start_silent(now.mono);
        }
        self.tell(now, CallInput::SoundReady);
    }

    /// Calls that belong to no conversation: a new caller begins one, anything else is ended.
    pub(super) fn sweep(&mut self, now: Now) -> bool {
        let known = |key: &CallKey| self.swept.contains(key);
        let orphan = self.modem.calls().rows().find(|row| !known(&row.key())).cloned();
        let Some(row) = orphan else { return false };
        if row.stat == Stat::Incoming && !self.stopping {
            self.begin(now, &row);
            return true;
        }
        if row.stat == Stat::Waiting {
            return false;
        }
        log::warn!("line {}: a call that belongs to nobody is ended", self.status.name);
        self.swept.push(row.key());
        self.modem.submit(now.mono, Job::End(row.key()));
        true
    }
}
