//! Texts with a rule. A literal is checked here, by core's own rules; any other expression is the
//! compiler's to check, by the same rules as `const fn`s.

use syn::LitStr;

use super::arguments::{literal, text};
use crate::error::{Errors, err};
use crate::model::{Entry, Part, Settings, Text};
use outbox_rules::{self as rules, Verdict, noun};

/// The value of a key, if it is a text that obeys the key's rule as far as can be told.
pub(super) fn value(name: &str, entry: &Entry) -> syn::Result<Text> {
    let value = text(name, entry)?;
    match literal(&value) {
        Some(text) => checked(name, text.clone()),
        None => Ok(Text::Expr(value)),
    }
}

/// A literal that obeys the key's rule.
pub(super) fn checked(name: &str, text: LitStr) -> syn::Result<Text> {
    let (rule, noun) = rule(name);
    match rule(&text.value()) {
        Ok(()) => Ok(Text::Literal(text)),
        Err(reason) => Err(err!(&text, "`{}` is not {noun}: {reason}", shown(&text))),
    }
}

fn rule(name: &str) -> (fn(&str) -> Verdict, &'static str) {
    match name {
        "event_type" => (rules::event_type, noun::EVENT_TYPE),
        "legacy_event_type" => (rules::legacy_event_type, noun::LEGACY_EVENT_TYPE),
        "source" => (rules::source, noun::SOURCE),
        "data_version" => (rules::data_version, noun::DATA_VERSION),
        "aggregate_type" => (rules::aggregate_type, noun::AGGREGATE_TYPE),
        "topic" => (rules::topic, noun::TOPIC),
        "dataschema" => (rules::absolute_uri, noun::DATASCHEMA),
        _ => (rules::extension_name, noun::EXTENSION),
    }
}

/// The text in one line, and no more of it than a reader needs.
fn shown(text: &LitStr) -> String {
    let text = text.value();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text[..end].escape_debug()),
        None => text.escape_debug().to_string(),
    }
}

/// The aggregate type that a literal event type gives, if none is named; the compiler finds it in other
/// expressions. That there is none is a mistake.
pub(super) fn default_aggregate_type(settings: &Settings, errors: &mut Errors) -> Option<Part> {
    let Some(Text::Literal(event_type)) = settings.event_type() else {
        return None;
    };
    if settings.part("aggregate_type").is_some() {
        return None;
    }
    let text = event_type.value();
    let aggregate_type = rules::default_aggregate_type(&text);
    if aggregate_type.is_empty() {
        let shown = shown(event_type);
        errors.push(err!(event_type, "`{shown}` {}", rules::NO_AGGREGATE_TYPE));
        return None;
    }
    Some(Part {
        name: "aggregate_type",
        value: Some(Text::Literal(LitStr::new(
            aggregate_type,
            event_type.span(),
        ))),
    })
}
