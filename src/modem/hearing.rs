//! What the channel has to say: answers, and lines that nobody asked for.

use super::RING_WITHOUT_ROW;
use super::at::channel::Event as Heard;
use super::at::{Answer, FinalCode};
use super::bring_up::Facts;
use super::calls::{CallKey, Change};
use super::command::call::{Direction, ListCalls, Stat};
use super::job::{Done, Job, Runner};
use super::urc::Urc;
use super::{
    Event, LOOK_AGAIN, LOOK_IN_CALL, LOOK_IN_MOTION, LOOKS_FAILED, Lost, Modem, OWN_FINAL, OWN_OK,
    Owner,
};
use crate::clock::Mono;
use atat::AtatCmd;

impl Modem {
    pub(super) fn hear(&mut self, now: Mono) {
        while let Some(event) = self.channel.poll_event() {
            match event {
                Heard::Write(octets) => self.events.push_back(Event::Write(octets)),
                Heard::Answer(answer) => self.answered(now, &answer),
                Heard::Unsolicited(line) => self.unsolicited(now, &line),
                Heard::Message(pdu) => self.message_came(&pdu),
                Heard::InStep => self.look_at = Some(now),
                Heard::Mute => self.lose(now, Lost::Mute),
                Heard::EchoIsBack => self.lose(now, Lost::Restarted),
            }
        }
    }

    fn answered(&mut self, now: Mono, answer: &Answer) {
        self.events.push_back(Event::RoundTrip(answer.took));
        match self.in_flight.take() {
            Some(Owner::BringUp) => {
                if let Some(bring_up) = &mut self.bring_up {
                    bring_up.answered(now, answer, &mut self.facts, &mut self.unsupported);
                }
            }
            Some(Owner::Job) => {
                if std::mem::take(&mut self.overtaken) {
                    self.look_at = Some(now);
                } else if let Some(runner) = &mut self.runner {
                    runner.answered(now, answer, &self.calls);
                }
            }
            Some(Owner::Look) => self.looked(now, answer),
            Some(Owner::Texts) => self.texts_listed(now, answer),
            Some(Owner::Care(care)) => {
                let line = answer.info.last().map_or("", String::as_str);
                self.cared(care, answer.code, line);
            }
            None => {}
        }
    }

    fn looked(&mut self, now: Mono, answer: &Answer) {
        if answer.code == FinalCode::Ok {
            let list = answer.info.join("\n");
            let rows = ListCalls.parse(Ok(list.as_bytes())).unwrap_or_default();
            for change in self.calls.reconcile(now, rows) {
                if let Change::Gone(call) = change {
                    self.forget_jobs_of(call);
                }
                self.events.push_back(Event::Change(change));
            }
            if let Some(runner) = &mut self.runner {
                runner.looked(now, &self.calls);
            }
            self.watch_dial(now);
            self.refuse_waiting();
            self.looks_failed = 0;
        } else {
            self.look_failed(now);
        }
        if self.ending_orphans && self.runner.is_none() && self.jobs.is_empty() {
            self.end_orphans(now);
        }
        if self.awake {
            self.plan_look(now);
        }
    }

    /// What was to end a call that is gone must not meet the next call with its index.
    fn forget_jobs_of(&mut self, call: CallKey) {
        let ends = |job: &Job| *job == Job::End(call) || *job == Job::RefuseWaiting(call);
        for _ in 0..self.jobs.len() {
            if let Some(job) = self.jobs.pop_front().filter(|job| !ends(job)) {
                let _was_in_it = self.jobs.push_back(job);
            }
        }
        if let Some(runner) = &mut self.runner
            && ends(runner.job())
        {
            let waiting = *runner.job() == Job::RefuseWaiting(call);
            runner.finish(if waiting { Done::WaitingRefused } else { Done::Ended(true) });
        }
    }

    fn look_failed(&mut self, now: Mono) {
        self.looks_failed += 1;
        let again = now + LOOK_AGAIN;
        match &mut self.runner {
            Some(runner) => runner.look_later(again),
            None if !self.calls.is_empty() => self.look_at = Some(again),
            None => {}
        }
        if self.looks_failed == LOOKS_FAILED {
            self.lose(now, Lost::Stuck);
        }
    }

