//! What the conversation wants, asked of modem, sound and store.

use super::legs::LegB;
use super::{Line, Output};
use crate::audio::script::{Item, Script};
use crate::call::{Gone, Input as CallInput, Leg, MergeService, Output as CallOutput};
use crate::clock::Now;
use crate::modem::job::Job;
use crate::number::{CallerId, Dialable};

impl Line {
    pub(super) fn conversation_wants(&mut self, now: Now, output: CallOutput) {
        self.status_changed = true;
        match output {
            CallOutput::LockedOut(caller) => match caller {
                CallerId::Number(number) => self.outputs.push_back(Output::IsLockedOut(number)),
                CallerId::Withheld => self.tell(now, CallInput::LockedOut(false)),
            },
            CallOutput::Answer => self.submit_for_leg(now, Leg::A, Job::Answer),
            CallOutput::StartRecording => self.begin_recording(now),
            CallOutput::Say(script) => self.sound.say(now.mono, &script),
            CallOutput::Hush => self.sound.hush(now.mono),
            CallOutput::LookUp(order) => self.outputs.push_back(Output::LookUp(order)),
            CallOutput::LookUpByCaller(caller) => match caller {
                CallerId::Number(number) => self.outputs.push_back(Output::LookUpByCaller(number)),
                CallerId::Withheld => self.tell(now, CallInput::LookedUpByCaller(None)),
            },
            CallOutput::Hold => self.submit_for_leg(now, Leg::A, Job::Hold),
            CallOutput::Retrieve => self.submit_for_leg(now, Leg::A, Job::Retrieve),
            CallOutput::Dial(number) => self.dial(now, number),
            CallOutput::Merge => self.merge(now),
            CallOutput::End(leg) => self.end(now, leg),
            CallOutput::WarningTone => {
                self.sound.say(now.mono, &Script::new([Item::WarningTone]));
            }
            CallOutput::MergeService(service) => {
                self.status.merge = service;
                if service == MergeService::Refused {
                    self.status.count("merge_refused");
                }
            }
            CallOutput::CountAttempt { caller, success } => {
                if let CallerId::Number(caller) = caller {
                    self.outputs.push_back(Output::CountAttempt { caller, success });
                }
            }
            CallOutput::Progress(mut record) => {
                record.sound = self.sound_of_call();
                self.outputs.push_back(Output::Progress(record));
            }
            CallOutput::Record(mut record) => {
                self.end_recording(now);
                record.sound = self.sound_of_call();
                self.judge_sound(&record);
                log::info!(
                    "line {}: call {}: {:?}, ended by {:?}",
                    self.status.name,
                    record.call_id,
                    record.outcome,
                    record.ended_by
                );
                self.status.count("calls");
                self.outputs.push_back(Output::Record(record));
            }
        }
    }

    fn submit_for_leg(
        &mut self,
        now: Now,
        leg: Leg,
        job: impl FnOnce(crate::modem::calls::CallKey) -> Job,
    ) {
        let Some(live) = &self.live else { return };
        match leg {
            Leg::A => self.modem.submit(now.mono, job(live.legs.a)),
            Leg::B => {
                if let Some(call) = live.legs.b_call() {
                    self.modem.submit(now.mono, job(call));
                }
            }
        }
    }

    fn dial(&mut self, now: Now, number: Dialable) {
        let Some(live) = &mut self.live else { return };
        if !self.allowance.dial(now.mono, &number) {
            self.status.count("dialling_limited");
            log::warn!("line {}: an hourly limit of dialling was hit", self.status.name);
            return self.tell(now, CallInput::DialRefused);
        }
        live.legs.dial();
        live.keys.change_leg();
        self.modem.submit(now.mono, Job::Dial(number));
    }

    fn merge(&mut self, now: Now) {
        let Some(live) = &self.live else { return };
        let (a, b) = (live.legs.a, live.legs.b_call());
        match b.filter(|_| live.legs.a_lives) {
            Some(b) => self.modem.submit(now.mono, Job::Merge(a, b)),
            None => self.tell(now, CallInput::MergeRefused),
        }
    }

    /// Ends a leg. A leg B that does not show yet is ended as soon as it does.
    fn end(&mut self, now: Now, leg: Leg) {
        let Some(live) = &mut self.live else { return };
        live.legs.end(leg);
        let call = match (leg, live.legs.b) {
            (Leg::A, _) => live.legs.a_lives.then_some(live.legs.a),
            (Leg::B, LegB::Call { key, .. }) => Some(key),
            (Leg::B, LegB::Dialled { .. }) => {
                live.legs.b = LegB::Dialled { unwanted: true };
                if !live.legs.a_lives {
                    self.modem.submit(now.mono, Job::EndAll);
                }
                return;
            }
            (Leg::B, LegB::None) => None,
        };
        match call {
            Some(call) => self.modem.submit(now.mono, Job::End(call)),
            None => self.tell(now, CallInput::Gone(leg, Gone::Ended)),
        }
    }
}
