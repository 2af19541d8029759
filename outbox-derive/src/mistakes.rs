//! Collects mistakes, to report them all at once.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Calls `syn::Error::new_spanned` with a format string: the place first, then the mistake.
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

    /// Adds other mistakes.
    pub(crate) fn append(&mut self, others: Self) {
        if let Some(errors) = others.0 {
            self.push(errors);
        }
    }

    /// Adds a mistake at both sides of a conflict, with the same words.
    pub(crate) fn push_both(&mut self, one: impl ToTokens, other: impl ToTokens, message: &str) {
        self.push(err!(one, "{message}"));
        self.push(err!(other, "{message}"));
    }

    /// Returns the value, or adds its mistake.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }
}

/// Writes each mistake as a `compile_error!`.
impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(errors) = &self.0 {
            tokens.extend(errors.to_compile_error());
        }
    }
}
