//! A recording made small: WAV to Ogg Opus, and the proof that it is the same recording.

use crate::audio::level::{dbm0, mean_square};
use crate::limits::{FRAME_SAMPLES, SAMPLE_RATE};
use opus_pure::{
    Application, MAX_PACKET_BYTES, MAX_PACKET_SAMPLES, OggOpusReader, OggOpusWriter, OpusEncoder,
    OpusHead, Signal, Trim,
};
use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Telephone speech loses nothing that one would miss: 7.2 MB an hour instead of 57.6.
const BITS_PER_SECOND: i32 = 16_000;
/// 60 ms, the longest packet of speech: the fewest octets beside the sound.
const PACKET_SAMPLES: usize = 3 * FRAME_SAMPLES;
/// The container counts in 48 kHz, whatever is encoded.
const TICKS: usize = 48_000 / SAMPLE_RATE as usize;
/// Packets between two looks at whether the box stops.
const LOOK: usize = 100;
/// What was encoded may be so much louder or softer than what was recorded.
const LEVEL_DB: f32 = 3.0;
/// Below this level there is nothing to compare.
const SILENCE_DBM0: f32 = -50.0;

/// Why a recording stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum OpusError {
    /// The disk refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The WAV file is damaged.
    #[error("the WAV file cannot be read: {0}")]
    Wav(#[from] hound::Error),
    /// The encoder does not take it.
    #[error("Opus: {0}")]
    Opus(#[from] opus_pure::Error),
    /// What came out is not what went in.
    #[error("what was encoded is not what was recorded: {0}")]
    Different(&'static str),
    /// The box stops.
    #[error("the box stops")]
    Stopped,
}

/// Length and loudness, by which two forms of a recording are compared.
#[derive(Debug, Default)]
struct Sum {
    samples: u64,
    squares: f64,
}

impl Sum {
    fn add(&mut self, samples: &[i16]) {
        self.samples += samples.len() as u64;
        self.squares += f64::from(mean_square(samples)) * samples.len() as f64;
    }

    fn dbm0(&self) -> f32 {
        dbm0((self.squares / self.samples.max(1) as f64) as f32)
    }
}

/// Makes Ogg Opus of a WAV file. When this returns the whole of it is on the disk, and was read back.
///
/// # Errors
/// If it was not done: what is at `to` then is worth nothing.
pub fn convert(wav: &Path, to: &Path, stop: &AtomicBool) -> Result<(), OpusError> {
    let recorded = encode(wav, to, stop)?;
    let encoded = decode(to, stop)?;
    if recorded.samples != encoded.samples {
        return Err(OpusError::Different("its length"));
    }
    let (before, after) = (recorded.dbm0(), encoded.dbm0());
    if before.max(after) > SILENCE_DBM0 && (before - after).abs() > LEVEL_DB {
        return Err(OpusError::Different("its level"));
    }
    Ok(())
}

fn encode(wav: &Path, to: &Path, stop: &AtomicBool) -> Result<Sum, OpusError> {
    let reader = hound::WavReader::open(wav)?;
    let total = reader.len() as usize;
    let mut samples = reader.into_samples::<i16>();

    let rate = SAMPLE_RATE as i32;
    let mut encoder = OpusEncoder::new(rate, 1, Application::Voip)?;
    encoder.bitrate_bps = BITS_PER_SECOND;
    encoder.signal_type = Some(Signal::Voice);
    let head = OpusHead::for_encoder(&encoder, SAMPLE_RATE);
    let delay = usize::from(head.pre_skip);
    // The encoder is late by its delay: so much silence flushes it, and the last packet's length says
    // where the sound ended.
    let packets = (total + delay.div_ceil(TICKS)).div_ceil(PACKET_SAMPLES);
    let end = (delay + total * TICKS) as u64;

    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    let mut writer = OggOpusWriter::new(BufWriter::new(file), head)?;
    let mut packet = vec![0; MAX_PACKET_BYTES];
    let mut sum = Sum::default();
    for n in 1..=packets {
        if n % LOOK == 0 && stop.load(Ordering::Acquire) {
            return Err(OpusError::Stopped);
        }
        let mut block = [0; PACKET_SAMPLES];
        let mut filled = 0;
        for (slot, sample) in block.iter_mut().zip(samples.by_ref()) {
            *slot = sample?;
            filled += 1;
        }
        sum.add(&block[..filled]);
        let octets = encoder.encode_s16(&block, PACKET_SAMPLES, &mut packet)?;
        let packet = &packet[..octets];
        if n < packets {
            writer.write_packet(packet)?;
        } else {
            let left = end.saturating_sub(u64::try_from(writer.granule()).unwrap_or(0));
            writer.write_packet_with_duration(packet, u32::try_from(left).unwrap_or(u32::MAX))?;
        }
    }
    let file = writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(sum)
}

fn decode(opus: &Path, stop: &AtomicBool) -> Result<Sum, OpusError> {
    let mut reader = OggOpusReader::new(BufReader::new(File::open(opus)?))?;
    let rate = SAMPLE_RATE as i32;
    let mut decoder = reader.head().decoder(rate)?;
    let mut trim = Trim::new(reader.head(), rate, 1)?;
    let mut block = vec![0; MAX_PACKET_SAMPLES];
    let mut sum = Sum::default();
    for (n, packet) in reader.packets().enumerate() {
        if n % LOOK == 0 && stop.load(Ordering::Acquire) {
            return Err(OpusError::Stopped);
        }
        let packet = packet?;
        let samples = decoder.decode_s16(&packet.data, MAX_PACKET_SAMPLES, &mut block)?;
        sum.add(trim.keep(&packet, &block[..samples]));
    }
    Ok(sum)
}
