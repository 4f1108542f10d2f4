//! Orders as rows of a file that is read once, from its beginning to its end: CSV as spreadsheets write
//! it, a JSON array, or one JSON object per line.

use super::lines::{Lined, ROW_OCTETS};
use crate::http::intake::{OrderBody, Refusal};
use crate::http::problem::Problem;
use axum::http::StatusCode;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With a header line, separated by `,`, `;` or tabs.
    Csv,
    /// An array of objects.
    Json,
    /// An object per line.
    Ndjson,
}

/// Columns that a CSV file may have.
pub const COLUMNS: [&str; 6] =
    ["order", "courier", "customer", "ttl_seconds", "expires_at", "language"];
/// Octets that are read at once.
const BUFFER: usize = 64 * 1024;
/// What to do about another encoding.
const SAVE_AS: &str = "save the file as \"CSV UTF-8\"";

/// Who is given each row, with its line (the element, in an array) from 1.
pub trait See: FnMut(u64, Result<OrderBody, Refusal>) -> Result<(), Problem> {}
impl<T: FnMut(u64, Result<OrderBody, Refusal>) -> Result<(), Problem>> See for T {}

/// Reads all rows.
pub fn read(format: Format, from: impl Read, mut see: impl See) -> Result<(), Problem> {
    let mut from = BufReader::with_capacity(BUFFER, from);
    let begin = from.fill_buf().map_err(|error| cut_off(&error))?;
    let known = [(&b"\xef\xbb\xbf"[..], 3), (&b"\xff\xfe"[..], 0), (&b"\xfe\xff"[..], 0)];
    match known.into_iter().find(|(mark, _)| begin.starts_with(mark)) {
        None => {}
        Some((_, 0)) => {
            return Err(
                unreadable("it is written in UTF-16, which is not taken", "line 1").mend(SAVE_AS)
            );
        }
        Some((_, mark)) => from.consume(mark),
    }
    match format {
        Format::Csv => read_csv(from, &mut see),
        Format::Json => read_json(from, &mut see),
        Format::Ndjson => read_ndjson(from, &mut see),
    }
}

fn unreadable(detail: impl Into<String>, place: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable-file", "The file cannot be read")
        .detail(detail)
        .at(place)
        .mend("a CSV file begins with the line: order,courier,customer,ttl_seconds")
}

/// The rest of a file did not come. Where its body broke off, that is the better reason.
fn cut_off(error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::FileTooLarge {
        let detail = format!("a row has more than {ROW_OCTETS} octets; is a quote not closed?");
        return unreadable(detail, "body");
    }
    unreadable("it broke off", "body")
}

/// An error of serde without values, which may be telephone numbers.
fn bad_object(error: &serde_json::Error) -> Refusal {
    let words = error.to_string();
    let field = COLUMNS.iter().find(|column| words.contains(&format!("`{column}`")));
    let reason = if words.starts_with("missing field") || words.starts_with("unknown field") {
        words.split(" at line ").next().unwrap_or_default().to_owned()
    } else {
        "is no JSON object with the texts order, courier and customer".to_owned()
    };
    Refusal { field: field.copied().unwrap_or(""), reason }
}

fn read_json(from: impl BufRead, see: &mut impl See) -> Result<(), Problem> {
    /// An array whose elements are seen one by one and not kept.
    struct Elements<'s, S> {
        see: &'s mut S,
        stopped: &'s mut Option<Problem>,
        row: &'s Cell<u64>,
    }
    impl<'de, S: See> Visitor<'de> for Elements<'_, S> {
        type Value = ();
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an array of orders")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
            let mut line = 0;
            while let Some(value) = elements.next_element::<serde_json::Value>()? {
                line += 1;
                self.row.set(0);
                let row = serde_json::from_value(value).map_err(|error| bad_object(&error));
                if let Err(problem) = (self.see)(line, row) {
                    *self.stopped = Some(problem);
                    return Err(serde::de::Error::custom("stopped"));
                }
            }
            Ok(())
        }
    }
    let (mut stopped, row) = (None, Cell::new(0));
    let bounded = Bounded { from, row: &row };
    let mut from = serde_json::Deserializer::from_reader(BufReader::with_capacity(BUFFER, bounded));
    let elements = Elements { see, stopped: &mut stopped, row: &row };
    let read = from.deserialize_seq(elements).and_then(|()| from.end());
    match (stopped, read) {
        (Some(problem), _) => Err(problem),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) if error.is_io() => Err(cut_off(&error.into())),
        (None, Err(error)) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            Err(unreadable("the body is no JSON array", place))
        }
    }
}

