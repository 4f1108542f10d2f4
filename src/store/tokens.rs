//! API tokens. A secret is shown once, when it is made; kept is its hash.

use super::row::Kind;
use super::{Store, StoreError, unreadable};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
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

impl Role {
    /// Its name, as the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Read => "read",
            Role::Orders => "orders",
            Role::Recordings => "recordings",
            Role::Admin => "admin",
        }
    }
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
    /// When it was used last, within some minutes.
    pub last_used_at: Option<Timestamp>,
    /// What a service account is known by: it shows tokens that it signs itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

/// A service account, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub account_id: u64,
    /// Which key.
    pub key_id: String,
}

/// A new service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Who.
    pub account_id: u64,
    /// Which key.
    pub key_id: String,
    /// PKCS #1 in DER.
    pub public_key: Vec<u8>,
}

/// By what a token is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Proof {
    /// The hash of its secret.
    #[serde(rename = "sha256", with = "hex")]
    Secret(Hash),
    /// A service account: its public key signs.
    #[serde(rename = "account")]
    Key {
        #[serde(flatten)]
        account: Account,
        /// In base64.
        public_key: String,
    },
}

/// A token as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredToken {
    role: Role,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
    #[serde(flatten)]
    proof: Proof,
}

impl StoredToken {
    pub(super) fn read(payload: &[u8]) -> Option<StoredToken> {
        serde_json::from_slice(payload).ok()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| unreadable("a token"))
    }

    pub(super) fn open(self, name: String) -> (Token, Proof) {
        let StoredToken { role, created_at, last_used_at, proof } = self;
        let account = match &proof {
            Proof::Secret(_) => None,
            Proof::Key { account, .. } => Some(account.clone()),
        };
        (Token { name, role, created_at, last_used_at, account }, proof)
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
        let mut random = [0; 32];
        rand::rngs::OsRng
            .try_fill_bytes(&mut random)
            .map_err(|error| StoreError::Io(error.to_string()))?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        self.add_token(name, role, now, Proof::Secret(hash(&secret)))?;
        Ok(secret)
    }

    /// Keeps a service account. On disk when this returns.
    ///
    /// # Errors
    /// As [`Store::create_token`]; its name is of the same kind.
    pub fn create_service_account(
        &self,
        name: &str,
        role: Role,
        now: Timestamp,
        new: &NewAccount,
    ) -> Result<(), StoreError> {
        let account = Account { account_id: new.account_id, key_id: new.key_id.clone() };
        let public_key = STANDARD.encode(&new.public_key);
        self.add_token(name, role, now, Proof::Key { account, public_key })
    }

    fn add_token(
        &self,
        name: &str,
        role: Role,
        created_at: Timestamp,
        proof: Proof,
    ) -> Result<(), StoreError> {
        if name.len() > TOKEN_NAME_OCTETS {
            let what = "octets of a token's name";
            return Err(StoreError::TooLarge { what, limit: TOKEN_NAME_OCTETS });
        }
        let stored = StoredToken { role, created_at, last_used_at: None, proof };
        let payload = stored.write()?;
        let id = name.as_bytes().to_vec();
        self.write_noted(move |tx| {
            if tx.get(Kind::Token, &id)?.is_some() {
                return Err(StoreError::NameTaken);
            }
            if tx.count(Kind::Token) >= TOKENS as u64 {
                return Err(StoreError::TooLarge { what: "tokens", limit: TOKENS });
            }
            tx.put(Kind::Token, &id, &payload)
        })
    }

    /// The service account that has this key, and its public key (PKCS #1 in DER).
    ///
    /// # Errors
    /// Only while a book that failed is closed.
    pub fn service_account(&self, key_id: &str) -> Result<Option<(Token, Vec<u8>)>, StoreError> {
        self.0.shared.read(|state| {
            state.index.tokens.values().find_map(|(token, proof)| match proof {
                Proof::Key { account, public_key } if account.key_id == key_id => {
                    Some((token.clone(), STANDARD.decode(public_key).ok()?))
                }
                _ => None,
            })
        })
    }

    /// Notes when a token was used last, without waiting for it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if too much waits to be written.
    pub fn note_token_use(&self, name: &str, at: Timestamp) -> Result<(), StoreError> {
        let id = name.as_bytes().to_vec();
        self.0.writer.post(move |tx| {
            let stored = tx.get(Kind::Token, &id)?.and_then(|old| StoredToken::read(&old));
            let Some(mut stored) = stored else { return Ok(()) };
            stored.last_used_at = Some(at);
            tx.put(Kind::Token, &id, &stored.write()?)
        })
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
            tokens.fold(None, |found, (token, proof)| match proof {
                Proof::Secret(hash) if bool::from(hash.ct_eq(&given)) => Some(token.clone()),
                _ => found,
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
        self.write_noted(move |tx| tx.delete(Kind::Token, &id))
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
