#![deny(missing_docs)]
#![warn(unreachable_pub)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

mod attribute_json;
mod attributes;
mod base64;
#[cfg(feature = "_client")]
mod clients;
mod cloudevent;
mod compile_time;
#[cfg(feature = "schema")]
pub mod contract;
mod decode;
mod definition;
mod envelope;
mod error;
mod event;
mod excerpt;
mod extensions;
mod field_rules;
mod flat_message;
mod json;
mod json_format;
mod json_text;
mod kafka;
mod key;
mod metadata;
mod names;
#[cfg(any(feature = "schema", feature = "testing"))]
mod recorded;
pub mod row;
mod set;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod validate;

#[cfg(feature = "_client")]
pub use clients::InsertError;
// One by one, so that the compiler names the feature to a user who forgot it.
#[cfg(feature = "diesel-2")]
pub use clients::diesel;
#[cfg(feature = "postgres-0_19")]
pub use clients::postgres;
#[cfg(feature = "rusqlite-0_39")]
pub use clients::rusqlite;
#[cfg(feature = "sea-orm-2")]
pub use clients::sea_orm;
#[cfg(feature = "sqlx-0_9-postgres")]
pub use clients::sqlx;
#[cfg(feature = "sqlx-0_8")]
pub use clients::sqlx_0_8;
#[cfg(feature = "tokio-postgres-0_7")]
pub use clients::tokio_postgres;
pub use cloudevent::{CloudEvent, CloudEventBuilder, Data};
pub use decode::DecodeEvent;
pub use definition::EventDefinition;
pub use envelope::Envelope;
pub use error::{DecodeError, EncodeError, Error, JsonError};
pub use event::OutboxEvent;
pub use extensions::{ExtensionValue, Extensions, ToExtensionValue};
pub use field_rules::{AsNumber, AsText, HasLength, Primitive};
pub use json_text::JsonText;
pub use kafka::{ContentMode, KafkaRecord};
pub use key::{KeyPart, composite_key};
pub use names::{ExtensionName, NameError, Source, TraceParent, TraceState};
pub use outbox_derive::{KeyPart, OutboxEvent, ToExtensionValue, Validate};
pub use row::OutboxRow;
pub use validate::{Validate, ValidationErrors, Violation};

/// Items that the derive's code calls. They are not part of the public API and change without notice.
#[doc(hidden)]
pub mod __private {
    pub use core::fmt::Display;
    pub use core::option::Option::{self, None, Some};
    pub use core::primitive::{bool, str};
    pub use core::result::Result::{self, Err, Ok};
    pub use core::{concat, convert::From, unreachable};
    pub use std::borrow::Cow;

    pub use chrono::{DateTime, Utc};
    // The compiler can then name them to a user who has no `use serde`.
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};
    pub use serde_json::value::RawValue;

    pub use crate::__outbox_if_contract as if_contract;
    #[cfg(feature = "schema")]
    pub use crate::contract::{Catalog, Published, derived::*};
    pub use crate::decode::{
        DecodeEvent, Payload, UpcastFrom, decode, decode_within, older_version, unread,
    };
    pub use crate::definition::{DerivedDefinition, EventDefinition, check, fingerprint};
    pub use crate::error::DecodeError;
    pub use crate::event::{OutboxEvent, validate_extensions};
    pub use crate::extensions::{ExtensionValue, Extensions, ToExtensionValue, insert_extension};
    pub use crate::field_rules::{
        AsText, FloatsIn, HasLength, Length, Range, UnknownFloats, Unwritten, Written,
        check_bounds, custom, email, length, nested, range, required, url,
    };
    pub use crate::key::{
        KeyPart, Part, composed_key, computed as computed_key, validate_computed,
    };
    pub use crate::set::{
        Member, SetReader, WithoutDeserialize, defines, require_reader, unexpected_type,
    };
    pub use crate::time::{OccurredAt, check as validate_time};
    pub use crate::validate::{Validate, ValidationErrors, merge_verdict};
}

/// Keeps code with the feature `schema` only.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "schema")]
macro_rules! __outbox_if_contract {
    ($($code:tt)*) => { $($code)* };
}

/// Keeps code with the feature `schema` only.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "schema"))]
macro_rules! __outbox_if_contract {
    ($($code:tt)*) => {};
}