/// Stops where one element of an array has no end.
struct Bounded<'c, R> {
    from: R,
    row: &'c Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.row.get() > ROW_OCTETS {
            let kind = std::io::ErrorKind::FileTooLarge;
            return Err(std::io::Error::new(kind, "an element is too long"));
        }
        let len = self.from.read(to)?;
        self.row.set(self.row.get() + len as u64);
        Ok(len)
    }
}

fn read_ndjson(mut from: impl BufRead, see: &mut impl See) -> Result<(), Problem> {
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let read = from.by_ref().take(ROW_OCTETS).read_until(b'\n', &mut text);
        let read = read.map_err(|error| cut_off(&error))?;
        if read == 0 {
            break;
        }
        if read as u64 == ROW_OCTETS {
            return Err(unreadable("a line has no end", format!("line {line}")));
        }
        if !text.trim_ascii().is_empty() {
            see(line, serde_json::from_slice(&text).map_err(|error| bad_object(&error)))?;
        }
    }
    Ok(())
}

/// How the columns are separated, and on which line the header is: by the first line, which may be the
/// `sep=;` of a spreadsheet.
fn separator(from: &mut impl BufRead) -> Result<(u8, u64), Problem> {
    let begin = from.fill_buf().map_err(|error| cut_off(&error))?;
    let end = begin.iter().position(|&b| b == b'\n').map_or(begin.len(), |at| at + 1);
    let first = &begin[..end];
    if let [b's', b'e', b'p', b'=', separator, b'\r' | b'\n', ..] = *first {
        from.consume(end);
        return Ok((separator, 2));
    }
    let count = |separator: u8| first.iter().filter(|&&b| b == separator).count();
    let most = [b',', b';', b'\t'].into_iter().rev().max_by_key(|separator| count(*separator));
    Ok((most.unwrap_or(b','), 1))
}

fn read_csv(mut from: impl BufRead, see: &mut impl See) -> Result<(), Problem> {
    let (separator, first_line) = separator(&mut from)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .buffer_capacity(BUFFER)
        .from_reader(Lined::new(from, first_line));
    let place = format!("line {first_line}");
    let header = reader.headers().map_err(|error| match error.kind() {
        csv::ErrorKind::Io(error) => cut_off(error),
        _ => unreadable(format!("its first line {}", csv_words(&error)), &place),
    })?;
    let columns = columns(&header.clone(), &place)?;
    let mut record = csv::StringRecord::new();
    loop {
        let begin = reader.position().byte();
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let begin = record.position().map_or(begin, csv::Position::byte);
                let line = reader.get_mut().line_at(begin);
                see(line, body(&record, &columns))?;
            }
            Err(error) => {
                if let csv::ErrorKind::Io(error) = error.kind() {
                    return Err(cut_off(error));
                }
                let line = reader.get_mut().line_at(begin);
                see(line, Err(Refusal { field: "", reason: csv_words(&error) }))?;
            }
        }
    }
}

fn csv_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => format!("is not written in UTF-8: {SAVE_AS}"),
        _ => "is no CSV row".to_owned(),
    }
}

fn columns(header: &csv::StringRecord, place: &str) -> Result<Vec<&'static str>, Problem> {
    let mut columns = Vec::new();
    for name in header {
        let known = COLUMNS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
        let Some(known) = known.filter(|known| !columns.contains(known)) else {
            let detail = "a column is unknown or there twice; columns are order, courier, \
                          customer, one of ttl_seconds and expires_at, and language";
            return Err(unreadable(detail, place));
        };
        columns.push(known);
    }
    match COLUMNS[..3].iter().find(|needed| !columns.contains(needed)) {
        Some(needed) => Err(unreadable(format!("the column {needed} is missing"), place)),
        None => Ok(columns),
    }
}

fn body(record: &csv::StringRecord, columns: &[&'static str]) -> Result<OrderBody, Refusal> {
    if record.len() != columns.len() {
        let reason = format!("has {} columns, the header {}", record.len(), columns.len());
        return Err(Refusal { field: "", reason });
    }
    let cell = |name: &str| {
        let at = columns.iter().position(|column| *column == name)?;
        record.get(at).filter(|cell| !cell.is_empty()).map(str::to_owned)
    };
    let ttl_seconds = match cell("ttl_seconds").map(|cell| cell.parse()) {
        None => None,
        Some(Ok(seconds)) => Some(seconds),
        Some(Err(_)) => {
            let reason = "is no whole number of seconds".to_owned();
            return Err(Refusal { field: "ttl_seconds", reason });
        }
    };
    Ok(OrderBody {
        order: cell("order"),
        courier: cell("courier").unwrap_or_default(),
        customer: cell("customer").unwrap_or_default(),
        ttl_seconds,
        expires_at: cell("expires_at"),
        language: cell("language"),
    })
}
