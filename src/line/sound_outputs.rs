//! Frames to the port, keys to the conversation; how the sound of a call was.

use super::{Line, Output};
use crate::audio::keys::Source;
use crate::audio::{Output as SoundOutput, SoundReport};
use crate::call::{Input as CallInput, Key};
use crate::clock::Now;

/// Whoever calls is heard within 5 s, be it by the noise of the street.
const HEARD_WITHIN_FRAMES: u64 = 250;

impl Line {
    pub(super) fn sound_gave(&mut self, now: Now, output: SoundOutput) {
        match output {
            SoundOutput::Frame(frame) => {
                if self.ports.audio_is_open() {
                    self.outputs.push_back(Output::Frame(frame));
                }
            }
            SoundOutput::Key(key, _began_at) => self.key(now, Source::Tone, key),
            SoundOutput::Said => self.tell(now, CallInput::Said),
            SoundOutput::Rate(hz) => log::debug!("line {}: {hz} Hz", self.status.name),
        }
    }

    /// The call goes on without a sound port.
    pub(super) fn start_silent(&mut self, now: Now) {
        let report = self.sound.start_silent(now.mono);
        self.count_sound(report);
    }

    /// The port is switched off.
    pub(super) fn stop_sound(&mut self, now: Now) {
        let report = self.sound.stop(now.mono);
        self.count_sound(report);
    }

    fn count_sound(&mut self, report: Option<SoundReport>) {
        let Some(report) = report else { return };
        let received = report.received;
        let counts = [
            ("sound_received_frames", received.frames),
            ("sound_sent_frames", report.frames_out),
            ("sound_late_frames", report.late_frames),
            ("sound_dropped_frames", report.dropped_frames),
            ("sound_clipped_frames", received.clipped_frames.into()),
            ("sound_silences", received.silent_stretches.into()),
        ];
        for (counter, many) in counts {
            self.status.count_many(counter, many);
        }
        if received.loudest_dbm0.is_none() && report.frames_out >= HEARD_WITHIN_FRAMES {
            self.status.count("calls_not_heard");
        }
        self.status_changed = true;
    }

    /// A detector heard a key: it is the active leg's, if there is just one.
    pub(super) fn key(&mut self, now: Now, source: Source, key: Key) {
        let Some(live) = &mut self.live else { return };
        let Some(leg) = live.legs.heard(self.modem.calls()) else { return };
        if let Some(key) = live.keys.hear(now.mono, source, key) {
            live.conversation.handle_input(now, CallInput::Key(leg, key));
        }
    }
}
