//! Telephone numbers as the network of one country writes them.

use crate::phone::Presentation;

/// How the network behind the modem writes numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberingPlan {
    /// Country code without `+`.
    pub country: String,
    /// What stands before a national number when it is dialled or shown (`0`, or nothing).
    pub trunk: String,
    /// What is dialled instead of `+` (`0011`, `00`, `011`).
    pub international: String,
}

impl Default for NumberingPlan {
    fn default() -> Self {
        Self { country: "61".into(), trunk: "0".into(), international: "0011".into() }
    }
}

/// What the called side is shown of a caller: digits, type of number (24.008 §10.5.4.7) and the
/// CLI validity of `+CLIP` (27.007 §7.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub digits: String,
    pub kind: u8,
    pub validity: u8,
}

impl NumberingPlan {
    /// The E.164 number that dialled digits reach.
    pub(crate) fn reach(&self, dialled: &str) -> String {
        if dialled.starts_with('+') || dialled.starts_with(['*', '#']) {
            return dialled.to_string();
        }
        if let Some(rest) = dialled.strip_prefix(self.international.as_str()) {
            return format!("+{rest}");
        }
        if let Some(rest) = dialled.strip_prefix(self.trunk.as_str()) {
            return format!("+{}{rest}", self.country);
        }
        dialled.to_string()
    }

    /// How a number is shown to the modem. `national_kind` is the firmware's type octet for a
    /// number without `+` (129 by the standard; 128 and 161 are seen).
    pub(crate) fn show(&self, number: &str, how: Presentation, national_kind: u8) -> Shown {
        let home = number.strip_prefix('+').and_then(|d| d.strip_prefix(self.country.as_str()));
        match (how, home) {
            (Presentation::Withheld, _) => Shown { digits: "".into(), kind: 128, validity: 1 },
            (Presentation::Unavailable, _) => Shown { digits: "".into(), kind: 128, validity: 2 },
            (Presentation::National, Some(rest)) => {
                let digits = format!("{}{rest}", self.trunk);
                Shown { digits, kind: national_kind, validity: 0 }
            }
            _ => Shown { digits: number.to_string(), kind: 145, validity: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_dial_a_number_reaches_it() {
        let plan = NumberingPlan::default();
        for dialled in ["+61255501234", "0255501234", "001161255501234"] {
            assert_eq!(plan.reach(dialled), "+61255501234");
        }
    }

    #[test]
    fn a_foreign_number_cannot_be_shown_as_national() {
        let shown = NumberingPlan::default().show("+447700900123", Presentation::National, 129);
        assert_eq!((shown.digits.as_str(), shown.kind), ("+447700900123", 145));
    }
}
