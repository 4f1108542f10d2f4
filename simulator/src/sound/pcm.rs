//! The PCM port: s16le octets at 8 or 16 kHz on one side, frames on the other.

use super::{FRAME, Frame};
use crate::random::Random;
use std::collections::VecDeque;

/// State of the port between `AT+CPCMREG=1` and `=0`.
#[derive(Debug, Default)]
pub(crate) struct PcmPort {
    uplink: VecDeque<u8>,
    downlink: Vec<u8>,
    /// 16 kHz: every octet count below is doubled.
    pub wide: bool,
    pub registered: bool,
    /// Registered, but no sound passes until it is stopped and started.
    pub dead: bool,
}

impl PcmPort {
    pub(crate) fn start(&mut self, wide: bool) {
        *self = Self { wide, registered: true, ..Self::default() };
    }

    pub(crate) fn stop(&mut self) {
        *self = Self { wide: self.wide, ..Self::default() };
    }

    /// Takes octets of the box; returns how many did not fit.
    pub(crate) fn write(&mut self, octets: &[u8], limit: usize) -> usize {
        let taken = octets.len().min(limit.saturating_sub(self.uplink.len()));
        self.uplink.extend(&octets[..taken]);
        octets.len() - taken
    }

    pub(crate) fn has_uplink(&self) -> bool {
        self.uplink.len() >= 2
    }

    /// The next 20 ms of what the box says, at 8 kHz; none when it says nothing.
    pub(crate) fn uplink_frame(&mut self) -> Option<Frame> {
        if !self.has_uplink() || self.dead {
            self.uplink.clear();
            return None;
        }
        let mut frame = [0; FRAME];
        let step = if self.wide { 4 } else { 2 };
        let taken = (self.uplink.len() & !1).min(FRAME * step);
        let octets = &self.uplink.make_contiguous()[..taken];
        for (sample, pair) in frame.iter_mut().zip(octets.chunks(step)) {
            *sample = i16::from_le_bytes([pair[0], pair[1]]);
        }
        self.uplink.drain(..taken);
        Some(frame)
    }

    /// The octets of one downlink frame.
    pub(crate) fn encode(&self, frame: Option<&Frame>) -> Vec<u8> {
        let width = if self.wide { 4 } else { 2 };
        let Some(frame) = frame.filter(|_| !self.dead) else { return vec![0; FRAME * width] };
        let mut octets = Vec::with_capacity(FRAME * width);
        for sample in frame {
            let pair = sample.to_le_bytes();
            octets.extend(pair);
            if self.wide {
                octets.extend(pair);
            }
        }
        octets
    }

    /// Cuts the stream into chunks of odd and changing sizes. No octet is lost or moved.
    pub(crate) fn chunks(&mut self, octets: Vec<u8>, random: &mut Random) -> Vec<Vec<u8>> {
        self.downlink.extend(octets);
        let mut chunks = Vec::new();
        loop {
            let size = 2 * random.below(240) + 121;
            if self.downlink.len() < size {
                return chunks;
            }
            let rest = self.downlink.split_off(size);
            chunks.push(std::mem::replace(&mut self.downlink, rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_frames_carry_every_sample_twice() {
        let mut port = PcmPort::default();
        port.start(true);
        let mut frame = [0i16; FRAME];
        frame[0] = -2;
        frame[159] = 77;
        let octets = port.encode(Some(&frame));
        assert_eq!(octets.len(), 640);
        assert_eq!(port.write(&octets, 1000), 0);
        assert_eq!(port.uplink_frame(), Some(frame));
        assert_eq!(port.uplink_frame(), None);
    }

    #[test]
    fn odd_chunks_lose_nothing() {
        let mut port = PcmPort::default();
        let mut random = Random::new(1);
        let sent: Vec<u8> = (0..6400u32).map(|n| n as u8).collect();
        let mut got = Vec::new();
        for part in sent.chunks(320) {
            got.extend(port.chunks(part.to_vec(), &mut random).concat());
        }
        assert_eq!(got, sent[..got.len()]);
        assert!(sent.len() - got.len() < 640);
    }
}
