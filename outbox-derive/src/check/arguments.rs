//! The values that keys and arguments take: paths, texts, and texts with a rule.

use outbox_rules::{self as rules, Verdict, noun};
use quote::ToTokens;
use syn::{Expr, ExprPath, Lit, LitStr};

use crate::entries::{Entry, EntryValue};
use crate::literals::text_literal;
use crate::mistakes::{Errors, err};
use crate::model::{Part, Settings, Text};
use crate::types::ungrouped_value;

/// Reads a text. The compiler checks the type of an expression that is not a literal.
pub(super) fn text_argument(name: &str, entry: &Entry) -> syn::Result<Expr> {
    let EntryValue::Expr(value) = &entry.value else {
        return Err(err!(
            entry,
            "`{name}` needs a value; write `{name} = \"...\"`"
        ));
    };
    let quoted = match ungrouped_value(value) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(_) => return Ok(value.clone()),
            Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) => literal.to_token_stream().to_string(),
            _ => "...".to_owned(),
        },
        Expr::Field(_) if is_unquoted(value) => {
            value.to_token_stream().to_string().replace(' ', "")
        }
        _ => return Ok(value.clone()),
    };
    Err(err!(
        value,
        "`{name}` must be text; write `{name} = \"{quoted}\"`"
    ))
}

/// Returns whether this is `com.example.invite` without quotes, and not a field of a constant.
fn is_unquoted(value: &Expr) -> bool {
    match value {
        Expr::Field(field) => is_unquoted(&field.base),
        Expr::Path(path) => path.path.get_ident().is_some_and(|ident| {
            let name = ident.to_string();
            name == name.to_lowercase()
        }),
        _ => false,
    }
}

/// Reads a path, or a text that is a path; `remedy` says what to write.
pub(super) fn path_argument(entry: &Entry, remedy: &str) -> syn::Result<ExprPath> {
    let EntryValue::Expr(value) = &entry.value else {
        return Err(err!(entry, "{remedy}"));
    };
    as_path(value).ok_or_else(|| err!(value, "{remedy}"))
}

fn as_path(value: &Expr) -> Option<ExprPath> {
    match ungrouped_value(value) {
        Expr::Path(path) => Some(path.clone()),
        _ => text_literal(value)?.parse().ok(),
    }
}

/// Reads the value of a key, a text that obeys the key's rule. The compiler checks an expression that is not a
/// literal, by the same rule.
pub(super) fn checked_text(name: &str, entry: &Entry) -> syn::Result<Text> {
    let value = text_argument(name, entry)?;
    match text_literal(&value) {
        Some(text) => checked_literal(name, text.clone()),
        None => Ok(Text::Expr(value)),
    }
}

/// Checks a literal by the key's rule.
pub(super) fn checked_literal(name: &str, text: LitStr) -> syn::Result<Text> {
    let (rule, noun) = rule_and_noun(name);
    match rule(&text.value()) {
        Ok(()) => Ok(Text::Literal(text)),
        Err(reason) => Err(err!(&text, "`{}` is not {noun}: {reason}", excerpt(&text))),
    }
}

fn rule_and_noun(name: &str) -> (fn(&str) -> Verdict, &'static str) {
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

/// Returns the start of the text, in one line.
fn excerpt(text: &LitStr) -> String {
    let text = text.value();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text[..end].escape_debug()),
        None => text.escape_debug().to_string(),
    }
}

/// Returns the aggregate type that a literal event type implies, if the event names none; the compiler finds it
/// in other expressions. An event type that implies no aggregate type is a mistake.
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
        let shown = excerpt(event_type);
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
