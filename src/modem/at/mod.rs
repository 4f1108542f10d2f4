//! The lowest storey: octets to lines, lines to transactions. Knows no telephony.
//!
//! Why our own and not atat's ingress: a SIM7600 prints unsolicited lines in the middle of answers,
//! answers late, and ends lines in any mix of CR and LF. A gateway must lose none of `RING`, `+CLIP` and
//! `NO CARRIER`. So a line is classified by the command in flight: one of its final result codes, one
//! of its information lines, else unsolicited.

pub mod channel;
pub mod lines;
pub mod result;

pub use channel::{Answer, Channel, Event, Expect, Request, Typed};
pub use result::{Failure, FinalCode};
