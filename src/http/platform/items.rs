//! What each call does to the order book.

use super::params::Params;
use super::{Refused, code};
use crate::http::auth::Caller;
use crate::http::intake::{self, OrderBody};
use crate::http::{Api, audit};
use crate::order::{Order, OrderNumber};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// Characters of a key at most.
const KEY_CHARS: usize = 200;
/// Characters of a value at most.
const VALUE_CHARS: usize = 2000;
/// Items in an answer, unless the call says otherwise.
const COUNT: i64 = 10;
/// Items in an answer at most.
const COUNT_MAX: i64 = 50;
/// Rows of the book that are looked at in one go.
const PAGE: usize = 1000;

/// What every call here answers.
type Answer = Result<Value, Refused>;

/// Runs a command.
pub fn run(api: &Api, caller: &Caller, command: &str, params: &Params) -> Answer {
    match command {
        "SetKeyValueItem" => set(api, caller, params),
        "GetKeyValueItem" => get(api, params),
        "GetKeyValueItems" => {
            let pattern = params.text("key")?;
            list(api, params, Some(pattern), item)
        }
        "GetKeyValueKeys" => list(
            api,
            params,
            params.get("key"),
            |order| json!({ "key": order.number, "expires_at": order.expires_at.as_second() }),
        ),
        "DelKeyValueItem" => delete(api, caller, params),
        _ => {
            let msg = "Unknown command: this box has SetKeyValueItem, GetKeyValueItem, \
                       GetKeyValueItems, GetKeyValueKeys and DelKeyValueItem";
            Err(Refused::new(StatusCode::OK, code::UNKNOWN_COMMAND, msg))
        }
    }
}

fn set(api: &Api, caller: &Caller, params: &Params) -> Answer {
    let number = order_number(params)?;
    let value = pair(params.text("value")?)?;
    let (ttl, expires_at) = (params.number("ttl")?, params.number("expires_at")?);
    let expires_at = expires_at.map(Timestamp::from_second).transpose();
    let expires_at =
        expires_at.map_err(|_| Refused::parameter("expires_at", "it is no Unix time"))?;
    let at_once = ttl == Some(0) && expires_at.is_none();
    let body = OrderBody {
        order: None,
        courier: value.courier.0,
        customer: value.client.0,
        ttl_seconds: if at_once { Some(1) } else { ttl },
        expires_at: expires_at.map(|at| at.to_string()),
        language: None,
    };
    let now = api.now();
    let order = intake::order(&body, number.as_str(), &api.config, now);
    let mut order = order.map_err(|refusal| match refusal.field {
        "ttl_seconds" => Refused::parameter("ttl", refusal.reason),
        "courier" => Refused::parameter("value", format!("courier: {}", refusal.reason)),
        "customer" => Refused::parameter("value", format!("client: {}", refusal.reason)),
        other => Refused::parameter(other, refusal.reason),
    })?;
    let noted = api.audited(caller, "order.put", number.as_str(), &audit::detail(&order));
    let done = if at_once {
        // What is gone at once takes the place of what was there.
        order.expires_at = now.wall;
        noted.store.delete_order(&number).map(drop)
    } else {
        noted.store.put_order(&order).map(drop)
    };
    done.map_err(|error| Refused::of_store(&error))?;
    log::debug!("order {number} was set by {}", caller.name);
    Ok(json!({ "result": item(&order) }))
}

fn get(api: &Api, params: &Params) -> Answer {
    let number = order_number(params)?;
    match api.store.order(&number, api.now()).map_err(|error| Refused::of_store(&error))? {
        Some(order) => Ok(json!({ "result": item(&order) })),
        None => {
            let msg = "The key is not found: it was never set, was deleted, or has expired";
            Err(Refused::new(StatusCode::OK, code::NO_SUCH_KEY, msg))
        }
    }
}

fn delete(api: &Api, caller: &Caller, params: &Params) -> Answer {
    let number = order_number(params)?;
    let noted = api.audited(caller, "order.delete", number.as_str(), "");
    let gone = noted.store.delete_order(&number).map_err(|error| Refused::of_store(&error))?;
    log::debug!("order {number} was deleted by {}", caller.name);
    Ok(json!({ "result": u8::from(gone) }))
}

