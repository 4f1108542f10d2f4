//! Telephone numbers: reading them in any shape a modem, a person or a shop system writes them,
//! comparing them as E.164, and deciding which of them may be dialled.

use crate::limits::NUMBER_DIGITS;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};
use std::fmt;

/// A telephone number in E.164: `+` and up to 15 digits.
///
/// It is personal data: `Debug` and `Display` do not show it. Say [`PhoneNumber::e164`] where it is
/// really meant to be seen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(heapless::String<16>);

/// Why a text is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Letters, or no digits at all.
    #[error("this is no telephone number")]
    NotANumber,
    /// Too short or too long for its country.
    #[error("no telephone number of its country has this length")]
    NotPossible,
    /// A spreadsheet turned it into a floating-point number.
    #[error("a spreadsheet has rounded this number (6.1255E+10): format the column as text")]
    Rounded,
}

/// How a number that a modem prints is to be read: the type octet of `+CLIP` and `+CLCC`
/// (3GPP 24.008 section 10.5.4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeOfNumber {
    /// 145: international.
    International,
    /// 129, 161: national.
    National,
    /// 128 and anything else: either.
    Unknown,
}

impl From<u8> for TypeOfNumber {
    fn from(octet: u8) -> Self {
        match octet {
            145 => TypeOfNumber::International,
            129 | 161 => TypeOfNumber::National,
            _ => TypeOfNumber::Unknown,
        }
    }
}

/// An ISO 3166-1 country that has a numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(Region);

impl Country {
    /// Reads a two-letter code.
    pub fn new(code: &str) -> Option<Country> {
        code.to_ascii_uppercase().parse::<Region>().ok().map(Country)
    }
}

impl PhoneNumber {
    /// Reads a number as people and systems write it: `+61 2 5550 1234`, `0061255501234`,
    /// `(02) 5550-1234` and `61255501234` are one number on an Australian site.
    pub fn read(text: &str, site: Country) -> Result<PhoneNumber, NumberError> {
        Self::read_as(text, TypeOfNumber::Unknown, site)
    }

    /// Reads a number that came with its type.
    pub fn read_as(
        text: &str,
        ton: TypeOfNumber,
        site: Country,
    ) -> Result<PhoneNumber, NumberError> {
        let text = text.trim();
        if text.contains(['E', 'e']) && text.contains('.') {
            return Err(NumberError::Rounded);
        }
        let plus = text.starts_with('+');
        let mut digits = heapless::String::<NUMBER_DIGITS>::new();
        for c in text.chars().skip(usize::from(plus)) {
            match c {
                '0'..='9' => digits.push(c).map_err(|_| NumberError::NotPossible)?,
                ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' => {}
                _ => return Err(NumberError::NotANumber),
            }
        }
        if digits.is_empty() {
            return Err(NumberError::NotANumber);
        }
        let international = |digits: &str| parse(&format!("+{digits}"), site);
        if plus {
            return international(&digits).map(|(number, _)| number);
        }
        if let Some(rest) = digits.strip_prefix("00")
            && let Ok((number, _)) = international(rest)
        {
            return Ok(number);
        }
        let readings = match ton {
            TypeOfNumber::International => [international(&digits), parse(&digits, site)],
            _ => [parse(&digits, site), international(&digits)],
        };
        let assigned = readings.iter().flatten().find(|(_, assigned)| *assigned);
        if let Some((number, _)) = assigned {
            return Ok(number.clone());
        }
        readings.into_iter().flatten().next().map(|(n, _)| n).ok_or(NumberError::NotPossible)
    }

    /// A number that is E.164 already, as the store keeps it.
    pub fn from_e164(text: &str) -> Option<PhoneNumber> {
        let digits = text.strip_prefix('+')?;
        let fits = (4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !fits {
            return None;
        }
        heapless::String::try_from(text).ok().map(PhoneNumber)
    }

    /// The number in E.164, for the modem, the store and whoever may see it.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The same last eight digits, yet another number: a typing error, or a wrong country code.
    pub fn is_near_miss_of(&self, other: &PhoneNumber) -> bool {
        let tail = |n: &PhoneNumber| n.0.len().checked_sub(8).map(|at| n.0[at..].to_owned());
        self != other && tail(self).is_some() && tail(self) == tail(other)
    }
}

/// Reads one way of writing a number; the bool says whether the range is assigned.
fn parse(text: &str, site: Country) -> Result<(PhoneNumber, bool), NumberError> {
    let util = &*PHONE_NUMBER_UTIL;
    let number = util.parse(text, Some(site.0)).map_err(|_| NumberError::NotANumber)?;
    if !util.is_possible_number(&number) {
        return Err(NumberError::NotPossible);
    }
    let e164 = util.format(&number, PhoneNumberFormat::E164);
    let e164 = PhoneNumber::from_e164(&e164).ok_or(NumberError::NotPossible)?;
    Ok((e164, util.is_valid_number(&number)))
}

fn is_costly(kind: PhoneNumberType) -> bool {
    matches!(kind, PhoneNumberType::PremiumRate | PhoneNumberType::SharedCost)
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(hidden)")
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Who is calling, as far as the network says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerId {
    /// A number that could be read.
    Number(PhoneNumber),
    /// Withheld, unavailable, unreadable, or no caller id at all: matches nobody.
    Withheld,
}

/// A number that may follow `ATD`: the dialling guard of call-flow. [`Dialable::new`] is the only way
/// to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialable(PhoneNumber);

/// Why a number may not be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDialable {
    /// It is a number of a country that the site does not call.
    #[error("numbers of this country are not on the site's list (dialling.countries)")]
    Country,
    /// Premium, shared-cost, or another kind that costs extra.
    #[error("premium and shared-cost numbers are never dialled")]
    Kind,
    /// No telephone has a number like this.
    #[error("no telephone number of its country has this length")]
    NotPossible,
}

impl Dialable {
    /// Lets a number through if it may be dialled from a site that calls these countries.
    ///
    /// Ranges that are not assigned yet are let through (numbering plans change); a range that is
    /// known to be another country's, premium or shared-cost is not. Short, emergency and satellite
    /// numbers and service codes have no E.164 form of these countries, so they never get here.
    pub fn new(number: &PhoneNumber, countries: &[Country]) -> Result<Dialable, NotDialable> {
        let util = &*PHONE_NUMBER_UTIL;
        let parsed = util.parse(number.e164(), None).map_err(|_| NotDialable::NotPossible)?;
        if !util.is_possible_number(&parsed) {
            return Err(NotDialable::NotPossible);
        }
        let listed = match util.get_region_for_number(&parsed) {
            Some(region) => countries.contains(&Country(region)),
            None => countries
                .iter()
                .any(|c| util.get_country_code_for_region(c.0) == Some(parsed.country_code)),
        };
        if !listed {
            return Err(NotDialable::Country);
        }
        // Networks ignore digits after a complete number, so a costly one must not hide in front.
        let costly = (0..3).any(|extra| {
            let mut shorter = parsed.clone();
            shorter.national_number /= 10_u64.pow(extra);
            is_costly(util.get_number_type(&shorter))
        });
        if costly {
            return Err(NotDialable::Kind);
        }
        Ok(Dialable(number.clone()))
    }

