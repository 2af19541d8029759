//! The rules that `#[validate(...)]` applies to a field.
//!
//! Each is a function of the value, the rule's own arguments, the field's path, and the message that
//! replaces the default message. Violations are added to the errors.

mod finite;
mod format;
mod length;
mod number;
mod required;

use std::fmt::Display;

use crate::validate::{Validate, ValidationErrors, Violation};
use outbox_rules as rules;

pub use finite::{FloatsIn, UnknownFloats};
pub use format::{AsText, email, url};
pub use length::{HasLength, Length, length};
pub use number::{AsNumber, Primitive, Range, range};
pub use required::{Unwritten, Written, required};

/// Checks the bounds of a rule: a constant expression says whether they are in order. The derive calls
/// it in a constant.
///
/// # Panics
///
/// Panics if they are not, since no value can satisfy the rule.
#[track_caller]
pub const fn check_bounds(is_ordered: bool) {
    assert!(is_ordered, "{}", rules::NOTHING_OBEYS);
}

/// Checks the rule `nested`: the value's own rules, under the path of the field.
pub fn nested<T: Validate + ?Sized>(value: &T, path: &'static str, errors: &mut ValidationErrors) {
    errors.merge_result_at(path, value.validate());
}

/// Reports the error of the function of the rule `custom`.
pub fn custom<E: Display>(
    verdict: Result<(), E>,
    path: &'static str,
    message: Option<&'static str>,
    errors: &mut ValidationErrors,
) {
    if let Err(reason) = verdict {
        errors.push(violation(path, "custom", message, || reason.to_string()));
    }
}

fn violation(
    path: &str,
    code: &str,
    message: Option<&'static str>,
    told: impl FnOnce() -> String,
) -> Violation {
    Violation::new(path, code, message.map_or_else(told, str::to_owned))
}
