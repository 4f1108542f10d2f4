//! Service accounts: the credentials file that a client signs its tokens with.

use crate::store::NewAccount;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use serde::Serialize;

/// Bits of a key.
const KEY_BITS: usize = 2048;

/// The credentials file. Its private key is shown this once, and never stored.
#[derive(Serialize)]
pub struct Credentials {
    /// Who: `iss` of its tokens.
    pub account_id: u64,
    /// Which key: `kid` of its tokens.
    pub key_id: String,
    /// PKCS #8 in PEM.
    pub private_key: String,
}

/// Makes a service account: what its holder gets, and what the box keeps. Takes seconds on a small
/// machine.
pub fn make() -> Result<(Credentials, NewAccount), String> {
    let failed = |error: &dyn std::fmt::Display| format!("a key cannot be made: {error}");
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS).map_err(|e| failed(&e))?;
    let private_key = key.to_pkcs8_pem(LineEnding::LF).map_err(|e| failed(&e))?.to_string();
    let public_key = key.to_public_key().to_pkcs1_der().map_err(|e| failed(&e))?.into_vec();
    let account_id = rand::random_range(1_000_000..10_000_000);
    let random: [u8; 16] = rand::random();
    let hex: String = random.iter().map(|octet| format!("{octet:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    let key_id = parts.join("-");
    let kept = NewAccount { account_id, key_id: key_id.clone(), public_key };
    Ok((Credentials { account_id, key_id, private_key }, kept))
}
