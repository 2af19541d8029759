//! Every mistake at once.

use proc_macro2::Span;
use quote::ToTokens;

/// `syn::Error::new_spanned` with a format string: the place first, then what is wrong there.
macro_rules! err {
    ($place:expr, $($message:tt)+) => {
        syn::Error::new_spanned($place, format!($($message)+))
    };
}
pub(crate) use err;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Both sides of a conflict, with the same words.
    pub(crate) fn push_both(&mut self, one: impl ToTokens, other: impl ToTokens, message: &str) {
        self.push(err!(one, "{message}"));
        self.push(err!(other, "{message}"));
    }

    /// The value; or nothing, and its mistake is noted.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// `value`, if there was no mistake. A value that is not there had one, and it has been told.
    pub(crate) fn finish<T>(self, value: Option<T>) -> syn::Result<T> {
        match (self.0, value) {
            (None, Some(value)) => Ok(value),
            (Some(errors), _) => Err(errors),
            (None, None) => Err(syn::Error::new(
                Span::call_site(),
                "the event could not be read",
            )),
        }
    }
}
