//! The rules of names and texts, each written once: as a `const fn`, where the compiler applies it to a
//! definition, and a decoder to what arrives. outbox-derive has this module too, by its path, and applies
//! the rules to literals.
//!
//! A rule answers with the reason why a text is refused. Who the text belongs to, and the text itself,
//! are added by the caller.

mod email;
mod media_type;
mod names;
mod text;
mod trace;
mod uri;

pub(crate) use email::email;
pub(crate) use media_type::media_type;
pub(crate) use names::{
    aggregate_type, are_equal, attribute_name, data_version, default_aggregate_type, event_type,
    extension_name, topic,
};
pub(crate) use text::{
    attribute_text, byte_is_plain, is_plain, legacy_event_type, sendable, to_escape,
};
pub(crate) use trace::{trace_parent, trace_state};
pub(crate) use uri::{absolute_uri, source, uri};

/// `Err` holds the reason and the remedy, without the text that was refused.
pub(crate) type Verdict = Result<(), &'static str>;

/// What a text is called, in the words of a refusal: `... is not an event type: ...`.
pub(crate) mod noun {
    pub(crate) const EVENT_TYPE: &str = "an event type";
    pub(crate) const LEGACY_EVENT_TYPE: &str = "a legacy event type";
    pub(crate) const SOURCE: &str = "a source";
    pub(crate) const DATA_VERSION: &str = "a data version";
    pub(crate) const AGGREGATE_TYPE: &str = "an aggregate type";
    pub(crate) const TOPIC: &str = "a Kafka topic";
    pub(crate) const DATASCHEMA: &str = "a data schema";
    pub(crate) const EXTENSION: &str = "an extension name";
}

/// Why an event type gives no aggregate type, and the remedy.
pub(crate) const NO_AGGREGATE_TYPE: &str = "gives no aggregate type: its last segment but one is none, or is none that a topic can have; write `aggregate_type = \"...\"`";

/// What stands beside the payload's members in the flat message.
pub(crate) const FLAT_METADATA: [&str; 8] = [
    "event_id",
    "event_type",
    "aggregate_id",
    "occurred_at",
    "source",
    "data_version",
    "correlation_id",
    "causation_id",
];

/// Why the bounds of a rule are refused.
pub(crate) const NOTHING_OBEYS: &str =
    "nothing obeys this rule: its lower bound is greater than its upper bound, or excludes it";

/// Which bytes are among the characters: where time counts, a look is less than comparisons.
const fn table(characters: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut i = 0;
    while i < characters.len() {
        table[characters[i] as usize] = true;
        i += 1;
    }
    table
}

/// `?` for a [`Verdict`] in a `const fn`, where the operator is not available yet.
macro_rules! check {
    ($verdict:expr) => {
        if let Err(reason) = $verdict {
            return Err(reason);
        }
    };
}
pub(crate) use check;
