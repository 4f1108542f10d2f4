//! Who calls: a JSON Web Token (RFC 7519) signed by RS256 (RFC 7518), and nothing else of that large
//! family. Which key counts is what the box stored under the token's `kid`, never what the token says.

use super::Refused;
use crate::clock::{FLOOR, Now};
use crate::store::{Store, Token};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Octets of a token at most.
const OCTETS: usize = 4096;
/// How far the caller's clock and ours may be apart.
const SKEW_S: i64 = 60;
/// How long a token may be good: as on the platform.
const LIFE_S: i64 = 3600;
/// The same while our clock is not trusted: after power-up it may be years behind, hardly ahead.
const BEHIND_S: i64 = 20 * 366 * 86_400;
const AHEAD_S: i64 = 2 * 86_400;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// Extensions that must be understood: none is.
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Issuer,
    iat: f64,
    exp: f64,
    nbf: Option<f64>,
}

/// The account id; clients write it as a text or as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Issuer {
    Text(String),
    Number(u64),
}

/// Checks a token and says whose it is.
pub fn check(token: &str, store: &Store, now: Now) -> Result<Token, Refused> {
    let refused = |why: &str| Err(Refused::unauthorized(why));
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        return refused("this is no JSON Web Token; use the credentials file of a service account");
    };
    if token.len() > OCTETS {
        return refused("the token is too long");
    }
    let Some(Header { alg, kid, crit: None }) = part(header) else {
        return refused("the token's header cannot be read (alg, kid)");
    };
    if alg != "RS256" {
        return refused("only RS256 is taken as alg");
    }
    let found = store.service_account(&kid).map_err(|error| Refused::of_store(&error))?;
    let Some((token, public_key)) = found else {
        return refused("this kid is not known; the service account may have been revoked");
    };
    let signed = format!("{header}.{claims}");
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public_key);
    let good = URL_SAFE_NO_PAD
        .decode(signature)
        .is_ok_and(|signature| key.verify(signed.as_bytes(), &signature).is_ok());
    if !good {
        return refused("the signature is wrong");
    }
    let Some(claims) = part::<Claims>(claims) else {
        return refused("the token's claims cannot be read (iss, iat, exp)");
    };
    let account = token.account.as_ref().map(|account| account.account_id);
    let issuer = match claims.iss {
        Issuer::Text(ref text) => text.parse().ok(),
        Issuer::Number(number) => Some(number),
    };
    if issuer.is_none() || issuer != account {
        return refused("iss is not the account_id of this key");
    }
    in_time(&claims, now).map_err(Refused::unauthorized)?;
    Ok(token)
}

fn part<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

#[allow(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn in_time(claims: &Claims, now: Now) -> Result<(), &'static str> {
    let (from, to) = (claims.iat as i64, claims.exp as i64);
    let from = claims.nbf.map_or(from, |nbf| from.max(nbf as i64));
    if to.saturating_sub(from) > LIFE_S {
        return Err("the token is good for more than an hour");
    }
    let (behind, ahead) = if now.trusted { (SKEW_S, SKEW_S) } else { (BEHIND_S, AHEAD_S) };
    let wall = now.wall.max(FLOOR).as_second();
    if from > wall.saturating_add(behind) {
        return Err("the token is not valid yet; look at the clocks of both machines");
    }
    if to < wall.saturating_sub(ahead) || to < from {
        return Err("the token has expired; look at the clocks of both machines");
    }
    Ok(())
}
