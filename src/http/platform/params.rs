//! Parameters of a call: from the query, and from the body as a form. The body says it last.

use super::Refused;
use std::collections::HashMap;

/// Parameters at most.
const PARAMS: usize = 64;

/// The parameters by name.
#[derive(Debug, Default)]
pub struct Params(HashMap<String, String>);

impl Params {
    /// Adds those of a query, or of a form.
    pub fn add(&mut self, encoded: &[u8]) -> Result<(), Refused> {
        for (name, value) in form_urlencoded::parse(encoded) {
            self.0.insert(name.into_owned(), value.into_owned());
            if self.0.len() > PARAMS {
                return Err(Refused::parameter("cmd", format!("more than {PARAMS} parameters")));
            }
        }
        Ok(())
    }

    /// A parameter that may be missing; an empty one is.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    pub fn text(&self, name: &str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| Refused::parameter(name, "it is missing"))
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Refused> {
        let read = |text: &str| text.trim().parse();
        let number = self.get(name).map(read).transpose();
        number.map_err(|_| Refused::parameter(name, "it is no whole number"))
    }
}
