//! The report for people.

use std::fmt::Arguments;
use std::io::Write;
use std::path::Path;

use crate::records::Records;

const NEXT: &str = "\
Next, try:
  # run it again: nothing is stored or delivered twice
  cargo run --example quickstart
  # start over, and print each event as one line of JSON
  cargo run --example quickstart -- --json --database target/json.db
  # start over, and see the events as Kafka records
  cargo run --example quickstart -- --kafka --database target/kafka.db
  # change the event and its rules
  $EDITOR examples/quickstart/events.rs";

/// A report of one run. It goes to standard output, or to standard error beside a stream of events.
pub struct Report {
    output: Box<dyn Write>,
    stored: u64,
    stored_earlier: u64,
    refused: u64,
}

impl Report {
    pub fn new(output: impl Write + 'static) -> Self {
        Self {
            output: Box::new(output),
            stored: 0,
            stored_earlier: 0,
            refused: 0,
        }
    }

    pub fn begin(&mut self, input: &Path) -> Result<(), String> {
        let input = match input.to_str() {
            Some("-") => "standard input".to_owned(),
            _ => short(input),
        };
        self.line(format_args!("Reading {input}\n"))
    }

    pub fn stored(&mut self) {
        self.stored += 1;
    }

    pub fn stored_earlier(&mut self) {
        self.stored_earlier += 1;
    }

    /// Writes the number of a refused line, and the reasons one below the other.
    pub fn refused(&mut self, number: u64, reasons: &[String]) -> Result<(), String> {
        self.refused += 1;
        let mut place = format!("line {number:<3}  ");
        for reason in reasons {
            // The reason can show text of the input, which must not steer the terminal.
            let reason = reason.replace(char::is_control, "\u{FFFD}");
            self.line(format_args!("{place}{reason}"))?;
            place = " ".repeat(place.len());
        }
        Ok(())
    }

    /// Writes how much was read.
    pub fn read(&mut self) -> Result<(), String> {
        let Self {
            stored,
            stored_earlier,
            refused,
            ..
        } = *self;
        if refused > 0 {
            self.line(format_args!(""))?;
        }
        let read = stored + stored_earlier + refused;
        let earlier = match stored_earlier {
            0 => String::new(),
            _ => format!(", {stored_earlier} stored by an earlier run"),
        };
        self.line(format_args!(
            "{read} read: {stored} stored with their events, {refused} refused{earlier}"
        ))
    }

    /// Writes how many events the relay has delivered.
    pub fn delivered(&mut self, count: u64) -> Result<(), String> {
        self.line(format_args!("{count} delivered"))
    }

    /// Writes how many events are not shown.
    pub fn more(&mut self, count: u64) -> Result<(), String> {
        match count.saturating_sub(Records::SHOWN) {
            0 => self.line(format_args!("")),
            more => self.line(format_args!("\n... and {more} more\n")),
        }
    }

    /// Writes where the result is, and what to try next.
    pub fn end(&mut self, database: &Path) -> Result<(), String> {
        let database = short(database);
        self.line(format_args!(
            "\nThe invitations are in {database}.\nThe delivered events are deleted from its outbox.\n\n{NEXT}"
        ))
    }

    fn line(&mut self, text: Arguments<'_>) -> Result<(), String> {
        writeln!(self.output, "{text}")
            .map_err(|error| format!("cannot write the report: {error}; run it again to continue"))
    }
}

/// Returns the path as it is seen from the current folder.
fn short(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}
