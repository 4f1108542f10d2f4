//! What is sent next: the job first, then the way up, then a look at the calls, then care.

use super::at::Request;
use super::bring_up::Need;
use super::care::Care;
use super::command::Command;
use super::command::call::{HangUp, ListCalls};
use super::command::text::ListMessages;
use super::job::{Done, Job, Runner, Wish};
use super::texts::LIST_AGAIN;
use super::{DIAL_ALONE, DIAL_WITHOUT_ROW, DialWatch, Event, Lost, Modem, Owner};
use crate::clock::Mono;

impl Modem {
    /// Sends the next command; false when there is none, and `wake_at` says when there may be.
    pub(super) fn send_next(&mut self, now: Mono) -> bool {
        if self.wake_at.is_some_and(|at| at <= now) {
            self.wake_at = None;
        }
        if self.wish_of_job(now) {
            return true;
        }
        if !self.ending_orphans && self.need_of_bring_up(now) {
            return true;
        }
        if self.look_at.is_some_and(|at| at <= now) {
            self.look_at = None;
            self.send(now, Owner::Look, ListCalls.request());
            return true;
        }
        if self.is_free() && self.texts_at.is_some_and(|at| at <= now) {
            self.texts_at = Some(now + LIST_AGAIN);
            self.send(now, Owner::Texts, ListMessages::ALL.request());
            return true;
        }
        let care = if self.bring_up.is_none() { self.care.take_due(now) } else { None };
        match care {
            Some(Care::Calls) => self.send(now, Owner::Look, ListCalls.request()),
            Some(care) => self.send(now, Owner::Care(care), care.request()),
            None => return false,
        }
        true
    }

    pub(super) fn send(&mut self, now: Mono, owner: Owner, request: Request) {
        self.in_flight = Some(owner);
        self.channel.send(now, request);
    }

    /// Does what the running job wishes; true when something was done.
    fn wish_of_job(&mut self, now: Mono) -> bool {
        if self.runner.is_none() {
            let Some(job) = self.jobs.pop_front() else { return false };
            if let Job::DeleteText(place) = job
                && !self.texts_told.contains_key(&place)
            {
                self.events.push_back(Event::Done(Done::TextDeleted(place, false)));
                return true;
            }
            self.runner = Some(Runner::start(job, now, &self.calls));
        }
        let wish = self.runner.as_mut().and_then(|runner| runner.wish(now));
        match wish {
            None => false,
            Some(Wish::Send(request)) => {
                if request.text == HangUp.request().text {
                    self.events.push_back(Event::EndsAll);
                }
                self.send(now, Owner::Job, request);
                true
            }
            Some(Wish::LookAt(at)) => {
                self.look_at = Some(self.look_at.map_or(at, |look| look.min(at)));
                false
            }
            Some(Wish::Until(at)) => {
                self.wake_at = Some(at);
                false
            }
            Some(Wish::Finished(done)) => {
                self.runner = None;
                self.finished(now, done);
                true
            }
        }
    }

    pub(super) fn finished(&mut self, now: Mono, done: Done) {
        match done {
            Done::Ended(_) if self.ending_orphans => {
                self.ending_orphans = false;
                if self.with_sound {
                    // The sound of an earlier life may still be on: it spoils the next call's.
                    let _first_job = self.jobs.push_back(Job::SoundOff);
                }
                if let Some(bring_up) = &mut self.bring_up {
                    bring_up.orphans_ended();
                }
                return;
            }
            Done::Ended(false) => return self.lose(now, Lost::Stuck),
            Done::Dialling(true) if self.calls.outgoing().is_none() => {
                self.dial = Some(DialWatch { by: now + DIAL_WITHOUT_ROW, end_told: false });
                self.look_at = Some(now + DIAL_ALONE);
            }
            Done::TextDeleted(place, true) => self.text_deleted(place),
            _ => {}
        }
        self.events.push_back(Event::Done(done));
    }

    /// Does what the way up needs; true when something was done.
    fn need_of_bring_up(&mut self, now: Mono) -> bool {
        let Some(bring_up) = &mut self.bring_up else { return false };
        bring_up.skip(&self.unsupported);
        let fault = bring_up.fault();
        if bring_up.take_pin_refused() {
            if let Some(pin) = &mut self.pin {
                pin.was_refused = true;
            }
            self.events.push_back(Event::PinRefused);
        }
        if self.fault != fault {
            self.fault = fault;
            self.events.push_back(Event::Fault(fault));
        }
        match bring_up.need(now) {
            Need::Send(request) => self.send(now, Owner::BringUp, request),
            Need::Wait(at) => {
                self.wake_at = Some(at);
                return false;
            }
            Need::EndOrphans => {
                self.ending_orphans = true;
                self.send(now, Owner::Look, ListCalls.request());
            }
            Need::Nothing => {
                self.bring_up = None;
                self.care.begin(now);
                self.look_at = Some(now);
                self.list_texts(now);
                self.events.push_back(Event::Ready);
            }
        }
        true
    }
}
