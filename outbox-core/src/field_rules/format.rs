//! The rules on the format of a text: `email` and `url`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::violation;
use crate::validate::ValidationErrors;
use outbox_rules::{self as rules, Verdict};

/// A text that a rule such as `#[validate(email)]` can check. Implement it for a type of your own that wraps text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "this rule checks text",
    note = "it applies to `String`, `&str`, `Cow<str>`, `Box<str>` and to an `Option` of them; for a type of your own implement `outbox_core::AsText`, for a type of another crate write `custom(function = path)`"
)]
pub trait AsText {
    /// Returns the text; `None` if it is absent, and then nothing is checked.
    fn as_text(&self) -> Option<&str>;
}

impl AsText for str {
    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

impl AsText for String {
    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: AsText> AsText for Option<T> {
    fn as_text(&self) -> Option<&str> {
        self.as_ref().and_then(T::as_text)
    }
}

impl<T: AsText + ToOwned + ?Sized> AsText for Cow<'_, T> {
    fn as_text(&self) -> Option<&str> {
        T::as_text(self)
    }
}

macro_rules! by_reference {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: AsText + ?Sized> AsText for $type {
            fn as_text(&self) -> Option<&str> {
                T::as_text(self)
            }
        }
    )*};
}

by_reference!(&T, Box<T>, Rc<T>, Arc<T>);

/// Checks the rule `email`.
pub fn email<T: AsText + ?Sized>(
    value: &T,
    path: &'static str,
    message: Option<&'static str>,
    errors: &mut ValidationErrors,
) {
    check_format(value, "email", rules::email, path, message, errors);
}

/// Checks the rule `url`: a URI (RFC 3986 section 3).
pub fn url<T: AsText + ?Sized>(
    value: &T,
    path: &'static str,
    message: Option<&'static str>,
    errors: &mut ValidationErrors,
) {
    check_format(value, "url", rules::uri, path, message, errors);
}

fn check_format<T: AsText + ?Sized>(
    value: &T,
    code: &str,
    rule: fn(&str) -> Verdict,
    path: &'static str,
    message: Option<&'static str>,
    errors: &mut ValidationErrors,
) {
    if let Some(Err(reason)) = value.as_text().map(rule) {
        errors.push(violation(path, code, message, || reason.to_owned()));
    }
}
