//! API tokens. A secret is shown once, when it is made; kept is its hash.

use super::row::Kind;
use super::{Store, StoreError, unreadable};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::TryRngCore as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Tokens at most.
pub const TOKENS: usize = 256;
/// Octets of a token's name at most.
pub const TOKEN_NAME_OCTETS: usize = 64;
/// What every secret begins with, so that one is known where it does not belong.
const PREFIX: &str = "mlk_";

pub(super) type Hash = [u8; 32];

/// What the holder of a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// See status, orders and call records.
    Read,
    /// Also write orders.
    Orders,
    /// Also hear recordings.
    Recordings,
    /// Everything.
    Admin,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Which one.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A token as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredToken {
    role: Role,
    created_at: Timestamp,
    #[serde(rename = "sha256", with = "hex")]
    hash: Hash,
}

impl StoredToken {
    pub(super) fn read(payload: &[u8]) -> Option<StoredToken> {
        serde_json::from_slice(payload).ok()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| unreadable("a token"))
    }

    pub(super) fn open(self, name: String) -> (Token, Hash) {
        (Token { name, role: self.role, created_at: self.created_at }, self.hash)
    }
}

impl Store {
    /// Makes a token and returns its secret, which nobody can find out again. On disk when this
    /// returns.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`]; [`StoreError::TooLarge`] for a name over [`TOKEN_NAME_OCTETS`] or
    /// more than [`TOKENS`]; else as [`Store::put_order`].
    pub fn create_token(
        &self,
        name: &str,
        role: Role,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        if name.len() > TOKEN_NAME_OCTETS {
            let what = "octets of a token's name";
            return Err(StoreError::TooLarge { what, limit: TOKEN_NAME_OCTETS });
        }
        let mut random = [0; 32];
        rand::rngs::OsRng
            .try_fill_bytes(&mut random)
            .map_err(|error| StoreError::Io(error.to_string()))?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let stored = StoredToken { role, created_at: now, hash: hash(&secret) };
        let payload = stored.write()?;
        let id = name.as_bytes().to_vec();
        self.0.writer.write(move |tx| {
            if tx.get(Kind::Token, &id)?.is_some() {
                return Err(StoreError::NameTaken);
            }
            if tx.count(Kind::Token) >= TOKENS as u64 {
                return Err(StoreError::TooLarge { what: "tokens", limit: TOKENS });
            }
            tx.put(Kind::Token, &id, &payload)
        })?;
        Ok(secret)
    }

    /// The token that has this secret. Takes the same time wherever the secrets begin to differ.
    ///
    /// # Errors
    /// Only while a book that failed is closed.
    pub fn check_token(&self, secret: &str) -> Result<Option<Token>, StoreError> {
        let given = hash(secret);
        self.0.shared.read(|state| {
            let tokens = state.index.tokens.values();
            // All of them, also after the one was found.
            tokens.fold(None, |found, (token, hash)| {
                if bool::from(hash.ct_eq(&given)) { Some(token.clone()) } else { found }
            })
        })
    }

    /// All tokens, by name.
    ///
    /// # Errors
    /// Only while a book that failed is closed.
    pub fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.0
            .shared
            .read(|state| state.index.tokens.values().map(|(token, _)| token.clone()).collect())
    }

    /// Takes a token back. Says whether there was one. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::put_order`].
    pub fn revoke_token(&self, name: &str) -> Result<bool, StoreError> {
        let id = name.as_bytes().to_vec();
        self.0.writer.write(move |tx| tx.delete(Kind::Token, &id))
    }
}

/// The hash in hexadecimal digits.
mod hex {
    use super::Hash;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(hash: &Hash, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&hash.map(|octet| format!("{octet:02x}")).concat())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(from)?;
        let octet = |i: usize| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok();
        let octets: Option<Vec<u8>> = (0..text.len().div_ceil(2)).map(octet).collect();
        let hash = octets.and_then(|octets| octets.try_into().ok());
        hash.ok_or_else(|| D::Error::custom("no SHA-256"))
    }
}

fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}
