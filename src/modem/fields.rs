//! The comma-separated fields of an information line: `+CLIP: "0255501234",129,,,"",0`.

/// The fields after the colon. Quotes are taken off; a comma in quotes is text; a field that is not
/// there reads like an empty one, and more fields than known do no harm.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    fields: heapless::Vec<Field<'a>, 12>,
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Field<'a> {
    /// Its text, without quotes.
    pub text: &'a str,
    /// It came in quotes.
    pub quoted: bool,
}

impl<'a> Fields<'a> {
    /// Splits what comes after the first colon of a line.
    pub fn of(line: &'a str) -> Fields<'a> {
        let mut rest = line.split_once(':').map_or("", |(_, rest)| rest).trim();
        let mut fields = heapless::Vec::new();
        while !rest.is_empty() {
            let (field, after) = if let Some(inner) = rest.strip_prefix('"') {
                let (text, after) = inner.split_once('"').unwrap_or((inner, ""));
                (Field { text, quoted: true }, after.trim_start())
            } else {
                let at = rest.find(',').unwrap_or(rest.len());
                (Field { text: rest[..at].trim(), quoted: false }, &rest[at..])
            };
            if fields.push(field).is_err() {
                break;
            }
            rest = after.split_once(',').map_or("", |(_, next)| next).trim_start();
        }
        Fields { fields }
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field; an empty one where there is none.
    pub fn get(&self, at: usize) -> Field<'a> {
        self.fields.get(at).copied().unwrap_or_default()
    }

    /// A field's text.
    pub fn text(&self, at: usize) -> &'a str {
        self.get(at).text
    }

    /// A field as a number.
    pub fn number<N: core::str::FromStr>(&self, at: usize) -> Option<N> {
        self.text(at).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn fields_are_split_as_modems_print_them() {
        let clip = Fields::of("+CLIP: \"0255501234\",128,,,\"a, b\",0");
        assert_eq!((clip.text(0), clip.number(1)), ("0255501234", Some(128u8)));
        assert_eq!((clip.text(2), clip.text(4), clip.len()), ("", "a, b", 6));
        assert_eq!(Fields::of("+CLCC:1,1,0,0,0,\"\"").len(), 6);
        assert_eq!(Fields::of("+RXDTMF: #").text(0), "#");
        assert_eq!(Fields::of("RING").len(), 0);
        assert_eq!(Fields::of("+CLIP: \"unterminated").text(0), "unterminated");
    }
}
