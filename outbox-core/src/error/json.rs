use std::fmt;
use std::str::Utf8Error;

use crate::excerpt::both_ends;

/// The error of a JSON text. `Display` names the text, the reason and the position, and shows at most 80
/// characters of foreign text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    text_name: &'static str,
    reason: String,
    line: usize,
    column: usize,
}

impl JsonError {
    /// Makes the error; `text_name` is the JSON that was read or written, such as `the payload`.
    pub(crate) fn new(text_name: &'static str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let position = format!(" at line {line} column {column}");
        let reason = text.strip_suffix(&position).unwrap_or(&text);
        Self {
            text_name,
            reason: both_ends(reason).into_owned(),
            line,
            column,
        }
    }

    /// Returns the error that the text is not UTF-8.
    pub(crate) fn not_utf8(text_name: &'static str, text: &[u8], error: Utf8Error) -> Self {
        let valid = &text[..error.valid_up_to()];
        let newlines = valid.iter().filter(|byte| **byte == b'\n');
        let last_line = valid.rsplit(|byte| *byte == b'\n').next();
        Self {
            text_name,
            reason: "it is not UTF-8".to_owned(),
            line: newlines.count() + 1,
            column: last_line.map_or(0, <[u8]>::len) + 1,
        }
    }

    /// Returns the error without its position.
    pub(crate) fn without_position(mut self) -> Self {
        (self.line, self.column) = (0, 0);
        self
    }

    /// Returns the line of the error, from 1, in the text that `Display` names; 0 if the error has no position.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the column of the error, in bytes from 1; 0 if the error has no position or is at the start of its
    /// line.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.text_name, self.reason)?;
        if self.line > 0 {
            write!(f, " at line {} column {}", self.line, self.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for JsonError {}
