//! The rules of names and texts of `outbox-core` and `outbox-derive`, each written once.
//!
//! A rule is a `const fn`: the compiler applies it to a definition, the derive macro to a literal, and a decoder
//! to a received text. It returns the reason why a text is refused; the caller adds the text itself and what it
//! was meant to be.
//!
//! Depend on `outbox-core` instead. This crate has no stable interface.
//!
//! # Example
//!
//! ```
//! assert_eq!(outbox_rules::event_type("com.example.order.placed"), Ok(()));
//! assert_eq!(
//!     outbox_rules::source("my service"),
//!     Err("a space is not allowed in a URI; write `-`, or `%20`")
//! );
//! ```
//!
//! # Features
//!
//! The crate has no features and no dependencies.
//!
//! # Errors
//!
//! A rule returns a [`Verdict`]. No rule panics, whatever the text is.

#![deny(missing_docs)]

mod attribute;
mod characters;
mod email;
mod identifiers;
mod media_type;
mod trace;
mod uri;

pub use attribute::Attribute;
pub use characters::{attribute_text, is_plain, legacy_event_type, sendable};
pub use email::email;
pub use identifiers::{
    aggregate_type, are_equal, attribute_name, data_version, default_aggregate_type, event_type,
    extension_name, major_version, topic,
};
pub use media_type::media_type;
pub use trace::{trace_parent, trace_state};
pub use uri::{absolute_uri, source, uri};

/// The verdict of a rule. `Err` holds the reason and the remedy, without the refused text.
pub type Verdict = Result<(), &'static str>;

/// The names of texts, in the words of a refusal: `... is not an event type: ...`.
pub mod noun {
    /// Names the text as an event type.
    pub const EVENT_TYPE: &str = "an event type";
    /// Names the text as a legacy event type.
    pub const LEGACY_EVENT_TYPE: &str = "a legacy event type";
    /// Names the text as a source.
    pub const SOURCE: &str = "a source";
    /// Names the text as a data version.
    pub const DATA_VERSION: &str = "a data version";
    /// Names the text as an aggregate type.
    pub const AGGREGATE_TYPE: &str = "an aggregate type";
    /// Names the text as a Kafka topic.
    pub const TOPIC: &str = "a Kafka topic";
    /// Names the text as a data schema.
    pub const DATASCHEMA: &str = "a data schema";
    /// Names the text as an extension name.
    pub const EXTENSION: &str = "an extension name";
}

/// The reason why an event type gives no aggregate type, and the remedy.
pub const NO_AGGREGATE_TYPE: &str =
    "has no second-to-last segment that is valid in a topic name; write `aggregate_type = \"...\"`";

/// The version of a payload that names no version.
pub const DEFAULT_DATA_VERSION: &str = "1.0";

/// The prefix of the default topic, before the aggregate type. The Debezium outbox event router has the same prefix.
pub const DEFAULT_TOPIC_PREFIX: &str = "outbox.event.";

/// The metadata of the flat message and their names, in the order in which they are written.
pub const FLAT_METADATA: [(Attribute, &str); 8] = [
    (Attribute::Id, "event_id"),
    (Attribute::Type, "event_type"),
    (Attribute::Subject, "aggregate_id"),
    (Attribute::Time, "occurred_at"),
    (Attribute::Source, "source"),
    (Attribute::DataVersion, "data_version"),
    (Attribute::CorrelationId, "correlation_id"),
    (Attribute::CausationId, "causation_id"),
];

/// The reason why the bounds of a rule are refused.
pub const NOTHING_OBEYS: &str = "no value can satisfy this rule: the lower bound is above the upper bound, or the range is empty";

/// Makes a table of the bytes that are among the characters: a look-up is faster than comparisons.
const fn table(characters: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut i = 0;
    while i < characters.len() {
        table[characters[i] as usize] = true;
        i += 1;
    }
    table
}

/// Does what `?` does for a [`Verdict`], in a `const fn`, where the operator is not available yet.
macro_rules! check {
    ($verdict:expr) => {
        if let Err(reason) = $verdict {
            return Err(reason);
        }
    };
}
pub(crate) use check;
