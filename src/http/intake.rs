//! What an order must be before it is stored: the dialling guard's first half, and its expiry.

use crate::clock::Now;
use crate::config::Config;
use crate::language::{Language, listed};
use crate::limits::{ORDER_TTL_DEFAULT_S, ORDER_TTL_MAX_S};
use crate::number::{Dialable, PhoneNumber};
use crate::order::{Order, OrderNumber, TextState};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// An order as the API takes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// The order number; in a PUT it may be left out, since the path says it.
    #[serde(default)]
    pub order: Option<String>,
    /// The courier's telephone.
    pub courier: String,
    /// The customer's telephone.
    pub customer: String,
    /// Seconds until it expires.
    #[serde(default)]
    pub ttl_seconds: Option<i64>,
    /// When it expires, RFC 3339.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// Language of its prompts.
    #[serde(default)]
    pub language: Option<String>,
}

/// An order as the API shows it.
#[derive(Debug, Serialize)]
pub struct OrderShown {
    /// The order number.
    pub order: OrderNumber,
    courier: String,
    customer: String,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    /// What became of the short messages to its parties.
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<TextsShown>,
}

/// What became of the short messages to the parties of an order; null where there is none.
#[derive(Debug, Serialize)]
struct TextsShown {
    courier: Option<TextState>,
    customer: Option<TextState>,
}

impl OrderShown {
    /// With what became of the messages to its parties, if there are any.
    pub fn with_texts(self, courier: Option<TextState>, customer: Option<TextState>) -> OrderShown {
        let any = courier.is_some() || customer.is_some();
        OrderShown { texts: any.then_some(TextsShown { courier, customer }), ..self }
    }
}

impl From<&Order> for OrderShown {
    fn from(order: &Order) -> OrderShown {
        OrderShown {
            order: order.number.clone(),
            courier: order.courier.e164().to_owned(),
            customer: order.customer.e164().to_owned(),
            expires_at: order.expires_at,
            texts: None,
            language: order.language.clone(),
        }
    }
}

/// Which field of an order cannot be taken, and why. The reason does not repeat the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Name of the field.
    pub field: &'static str,
    /// Why.
    pub reason: String,
}

/// Checks an order against the site.
pub fn order(body: &OrderBody, number: &str, site: &Config, now: Now) -> Result<Order, Refusal> {
    order_with(body, number, now, site, |text| phone(text, site))
}

/// The same where telephone numbers are read by another.
pub fn order_with(
    body: &OrderBody,
    number: &str,
    now: Now,
    site: &Config,
    mut phone: impl FnMut(&str) -> Result<PhoneNumber, String>,
) -> Result<Order, Refusal> {
    let refusal = |field| move |reason: String| Refusal { field, reason };
    let number = number.trim();
    if is_rounded(number) {
        return Err(refusal("order")(rounded("order number")));
    }
    let number = OrderNumber::new(number).map_err(|error| refusal("order")(error.to_string()))?;
    let courier = phone(&body.courier).map_err(refusal("courier"))?;
    let customer = phone(&body.customer).map_err(refusal("customer"))?;
    let expires_at = expiry(body, now)?;
    let language = language(body, site).map_err(refusal("language"))?;
    Ok(Order { number, courier, customer, expires_at, language })
}

/// The language of an order: one that the box can speak, or none.
fn language(body: &OrderBody, site: &Config) -> Result<Option<Language>, String> {
    let Some(text) = body.language.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let known = &site.sound.languages;
    match Language::among(text, known) {
        Some(language) => Ok(Some(language)),
        None => Err(format!("the box has no prompts in this language, but in {}", listed(known))),
    }
}

/// Reads a telephone number that this site may dial.
pub fn phone(text: &str, site: &Config) -> Result<PhoneNumber, String> {
    // Our own export puts an apostrophe before a `+`, lest a spreadsheet take it for a formula.
    let text = text.trim();
    let text = text.strip_prefix('\'').unwrap_or(text);
    if is_rounded(text) {
        return Err(rounded("number"));
    }
    let number = PhoneNumber::read(text, site.site.country).map_err(|error| error.to_string())?;
    Dialable::new(&number, &site.dialling.countries).map_err(|error| error.to_string())?;
    Ok(number)
}

/// Whether a spreadsheet has made a floating-point number of digits: `6.1255E+10`, `6,1255E+10`, and
/// what it writes where the digits just fit: `61255501234.0`.
fn is_rounded(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (number, exponent) = match text.split_once(['E', 'e']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match number.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let sound = digits(whole.trim_start_matches(['+', '-'])) && fraction.is_none_or(digits);
    match exponent {
        Some(exponent) => sound && digits(exponent.trim_start_matches(['+', '-'])),
        None => sound && fraction.is_some_and(|zeros| zeros.bytes().all(|b| b == b'0')),
    }
}

fn rounded(what: &str) -> String {
    format!(
        "a spreadsheet has rounded this {what} (such as 6.1255E+10), its last digits are lost: \
         format the column as text, and enter it again"
    )
}

fn expiry(body: &OrderBody, now: Now) -> Result<Timestamp, Refusal> {
    let refused = |field, reason: &str| Err(Refusal { field, reason: reason.to_owned() });
    let days = ORDER_TTL_MAX_S / 86_400;
    let (field, seconds) = match (body.ttl_seconds, &body.expires_at) {
        (Some(_), Some(_)) => {
            return refused("expires_at", "give ttl_seconds or expires_at, not both");
        }
        (Some(seconds), None) => ("ttl_seconds", seconds),
        (None, None) => ("ttl_seconds", ORDER_TTL_DEFAULT_S),
        (None, Some(text)) => {
            let Ok(at) = text.trim().parse::<Timestamp>() else {
                return refused("expires_at", "is no RFC 3339 time such as 2027-01-31T12:00:00Z");
            };
            // A clock that is behind must not refuse a time that is right.
            let seconds = at.as_second() - now.wall.as_second();
            if seconds > 0 && !now.trusted {
                return Ok(at);
            }
            if (1..=ORDER_TTL_MAX_S).contains(&seconds) {
                return Ok(at);
            }
            ("expires_at", seconds)
        }
    };
    if seconds <= 0 {
        return refused(field, "lies in the past: an order must expire later than now");
    }
    if seconds > ORDER_TTL_MAX_S {
        return refused(field, &format!("lies too far ahead: at most {days} days"));
    }
    let at = now.wall.checked_add(SignedDuration::from_secs(seconds));
    // Whole seconds: what is shown is what was stored.
    match at.map(|at| Timestamp::from_second(at.as_second())) {
        Ok(Ok(at)) => Ok(at),
        _ => refused(field, "lies too far ahead"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_rounded;

    #[test]
    fn what_spreadsheets_do_to_digits_is_known() {
        for text in ["6.1255E+10", "6,1255E+10", "6E10", "6.1e+10", "61255501234.0", "12345,00"] {
            assert!(is_rounded(text), "{text}");
        }
        for text in ["+61255501234", "02.5550.1234", "0255501234", "E10", "1.5", "", "12a45"] {
            assert!(!is_rounded(text), "{text}");
        }
    }
}