    /// The number.
    pub fn number(&self) -> &PhoneNumber {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Country {
        Country::new(code).unwrap()
    }

    fn read(text: &str, site: &str) -> Result<String, NumberError> {
        PhoneNumber::read(text, country(site)).map(|n| n.e164().to_owned())
    }

    #[test]
    fn caller_identity_the_four_shapes_are_one_number() {
        for text in
            ["+61 2 5550 1234", "0061255501234", "0255501234", "61255501234", "(02) 5550-1234"]
        {
            assert_eq!(read(text, "AU").as_deref(), Ok("+61255501234"), "{text}");
        }
        assert_eq!(read("0011 61 2 5550 1234", "AU").as_deref(), Ok("+61255501234"));
        assert_eq!(read("07700 900123", "GB").as_deref(), Ok("+447700900123"));
        assert_eq!(read("447700900123", "GB").as_deref(), Ok("+447700900123"));
        assert_eq!(read("2025550123", "US").as_deref(), Ok("+12025550123"));
        assert_eq!(read("+44 7700 900123", "AU").as_deref(), Ok("+447700900123"));
    }

    #[test]
    fn the_tutorials_own_number_stores_on_a_us_site() {
        assert_eq!(read("12222222222", "US").as_deref(), Ok("+12222222222"));
        let number = PhoneNumber::read("12222222222", country("US")).unwrap();
        assert!(Dialable::new(&number, &[country("US")]).is_ok());
        assert_eq!(Dialable::new(&number, &[country("AU")]), Err(NotDialable::Country));
    }

    #[test]
    fn the_type_octet_says_how_digits_without_a_plus_are_read() {
        let read = |text, octet: u8| PhoneNumber::read_as(text, octet.into(), country("AU"));
        assert_eq!(read("61255501234", 145).unwrap().e164(), "+61255501234");
        assert_eq!(read("0255501234", 129).unwrap().e164(), "+61255501234");
        assert_eq!(read("255501234", 161).unwrap().e164(), "+61255501234");
        assert_eq!(read("447700900123", 145).unwrap().e164(), "+447700900123");
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        assert_eq!(read("", "AU"), Err(NumberError::NotANumber));
        assert_eq!(read("*21*0255501234#", "AU"), Err(NumberError::NotANumber));
        assert_eq!(read("courier", "AU"), Err(NumberError::NotANumber));
        assert_eq!(read("6.1255E+10", "AU"), Err(NumberError::Rounded));
        assert_eq!(read("000", "AU"), Err(NumberError::NotPossible));
        assert_eq!(read("+6125550123456789", "AU"), Err(NumberError::NotPossible));
    }

    #[test]
    fn the_dialling_guard_refuses_other_countries_and_costly_kinds() {
        let guard = |text: &str, list: &[&str]| {
            let list: Vec<_> = list.iter().map(|c| country(c)).collect();
            Dialable::new(&PhoneNumber::read(text, country("AU")).unwrap(), &list).map(|_| ())
        };
        assert_eq!(guard("+61255501234", &["AU"]), Ok(()));
        assert_eq!(guard("+447700900123", &["AU"]), Err(NotDialable::Country));
        assert_eq!(guard("+447700900123", &["AU", "GB"]), Ok(()));
        assert_eq!(guard("+611900555012", &["AU"]), Err(NotDialable::Kind));
        assert_eq!(guard("+18765550123", &["US"]), Err(NotDialable::Country));
        assert_eq!(guard("+12025550123", &["US"]), Ok(()));
    }

    #[test]
    fn a_near_miss_agrees_in_its_last_eight_digits_only() {
        let n = |text| PhoneNumber::from_e164(text).unwrap();
        assert!(n("+61255501234").is_near_miss_of(&n("+61355501234")));
        assert!(!n("+61255501234").is_near_miss_of(&n("+61255501234")));
        assert!(!n("+61255501234").is_near_miss_of(&n("+61255501235")));
    }

    #[test]
    fn a_number_never_shows_itself() {
        let n = PhoneNumber::from_e164("+61255501234").unwrap();
        assert!(!format!("{n} {n:?}").contains("555"));
    }
}
