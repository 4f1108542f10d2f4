//! The password of the page, and the code that lets somebody set it.

use crate::config;
use crate::store::{Store, StoreError};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use subtle::ConstantTimeEq as _;

/// The setting that holds the password's hash, in the PHC form.
const SETTING: &str = "page.password";
/// KiB of memory for one hash.
const MEMORY_KIB: u32 = 12 * 1024;
/// Passes over that memory.
const PASSES: u32 = 3;
/// Characters of a password at least.
pub(super) const SHORTEST: usize = 10;
/// Octets of a password at most.
const LONGEST: usize = 256;
/// Letters of a setup code, none like another: 32, so 5 bits each.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters in a setup code: 80 bits.
const CODE: usize = 16;
/// What people try first.
const WORDS: [&str; 8] =
    ["password", "passwort", "maskline", "qwertyuiop", "admin", "welcome", "letmein", "secret"];

/// What went wrong with a password.
#[derive(Debug, thiserror::Error)]
pub(super) enum PasswordError {
    /// It is too easy to guess.
    #[error("{0}")]
    Weak(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness, no memory, no file.
    #[error("{0}")]
    Failed(String),
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether a password was set.
pub(super) fn is_set(store: &Store) -> Result<bool, StoreError> {
    Ok(store.setting(SETTING)?.is_some_and(|hash| !hash.is_empty()))
}

/// Sets the password. On disk when this returns.
pub(super) fn set(store: &Store, password: &str) -> Result<(), PasswordError> {
    check(password).map_err(PasswordError::Weak)?;
    let mut salt = [0; 16];
    rand::rngs::OsRng.try_fill_bytes(&mut salt).map_err(failed)?;
    let salt = SaltString::encode_b64(&salt).map_err(failed)?;
    let hash = argon2()?.hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string();
    Ok(store.set_setting(SETTING, &hash)?)
}

/// Forgets the password: a new one is set with a new setup code.
pub(super) fn forget(store: &Store) -> Result<(), StoreError> {
    store.set_setting(SETTING, "")
}

/// Whether this is the password.
pub(super) fn is_right(store: &Store, password: &str) -> Result<bool, PasswordError> {
    let Some(hash) = store.setting(SETTING)?.filter(|hash| !hash.is_empty()) else {
        return Ok(false);
    };
    if password.len() > LONGEST {
        return Ok(false);
    }
    let hash = PasswordHash::new(&hash).map_err(failed)?;
    Ok(argon2()?.verify_password(password.as_bytes(), &hash).is_ok())
}

/// Why a password will not do.
fn check(password: &str) -> Result<(), String> {
    if password.chars().count() < SHORTEST {
        return Err(format!("a password has at least {SHORTEST} characters; three words will do"));
    }
    if password.len() > LONGEST {
        return Err(format!("a password has at most {LONGEST} octets"));
    }
    let small = password.to_lowercase();
    let kinds = small.chars().collect::<std::collections::BTreeSet<_>>().len();
    let bare = small.trim_matches(|c: char| !c.is_alphabetic());
    if kinds < 5 || WORDS.contains(&bare) || "01234567890123456789".contains(&*small) {
        return Err("this password is among the first that anybody would try".to_owned());
    }
    Ok(())
}

/// The file that holds the setup code until it was used.
pub(super) fn code_file(store: &config::Store) -> PathBuf {
    store.path.join("setup-code")
}

/// The setup code, made if there is none yet.
pub(super) fn setup_code(store: &config::Store) -> std::io::Result<String> {
    let file = code_file(store);
    match std::fs::read_to_string(&file) {
        Ok(code) if plain(&code).len() == CODE => return Ok(code.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut random = [0; CODE];
    rand::rngs::OsRng.try_fill_bytes(&mut random).map_err(std::io::Error::other)?;
    let letters = random.map(|octet| char::from(LETTERS[usize::from(octet % 32)]));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    let code = groups.join("-");
    let fresh = file.with_extension("new");
    let _none = std::fs::remove_file(&fresh);
    let mut out =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writeln!(out, "{code}")?;
    out.sync_all()?;
    std::fs::rename(&fresh, &file)?;
    Ok(code)
}

/// Whether this is the setup code, however it was typed.
pub(super) fn is_setup_code(store: &config::Store, typed: &str) -> bool {
    let Ok(code) = std::fs::read_to_string(code_file(store)) else { return false };
    let (code, typed) = (plain(&code), plain(typed));
    code.len() == CODE && bool::from(code.as_bytes().ct_eq(typed.as_bytes()))
}

/// A code as it is compared: capitals, and what looks alike is alike.
fn plain(code: &str) -> String {
    let like = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    code.chars().filter(char::is_ascii_alphanumeric).map(like).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_try_is_no_password() {
        for weak in ["short", "aaaaaaaaaaaa", "Password123!", "1234567890", "ababababab"] {
            assert!(check(weak).is_err(), "{weak}");
        }
        for good in ["three green vans", "correct horse", "Küche-Straße-9"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_setup_code_is_made_once_and_read_as_people_type() {
        let folder = tempfile::tempdir().unwrap();
        let store = config::Store { path: folder.path().to_owned() };
        assert!(!is_setup_code(&store, ""));
        let code = setup_code(&store).unwrap();
        assert_eq!(setup_code(&store).unwrap(), code);
        assert_eq!(code.len(), 19, "{code}");
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(code_file(&store)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert!(is_setup_code(&store, &typed), "{code}: {typed}");
        assert!(!is_setup_code(&store, &code[1..]));
        assert!(!is_setup_code(&store, ""));
    }
}
