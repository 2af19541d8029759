#![deny(missing_docs)]
#![warn(unreachable_pub)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

mod attributes;
mod base64;
mod cloudevents;
#[cfg(feature = "schema")]
pub mod contract;
mod decode;
mod envelope;
mod error;
mod event;
mod event_id;
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
mod set;
#[cfg(test)]
mod test_event;
mod text;
mod time;
mod validate;

pub use cloudevents::{CloudEvent, CloudEventBuilder, Data, JsonText};
pub use envelope::Envelope;
pub use error::{DecodeError, EncodeError, JsonError};
pub use event::{DecodeEvent, EventDefinition, OutboxEvent};
pub use extensions::{ExtensionValue, Extensions, ToExtensionValue};
pub use field_rules::{AsNumber, AsText, HasLength};
pub use kafka::{ContentMode, KafkaRecord};
pub use key::{KeyPart, composite_key};
pub use names::{ExtensionName, NameError, Source, TraceParent, TraceState};
pub use outbox_derive::{OutboxEvent, Validate};
pub use row::OutboxRow;
pub use validate::{Validate, ValidationErrors, Violation};

/// What the derive's code calls. It is not part of the public face and changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use core::fmt::Display;
    pub use core::option::Option::{self, None, Some};
    pub use core::primitive::{bool, str};
    pub use core::result::Result::{self, Err, Ok};
    pub use core::{concat, convert::From, unreachable};
    pub use std::borrow::Cow;

    pub use chrono::{DateTime, Utc};
    // So that the compiler can name it to a user who has no `use serde`.
    pub use serde::{Deserializer, Serialize, Serializer};

    pub use crate::__outbox_if_contract as if_contract;
    #[cfg(feature = "schema")]
    pub use crate::contract;
    pub use crate::decode::{Payload, UpcastFrom, decode, decode_within, older};
    pub use crate::error::DecodeError;
    pub use crate::event::{
        DecodeEvent, DerivedDefinition, EventDefinition, OutboxEvent, check, fingerprint,
    };
    pub use crate::extensions::{
        Extensions, ToExtensionValue, insert as insert_extension, validate as validate_extensions,
    };
    pub use crate::field_rules::{
        AsText, HasLength, Length, Range, check_bounds, custom, email, length, nested, range,
        required, url,
    };
    pub use crate::key::{
        KeyPart, Part, composed_key, computed as computed_key, validate_computed,
    };
    pub use crate::set::{Member, is, unexpected, unexpected_within};
    pub use crate::time::{OccurredAt, check as validate_time};
    pub use crate::validate::{Validate, ValidationErrors};
}

/// Code that is there with the feature `schema` only.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "schema")]
macro_rules! __outbox_if_contract {
    ($($code:tt)*) => { $($code)* };
}

/// Code that is there with the feature `schema` only.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "schema"))]
macro_rules! __outbox_if_contract {
    ($($code:tt)*) => {};
}
