//! The input: one invitation on each line, as JSON.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::events::InviteCreated;
use outbox_core::{Envelope, Violation};

/// Opens the file, or standard input for `-`.
pub fn open(input: &Path) -> Result<Box<dyn BufRead>, String> {
    if input.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    match File::open(input) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(error) => Err(format!(
            "cannot read `{}`: {error}; name a file with one invitation on each line, or `-` for standard input",
            input.display()
        )),
    }
}

/// Reads a line as a validated event with its id and its time, or returns all reasons why the line is refused.
pub fn read(line: &[u8]) -> Result<Envelope<InviteCreated>, Vec<String>> {
    let invite: InviteCreated =
        serde_json::from_slice(line).map_err(|error| vec![reason(&error)])?;
    Envelope::new(invite).map_err(|errors| {
        errors
            .violations()
            .iter()
            .map(Violation::to_string)
            .collect()
    })
}

/// Returns the error without its line number, which is 1 for every line.
fn reason(error: &serde_json::Error) -> String {
    let (text, column) = (error.to_string(), error.column());
    let place = format!(" at line {} column {column}", error.line());
    match text.strip_suffix(&place) {
        Some(reason) => format!("not an invitation: {reason} at column {column}"),
        None => format!("not an invitation: {text}"),
    }
}
