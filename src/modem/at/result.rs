//! Final result codes (27.007 section 9, V.250 section 5.7.1).

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinalCode {
    /// `OK`
    Ok,
    /// It was refused or went wrong.
    Failed(Failure),
}

/// Why a command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// `ERROR`
    #[error("ERROR")]
    Error,
    /// `+CME ERROR: <n>`; text is turned to its number where it is known, else to 100 (unknown).
    #[error("+CME ERROR: {0}")]
    Cme(u16),
    /// `+CMS ERROR: <n>`
    #[error("+CMS ERROR: {0}")]
    Cms(u16),
    /// `NO CARRIER`, `BUSY`, `NO ANSWER`, `NO DIALTONE`: only commands that set up calls end so.
    #[error("no connection")]
    NoConnection,
    /// No final result code came in time.
    #[error("no answer in time")]
    Timeout,
}

impl Failure {
    /// The modem does not know the command, or not in this form: no use in sending it again.
    /// (`+CME ERROR: 3` not allowed, 4 not supported, 50 and 100 unknown.)
    pub fn is_unsupported(self) -> bool {
        matches!(self, Failure::Error | Failure::Cme(3 | 4 | 50 | 100))
    }
}

impl FinalCode {
    /// Reads a final result code that may end any command.
    pub fn read(line: &str) -> Option<FinalCode> {
        match line {
            "OK" => Some(FinalCode::Ok),
            "ERROR" => Some(FinalCode::Failed(Failure::Error)),
            _ => {
                let failure = if let Some(rest) = line.strip_prefix("+CME ERROR:") {
                    Failure::Cme(number(rest))
                } else {
                    Failure::Cms(number(line.strip_prefix("+CMS ERROR:")?))
                };
                Some(FinalCode::Failed(failure))
            }
        }
    }

    /// Reads a final result code that ends only commands that set up a call, and is unsolicited
    /// otherwise.
    pub fn read_call_setup(line: &str) -> Option<FinalCode> {
        ["NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"]
            .contains(&line)
            .then_some(FinalCode::Failed(Failure::NoConnection))
    }
}

/// Texts of `AT+CMEE=2` that decisions hang on (27.007 section 9.2).
const TEXTS: [(&str, u16); 9] = [
    ("operation not allowed", 3),
    ("operation not supported", 4),
    ("sim not inserted", 10),
    ("sim pin required", 11),
    ("sim puk required", 12),
    ("sim failure", 13),
    ("sim busy", 14),
    ("incorrect password", 16),
    ("no network service", 30),
];

fn number(text: &str) -> u16 {
    let text = text.trim();
    text.parse().unwrap_or_else(|_| {
        let known = TEXTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        known.map_or(100, |(_, number)| *number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_as_numbers_and_as_texts() {
        let failed = |line| match FinalCode::read(line) {
            Some(FinalCode::Failed(failure)) => failure,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(failed("+CME ERROR: 14"), Failure::Cme(14));
        assert_eq!(failed("+CME ERROR: SIM not inserted"), Failure::Cme(10));
        assert_eq!(failed("+CME ERROR: something new"), Failure::Cme(100));
        assert_eq!(failed("+CMS ERROR: 322"), Failure::Cms(322));
        assert_eq!(FinalCode::read("NO CARRIER"), None);
        assert_eq!(FinalCode::read("OKAY"), None);
    }
}
