//! Secrets: values that never show themselves in a log or an error.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// The PIN of a SIM: 4 to 8 digits (3GPP 31.101 section 9.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// Reads a PIN.
    pub(super) fn new(text: &str) -> Result<Pin, &'static str> {
        let fits = (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Pin(text.to_owned())) } else { Err("a PIN has 4 to 8 digits") }
    }

    /// The digits, for the modem.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(hidden)")
    }
}

/// The key that signs webhook posts: `whsec_` and base64, by the Standard Webhooks scheme.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads a secret; the prefix may be missing, as in the scheme's own libraries.
    pub fn new(text: &str) -> Result<SigningKey, &'static str> {
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        match BASE64_STANDARD.decode(encoded) {
            Ok(key) if !key.is_empty() => Ok(SigningKey(key)),
            _ => Err("a webhook secret is whsec_ followed by 24 to 64 octets in base64; \
                      make one with: echo whsec_$(openssl rand -base64 32)"),
        }
    }

    /// The key itself.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}
