//! Orders as rows of a file: CSV, a JSON array, or one JSON object per line.

use super::intake::{OrderBody, Refusal};
use super::problem::Problem;
use crate::order::Order;
use axum::http::StatusCode;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With a header line, separated by `,` or `;`.
    Csv,
    /// An array of objects.
    Json,
    /// An object per line.
    Ndjson,
}

/// Columns that a CSV file may have.
const COLUMNS: [&str; 5] = ["order", "courier", "customer", "ttl_seconds", "expires_at"];

/// Reads all rows; `row` is given each with its line (the element, in an array), from 1.
pub fn read(
    format: Format,
    text: &[u8],
    row: impl FnMut(u64, Result<OrderBody, Refusal>),
) -> Result<(), Problem> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    match format {
        Format::Csv => read_csv(text, row),
        Format::Json => read_json(text, row),
        Format::Ndjson => {
            read_ndjson(text, row);
            Ok(())
        }
    }
}

fn unreadable(detail: String, place: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable-file", "The file cannot be read")
        .detail(detail)
        .at(place)
        .mend("a CSV file begins with the line: order,courier,customer,ttl_seconds")
}

fn read_json(
    text: &[u8],
    mut row: impl FnMut(u64, Result<OrderBody, Refusal>),
) -> Result<(), Problem> {
    let values: Vec<serde_json::Value> = serde_json::from_slice(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        unreadable("the body is no JSON array".to_owned(), &place)
    })?;
    for (line, value) in (1..).zip(values) {
        row(line, serde_json::from_value(value).map_err(|error| bad_object(&error)));
    }
    Ok(())
}

fn read_ndjson(text: &[u8], mut row: impl FnMut(u64, Result<OrderBody, Refusal>)) {
    for (line, text) in (1..).zip(text.split(|&b| b == b'\n')) {
        if !text.trim_ascii().is_empty() {
            row(line, serde_json::from_slice(text).map_err(|error| bad_object(&error)));
        }
    }
}

fn bad_object(error: &serde_json::Error) -> Refusal {
    // serde's own words quote values, which may be telephone numbers.
    let words = error.to_string();
    let field = COLUMNS.iter().find(|column| words.contains(&format!("`{column}`")));
    let reason = if words.starts_with("missing field") || words.starts_with("unknown field") {
        words.split(" at line ").next().unwrap_or_default().to_owned()
    } else {
        "is no JSON object with the texts order, courier and customer".to_owned()
    };
    Refusal { field: field.copied().unwrap_or(""), reason }
}

fn read_csv(
    text: &[u8],
    mut row: impl FnMut(u64, Result<OrderBody, Refusal>),
) -> Result<(), Problem> {
    let first = text.split(|&b| b == b'\n').next().unwrap_or_default();
    let semicolons = first.contains(&b';') && !first.contains(&b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if semicolons { b';' } else { b',' })
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text);
    let header = reader.headers().map_err(|error| unreadable(csv_words(&error), "line 1"))?.clone();
    let columns = columns(&header)?;
    let mut lines = Lines { text, at: 0, line: 1 };
    for record in reader.records() {
        match record {
            Ok(record) => row(lines.of(record.position()), body(&record, &columns)),
            Err(error) => {
                let reason = csv_words(&error);
                row(lines.of(error.position()), Err(Refusal { field: "", reason }));
            }
        }
    }
    Ok(())
}

/// Counts lines. The reader's own count is one short where lines end in CR LF.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.and_then(|position| usize::try_from(position.byte()).ok());
        let start = start.unwrap_or(self.at).clamp(self.at, self.text.len());
        let blank = self.text[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let start = start + blank;
        let passed = self.text[self.at..start].iter().filter(|&&b| b == b'\n').count();
        self.at = start;
        self.line += passed as u64;
        self.line
    }
}

fn csv_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not written in UTF-8".to_owned(),
        _ => "is no CSV row".to_owned(),
    }
}

fn columns(header: &csv::StringRecord) -> Result<Vec<&'static str>, Problem> {
    let mut columns = Vec::new();
    for name in header {
        let known = COLUMNS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
        let Some(known) = known.filter(|known| !columns.contains(known)) else {
            let detail = "a column is unknown or there twice; columns are order, courier, \
                          customer and one of ttl_seconds and expires_at";
            return Err(unreadable(detail.to_owned(), "line 1"));
        };
        columns.push(known);
    }
    match COLUMNS[..3].iter().find(|needed| !columns.contains(needed)) {
        Some(needed) => Err(unreadable(format!("the column {needed} is missing"), "line 1")),
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
    })
}

/// Orders as CSV rows without a header. Numbers get an apostrophe in front: a cell that begins with
/// `+` would be a formula to a spreadsheet. Import takes it away again.
pub fn write_csv(orders: &[Order]) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for order in orders {
        let guarded = |number: &crate::number::PhoneNumber| format!("'{}", number.e164());
        writer.write_record([
            order.number.as_str(),
            &guarded(&order.courier),
            &guarded(&order.customer),
            &order.expires_at.to_string(),
        ])?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