/// The orders whose number begins as a pattern says.
fn list(
    api: &Api,
    params: &Params,
    pattern: Option<&str>,
    shown: impl Fn(&Order) -> Value,
) -> Answer {
    let count = params.number("count")?.unwrap_or(COUNT);
    if !(1..=COUNT_MAX).contains(&count) {
        return Err(Refused::parameter("count", format!("it is not 1 to {COUNT_MAX}")));
    }
    let offset = params.number("offset")?.unwrap_or(0);
    let offset = usize::try_from(offset)
        .map_err(|_| Refused::parameter("offset", "it is less than nothing"))?;
    let mut left = usize::try_from(count).unwrap_or(0);
    let mut skip = offset;
    let pattern = pattern.unwrap_or_default();
    key_fits(pattern.strip_suffix('*').unwrap_or(pattern))?;
    let prefix = pattern.strip_suffix('*').unwrap_or(pattern);
    let mut items = Vec::new();
    let first = match OrderNumber::new(prefix) {
        Ok(number) => Some(number),
        Err(_) if prefix.is_empty() => None,
        // No order number begins like this.
        Err(_) => return Ok(json!({ "result": items })),
    };
    let now = api.now();
    let failed = |error: &_| Refused::of_store(error);
    let mut take = |order: &Order| {
        if skip > 0 {
            skip -= 1;
        } else if left > 0 {
            left -= 1;
            items.push(shown(order));
        }
        left > 0
    };
    let mut after = first;
    if let Some(number) = &after
        && let Some(order) = api.store.order(number, now).map_err(|error| failed(&error))?
    {
        take(&order);
    }
    'pages: loop {
        let page = api.store.orders(after.as_ref(), PAGE, now).map_err(|error| failed(&error))?;
        for order in &page {
            if !order.number.as_str().starts_with(prefix) || !take(order) {
                break 'pages;
            }
        }
        let Some(last) = page.last() else { break };
        after = Some(last.number.clone());
    }
    Ok(json!({ "result": items }))
}

/// An order as an item. Its value is written as the platform's scripts write it: international digits
/// without `+`, and the separators of Python's `json.dumps`.
fn item(order: &Order) -> Value {
    let digits = |number: &crate::number::PhoneNumber| number.e164().replacen('+', "", 1);
    let (courier, client) = (digits(&order.courier), digits(&order.customer));
    let value = format!(r#"{{"courier": "{courier}", "client": "{client}"}}"#);
    let expires_at = order.expires_at.as_second();
    json!({ "key": order.number, "value": value, "expires_at": expires_at })
}

fn key_fits(key: &str) -> Result<(), Refused> {
    let fits = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё')
            || "_-:;.#+".contains(c)
    };
    if key.chars().count() > KEY_CHARS {
        return Err(Refused::parameter("key", format!("it has more than {KEY_CHARS} characters")));
    }
    if !key.chars().all(fits) {
        return Err(Refused::parameter("key", "it may hold letters, digits and _-:;.#+ only"));
    }
    Ok(())
}

fn order_number(params: &Params) -> Result<OrderNumber, Refused> {
    let key = params.text("key")?;
    key_fits(key)?;
    OrderNumber::new(key).map_err(|error| {
        let why = format!("{error}: this box keeps orders, a key is an order number");
        Refused::parameter("key", why)
    })
}

/// The two telephones of an order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    courier: Digits,
    client: Digits,
}

/// A telephone as a text, or as the number that a script made of it.
struct Digits(String);

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Digits, D::Error> {
        match Value::deserialize(from)? {
            Value::String(text) => Ok(Digits(text)),
            Value::Number(number) if number.is_u64() => Ok(Digits(number.to_string())),
            _ => Err(serde::de::Error::custom("no telephone number")),
        }
    }
}

fn pair(value: &str) -> Result<Pair, Refused> {
    if value.chars().count() > VALUE_CHARS {
        let why = format!("it has more than {VALUE_CHARS} characters");
        return Err(Refused::parameter("value", why));
    }
    serde_json::from_str(value).map_err(|_| {
        let why = "it must be {\"courier\": \"NUMBER\", \"client\": \"NUMBER\"}: this box keeps \
                   orders, a value is the two telephone numbers of one";
        Refused::parameter("value", why)
    })
}
