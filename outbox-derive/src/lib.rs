//! The derive macro of `outbox-core`. Depend on that crate; it exports the macro beside the trait of the
//! same name.

#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod attr;
mod check;
mod error;
mod expand;
mod model;
#[path = "../../outbox-core/src/rules/mod.rs"]
#[allow(dead_code, unused_imports, reason = "core has more texts to check")]
mod rules;
mod serde_names;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, parse_macro_input};

use crate::error::{Errors, err};

/// Implements `OutboxEvent` for a struct with named fields, checks its definition at compile time, and
/// adds the constant `DEFINITION` to the struct.
///
/// It implements `DecodeEvent` as well; that takes effect if the struct is also `Deserialize`. The struct
/// must be `Serialize`: what serde makes of it is the event's payload. Its doc comment becomes the
/// definition's description.
///
/// # On the struct
///
/// `#[outbox(...)]` with these keys. A value is a literal or a constant expression of type `&'static str`.
///
/// | key | meaning | default |
/// |---|---|---|
/// | `event_type = "..."` | the event's name in reverse DNS order: three or more segments joined by `.`, each `[a-z][a-z0-9_-]*` | required |
/// | `source = "..."` | who makes the event: a non-empty URI-reference (RFC 3986 section 4.1) | required |
/// | `data_version = "..."` | the payload's version, `MAJOR[.MINOR[.PATCH]]` | `"1.0"` |
/// | `aggregate_type = "..."` | the kind of the aggregate root, `[a-zA-Z0-9._-]+` | the last segment but one of the event type |
/// | `topic = "..."` | the Kafka topic | none; records go to `outbox.event.<aggregate_type>` |
///
/// # On fields
///
/// | attribute | meaning |
/// |---|---|
/// | `#[aggregate_id]` | the field that identifies the aggregate root; exactly one. A field named `aggregate_id` needs no attribute. Its type is a `KeyPart` |
/// | `#[partition_key]` | the field that the record's key is made of, instead of the aggregate id. Several such fields make a composite key in the order of their declaration. Its type is a `KeyPart` |
/// | `#[validate(email)]` | text is a valid e-mail address as the HTML living standard defines it |
/// | `#[validate(length(min = 1, max = 40))]`, `#[validate(length(equal = 3))]` | text has so many Unicode scalar values, a collection so many elements; the bounds are included and may be constant expressions, without the struct's own parameters |
///
/// A rule on an `Option` is checked when there is a value. Several rules may stand in one `#[validate]`.
///
/// # Errors
///
/// Every mistake in the attributes is a compile error at the place of the mistake, and all of them are
/// reported at once. A field whose payload name (with serde's `rename` and `rename_all`) is that of a
/// metadatum of the flat message is refused: `event_id`, `event_type`, `aggregate_id` (unless it is the
/// aggregate id), `occurred_at`, `source`, `data_version`, `correlation_id`, `causation_id`.
#[proc_macro_derive(OutboxEvent, attributes(outbox, aggregate_id, partition_key, validate))]
pub fn derive_outbox_event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let code = match &input.data {
        Data::Struct(_) => {
            let raw = attr::event(&input, &mut errors);
            expand::event(&check::event(raw, &mut errors))
        }
        Data::Enum(data) => {
            let raw = attr::set(&input, data, &mut errors);
            expand::set(&check::set(raw, &mut errors))
        }
        Data::Union(data) => {
            errors.push(err!(
                data.union_token,
                "`OutboxEvent` derives for a struct with named fields or an enum of events, and this is a union"
            ));
            // It has no `Serialize`, so an impl would be one more mistake.
            proc_macro2::TokenStream::new()
        }
    };
    quote!(#errors #code).into()
}

/// Implements `Validate`
#[proc_macro_derive(Validate, attributes(outbox, validate))]
pub fn derive_validate(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let raw = attr::value(&input, &mut errors);
    let code = expand::value(&check::value(raw, &mut errors));
    quote!(#errors #code).into()
}
