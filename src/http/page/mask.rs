//! Telephone numbers as staff see them before they ask.

/// Calling codes of two digits; `1` and `7` have one, all others three (ITU-T E.164).
const TWO: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// An E.164 number with its country and its last three digits: `+61 ••• ••• 234`.
pub(super) fn masked(e164: &str) -> String {
    let digits = e164.trim_start_matches('+');
    let code = match digits {
        _ if digits.starts_with(['1', '7']) => 1,
        _ if digits.get(..2).is_some_and(|two| TWO.contains(&two)) => 2,
        _ => 3,
    };
    let last = digits.len().saturating_sub(3).max(code);
    match (digits.get(..code), digits.get(last..)) {
        (Some(code), Some(last)) => format!("+{code} ••• ••• {last}"),
        _ => "•••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn the_country_and_three_digits_stay() {
        for (number, shown) in [
            ("+61255501234", "+61 ••• ••• 234"),
            ("+12025550123", "+1 ••• ••• 123"),
            ("+447700900123", "+44 ••• ••• 123"),
            ("+6123", "+61 ••• ••• 23"),
            ("+6", "•••"),
            ("", "•••"),
        ] {
            assert_eq!(masked(number), shown);
        }
    }
}
