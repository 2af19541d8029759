//! The checks of a definition's parts. They panic, which stops the compiler.
#![allow(
    clippy::missing_panics_doc,
    reason = "to panic is all that they do, and their first line says when"
)]

use outbox_rules::{self as rules, are_equal, major_version};

use super::EventDefinition;
use crate::compile_time::Message;
use crate::names::expect;

macro_rules! checks {
    ($($name:ident by $rule:ident, $noun:ident;)*) => {$(
        /// Panics if `text` breaks the rule of this name.
        #[track_caller]
        pub const fn $name(text: &str) {
            expect(rules::$rule(text), rules::noun::$noun, text);
        }
    )*};
}

checks! {
    event_type by event_type, EVENT_TYPE;
    legacy_event_type by legacy_event_type, LEGACY_EVENT_TYPE;
    source by source, SOURCE;
    data_version by data_version, DATA_VERSION;
    aggregate_type by aggregate_type, AGGREGATE_TYPE;
    topic by topic, TOPIC;
    dataschema by absolute_uri, DATASCHEMA;
    extension by extension_name, EXTENSION;
}

/// Panics if the event type gives no aggregate type.
#[track_caller]
pub const fn default_aggregate_type(event_type: &'static str) {
    refuse_no_aggregate_type(event_type, rules::event_type(event_type));
}

/// Panics if the legacy event type gives no aggregate type.
#[track_caller]
pub const fn legacy_default_aggregate_type(event_type: &'static str) {
    refuse_no_aggregate_type(event_type, rules::legacy_event_type(event_type));
}

/// Panics if a legal event type gives no aggregate type. An illegal one is reported elsewhere.
#[track_caller]
const fn refuse_no_aggregate_type(event_type: &'static str, verdict: rules::Verdict) {
    if verdict.is_ok() && rules::default_aggregate_type(event_type).is_empty() {
        let message = Message::new()
            .then("`")
            .excerpt(event_type)
            .then("` ")
            .then(rules::NO_AGGREGATE_TYPE);
        panic!("{}", message.as_str());
    }
}

/// Panics if another extension of the event has this name.
#[track_caller]
pub const fn new_extension(others: &[&str], name: &str) {
    let mut i = 0;
    while i < others.len() {
        if are_equal(others[i], name) {
            let message = Message::new()
                .then("duplicate extension `")
                .excerpt(name)
                .then("`; name one of the fields with `extension = \"...\"`");
            panic!("{}", message.as_str());
        }
        i += 1;
    }
}

/// Panics if the `i`th variant of a set is a set itself, or if one before it has its event type.
#[track_caller]
pub const fn variant(all: &[&[EventDefinition]], i: usize) {
    assert!(
        all[i].len() == 1,
        "a set cannot contain another set; write a variant for each event"
    );
    let event_type = all[i][0].event_type;
    if contains(all.split_at(i).0, event_type, None) {
        let message = Message::new()
            .then("two variants have the event type `")
            .excerpt(event_type)
            .then("`; keep one, and read older versions with `upcast_from(...)` on the newest");
        panic!("{}", message.as_str());
    }
}

/// Panics if `older` is not an older version of the event, or if `others` already read it. A mistake
/// in a definition itself is reported elsewhere.
#[track_caller]
pub const fn upcast_from(
    event: &EventDefinition,
    others: &[&[EventDefinition]],
    older: &[EventDefinition],
) {
    if event.event_type.is_empty() || rules::data_version(event.data_version).is_err() {
        return;
    }
    let mut i = 0;
    while i < older.len() {
        let refusal = match (
            major_version(older[i].data_version),
            major_version(event.data_version),
        ) {
            _ if !are_equal(older[i].event_type, event.event_type) => {
                "`: it has another event type; name older versions of this event only"
            }
            (Some(old), Some(new)) if old >= new => {
                "`: its major version is not older; raise this event's `data_version`, like `2.0` after `1.4`"
            }
            (old, _) if contains(others, older[i].event_type, old) => {
                "`: another listed version has the same major version; keep one"
            }
            _ => "",
        };
        if !refusal.is_empty() {
            let message = Message::new()
                .then("`")
                .excerpt(event.event_type)
                .then("` in version ")
                .excerpt(event.data_version)
                .then(" cannot be read from version ")
                .excerpt(older[i].data_version)
                .then(" of `")
                .excerpt(older[i].event_type)
                .then(refusal);
            panic!("{}", message.as_str());
        }
        i += 1;
    }
}

/// Returns whether one of the definitions has this event type and, if one is given, this major version.
const fn contains(
    definitions: &[&[EventDefinition]],
    event_type: &str,
    major: Option<u32>,
) -> bool {
    let mut i = 0;
    while i < definitions.len() {
        let mut j = 0;
        while j < definitions[i].len() {
            let definition = &definitions[i][j];
            let is_version = match (major, major_version(definition.data_version)) {
                (Some(wanted), Some(found)) => wanted == found,
                (Some(_), None) => false,
                (None, _) => true,
            };
            if is_version && are_equal(definition.event_type, event_type) {
                return true;
            }
            j += 1;
        }
        i += 1;
    }
    false
}
