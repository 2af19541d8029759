//! Without the feature `schema` an event has no contract.

use proc_macro2::{Ident, TokenStream};
use syn::{DeriveInput, Type};

use crate::model::{Event, Set, Value};

pub(super) fn published_event(_: &Event, _: &DeriveInput) -> TokenStream {
    TokenStream::new()
}

pub(super) fn published_set(_: &Set, _: &[(&Ident, &Type)]) -> TokenStream {
    TokenStream::new()
}

pub(super) fn described_value(_: &Value, _: &DeriveInput) -> TokenStream {
    TokenStream::new()
}
