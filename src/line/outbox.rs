//! Octets that wait for a port to take them.

use super::tty::Tty;
use crate::audio::Frame;
use crate::limits::AUDIO_QUEUE_FRAMES;
use std::collections::VecDeque;
use std::io;

/// Octets of commands that a port that takes nothing may leave waiting.
const COMMANDS: usize = 4096;

/// Commands for the AT port: all of them, in order.
#[derive(Debug, Default)]
pub(super) struct Commands(VecDeque<u8>);

impl Commands {
    pub(super) fn push(&mut self, octets: &[u8]) {
        if self.0.len() + octets.len() <= COMMANDS {
            self.0.extend(octets);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn write(&mut self, tty: &Tty) -> io::Result<()> {
        while !self.0.is_empty() {
            let written = tty.write(self.0.make_contiguous())?;
            if written == 0 {
                break;
            }
            self.0.drain(..written);
        }
        Ok(())
    }
}

/// Frames for the audio port: whole ones, and at most [`AUDIO_QUEUE_FRAMES`]; what is too late is
/// dropped, oldest first. A frame begun is always finished, or the samples' octets would change places.
#[derive(Debug, Default)]
pub(super) struct Frames {
    frames: VecDeque<Frame>,
    /// Octets of the first frame that the port has taken.
    begun: usize,
    dropped: u64,
}

impl Frames {
    pub(super) fn push(&mut self, frame: Frame) {
        if self.frames.len() >= AUDIO_QUEUE_FRAMES {
            self.frames.remove(usize::from(self.begun > 0));
            self.dropped += 1;
        }
        self.frames.push_back(frame);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Frames dropped since this was asked last.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    pub(super) fn write(&mut self, tty: &Tty) -> io::Result<()> {
        while let Some(frame) = self.frames.front() {
            let written = tty.write(&frame[self.begun..])?;
            if written == 0 {
                break;
            }
            self.begun += written;
            if self.begun == frame.len() {
                self.begun = 0;
                self.frames.pop_front();
            }
        }
        Ok(())
    }
}
