//! The PCM port on and off: `AT+CPCMREG` (SIMCom manual section 5.2.25).

use super::{Done, Outcome, Step, Task};
use crate::clock::Mono;
use crate::modem::at::{Failure, FinalCode};
use crate::modem::calls::CallTable;
use crate::modem::command::Command;
use crate::modem::command::sound::{PcmOffCleanly, PcmSwitch};
use std::time::Duration;

/// Straight after the answer the modem may refuse, or hang.
const SETTLE: Duration = Duration::from_millis(150);
/// Between two tries.
const RETRY: Duration = Duration::from_millis(400);
const TRIES: u8 = 10;

/// `AT+CPCMREG=1`, again and again; once in between it is switched off, which cures what an earlier call
/// left behind.
#[derive(Debug, Default)]
pub(super) struct On {
    tries: u8,
    cleaning: bool,
}

impl Task for On {
    fn follow(&mut self, _now: Mono, outcome: Outcome, _calls: &CallTable) -> Step {
        match outcome {
            Outcome::Begun | Outcome::Looked => Step::Wait(SETTLE),
            Outcome::Waited => {
                self.tries += 1;
                self.cleaning = self.tries == 3;
                let off = PcmOffCleanly::NEW.request();
                Step::Send(if self.cleaning { off } else { PcmSwitch::ON.request() })
            }
            Outcome::Answer(_) if self.cleaning => Step::Wait(RETRY),
            Outcome::Answer(FinalCode::Ok) => Step::Finish(Done::SoundOn(true)),
            // A modem without this switch needs none.
            Outcome::Answer(FinalCode::Failed(Failure::Cme(4))) => {
                Step::Finish(Done::SoundOn(true))
            }
            Outcome::Answer(_) if self.tries < TRIES => Step::Wait(RETRY),
            Outcome::Answer(_) => Step::Finish(Done::SoundOn(false)),
        }
    }
}

/// `AT+CPCMREG=0,1`, or `=0` where that is not known.
#[derive(Debug, Default)]
pub(super) struct Off {
    plain: bool,
}

impl Task for Off {
    fn follow(&mut self, _now: Mono, outcome: Outcome, _calls: &CallTable) -> Step {
        match outcome {
            Outcome::Answer(FinalCode::Failed(_)) if !self.plain => {
                self.plain = true;
                Step::Send(PcmSwitch::OFF.request())
            }
            Outcome::Answer(_) => Step::Finish(Done::SoundOff),
            Outcome::Begun | Outcome::Looked | Outcome::Waited => {
                Step::Send(PcmOffCleanly::NEW.request())
            }
        }
    }
}
