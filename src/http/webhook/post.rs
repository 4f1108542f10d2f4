//! One post: signed, bounded in time and in what is read of the answer.

use crate::config::{SigningKey, Webhook};
use crate::limits::WEBHOOK_ANSWER_OCTETS;
use crate::record::CallRecord;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use std::io::Read;
use std::time::Duration;

/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer's body may take: it does not matter to us.
const ANSWER: Duration = Duration::from_secs(2);

/// What is needed to post.
pub(super) struct Post {
    agent: ureq::Agent,
    url: String,
    secret: Option<SigningKey>,
    include_numbers: bool,
}

impl Post {
    pub(super) fn new(webhook: &Webhook, time: Duration) -> Post {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT.min(time)))
            .timeout_resolve(Some(CONNECT.min(time)))
            .timeout_recv_body(Some(ANSWER.min(time)))
            .timeout_global(Some(time))
            .user_agent(concat!("maskline/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let Webhook { url, secret, include_numbers } = webhook.clone();
        Post { agent, url, secret, include_numbers }
    }

    /// Posts a record; the reason of a failure is one line for people.
    pub(super) fn record(&self, record: CallRecord, at: Timestamp) -> Result<(), String> {
        let id = record.call_id.to_string();
        let record = if self.include_numbers { record } else { record.without_numbers() };
        let body = serde_json::to_vec(&record).map_err(|error| error.to_string())?;
        let time = at.as_second();
        let mut request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", time.to_string());
        if let Some(key) = &self.secret {
            request = request.header("webhook-signature", sign(key, &id, time, &body));
        }
        let answer = request.send(&body[..]).map_err(|error| in_words(&error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(match status.is_redirection() {
                true => format!("{status}: redirects are not followed, mend webhook.url"),
                false => format!("the receiver answered {status}"),
            });
        }
        // The status is the answer. The rest is read, within bounds, for the connection's sake.
        let mut rest = answer.into_body().into_reader().take(WEBHOOK_ANSWER_OCTETS);
        let _unread = std::io::copy(&mut rest, &mut std::io::sink());
        Ok(())
    }
}

/// Why nobody answered, for people; the page translates these.
fn in_words(error: &ureq::Error) -> String {
    use std::io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, UnexpectedEof};
    match error {
        ureq::Error::HostNotFound => "no server of this name was found".to_owned(),
        ureq::Error::Timeout(_) => "the server did not answer in time".to_owned(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
            format!("the server's certificate cannot be trusted: {error}")
        }
        ureq::Error::Io(io) => match io.kind() {
            ConnectionRefused => "nothing answers at the server's address".to_owned(),
            HostUnreachable => "there is no way to the server's address".to_owned(),
            ConnectionReset | UnexpectedEof => "the server broke the connection off".to_owned(),
            _ => format!("the connection failed: {io}"),
        },
        other => format!("the connection failed: {other}"),
    }
}

/// The signature of a post by the Standard Webhooks scheme: `v1,` and HMAC-SHA256 in base64.
pub fn sign(key: &SigningKey, id: &str, time: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.octets()).expect("any length of key will do");
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_said_in_words() {
        let io = |kind| in_words(&ureq::Error::Io(std::io::Error::from(kind)));
        let refused = io(std::io::ErrorKind::ConnectionRefused);
        assert_eq!(refused, "nothing answers at the server's address");
        assert_eq!(in_words(&ureq::Error::HostNotFound), "no server of this name was found");
        assert!(io(std::io::ErrorKind::Other).starts_with("the connection failed: "));
    }

    /// The example of the Standard Webhooks specification and its libraries.
    #[test]
    fn the_signature_is_that_of_the_scheme() {
        let key = SigningKey::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
