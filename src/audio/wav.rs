//! Reads recordings of any common kind: PCM of 8 to 32 bits, float, A-law and mu-law, mono or
//! mixed.
//!
//! (Prompts are read by `hound`; this reader is for files that other machines made, and for speed.)

use std::io;

/// A recording, mixed to mono.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Samples per second.
    pub rate_hz: u32,
    /// The samples.
    pub samples: Vec<i16>,
}

/// Format tags of the `fmt ` chunk.
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
/// The real tag is the first half-word of the sub-format.
const EXTENSIBLE: u16 = 0xfffe;

#[derive(Debug, Clone, Copy)]
struct Format {
    tag: u16,
    channels: usize,
    rate_hz: u32,
    bits: u16,
}

/// Reads a WAV file that is wholly in memory. Of a file that was cut off, what is there is read.
pub fn read(file: &[u8]) -> io::Result<Recording> {
    if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
        return Err(bad("not a WAV file"));
    }
    let mut format = None;
    let mut rest = &file[12..];
    while let (Some(name), Some(length)) = (rest.get(..4), u32_at(rest, 4)) {
        let body = &rest[8..];
        // A recorder that was stopped hard never wrote how much it recorded: it is the rest.
        let length = if name == b"data" && length == 0 { u32::MAX } else { length };
        let chunk = &body[..body.len().min(length as usize)];
        match name {
            b"fmt " => format = Some(read_format(chunk)?),
            b"data" => {
                let format = format.ok_or_else(|| bad("sound before its format"))?;
                return Ok(Recording { rate_hz: format.rate_hz, samples: decode(format, chunk)? });
            }
            _ => {}
        }
        rest = body.get(length as usize + (length as usize & 1)..).unwrap_or_default();
    }
    Err(bad("a WAV file without sound"))
}

fn read_format(chunk: &[u8]) -> io::Result<Format> {
    let field = |at| u16_at(chunk, at).ok_or_else(|| bad("its format is cut off"));
    let tag = match field(0)? {
        EXTENSIBLE => field(24)?,
        tag => tag,
    };
    let rate_hz = u32_at(chunk, 4).ok_or_else(|| bad("its format is cut off"))?;
    let format = Format { tag, channels: usize::from(field(2)?), rate_hz, bits: field(14)? };
    if format.channels == 0 || !(1000..=384_000).contains(&rate_hz) {
        return Err(bad(&format!("{} channels at {rate_hz} Hz", format.channels)));
    }
    Ok(format)
}

fn decode(format: Format, data: &[u8]) -> io::Result<Vec<i16>> {
    fn mix<const N: usize>(data: &[u8], channels: usize, sample: fn([u8; N]) -> i16) -> Vec<i16> {
        let (samples, _cut_off) = data.as_chunks::<N>();
        if channels == 1 {
            return samples.iter().map(|octets| sample(*octets)).collect();
        }
        let mean = |frame: &[[u8; N]]| {
            let sum: i64 = frame.iter().map(|octets| i64::from(sample(*octets))).sum();
            (sum / channels as i64) as i16
        };
        samples.chunks_exact(channels).map(mean).collect()
    }
    let channels = format.channels;
    Ok(match (format.tag, format.bits) {
        (PCM, 8) => mix(data, channels, |[a]: [u8; 1]| (i16::from(a) - 128) << 8),
        (PCM, 16) => mix(data, channels, i16::from_le_bytes),
        (PCM, 24) => mix(data, channels, |[_, b, c]: [u8; 3]| i16::from_le_bytes([b, c])),
        (PCM, 32) => mix(data, channels, |[_, _, c, d]: [u8; 4]| i16::from_le_bytes([c, d])),
        (FLOAT, 32) => mix(data, channels, |o| of_float(f64::from(f32::from_le_bytes(o)))),
        (FLOAT, 64) => mix(data, channels, |o| of_float(f64::from_le_bytes(o))),
        (A_LAW, 8) => mix(data, channels, |[a]: [u8; 1]| of_a_law(a)),
        (MU_LAW, 8) => mix(data, channels, |[a]: [u8; 1]| of_mu_law(a)),
        (tag, bits) => return Err(bad(&format!("WAV format {tag} with {bits} bits is not known"))),
    })
}

fn of_float(value: f64) -> i16 {
    (value * 32768.0) as i16
}

/// ITU-T G.711 A-law.
fn of_a_law(octet: u8) -> i16 {
    let code = octet ^ 0x55;
    let (segment, step) = (i16::from(code >> 4 & 7), i16::from(code & 15));
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// ITU-T G.711 mu-law.
fn of_mu_law(octet: u8) -> i16 {
    let code = !octet;
    let (segment, step) = (i16::from(code >> 4 & 7), i16::from(code & 15));
    let magnitude = (((step << 3) + 0x84) << segment) - 0x84;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..at + 2).map(|o| u16::from_le_bytes([o[0], o[1]]))
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..at + 4).map(|o| u32::from_le_bytes([o[0], o[1], o[2], o[3]]))
}

fn bad(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(tag: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend(tag.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(8000u32.to_le_bytes());
        file.extend([0; 6]);
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    fn samples(tag: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<i16> {
        read(&wav(tag, channels, bits, data)).expect("a good file").samples
    }

    #[test]
    fn every_common_kind_is_read() {
        assert_eq!(samples(PCM, 1, 16, &[1, 0, 0xff, 0xff]), [1, -1]);
        assert_eq!(samples(PCM, 2, 16, &[2, 0, 4, 0]), [3]);
        assert_eq!(samples(PCM, 1, 8, &[128, 0, 255]), [0, -32768, 32512]);
        assert_eq!(samples(PCM, 1, 24, &[9, 1, 0]), [1]);
        assert_eq!(samples(PCM, 1, 32, &[9, 9, 1, 0]), [1]);
        assert_eq!(samples(FLOAT, 1, 32, &(-0.5f32).to_le_bytes()), [-16384]);
        assert_eq!(samples(FLOAT, 1, 64, &9f64.to_le_bytes()), [32767]);
        assert_eq!(samples(MU_LAW, 1, 8, &[0xff, 0x80, 0x00]), [0, 32124, -32124]);
        assert_eq!(samples(A_LAW, 1, 8, &[0xd5, 0xaa, 0x2a]), [8, 32256, -32256]);
    }

    #[test]
    fn a_file_that_is_none_or_is_cut_off_never_panics() {
        let file = wav(PCM, 2, 16, &[1, 2, 3, 4, 5, 6, 7, 8]);
        for length in 0..file.len() {
            if let Ok(recording) = read(&file[..length]) {
                assert!(recording.samples.len() <= 2);
            }
        }
        let mut unfinished = wav(PCM, 1, 16, &[1, 0, 2, 0]);
        let length = unfinished.len() - 8;
        unfinished[length..length + 4].fill(0);
        assert_eq!(read(&unfinished).expect("what was recorded").samples, [1, 2]);
        assert!(read(&wav(85, 1, 16, &[0; 8])).is_err(), "MP3");
        assert!(read(&wav(PCM, 0, 16, &[0; 8])).is_err(), "no channel");
    }
}
