//! The ttys of a line: opening them, losing them, getting them back.

use super::recovery::{LOOK_FOR_PORT, Ladder, Rung};
use super::sound_outputs::SoundOfCall;
use super::{Line, Output};
use crate::call::Input as CallInput;
use crate::clock::{Mono, Now};
use std::time::Duration;

/// A module whose sound broke is restarted at most this often.
const RESET_AT_MOST: Duration = Duration::from_secs(600);

/// What is known of the ports.
#[derive(Debug)]
pub(super) struct Ports {
    at_open: bool,
    audio_open: bool,
    /// The AT port was never open since the start.
    ever_open: bool,
    mute: bool,
    open_at: Option<Mono>,
    open_audio_at: Option<Mono>,
    ladder: Ladder,
    reset_at: Option<Mono>,
}

impl Ports {
    pub(super) fn new(rungs_of_board: &[Rung]) -> Ports {
        Ports {
            at_open: false,
            audio_open: false,
            ever_open: false,
            mute: false,
            open_at: None,
            open_audio_at: None,
            ladder: Ladder::new(rungs_of_board),
            reset_at: None,
        }
    }

    pub(super) fn due(&self) -> Option<Mono> {
        [self.open_at, self.open_audio_at].into_iter().flatten().min()
    }

    pub(super) fn audio_is_open(&self) -> bool {
        self.audio_open
    }

    pub(super) fn recovered(&mut self) {
        self.mute = false;
        self.ladder.recovered();
    }

    pub(super) fn may_reset(&self, now: Mono) -> bool {
        self.reset_at.is_none_or(|at| now >= at + RESET_AT_MOST)
    }

    /// Why the line cannot take calls, in plain words with what to do.
    pub(super) fn fault(&self, with_sound: bool) -> Option<String> {
        if self.mute {
            return Some("the modem does not answer: it is being restarted".to_owned());
        }
        if !self.at_open {
            let text = if self.ever_open {
                "the AT port is gone: check the cable and the modem's power supply"
            } else {
                "the AT port cannot be opened: check that the modem is plugged in and powered"
            };
            return Some(text.to_owned());
        }
        (with_sound && !self.audio_open).then(|| {
            "the audio port cannot be opened: callers would hear nothing; check the cable"
                .to_owned()
        })
    }
}

impl Line {
    pub(super) fn at_opened(&mut self, now: Now) {
        self.ports.at_open = true;
        self.ports.ever_open = true;
        self.ports.open_at = None;
        self.status_changed = true;
        log::info!("line {}: the AT port is open", self.status.name);
        self.modem.opened(now.mono);
    }

    pub(super) fn at_closed(&mut self, now: Now) {
        if std::mem::take(&mut self.ports.at_open) {
            log::warn!("line {}: the AT port is gone", self.status.name);
            self.status.count("port_losses");
        }
        self.modem.closed();
        self.modem_lost(now);
        self.ports.open_at = Some(now.mono + LOOK_FOR_PORT);
    }

    pub(super) fn audio_opened(&mut self, now: Now) {
        self.ports.audio_open = true;
        self.ports.open_audio_at = None;
        self.status_changed = true;
        if let Some(live) = self.live.as_mut().filter(|_| self.sound_wanted) {
            live.sound = SoundOfCall::Runs;
            self.sound.start(now.mono);
        }
    }

    pub(super) fn audio_closed(&mut self, now: Now) {
        if std::mem::take(&mut self.ports.audio_open) {
            log::warn!("line {}: the audio port is gone", self.status.name);
        }
        self.status_changed = true;
        if self.setup.with_sound {
            self.ports.open_audio_at = Some(now.mono + LOOK_FOR_PORT);
        }
        if self.sound_wanted {
            if let Some(live) = &mut self.live {
                live.sound.lost(self.sound.report());
            }
            self.start_silent(now);
        }
    }

    pub(super) fn ports_timeout(&mut self, now: Now) {
        let due = |at: Option<Mono>| at.is_some_and(|at| at <= now.mono);
        if due(self.ports.open_at) {
            self.ports.open_at = None;
            self.ports.open_audio_at = None;
            self.outputs.push_back(Output::Open);
        } else if due(self.ports.open_audio_at) {
            self.ports.open_audio_at = None;
            self.outputs.push_back(Output::OpenAudio);
        }
    }

    /// The modem is mute or stuck: the next rung of the ladder.
    pub(super) fn climb(&mut self, now: Now) {
        self.ports.mute = true;
        let rung = self.ports.ladder.climb();
        self.use_rung(now, rung);
    }

    pub(super) fn use_rung(&mut self, now: Now, rung: Rung) {
        log::warn!("line {}: getting the modem back: {rung:?}", self.status.name);
        self.status_changed = true;
        self.ports.open_at = Some(now.mono + self.ports.ladder.pause(rung));
        match rung {
            Rung::Reopen => self.status.count("modem_reopens"),
            Rung::Reset => {
                self.status.count("modem_resets");
                self.ports.reset_at = Some(now.mono);
                self.modem.restart_module();
            }
            Rung::UsbReauthorise => {
                self.status.count("usb_reauthorisations");
                self.outputs.push_back(Output::Rung(rung));
            }
            Rung::PowerKey => {
                self.status.count("power_key_presses");
                self.outputs.push_back(Output::Rung(rung));
            }
        }
    }

    /// Every call is lost with the modem: one record that says so.
    pub(super) fn modem_lost(&mut self, now: Now) {
        self.tell(now, CallInput::ModemLost);
        self.early_clip = None;
        self.sound_wanted = false;
        self.stop_sound(now);
        self.registered = false;
        self.fault = None;
        self.swept.clear();
        // What is in the SIM is told again.
        self.to_delete.clear();
        self.status.signal_dbm = None;
        self.status_changed = true;
    }
}
