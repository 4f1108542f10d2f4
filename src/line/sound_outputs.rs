//! Frames to the port and the recording, keys to the conversation; how the sound of a call was.

use super::{Line, Output};
use crate::audio::keys::Source;
use crate::audio::{Output as SoundOutput, SoundReport};
use crate::call::{Input as CallInput, Key};
use crate::clock::Now;
use crate::record::{CallRecord, CallSound, NoSound};

/// What became of the sound of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum SoundOfCall {
    /// It was not asked for: not answered yet, or a line without sound.
    None,
    /// The modem would not give it.
    Failed,
    /// There is sound.
    Runs,
    /// The port went, and is not back; how it was until then.
    Lost(SoundReport),
}

impl SoundOfCall {
    /// The port is gone.
    pub(super) fn lost(&mut self, report: SoundReport) {
        if matches!(self, SoundOfCall::Runs) {
            *self = SoundOfCall::Lost(report);
        }
    }
}

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
            SoundOutput::Recorded(block) => self.outputs.push_back(Output::Recorded(block)),
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

    /// The conversation wants to be recorded. Where there is no sound nothing is promised.
    pub(super) fn begin_recording(&mut self, now: Now) {
        let Some(live) = &self.live else { return };
        if self.sound.record(now.mono) {
            self.outputs.push_back(Output::RecordingBegins(live.id));
        }
    }

    pub(super) fn end_recording(&mut self, now: Now) {
        if let Some(rest) = self.sound.end_recording(now.mono) {
            self.outputs.extend(rest.map(Output::Recorded));
            self.outputs.push_back(Output::RecordingEnds);
        }
    }

    /// How the sound of this call was so far.
    pub(super) fn sound_of_call(&self) -> Option<CallSound> {
        let missing = Some(NoSound::Both);
        match self.live.as_ref()?.sound {
            SoundOfCall::None => None,
            SoundOfCall::Failed => Some(CallSound { missing, ..CallSound::default() }),
            SoundOfCall::Runs => Some(self.sound.report().into()),
            SoundOfCall::Lost(report) => Some(CallSound { missing, ..report.into() }),
        }
    }

    /// Tells people of a call that had no sound in one direction.
    pub(super) fn judge_sound(&mut self, record: &CallRecord) {
        let Some(sound) = record.sound else { return };
        self.status.last_call_sound = Some(sound);
        let (line, call) = (&self.status.name, record.call_id);
        match sound.missing {
            None | Some(NoSound::Both) => {}
            Some(NoSound::Received) => {
                log::warn!("line {line}: call {call}: nothing was heard from the phones");
                self.status.count("calls_without_received_sound");
            }
            Some(NoSound::Sent) => {
                log::warn!("line {line}: call {call}: the audio port took nothing");
                self.status.count("calls_without_sent_sound");
            }
        }
    }
}
