//! Who is logged in. Kept in memory: a restart logs everybody out.

use crate::clock::Mono;
use crate::http::problem::Problem;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::time::Duration;

/// Sessions at once; the one idle for longest goes.
const SESSIONS: usize = 64;
/// A session that nobody uses ends after this long.
const IDLE: Duration = Duration::from_secs(12 * 3600);
/// And every session after this long.
const OLD: Duration = Duration::from_secs(7 * 24 * 3600);
/// The cookie's names: with TLS a browser takes it for this host only, and never without TLS.
const COOKIES: [&str; 2] = ["maskline", "__Host-maskline"];

struct Session {
    name: String,
    began: Mono,
    used: Mono,
}

/// The sessions there are, by the hash of their cookie.
#[derive(Default)]
pub(super) struct Sessions(HashMap<[u8; 32], Session>);

impl Sessions {
    /// Begins a session; what its cookie holds.
    pub(super) fn begin(&mut self, name: &str, now: Mono) -> Result<String, Problem> {
        let mut random = [0; 32];
        rand::rngs::OsRng
            .try_fill_bytes(&mut random)
            .map_err(|error| Problem::failed("session", &error))?;
        self.forget_old(now);
        if self.0.len() >= SESSIONS {
            let idle = self.0.iter().min_by_key(|(_, session)| session.used);
            if let Some(id) = idle.map(|(id, _)| *id) {
                self.0.remove(&id);
            }
        }
        let secret = URL_SAFE_NO_PAD.encode(random);
        self.0.insert(hash(&secret), Session { name: name.to_owned(), began: now, used: now });
        Ok(secret)
    }

    /// Whose session this is; it counts as used now.
    pub(super) fn name_of(&mut self, secret: &str, now: Mono) -> Option<String> {
        self.forget_old(now);
        let session = self.0.get_mut(&hash(secret))?;
        session.used = now;
        Some(session.name.clone())
    }

    /// Ends a session.
    pub(super) fn end(&mut self, secret: &str) {
        self.0.remove(&hash(secret));
    }

    /// Ends all of them.
    pub(super) fn end_all(&mut self) {
        self.0.clear();
    }

    fn forget_old(&mut self, now: Mono) {
        self.0.retain(|_, session| now < session.used + IDLE && now < session.began + OLD);
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What the session's cookie holds.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        COOKIES.contains(&name).then_some(value)
    })
}

/// The header that gives a browser its session, or takes it away.
pub(super) fn set_cookie(
    secret: Option<&str>,
    tls: bool,
) -> [(header::HeaderName, HeaderValue); 1] {
    let (name, secure) = if tls { (COOKIES[1], "; Secure") } else { (COOKIES[0], "") };
    let (value, age) = match secret {
        Some(secret) => (secret, OLD.as_secs()),
        None => ("", 0),
    };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    [(header::SET_COOKIE, HeaderValue::from_str(&line).expect("letters and digits"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_when_idle_old_or_too_many() {
        let mut sessions = Sessions::default();
        let hour = Duration::from_secs(3600);
        let first = sessions.begin("Ada", Mono::ZERO).unwrap();
        assert_eq!(sessions.name_of(&first, 11 * hour).as_deref(), Some("Ada"));
        assert_eq!(sessions.name_of(&first, 22 * hour).as_deref(), Some("Ada"));
        assert_eq!(sessions.name_of(&first, 35 * hour), None);
        let second = sessions.begin("Ben", 40 * hour).unwrap();
        for i in 0..SESSIONS as u32 {
            sessions.begin("many", 41 * hour + Duration::from_secs(i.into())).unwrap();
        }
        assert_eq!(sessions.0.len(), SESSIONS);
        assert_eq!(sessions.name_of(&second, 42 * hour), None);
        let third = sessions.begin("Cy", 42 * hour).unwrap();
        for h in 1..168 {
            assert!(sessions.name_of(&third, (42 + h) * hour).is_some(), "{h}");
        }
        assert_eq!(sessions.name_of(&third, (42 + 168) * hour), None);
    }
}
