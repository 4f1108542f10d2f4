//! Frames to the port, keys to the conversation.

use super::{Line, Output};
use crate::audio::Output as SoundOutput;
use crate::audio::keys::Source;
use crate::call::{Input as CallInput, Key};
use crate::clock::Now;

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

    /// A detector heard a key: it is the active leg's, if there is just one.
    pub(super) fn key(&mut self, now: Now, source: Source, key: Key) {
        let Some(live) = &mut self.live else { return };
        let Some(leg) = live.legs.heard(self.modem.calls()) else { return };
        if let Some(key) = live.keys.hear(now.mono, source, key) {
            live.conversation.handle_input(now, CallInput::Key(leg, key));
        }
    }
}
