#![deny(missing_docs)]
#![warn(unreachable_pub)]
#![doc = include_str!("../../README.md")]

mod attributes;
mod base64;
mod cloudevents;
mod decode;
mod envelope;
mod error;
mod event;
mod extensions;
mod field_rules;
mod json;
mod kafka;
mod key;
mod message;
mod metadata;
mod names;
mod received;
pub mod row;
mod rules;
mod text;
mod time;
mod validate;

pub use envelope::Envelope;
pub use error::{DecodeError, EncodeError, JsonError};
pub use event::{DecodeEvent, EventDefinition, OutboxEvent};
pub use extensions::{ExtensionValue, Extensions};
pub use field_rules::{AsText, HasLength};
pub use kafka::{ContentMode, KafkaRecord};
pub use key::{KeyPart, composite_key};
pub use names::{ExtensionName, NameError, Source, TraceParent, TraceState};
pub use outbox_derive::OutboxEvent;
pub use row::OutboxRow;
pub use validate::{ValidationErrors, Violation};

/// What the derive's code calls. It is not part of the public face and changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use core::option::Option::{self, None, Some};
    pub use core::primitive::str;
    pub use core::result::Result;
    pub use std::borrow::Cow;

    // So that the compiler can name it to a user who has no `use serde`.
    pub use serde::Serialize;

    pub use crate::decode::{Payload, decode};
    pub use crate::event::{DerivedDefinition, check};
    pub use crate::field_rules::{Length, email, length};
    pub use crate::key::Keys;
}
