//! What commands print: a table for people, JSON for programs.

use super::progress::{Counted, Progress};
use anyhow::Result;
use serde_json::Value;
use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::Path;

/// Prints a list: as a JSON array, or as a table of these fields.
pub(super) fn list(items: &[Value], json: bool, fields: &[&str]) -> Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    if json {
        serde_json::to_writer_pretty(&mut out, items)?;
        writeln!(out)?;
        return Ok(out.flush()?);
    }
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| fields.iter().map(|field| cell(&item[*field])).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([fields[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..fields.len()).map(width).collect();
    let heads = fields.iter().map(|field| field.to_uppercase()).collect();
    for row in std::iter::once(&heads).chain(&rows) {
        let line: String =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}  ")).collect();
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(out.flush()?)
}

/// Prints one thing: as JSON, or a field per line.
pub(super) fn one(item: &Value, json: bool) -> Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    match item.as_object() {
        Some(fields) if !json => {
            let width = fields.keys().map(String::len).max().unwrap_or(0);
            for (name, value) in fields {
                writeln!(out, "{name:<width$}  {}", cell(value))?;
            }
        }
        _ => {
            serde_json::to_writer_pretty(&mut out, item)?;
            writeln!(out)?;
        }
    }
    Ok(out.flush()?)
}

/// Prints anything as JSON.
pub(super) fn json(what: &impl serde::Serialize) -> Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    serde_json::to_writer_pretty(&mut out, what)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Prints a line.
pub(super) fn line(text: &str) -> Result<()> {
    Ok(writeln!(stdout().lock(), "{text}")?)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Writes to a file, or to standard output where there is none (or `-`).
pub(super) fn to_file(
    file: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    match file.filter(|file| *file != Path::new("-")) {
        None => {
            let mut out = BufWriter::new(stdout().lock());
            write(&mut out)?;
            Ok(out.flush()?)
        }
        Some(file) => {
            let progress = Progress::new("writing", None);
            let inner = BufWriter::new(File::create(file)?);
            let mut out = Counted { inner, progress: progress.clone(), then: "" };
            let written = write(&mut out);
            progress.end();
            written?;
            Ok(out.inner.into_inner()?.sync_all()?)
        }
    }
}

/// Whether the reader of our output went away, as `head` does: no failure of ours.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
