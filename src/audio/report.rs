//! What is told of the sound of a call, while it runs and in its record.

use super::level::Health;
use crate::record::{CallSound, NoSound};

/// So many frames (4 s) have to be sent before a direction is told to be without sound.
const JUDGED_AFTER_FRAMES: u64 = 200;
/// A port that took less than one frame in ten carried nothing: a tty has room for some.
const DROPPED_OF_TEN: u64 = 9;

/// How the sound of a call was, from its last start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SoundReport {
    /// 8000 or 16000 Hz; `None` while not decided.
    pub rate_hz: Option<u32>,
    /// Samples per second as counted when that was decided.
    pub measured_hz: Option<u32>,
    /// Octets received.
    pub octets_in: u64,
    /// Level, silence and clipping of what was received; its `frames` are those received.
    pub received: Health,
    /// Frames handed out.
    pub frames_out: u64,
    /// Frames that were handed out too late to be heard in one piece.
    pub late_frames: u64,
    /// Frames that the port did not take, as told by [`super::Sound::frames_dropped`].
    pub dropped_frames: u64,
}

impl SoundReport {
    /// The direction in which there was no sound, after a time in which there should have been some.
    fn missing(&self) -> Option<NoSound> {
        if self.frames_out < JUDGED_AFTER_FRAMES {
            return None;
        }
        let received = self.received.active_dbm0.is_some();
        let sent = self.dropped_frames * 10 < self.frames_out * DROPPED_OF_TEN;
        match (received, sent) {
            (true, true) => None,
            (false, true) => Some(NoSound::Received),
            (true, false) => Some(NoSound::Sent),
            (false, false) => Some(NoSound::Both),
        }
    }
}

impl From<SoundReport> for CallSound {
    fn from(report: SoundReport) -> CallSound {
        let whole = |dbm0: Option<f32>| dbm0.map(|dbm0| dbm0.round() as i16);
        let silence = report.received.longest_silence.as_millis();
        CallSound {
            missing: report.missing(),
            rate_hz: report.rate_hz,
            measured_hz: report.measured_hz,
            received_dbm0: whole(report.received.active_dbm0),
            loudest_dbm0: whole(report.received.loudest_dbm0),
            frames_received: report.received.frames,
            frames_clipped: report.received.clipped_frames.into(),
            silent_stretches: report.received.silent_stretches,
            longest_silence_ms: u64::try_from(silence).unwrap_or(u64::MAX),
            frames_sent: report.frames_out,
            frames_late: report.late_frames,
            frames_dropped: report.dropped_frames,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(frames_out: u64, active_dbm0: Option<f32>, dropped_frames: u64) -> SoundReport {
        let received = Health { active_dbm0, ..Health::default() };
        SoundReport { received, frames_out, dropped_frames, ..SoundReport::default() }
    }

    #[test]
    fn a_direction_without_sound_is_told_once_there_should_have_been_some() {
        let missing = |report: SoundReport| CallSound::from(report).missing;
        assert_eq!(missing(report(1000, Some(-20.4), 0)), None);
        assert_eq!(missing(report(1000, None, 3)), Some(NoSound::Received));
        assert_eq!(missing(report(1000, Some(-20.0), 985)), Some(NoSound::Sent));
        assert_eq!(missing(report(1000, None, 985)), Some(NoSound::Both));
        assert_eq!(missing(report(100, None, 90)), None, "too early to say");
        assert_eq!(CallSound::from(report(1000, Some(-20.6), 0)).received_dbm0, Some(-21));
    }
}
