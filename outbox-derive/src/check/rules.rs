//! The rules of `#[validate(...)]`.

use std::collections::HashMap;

use syn::parse::{ParseStream, Parser};

use super::entries::known;
use crate::attr::parse_entries;
use crate::error::{Errors, err};
use crate::model::{Entry, EntryValue, Field, FieldRule, Length, RawField, Rule};

const RULES: [&str; 2] = ["email", "length"];

/// Each rule of `#[validate(...)]` is known, stands once, and has arguments that fit it.
pub(super) fn field_rules(field: &RawField, errors: &mut Errors) -> Vec<FieldRule> {
    known(
        &field.rules.entries,
        &RULES,
        "rule",
        "#[validate(...)]",
        errors,
    )
    .into_iter()
    .filter_map(|(name, entry)| {
        let rule = match name {
            "email" => email(entry),
            _ => length(entry, errors),
        };
        let rule = errors.take(rule)?;
        Some(FieldRule {
            field: Field::from(field),
            name: entry.key.clone(),
            rule,
        })
    })
    .collect()
}

fn email(entry: &Entry) -> syn::Result<Rule> {
    match entry.value {
        EntryValue::Nothing => Ok(Rule::Email),
        _ => Err(err!(
            entry,
            "`email` takes no arguments; write `#[validate(email)]`"
        )),
    }
}

fn length(entry: &Entry, errors: &mut Errors) -> syn::Result<Rule> {
    const FORM: &str = "write `length(min = 1, max = 40)`, one of the two, or `length(equal = 3)`";
    let arguments = match &entry.value {
        EntryValue::Arguments(arguments) if !arguments.is_empty() => arguments.clone(),
        _ => return Err(err!(entry, "`length` needs its bounds; {FORM}")),
    };
    let parse = |input: ParseStream<'_>| parse_entries(input, "a bound, such as `min = 1`");
    let arguments = parse.parse2(arguments)?;
    let mut bounds = HashMap::new();
    for (name, argument) in known(
        &arguments,
        &["min", "max", "equal"],
        "argument",
        "length(...)",
        errors,
    ) {
        match &argument.value {
            EntryValue::Expr(value) => {
                bounds.insert(name, (argument, value.clone()));
            }
            _ => errors.push(err!(argument, "`{name}` needs a value; write `{name} = 1`")),
        }
    }
    if let Some((equal, _)) = bounds.get("equal") {
        for other in ["min", "max"].iter().filter_map(|name| bounds.get(name)) {
            errors.push_both(
                equal,
                other.0,
                "`equal` says it all; leave `min` and `max` out",
            );
        }
    }
    let mut take = |name| bounds.remove(name).map(|(_, value)| value);
    let (min, max, equal) = (take("min"), take("max"), take("equal"));
    Ok(Rule::Length(Box::new(Length { min, max, equal })))
}
