//! Every bound of the product, by name.
//!
//! What arrives from outside (a modem, a caller, a browser, a spreadsheet, a disk) may be longer, more
//! or later than it should be. Nothing in Maskline grows without one of these.

use std::time::Duration;

/// Octets of one line that a modem may print before the rest of it is dropped.
/// The longest lines are PDUs: 176 octets in hex, and lists such as `+CLAC`.
pub const AT_LINE_OCTETS: usize = 1024;
/// Octets of one command, its `AT` and carriage return included.
/// (SIM7600 manual section 1.4: at most 559; the longest of ours is a dial.)
pub const AT_COMMAND_OCTETS: usize = 80;
/// Octets of a text that is typed at the prompt: a PDU in hexadecimal digits.
pub const AT_TEXT_OCTETS: usize = 330;
/// Information lines that one command may answer with.
pub const AT_INFO_LINES: usize = 64;
/// Calls in the modem's table: 27.007 section 7.18 numbers them 1 to 7.
pub const CALLS: usize = 7;
/// Digits of a telephone number as a modem prints it; E.164 allows 15, prefixes and `+` come on top.
pub const NUMBER_DIGITS: usize = 24;
/// Digits of an order number.
pub const ORDER_DIGITS: usize = 12;
/// Octets of a language tag.
pub const LANGUAGE_OCTETS: usize = 35;
/// Items (files and digits) in one utterance.
pub const SCRIPT_ITEMS: usize = 40;
/// Outputs that a pure machine may have ready at once.
pub const OUTPUTS: usize = 32;

/// Samples per second on the modem's PCM port.
pub const SAMPLE_RATE: u32 = 8000;
/// Samples of one audio frame: 20 ms.
pub const FRAME_SAMPLES: usize = 160;
/// Octets of one audio frame.
pub const FRAME_OCTETS: usize = FRAME_SAMPLES * 2;
/// Time that one audio frame lasts.
pub const FRAME: Duration = Duration::from_millis(20);
/// Frames that may wait for the audio port; more are dropped, oldest first.
pub const AUDIO_QUEUE_FRAMES: usize = 3;

/// Blocks of 20 ms of a recording that may wait for the disk: about ten seconds.
pub const RECORDING_QUEUE_BLOCKS: usize = 512;

/// Longest life of an order: 90 days, as in the cloud platform.
pub const ORDER_TTL_MAX_S: i64 = 90 * 24 * 3600;
/// Life of an order that says none: 30 days.
pub const ORDER_TTL_DEFAULT_S: i64 = 30 * 24 * 3600;
/// Writes of the lines that wait for the store: a handful a call.
pub const CLERK_JOBS: usize = 2048;
/// Octets of one HTTP request body other than an import.
pub const HTTP_BODY_OCTETS: usize = 64 * 1024;
/// HTTP connections at once.
pub const HTTP_CONNECTIONS: usize = 256;
/// Rows in one page of a list, unless the request says fewer.
pub const PAGE_ROWS_DEFAULT: usize = 100;
/// Rows in one page of a list at most.
pub const PAGE_ROWS_MAX: usize = 1000;
/// Call records that are kept.
pub const CALL_RECORDS: usize = 1_000_000;
/// How long a call record waits in the outbox for the webhook to take it.
pub const OUTBOX_AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Octets of a webhook's answer that are read.
pub const WEBHOOK_ANSWER_OCTETS: u64 = 16 * 1024;
/// Octets of one order file on a USB stick: more than a million rows.
pub const STICK_FILE_OCTETS: u64 = 64 * 1024 * 1024;
/// USB sticks at once.
pub const STICKS: usize = 8;
