//! The English pack as part of the program, so that it speaks wherever it is started.

/// The octets of a file of the built-in pack, by its name without `.wav`.
pub fn file(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, octets)| *octets)
}

/// The manifest of the built-in pack, as it is written.
pub fn manifest() -> &'static str {
    include_str!("../../../prompts/en/manifest.toml")
}

/// Names and contents.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../prompts/en/", $name, ".wav")))),*]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "greeting",
    "operator_hint",
    "ask_again",
    "goodbye_no_input",
    "goodbye_failed",
    "order_not_found",
    "phone_not_found",
    "number_withheld",
    "entry_refused",
    "or_operator",
    "or_another_order",
    "locked_out",
    "connecting_courier",
    "connecting_customer",
    "courier_calls",
    "customer_calls",
    "press_any_key",
    "callee_unavailable",
    "connection_failed",
    "connecting_operator",
    "operator_busy",
    "recording_notice",
    "digits/0",
    "digits/1",
    "digits/2",
    "digits/3",
    "digits/4",
    "digits/5",
    "digits/6",
    "digits/7",
    "digits/8",
    "digits/9",
];
