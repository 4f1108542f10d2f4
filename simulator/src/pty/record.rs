//! WAV files of what phones hear, and for phones to say.

use crate::Mono;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

const RATE: u32 = 8000;
/// Longest file that is read or gap that is filled, in samples: ten minutes.
const LIMIT: usize = 600 * RATE as usize;

struct Recording {
    file: PathBuf,
    writer: WavWriter<BufWriter<File>>,
    began: Option<Mono>,
    written: usize,
}

/// The recordings that run, by phone.
#[derive(Default)]
pub(super) struct Recordings {
    running: BTreeMap<String, Recording>,
}

impl Recordings {
    pub(super) fn start(&mut self, phone: String, file: PathBuf) -> io::Result<()> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = WavWriter::create(&file, spec).map_err(io::Error::other)?;
        self.running.insert(phone, Recording { file, writer, began: None, written: 0 });
        Ok(())
    }

    /// Adds a frame that ends at `now`. Time in which nothing was heard is silence.
    pub(super) fn hear(&mut self, phone: &str, now: Mono, samples: &[i16]) -> io::Result<()> {
        let Some(recording) = self.running.get_mut(phone) else { return Ok(()) };
        let began = *recording.began.get_or_insert(now);
        let due = ((now - began).as_secs_f64() * f64::from(RATE)) as usize;
        let gap = due.saturating_sub(recording.written);
        if (samples.len()..LIMIT).contains(&gap) {
            for _ in 0..gap {
                recording.writer.write_sample(0i16).map_err(io::Error::other)?;
            }
            recording.written += gap;
        }
        for sample in samples {
            recording.writer.write_sample(*sample).map_err(io::Error::other)?;
        }
        recording.written += samples.len();
        Ok(())
    }

    /// Closes the file of a phone whose call is over.
    pub(super) fn finish(&mut self, phone: &str) -> Option<io::Result<PathBuf>> {
        let heard = self.running.get(phone)?.began.is_some();
        let recording = heard.then(|| self.running.remove(phone))??;
        let closed = recording.writer.finalize().map_err(io::Error::other);
        Some(closed.map(|()| recording.file))
    }

    /// Closes all files.
    pub(super) fn finish_all(&mut self) {
        for (_, recording) in std::mem::take(&mut self.running) {
            if let Err(error) = recording.writer.finalize() {
                log::warn!("{}: {error}", recording.file.display());
            }
        }
    }
}

/// The samples of a WAV file that a phone can say.
pub(super) fn read(file: &Path) -> io::Result<Vec<i16>> {
    let reader = WavReader::open(file).map_err(io::Error::other)?;
    let spec = reader.spec();
    if (spec.channels, spec.sample_rate, spec.bits_per_sample) != (1, RATE, 16) {
        return Err(io::Error::other("not a WAV file of 8 kHz, mono, 16 bit"));
    }
    reader.into_samples::<i16>().take(LIMIT).map(|s| s.map_err(io::Error::other)).collect()
}