    /// A call that rings at start-up is a caller, not an orphan.
    fn end_orphans(&mut self, now: Mono) {
        if self.calls.rows().any(|row| row.stat != Stat::Incoming) {
            log::warn!("calls of an earlier life are ended");
            let _only_job = self.jobs.push_back(Job::EndAll);
        } else {
            self.finished(now, Done::Ended(true));
        }
    }

    fn plan_look(&mut self, now: Mono) {
        let ring_unexplained = now < self.ring_until && self.calls.ringing().is_none();
        let soon = self.calls.in_motion() || self.dial.is_some() || ring_unexplained;
        let next = match (soon, self.calls.is_empty()) {
            (true, _) => now + LOOK_IN_MOTION,
            (false, false) => now + LOOK_IN_CALL,
            (false, true) => return,
        };
        self.look_at = Some(self.look_at.map_or(next, |at| at.min(next)));
    }

    fn watch_dial(&mut self, now: Mono) {
        let Some(watch) = &self.dial else { return };
        let came = self.calls.outgoing().is_some();
        if !came && !watch.end_told && now < watch.by {
            return;
        }
        self.dial = None;
        if !came {
            self.events.push_back(Event::DialFailed);
        }
    }

    fn refuse_waiting(&mut self) {
        let Some(call) = self.calls.waiting() else { return };
        let job = Job::RefuseWaiting(call);
        let running = self.runner.as_ref().map(Runner::job) == Some(&job);
        if !running && self.bring_up.is_none() && !self.jobs.iter().any(|waits| *waits == job) {
            let _best_effort = self.jobs.push_back(job);
        }
    }

    fn awaits_dial(&self) -> bool {
        let dials = |runner: &Runner| matches!(runner.job(), Job::Dial(_));
        self.in_flight == Some(Owner::Job) && self.runner.as_ref().is_some_and(dials)
    }

    fn awaits_end(&self) -> bool {
        let ends = |runner: &Runner| runner.job().ends_calls();
        self.in_flight == Some(Owner::Job) && self.runner.as_ref().is_some_and(ends)
    }

    fn unsolicited(&mut self, now: Mono, line: &str) {
        let Some(urc) = Urc::read(line) else {
            log::debug!("a line that is not known ({} characters)", line.len());
            return;
        };
        match urc {
            Urc::Ring => {
                self.ring_until = now + RING_WITHOUT_ROW;
                self.look_at = Some(now);
            }
            Urc::Clip(clip) => {
                self.look_at = Some(now);
                self.events.push_back(Event::Clip(clip));
            }
            Urc::Calls(row) => {
                if let Some(row) = row.as_ref().filter(|row| row.stat == Stat::Disconnected) {
                    self.calls.call_ended(row.key());
                }
                // A dial whose call shows has been taken: its OK has been lost, or is close.
                if self.awaits_dial() && row.is_some_and(|r| r.direction == Direction::Outgoing) {
                    self.channel.hurry(now, OWN_OK);
                }
                self.look_at = Some(now);
            }
            Urc::CallsChanged => self.look_at = Some(now),
            Urc::CallEnded => {
                // After some other call's END it is that call's; without one it is the dial's own,
                // unless the dial's OK still comes.
                if line == "NO CARRIER" && !self.calls.is_end_told() {
                    self.channel.hurry(now, OWN_FINAL);
                }
                self.calls.end_was_told();
                // A call that ends while we end calls: the OK is close, or has been lost.
                if self.awaits_end() {
                    self.channel.hurry(now, OWN_OK);
                }
                if let Some(watch) = &mut self.dial {
                    watch.end_told = true;
                }
                self.look_at = Some(now);
            }
            Urc::Key(key) => self.events.push_back(Event::Key(key)),
            Urc::Registered(domain, registration) => {
                self.registered(|facts| facts.set_registration(domain, registration));
            }
            Urc::Restarted => self.lose(now, Lost::Restarted),
            Urc::Sim if self.bring_up.is_none() => self.lose(now, Lost::Restarted),
            Urc::TextCame => self.list_texts(now),
            Urc::UnderVoltage => self.events.push_back(Event::UnderVoltage),
            Urc::Sim | Urc::Other => {}
        }
    }

    pub(super) fn registered(&mut self, note: impl FnOnce(&mut Facts)) {
        let before = self.facts.is_registered();
        note(&mut self.facts);
        let after = self.facts.is_registered();
        if before != after && self.is_ready() {
            self.events.push_back(Event::Registered(after));
        }
    }
}
