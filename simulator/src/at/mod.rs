//! Command lines and result codes (V.250, 27.007 §4): knows no telephony.

mod editor;
mod parse;
mod result;

pub(crate) use editor::{Edit, LineEditor};
pub(crate) use parse::{Command, Form, arguments, parse};
pub(crate) use result::{Failure, ResultCode, cme_text};
