//! The rule `required`.

use std::io::{self, Write};

use serde::Serialize;

use super::violation;
use crate::validate::ValidationErrors;

/// A value that can be absent: an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `Option`",
    label = "`required` is for an `Option`",
    note = "remove `required`; to refuse an empty text or collection write `length(min = 1)`"
)]
pub trait Absent {
    /// Returns whether there is no value.
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Checks the rule `required`.
pub fn required<T: Absent>(
    value: &T,
    path: &'static str,
    message: Option<&'static str>,
    errors: &mut ValidationErrors,
) {
    if value.is_absent() {
        errors.push(violation(path, "required", message, || {
            "must be present".to_owned()
        }));
    }
}

/// The value of a required field, which may be present but written as `null`. The derive cannot know whether a type
/// that only has rules can be written.
#[derive(Debug)]
pub struct Written<'a, T>(pub &'a T);

impl<T: Absent + Serialize> Written<'_, T> {
    /// Refuses a value that is present but written as `null`, such as `Some(Value::Null)`. It is read back as `None`.
    pub fn check_not_null(
        &self,
        path: &'static str,
        message: Option<&'static str>,
        errors: &mut ValidationErrors,
    ) {
        if !self.0.is_absent() && is_written_as_null(self.0) {
            errors.push(violation(path, "required", message, || {
                "must be present, and is written as `null`".to_owned()
            }));
        }
    }
}

/// The fallback of the derive for a type that cannot be written.
pub trait Unwritten {
    /// Checks nothing.
    fn check_not_null(&self, _: &'static str, _: Option<&'static str>, _: &mut ValidationErrors) {}
}

impl<T> Unwritten for Written<'_, T> {}

const NULL: &[u8] = b"null";

fn is_written_as_null<T: Serialize>(value: &T) -> bool {
    let mut null = NullWriter { rest: NULL };
    serde_json::to_writer(&mut null, value).is_ok() && null.rest.is_empty()
}

/// A writer that takes the text `null`, and fails at the first byte of another text.
struct NullWriter {
    /// The text that is not yet written.
    rest: &'static [u8],
}

impl Write for NullWriter {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                Ok(text.len())
            }
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
