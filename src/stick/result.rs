//! `orders*-result.csv`: what became of a file of orders, for staff to read in a spreadsheet, and for
//! the box to see that it knows the file.

use jiff::Timestamp;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its orders are stored.
    Imported,
    /// Somebody did not want them.
    Refused,
    /// Somebody has yet to confirm them.
    Waiting,
    /// It could not be read or taken.
    Failed,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Imported => "imported",
            Outcome::Refused => "refused",
            Outcome::Waiting => "waiting for confirmation",
            Outcome::Failed => "failed",
        }
    }

    /// Whether the same file need not be looked at again.
    fn is_final(word: &str) -> bool {
        [Outcome::Imported, Outcome::Refused].iter().any(|outcome| outcome.word() == word)
    }
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file.
    pub line: u64,
    /// Which column.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// What is written next to a file of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    /// The name of the file of orders.
    pub file: String,
    /// SHA-256 of it; empty where it was not read.
    pub sha256: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// Why, or by whom.
    pub detail: String,
    /// Figures by name.
    pub counts: Vec<(&'static str, u64)>,
    /// Rows that were not taken.
    pub rows: Vec<Row>,
}

impl ResultFile {
    /// What became of the file, in a word or two.
    pub fn outcome_word(&self) -> &'static str {
        self.outcome.word()
    }

    /// As octets.
    pub fn csv(&self) -> Vec<u8> {
        let mut rows: Vec<[String; 3]> = Vec::new();
        let mut row =
            |what: &str, value: &str| rows.push([what.into(), value.into(), String::new()]);
        row("what", "value");
        row("file", &self.file);
        row("result", self.outcome.word());
        row("detail", &self.detail);
        row("time", &self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        for (name, count) in &self.counts {
            row(name, &count.to_string());
        }
        row("sha256", &self.sha256);
        rows[0][2] = "reason".to_owned();
        for Row { line, column, reason } in &self.rows {
            rows.push([format!("line {line}"), column.clone(), reason.clone()]);
        }
        let mut csv =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
        for row in rows {
            csv.write_record(row.map(|cell| guarded(&cell))).expect("a vector takes everything");
        }
        csv.into_inner().expect("a vector takes everything")
    }

    /// Whether this text is the final result of a file with this digest.
    pub fn settles(text: &str, sha256: &str) -> bool {
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let (mut same, mut is_final) = (false, false);
        for row in csv.records() {
            let Ok(row) = row else { return false };
            match (row.get(0), row.get(1)) {
                (Some("result"), Some(word)) => is_final = Outcome::is_final(word),
                (Some("sha256"), Some(digest)) => same = digest == sha256,
                _ => {}
            }
        }
        same && is_final
    }
}

/// A cell that no spreadsheet takes for a formula.
fn guarded(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

/// The name of a file's result: `orders-result.csv` for `orders.csv`.
pub fn result_name(file: &str) -> String {
    let stem = file.len().checked_sub(4).and_then(|end| file.get(..end)).unwrap_or(file);
    format!("{stem}-result.csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_result_settles_the_same_file_and_no_other() {
        let mut result = ResultFile {
            file: "orders.csv".to_owned(),
            sha256: "abc".to_owned(),
            outcome: Outcome::Imported,
            at: Timestamp::UNIX_EPOCH,
            detail: "=by, \"somebody\"".to_owned(),
            counts: vec![("added", 2)],
            rows: vec![Row { line: 3, column: "order".into(), reason: "no, digits".into() }],
        };
        let text = String::from_utf8(result.csv()).unwrap();
        assert!(text.starts_with("what,value,reason\r\nfile,orders.csv,\r\n"), "{text}");
        assert!(
            text.contains("line 3,order,\"no, digits\"") && text.contains("\"'=by, "),
            "{text}"
        );
        assert!(ResultFile::settles(&text, "abc"));
        assert!(!ResultFile::settles(&text, "abd") && !ResultFile::settles("", "abc"));
        for outcome in [Outcome::Waiting, Outcome::Failed] {
            result.outcome = outcome;
            assert!(!ResultFile::settles(&String::from_utf8(result.csv()).unwrap(), "abc"));
        }
        assert_eq!(result_name("ORDERS Monday.CSV"), "ORDERS Monday-result.csv");
    }
}
