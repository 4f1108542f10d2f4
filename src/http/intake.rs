//! What an order must be before it is stored: the dialling guard's first half, and its expiry.

use crate::clock::Now;
use crate::config::Config;
use crate::limits::{ORDER_TTL_DEFAULT_S, ORDER_TTL_MAX_S};
use crate::number::{Dialable, PhoneNumber};
use crate::order::{Order, OrderNumber};
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
}

/// An order as the API shows it.
#[derive(Debug, Serialize)]
pub struct OrderShown {
    /// The order number.
    pub order: OrderNumber,
    courier: String,
    customer: String,
    expires_at: Timestamp,
}

impl From<&Order> for OrderShown {
    fn from(order: &Order) -> OrderShown {
        OrderShown {
            order: order.number.clone(),
            courier: order.courier.e164().to_owned(),
            customer: order.customer.e164().to_owned(),
            expires_at: order.expires_at,
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
    let refusal = |field| move |reason: String| Refusal { field, reason };
    let number =
        OrderNumber::new(number.trim()).map_err(|error| refusal("order")(error.to_string()))?;
    let courier = phone(&body.courier, site).map_err(refusal("courier"))?;
    let customer = phone(&body.customer, site).map_err(refusal("customer"))?;
    let expires_at = expiry(body, now)?;
    Ok(Order { number, courier, customer, expires_at })
}

fn phone(text: &str, site: &Config) -> Result<PhoneNumber, String> {
    // Our own export puts an apostrophe before a `+`, lest a spreadsheet take it for a formula.
    let text = text.trim();
    let text = text.strip_prefix('\'').unwrap_or(text);
    let number = PhoneNumber::read(text, site.site.country).map_err(|error| error.to_string())?;
    Dialable::new(&number, &site.dialling.countries).map_err(|error| error.to_string())?;
    Ok(number)
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
