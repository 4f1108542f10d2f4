//! Blocks from the queue to the file.

use super::RecordingError;
use super::wav::WavFile;
use crate::audio::tape::Block;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A power cut costs so much of a recording at most, beside what waits in the queue.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// Writes until nobody gives blocks any more. `room` is asked now and then whether there is any.
pub(super) fn write(
    file: &mut WavFile,
    blocks: &Receiver<Block>,
    room: impl Fn() -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    let mut checked = Instant::now();
    loop {
        let wait = CHECKPOINT.saturating_sub(checked.elapsed());
        match blocks.recv_timeout(wait) {
            Ok(block) => file.write(block.at, &block.samples)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        if checked.elapsed() >= CHECKPOINT {
            file.checkpoint()?;
            room()?;
            checked = Instant::now();
        }
    }
}
