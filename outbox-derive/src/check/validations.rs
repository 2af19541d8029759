//! The rules of `#[validate(...)]`.

use syn::spanned::Spanned;
use syn::{Expr, Ident};

use super::arguments::{path_argument, text_argument};
use super::bounds::{length_bounds, range_bounds};
use super::vocabulary::{KnownEntries, Vocabulary};
use crate::entries::{Entries, Entry, EntryValue, argument_entries};
use crate::mistakes::{Errors, err};
use crate::model::{Field, FieldRule, RawField, Rule};
use crate::types::mentions_float;

const RULES: Vocabulary = Vocabulary {
    what: "rule",
    place: "#[validate(...)]",
    names: &[
        "length", "range", "email", "url", "required", "nested", "custom",
    ],
    repeatable: Some("custom"),
    synonyms: &[],
    elsewhere: &[
        (
            &["message"],
            "belongs in the parentheses of a rule, like `email(message = \"...\")`",
        ),
        (
            &["schema"],
            "is not a rule of a field; write `#[outbox(validate_with = path)]` on the struct",
        ),
    ],
};

/// Returns the arguments that the rule takes, and the message that shows its form.
fn arguments_and_form(rule: &str) -> (Vocabulary, &'static str) {
    let (place, names, form): (_, &'static [_], _) = match rule {
        "length" => (
            "length(...)",
            &["min", "max", "equal", "message"],
            "`length` needs bounds; write `length(min = 1, max = 40)`, one of the two, or `length(equal = 3)`",
        ),
        "range" => (
            "range(...)",
            &["min", "max", "exclusive_min", "exclusive_max", "message"],
            "`range` needs bounds; write `range(min = 1, max = 40)` or one of the two, or `exclusive_min` and `exclusive_max` to exclude the bound itself",
        ),
        "custom" => (
            "custom(...)",
            &["function", "message"],
            "`custom` needs a function; write `custom(function = path)`",
        ),
        "email" => (
            "email(...)",
            &["message"],
            "`email` takes no value; write `email`, or `email(message = \"...\")`",
        ),
        "url" => (
            "url(...)",
            &["message"],
            "`url` takes no value; write `url`, or `url(message = \"...\")`",
        ),
        "required" => (
            "required(...)",
            &["message"],
            "`required` takes no value; write `required`, or `required(message = \"...\")`",
        ),
        _ => (
            "nested(...)",
            &[],
            "`nested` takes no arguments, since the rules of the type have the messages; write `nested`",
        ),
    };
    let vocabulary = Vocabulary {
        what: "argument",
        place,
        names,
        repeatable: None,
        synonyms: &[],
        elsewhere: &[],
    };
    (vocabulary, form)
}

/// Checks that each rule of `#[validate(...)]` is known, appears once, and has arguments that fit it.
pub(super) fn field_rules(field: &RawField, errors: &mut Errors) -> Vec<FieldRule> {
    let mut rules: Vec<FieldRule> = RULES
        .find(&field.rules.entries, errors)
        .iter()
        .filter_map(|(name, entry)| {
            let (rule, message) = checked_rule(field, name, entry, errors)?;
            Some(FieldRule {
                field: Field::from(field),
                name: entry.key.clone(),
                rule,
                message,
            })
        })
        .collect();
    rules.extend(finite_rule(field));
    rules
}

/// Returns the rule that JSON has for floats, if the field's type mentions one.
fn finite_rule(field: &RawField) -> Option<FieldRule> {
    let is_checked = field.is_written_as_is && mentions_float(&field.ty);
    is_checked.then(|| FieldRule {
        field: Field::from(field),
        name: Ident::new("finite", field.ty.span()),
        rule: Rule::Finite(field.serde.skip_function().cloned()),
        message: None,
    })
}

fn checked_rule(
    field: &RawField,
    name: &str,
    entry: &Entry,
    errors: &mut Errors,
) -> Option<(Rule, Option<Expr>)> {
    let (vocabulary, form) = arguments_and_form(name);
    let required = match name {
        "length" | "range" => &vocabulary.names[..vocabulary.names.len() - 1],
        "custom" => &["function"],
        _ => &[],
    };
    let read = read_arguments(entry, &vocabulary, form, errors)?;
    let arguments = vocabulary.find(&read.entries, errors);
    let is_complete = read.is_complete && arguments.iter().count() == read.entries.len();
    if arguments.has_none_of(required) {
        // The missing argument may be the misspelt one.
        if is_complete {
            errors.push(err!(entry, "{form}"));
        }
        return None;
    }
    let rule = match name {
        "length" => Rule::Length(length_bounds(&arguments, errors)),
        "range" => Rule::Range(range_bounds(&arguments, errors)),
        "custom" => custom_rule(&arguments, errors)?,
        "email" => Rule::Email,
        "url" => Rule::Url,
        "required" => Rule::Required {
            is_null_absent: field.is_written_as_is && field.is_read_as_is,
        },
        _ => Rule::Nested,
    };
    let message = arguments
        .get("message")
        .and_then(|message| errors.take(text_argument("message", message)));
    Some((rule, message))
}

fn read_arguments(
    entry: &Entry,
    vocabulary: &Vocabulary,
    form: &str,
    errors: &mut Errors,
) -> Option<Entries> {
    match &entry.value {
        EntryValue::Nothing => Some(Entries::NONE),
        EntryValue::Arguments(arguments) if !vocabulary.names.is_empty() => {
            let example = format!("an argument, such as `{} = ...`", vocabulary.names[0]);
            let mut mistakes = Errors::default();
            let read = argument_entries(arguments.clone(), &example, &mut mistakes);
            if !read.is_complete && read.entries.is_empty() {
                // Values without names, such as `length(1, 40)`.
                errors.push(err!(arguments, "{form}"));
                return None;
            }
            errors.append(mistakes);
            Some(read)
        }
        _ => {
            errors.push(err!(entry, "{form}"));
            None
        }
    }
}

fn custom_rule(arguments: &KnownEntries<'_>, errors: &mut Errors) -> Option<Rule> {
    const REMEDY: &str = "`function` takes the path of a `fn(&T) -> Result<(), impl Display>`; write `custom(function = path)`";
    let function = arguments.get("function")?;
    let function = errors.take(path_argument(function, REMEDY))?;
    Some(Rule::Custom(function))
}
