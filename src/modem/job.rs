//! What a line asks of its modem, each step confirmed in the call table before the next.

mod answer;
mod dial;
mod end;
mod hold;
mod sound;
mod text;

use super::at::{Answer, FinalCode, Request};
use super::calls::{CallKey, CallTable};
use super::command::call::Stat;
use super::pdu::Submit;
use crate::clock::Mono;
use crate::number::Dialable;
use std::time::Duration;

pub use text::TextSent;

/// A network that took a request has this long to show it in the call table.
const CONFIRM: Duration = Duration::from_secs(5);
/// Between two looks at the calls while a step is to be confirmed.
const LOOK: Duration = Duration::from_millis(150);

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Answer the ringing call.
    Answer(CallKey),
    /// Put the active call on hold (`AT+CHLD=2`), refusing a waiting one first.
    Hold(CallKey),
    /// Take the held call back (`AT+CHLD=2`), refusing a waiting one first.
    Retrieve(CallKey),
    /// Dial.
    Dial(Dialable),
    /// Join the held call and the active one (`AT+CHLD=3`).
    Merge(CallKey, CallKey),
    /// End one call.
    End(CallKey),
    /// End all calls.
    EndAll,
    /// Give a waiting call the busy tone (`AT+CHLD=0`).
    RefuseWaiting(CallKey),
    /// Sound over the audio port.
    SoundOn,
    /// No sound over the audio port.
    SoundOff,
    /// Send a short message: between calls.
    SendText(Submit),
    /// Delete the message at this place of the SIM.
    DeleteText(u8),
}

impl Job {
    /// Whether it only makes calls fewer: such a job is never given up for another.
    pub fn ends_calls(&self) -> bool {
        matches!(self, Job::End(_) | Job::EndAll)
    }

    /// Whether it sends a message: nobody may be left to guess whether that has gone out.
    pub fn sends_text(&self) -> bool {
        matches!(self, Job::SendText(_))
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The ringing call is active, or could not be answered.
    Answered(bool),
    /// The call is held, or the network does not hold.
    Held(bool),
    /// The call is active again, or not to be had back.
    Retrieved(bool),
    /// `ATD` was taken, or failed at once.
    Dialling(bool),
    /// Both calls are in one conversation, or the network does not merge.
    Merged(bool),
    /// The call is gone, or the modem cannot get rid of it.
    Ended(bool),
    /// The waiting call was refused.
    WaitingRefused,
    /// Sound runs, or does not.
    SoundOn(bool),
    /// Sound is off.
    SoundOff,
    /// What became of a message.
    TextSent(TextSent),
    /// The message at this place is deleted, or was not.
    TextDeleted(u8, bool),
}

/// What a job needs next.
#[derive(Debug)]
enum Step {
    /// Send a command; [`Runner::answered`] follows.
    Send(Request),
    /// Look at the calls after this time; [`Runner::looked`] follows.
    Look(Duration),
    /// Let time pass; [`Runner::waited`] follows.
    Wait(Duration),
    /// It is over.
    Finish(Done),
}

/// What became of the step before.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Begun,
    Answer(FinalCode),
    Looked,
    Waited,
}

/// One kind of job: it is told what became of its last step and says the next.
trait Task: std::fmt::Debug + Send {
    /// What the modem said to its last command, before it is told that this was answered.
    fn hear(&mut self, _answer: &Answer) {}

    fn follow(&mut self, now: Mono, outcome: Outcome, calls: &CallTable) -> Step;
}

/// What the modem has to do for a job now.
#[derive(Debug)]
pub enum Wish {
    /// Send this.
    Send(Request),
    /// Look at the calls at this time.
    LookAt(Mono),
    /// Nothing before this time.
    Until(Mono),
    /// The job is over.
    Finished(Done),
}

/// A job under way.
#[derive(Debug)]
pub struct Runner {
    job: Job,
    task: Box<dyn Task>,
    next: Option<Step>,
    at: Mono,
}

impl Runner {
    /// Begins a job.
    pub fn start(job: Job, now: Mono, calls: &CallTable) -> Runner {
        let task: Box<dyn Task> = match job.clone() {
            Job::Answer(call) => Box::new(answer::Answer::new(call)),
            Job::Hold(call) => Box::new(hold::Swap::new(call, Stat::Held)),
            Job::Retrieve(call) => Box::new(hold::Swap::new(call, Stat::Active)),
            Job::RefuseWaiting(call) => Box::new(hold::RefuseWaiting::new(call)),
            Job::Merge(a, b) => Box::new(hold::Merge::new(a, b)),
            Job::Dial(number) => Box::new(dial::Dial::new(number)),
            Job::End(call) => Box::new(end::End::one(call)),
            Job::EndAll => Box::new(end::End::all()),
            Job::SoundOn => Box::new(sound::On::default()),
            Job::SoundOff => Box::new(sound::Off::default()),
            Job::SendText(submit) => Box::new(text::Send::new(submit)),
            Job::DeleteText(place) => Box::new(text::Delete { place }),
        };
        let mut runner = Runner { job, task, next: None, at: now };
        runner.go_on(now, Outcome::Begun, calls);
        runner
    }

    /// Which job it is.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// What has to be done now; `None` while an answer is awaited.
    pub fn wish(&mut self, now: Mono) -> Option<Wish> {
        if matches!(self.next, Some(Step::Wait(_))) && now >= self.at {
            self.go_on(now, Outcome::Waited, &CallTable::default());
        }
        match &self.next {
            Some(Step::Look(_)) => return Some(Wish::LookAt(self.at)),
            Some(Step::Wait(_)) => return Some(Wish::Until(self.at)),
            _ => {}
        }
        match self.next.take()? {
            Step::Send(request) => Some(Wish::Send(request)),
            Step::Finish(done) => Some(Wish::Finished(done)),
            Step::Look(_) | Step::Wait(_) => None,
        }
    }

    /// How it ended, if it has ended and nobody was told yet.
    pub fn ended(&self) -> Option<Done> {
        match self.next {
            Some(Step::Finish(done)) => Some(done),
            _ => None,
        }
    }

    /// The command it sent was answered.
    pub fn answered(&mut self, now: Mono, answer: &Answer, calls: &CallTable) {
        self.task.hear(answer);
        self.go_on(now, Outcome::Answer(answer.code), calls);
    }

    /// The calls were looked at.
    pub fn looked(&mut self, now: Mono, calls: &CallTable) {
        if matches!(self.next, Some(Step::Look(_))) && now >= self.at {
            self.go_on(now, Outcome::Looked, calls);
        }
    }

    /// What it was to bring about has come to pass by itself.
    pub fn finish(&mut self, done: Done) {
        self.next = Some(Step::Finish(done));
    }

    /// The calls could not be looked at: not before this time again.
    pub fn look_later(&mut self, at: Mono) {
        self.at = self.at.max(at);
    }

    fn go_on(&mut self, now: Mono, outcome: Outcome, calls: &CallTable) {
        let step = self.task.follow(now, outcome, calls);
        self.at = match step {
            Step::Look(delay) | Step::Wait(delay) => now + delay,
            Step::Send(_) | Step::Finish(_) => now,
        };
        self.next = Some(step);
    }
}
