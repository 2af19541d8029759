//! The derive macros of `outbox-core`.
//!
//! Depend on `outbox-core` instead of this crate: it exports each macro beside the trait of the same name, and the code
//! of the macros calls it.
//!
//! | macro | input | makes |
//! |---|---|---|
//! | [`OutboxEvent`] | a struct with named fields | an event, with a definition that is checked at compile time |
//! | [`OutboxEvent`] | an enum with one variant for each event | a set of events, read by event type |
//! | [`Validate`] | a struct or an enum | the rules of a value within an event |
//! | [`KeyPart`] | a struct with one field | a type for aggregate ids and partition keys |
//! | [`ToExtensionValue`] | a struct with one field | a type for extension attributes |
//!
//! # Example
//!
//! ```
//! use outbox_core::OutboxEvent;
//! use serde::Serialize;
//!
//! #[derive(Serialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.order.placed", source = "/orders")]
//! struct OrderPlaced {
//!     #[aggregate_id]
//!     order_id: u64,
//!     #[validate(range(min = 1))]
//!     count: u32,
//! }
//!
//! assert_eq!(OrderPlaced::DEFINITION.aggregate_type(), "order");
//! ```
//!
//! # Features
//!
//! `schema` makes the macros write what the module `contract` of `outbox-core` needs of an event. The feature of the
//! same name of `outbox-core` turns it on.
//!
//! # Errors
//!
//! Each mistake is an error at the wrong token, which says what to write instead. The compiler reports all mistakes at
//! once. The page of each macro shows the errors of each attribute.

#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod attr;
mod check;
mod entries;
mod expand;
mod literals;
mod mistakes;
mod model;
mod serde_names;
mod types;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, parse_macro_input};

use crate::mistakes::{Errors, err};
use crate::model::NewtypeTrait;

#[doc = include_str!("../doc/outbox_event.md")]
#[proc_macro_derive(OutboxEvent, attributes(outbox, aggregate_id, partition_key, validate))]
pub fn derive_outbox_event(input: TokenStream) -> TokenStream {
    outbox_event_code(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../doc/validate.md")]
#[proc_macro_derive(Validate, attributes(outbox, validate))]
pub fn derive_validate(input: TokenStream) -> TokenStream {
    validate_code(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../doc/key_part.md")]
#[proc_macro_derive(KeyPart, attributes(outbox))]
pub fn derive_key_part(input: TokenStream) -> TokenStream {
    newtype_code(&parse_macro_input!(input), NewtypeTrait::KeyPart).into()
}

#[doc = include_str!("../doc/to_extension_value.md")]
#[proc_macro_derive(ToExtensionValue, attributes(outbox))]
pub fn derive_to_extension_value(input: TokenStream) -> TokenStream {
    newtype_code(&parse_macro_input!(input), NewtypeTrait::ToExtensionValue).into()
}

fn outbox_event_code(input: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let code = match &input.data {
        Data::Struct(data) => {
            let raw = attr::read_event(input, data, &mut errors);
            expand::expand_event(&check::check_event(raw, &mut errors), input)
        }
        Data::Enum(data) => {
            let raw = attr::read_set(input, data, &mut errors);
            expand::expand_set(&check::check_set(raw, &mut errors))
        }
        Data::Union(data) => {
            errors.push(err!(
                data.union_token,
                "`OutboxEvent` needs a struct with named fields or an enum of events, not a union"
            ));
            // A union has no `Serialize`, so an impl would add another error.
            proc_macro2::TokenStream::new()
        }
    };
    quote!(#errors #code)
}

fn validate_code(input: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let raw = attr::read_value(input, &mut errors);
    let code = expand::expand_value(&check::check_value(raw, &mut errors), input);
    quote!(#errors #code)
}

fn newtype_code(input: &DeriveInput, derived: NewtypeTrait) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let raw = attr::read_newtype(input, derived, &mut errors);
    let code = expand::expand_newtype(&check::check_newtype(raw, &mut errors));
    quote!(#errors #code)
}

// The feature `schema` adds code that the reference leaves out.
#[cfg(all(test, not(feature = "schema")))]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../doc/outbox_event.md");

    /// Returns the block of code after these words.
    fn block(words: &str) -> &'static str {
        let (_, after) = REFERENCE.split_once(words).expect("the words are there");
        let (_, block) = after.split_once("```text\n").expect("a block follows");
        block.split_once("```").expect("it ends").0
    }

    fn formatted(code: &str) -> String {
        prettyplease::unparse(&syn::parse_file(code).expect("it is Rust"))
    }

    #[test]
    fn the_expansion_is_the_one_that_is_shown() {
        let input = syn::parse_str(block("From this event")).expect("it is a struct");
        let code = formatted(&outbox_event_code(&input).to_string());
        assert_eq!(code, block("the derive writes this"), "\n{code}");
    }
}
