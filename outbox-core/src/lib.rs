//! Events of the transactional outbox, each defined by one Rust struct.
//!
//! [`#[derive(OutboxEvent)]`](derive@OutboxEvent) checks the definition at compile time. From it come the metadata, the
//! validation, the partition key, the outbox row, the CloudEvent, the Kafka record and the typed reader.
//!
//! # Example
//!
//! ```
//! use outbox_core::{Envelope, OutboxEvent};
//! use serde::{Deserialize, Serialize};
//!
//! /// A person was invited to a tenant.
//! #[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
//! #[outbox(event_type = "com.example.invite.created", source = "/invites")]
//! struct InviteCreated {
//!     #[aggregate_id]
//!     invite_id: u64,
//!     #[partition_key]
//!     tenant_id: String,
//!     #[validate(email)]
//!     email: String,
//! }
//!
//! let (tenant_id, email) = ("acme".to_owned(), "ada@example.com".to_owned());
//! let event = Envelope::new(InviteCreated { invite_id: 7, tenant_id, email })?;
//!
//! let row = event.to_row()?; // insert it in the transaction that stores the invitation
//! assert_eq!(Envelope::<InviteCreated>::from_row(&row)?, event);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to start
//!
//! | to | see |
//! |---|---|
//! | define an event, or a set of events | [`derive OutboxEvent`](derive@OutboxEvent), with every attribute |
//! | define the rules of a value within an event | [`derive Validate`](derive@Validate) |
//! | use a newtype as a key, or as an extension attribute | [`derive KeyPart`](derive@KeyPart), [`derive ToExtensionValue`](derive@ToExtensionValue) |
//! | make, write and read an event | [`Envelope`] |
//! | create the table, and insert a row | [`row`], or the module of your database client |
//! | read an event of any producer, without a Rust type | [`CloudEvent`] |
//! | send and receive Kafka records | [`KafkaRecord`] |
//! | implement an event without the derive | [`trait OutboxEvent`](trait@OutboxEvent) |
//!
//! # Features
//!
//! All features are off by default. A feature for a client has the client's version in its name, so a later version
//! gets a feature of its own.
//!
//! | feature | adds |
//! |---|---|
//! | `sqlx-0_9` | the module `sqlx`, for PostgreSQL and SQLite. It compiles SQLite, and needs Rust 1.94 |
//! | `sqlx-0_9-postgres` | the module `sqlx` without SQLite |
//! | `sqlx-0_8` | the module `sqlx_0_8`, for PostgreSQL |
//! | `tokio-postgres-0_7` | the module `tokio_postgres` |
//! | `postgres-0_19` | the module `postgres`, and `tokio-postgres-0_7` |
//! | `diesel-2` | the module `diesel`, for PostgreSQL and SQLite |
//! | `sea-orm-2` | the module `sea_orm`, for PostgreSQL and SQLite. It needs Rust 1.94 |
//! | `rusqlite-0_39` | the module `rusqlite` |
//! | `rdkafka-0_39` | conversions between [`KafkaRecord`] and the records of rdkafka. It builds librdkafka, which needs `make` |
//! | `schema` | the module `contract`: JSON Schemas, an AsyncAPI document, and a test that refuses breaking changes |
//! | `testing` | the module `testing`: help for the tests of a service |
//!
//! The pages of a feature appear when it is on: `cargo doc --features schema,testing --open`.
//!
//! The crate turns on the features `float_roundtrip` and `raw_value` of `serde_json` for your whole build. The first
//! one makes `serde_json` parse every float to the last bit, which takes longer. The second one only adds a type.
//!
//! # Errors
//!
//! | error | from |
//! |---|---|
//! | [`ValidationErrors`] | making an event: every violation, each with its path, such as `items[2].sku` |
//! | [`EncodeError`] | writing an event |
//! | [`DecodeError`] | reading an event. [`is_foreign`](DecodeError::is_foreign) is true for a message that is not for this reader |
//! | [`NameError`] | making a [`Source`], an [`ExtensionName`], a [`TraceParent`] or a [`TraceState`] |
//! | `InsertError` | inserting an event with a database client |
//! | [`Error`] | any of the first four, for `?` |
//!
//! A mistake in a definition is a compile error at the wrong token. No function panics on input from outside.

#![deny(missing_docs)]
#![warn(unreachable_pub)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// Before all others: rustdoc shows the methods of a type in the order of the modules, and `Envelope` begins with `new`.
mod envelope;

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
