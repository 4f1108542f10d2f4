//! Progress bars: on standard error, and on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{Read, Result, Write};
use std::time::Duration;

const BAR: &str = "{msg} [{bar:30}] {bytes} of {total_bytes}, {eta} left";
const SPINNER: &str = "{spinner} {msg} {bytes}";
/// Between two turns of a spinner.
const TURN: Duration = Duration::from_millis(120);

/// How much of something is done.
#[derive(Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of so many octets, if that is known.
    pub(super) fn new(what: &'static str, octets: Option<u64>) -> Progress {
        let bar = octets.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let style = ProgressStyle::with_template(if octets.is_some() { BAR } else { SPINNER });
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        bar.enable_steady_tick(TURN);
        Progress(bar)
    }

    /// Of so many things, counted by [`Progress::step`].
    pub(super) fn of_things(what: &'static str, things: u64) -> Progress {
        let bar = ProgressBar::new(things);
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos} of {len}");
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        Progress(bar)
    }

    /// One more is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }

    /// The next thing, of which nobody knows how long it takes.
    fn turn_to(&self, what: &'static str) {
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            self.0.set_style(style);
        }
        self.0.set_message(what);
    }

    /// Takes it off the terminal.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// Counts what is read.
pub(super) struct Counted<T> {
    pub(super) inner: T,
    pub(super) progress: Progress,
    /// What is done after the last octet.
    pub(super) then: &'static str,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let len = self.inner.read(to)?;
        self.progress.0.inc(len as u64);
        if len == 0 {
            self.progress.turn_to(self.then);
        }
        Ok(len)
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, octets: &[u8]) -> Result<usize> {
        let len = self.inner.write(octets)?;
        self.progress.0.inc(len as u64);
        Ok(len)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}
