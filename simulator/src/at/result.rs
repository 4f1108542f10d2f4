//! Final result codes (V.250 §5.7) and errors (27.007 §9.2).

/// A final result code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultCode {
    Ok,
    Ring,
    Error,
    NoCarrier,
    Busy,
    NoAnswer,
}

impl ResultCode {
    /// The words of V1 and the number of V0.
    pub(crate) fn forms(self) -> (&'static str, u8) {
        match self {
            Self::Ok => ("OK", 0),
            Self::Ring => ("RING", 2),
            Self::NoCarrier => ("NO CARRIER", 3),
            Self::Error => ("ERROR", 4),
            Self::Busy => ("BUSY", 7),
            Self::NoAnswer => ("NO ANSWER", 8),
        }
    }
}

/// Why a command is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// ERROR whatever `+CMEE` says: the command or its form is unknown.
    Plain,
    /// `+CME ERROR`, in the form that `+CMEE` asks for.
    Cme(u16),
    /// `+CMS ERROR`: a message (27.005 §3.2.5).
    Cms(u16),
    /// A call was tried and did not come to be.
    Call(ResultCode),
}

/// The text of an error with `AT+CMEE=2`.
pub(crate) fn cme_text(code: u16) -> &'static str {
    match code {
        3 => "operation not allowed",
        4 => "operation not supported",
        10 => "SIM not inserted",
        11 => "SIM PIN required",
        12 => "SIM PUK required",
        13 => "SIM failure",
        14 => "SIM busy",
        16 => "incorrect password",
        30 => "no network service",
        31 => "network timeout",
        32 => "network not allowed - emergency calls only",
        50 => "incorrect parameters",
        132 => "service option not supported",
        133 => "requested service option not subscribed",
        134 => "service option temporarily out of order",
        257 => "network rejected request",
        258 => "retry operation",
        261 => "unknown subscriber",
        262 => "service not available",
        _ => "unknown",
    }
}
