//! A WAV file that is whole at every moment: 8 kHz, 16 bits, one channel.
//!
//! One channel, because the network gives both persons to the box as one stream: a second one would only
//! part the box's own prompts from them. So both ears of whoever listens hear everything, at half the size.
//!
//! Samples are written to their places; the header follows once they are on the disk, so that it never
//! promises what is not there. What a crash leaves behind it is found again by the length of the file.

use super::RecordingError;
use crate::limits::SAMPLE_RATE;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// Octets of the header, all of which is the same in every file but for two lengths.
const HEADER: u64 = 44;
/// Samples that a WAV file can hold, its lengths being 32 bits: 74 hours.
const SAMPLES_MAX: u64 = (u32::MAX as u64 - HEADER) / 2;

fn header(samples: u64) -> [u8; HEADER as usize] {
    let octets = u32::try_from(samples * 2).unwrap_or(u32::MAX);
    let mut header = [0; HEADER as usize];
    let mut at = 0;
    let mut put = |octets: &[u8]| {
        header[at..at + octets.len()].copy_from_slice(octets);
        at += octets.len();
    };
    put(b"RIFF");
    put(&octets.saturating_add(HEADER as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16u32.to_le_bytes());
    // PCM, one channel.
    put(&1u16.to_le_bytes());
    put(&1u16.to_le_bytes());
    put(&SAMPLE_RATE.to_le_bytes());
    put(&(SAMPLE_RATE * 2).to_le_bytes());
    put(&2u16.to_le_bytes());
    put(&16u16.to_le_bytes());
    put(b"data");
    put(&octets.to_le_bytes());
    header
}

/// A file that grows.
#[derive(Debug)]
pub struct WavFile {
    file: File,
    samples: u64,
}

impl WavFile {
    /// A new file, for its owner alone.
    ///
    /// # Errors
    /// If there is one of this name, or the disk refuses.
    pub fn create(path: &Path) -> io::Result<WavFile> {
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all_at(&header(0), 0)?;
        Ok(WavFile { file, samples: 0 })
    }

    /// Writes samples to their place; a gap before them is silence.
    ///
    /// # Errors
    /// If the disk refuses, or the file is as long as a WAV file can be.
    pub fn write(&mut self, at: u64, samples: &[i16]) -> Result<(), RecordingError> {
        let end = at.saturating_add(samples.len() as u64);
        if end > SAMPLES_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge).into());
        }
        let octets: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.file.write_all_at(&octets, HEADER + at * 2)?;
        self.samples = self.samples.max(end);
        Ok(())
    }

    /// Puts on the disk what was written, and then says so in the header.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn checkpoint(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.file.write_all_at(&header(self.samples), 0)
    }

    /// Nothing more comes: all of it is on the disk.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn finish(mut self) -> io::Result<()> {
        // After a write that failed half a sample may be there.
        self.file.set_len(HEADER + self.samples * 2)?;
        self.checkpoint()?;
        self.file.sync_all()
    }
}

/// Has the header of a file say what is there; how many samples that are.
///
/// # Errors
/// If the disk refuses.
pub fn repair(path: &Path) -> io::Result<u64> {
    let file = File::options().read(true).write(true).open(path)?;
    let samples = (file.metadata()?.len().saturating_sub(HEADER) / 2).min(SAMPLES_MAX);
    if samples > 0 {
        WavFile { file, samples }.finish()?;
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(path: &Path) -> Vec<i16> {
        let mut reader = hound::WavReader::open(path).expect("a whole file");
        assert_eq!(reader.spec().sample_rate, SAMPLE_RATE);
        reader.samples().map(|sample| sample.expect("a sample")).collect()
    }

    #[test]
    fn the_file_is_whole_after_each_checkpoint_and_gaps_are_silence() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut file = WavFile::create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        file.write(0, &[1, -2, 3]).unwrap();
        assert_eq!(samples(&path), [0i16; 0], "not promised yet");
        file.checkpoint().unwrap();
        assert_eq!(samples(&path), [1, -2, 3]);
        file.write(5, &[4]).unwrap();
        assert_eq!(samples(&path), [1, -2, 3]);
        file.finish().unwrap();
        assert_eq!(samples(&path), [1, -2, 3, 0, 0, 4]);
        assert!(WavFile::create(&path).is_err(), "no recording is overwritten");
    }

    #[test]
    fn a_file_cut_off_anywhere_is_made_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        let mut file = WavFile::create(&path).unwrap();
        file.write(0, &[7; 100]).unwrap();
        file.finish().unwrap();
        let whole = std::fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            let mut cut = whole[..length].to_vec();
            // The header of a file that never came to a checkpoint.
            let zeroed = length % 3;
            cut.iter_mut().take(zeroed * 22).for_each(|octet| *octet = 0);
            std::fs::write(&path, &cut).unwrap();
            let there = length.saturating_sub(44) / 2;
            assert_eq!(repair(&path).unwrap(), there as u64, "{length}");
            if there > 0 {
                assert_eq!(samples(&path), vec![7; there]);
            }
        }
    }

    #[test]
    fn a_file_never_outgrows_its_header() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = WavFile::create(&folder.path().join("a.wav")).unwrap();
        assert!(file.write(SAMPLES_MAX, &[1]).is_err());
        assert!(file.write(u64::MAX, &[1]).is_err());
    }
}
