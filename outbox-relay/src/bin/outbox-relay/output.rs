//! Standard output, for what was asked.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line. A reader that is gone or a full disk is an error like any other.
pub(crate) fn line(text: impl Display) -> Result<(), String> {
    let written = writeln!(io::stdout(), "{text}");
    written.map_err(|error| {
        format!("standard output cannot be written: {error}; make room, or let somebody read it")
    })
}
