//! Texts with a rule. A literal is checked here, by core's own rules; any other expression is the
//! compiler's to check, by the same rules as `const fn`s.

use syn::LitStr;

use super::arguments::{literal, text};
use crate::error::{Errors, err};
use crate::model::{Entry, Settings, Text};
use crate::rules::{self, Verdict, noun};

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

/// The event type gives an aggregate type, if none is named.
pub(super) fn default_aggregate_type(settings: &Settings, errors: &mut Errors) {
    if settings.part("aggregate_type").is_some() {
        return;
    }
    if let Some(Text::Literal(event_type)) = settings.event_type()
        && rules::default_aggregate_type(&event_type.value()).is_empty()
    {
        errors.push(err!(
            event_type,
            "`{}` {}",
            shown(event_type),
            rules::NO_AGGREGATE_TYPE
        ));
    }
}
