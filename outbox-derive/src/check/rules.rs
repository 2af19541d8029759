//! The rules of `#[validate(...)]`.

use std::cmp::Ordering;

use syn::{Expr, ExprUnary, Lit, UnOp};

use super::arguments::{path, text};
use super::vocabulary::Vocabulary;
use crate::attr::argument_entries;
use crate::error::{Errors, err};
use crate::model::{
    Bound, Entries, Entry, EntryValue, Field, FieldRule, RawField, Rule, lower_and_upper,
};
use outbox_rules as rules;

const RULES: Vocabulary = Vocabulary {
    what: "rule",
    place: "#[validate(...)]",
    names: &[
        "length", "range", "email", "url", "required", "nested", "custom",
    ],
    repeatable: Some("custom"),
    elsewhere: &[
        (
            &["message"],
            "belongs in the parentheses of a rule, like `email(message = \"...\")`",
        ),
        (
            &["schema"],
            "is no rule of a field; write `#[outbox(validate_with = path)]` on the struct",
        ),
    ],
};

/// What the rule takes in its parentheses, and how it is written.
fn form(rule: &str) -> (Vocabulary, &'static str) {
    let (place, names, form): (_, &'static [_], _) = match rule {
        "length" => (
            "length(...)",
            &["min", "max", "equal", "message"],
            "`length` needs its bounds; write `length(min = 1, max = 40)`, one of the two, or `length(equal = 3)`",
        ),
        "range" => (
            "range(...)",
            &["min", "max", "exclusive_min", "exclusive_max", "message"],
            "`range` needs its bounds; write `range(min = 1, max = 40)` or one of the two, with `exclusive_min` and `exclusive_max` for a bound that is not allowed itself",
        ),
        "custom" => (
            "custom(...)",
            &["function", "message"],
            "`custom` needs its function; write `custom(function = path)`",
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
            "`nested` takes no arguments, since the rules of the type say what is wrong; write `nested`",
        ),
    };
    let vocabulary = Vocabulary {
        what: "argument",
        place,
        names,
        repeatable: None,
        elsewhere: &[],
    };
    (vocabulary, form)
}

/// Each rule of `#[validate(...)]` is known, stands once, and has arguments that fit it.
pub(super) fn field_rules(field: &RawField, errors: &mut Errors) -> Vec<FieldRule> {
    RULES
        .find(&field.rules.entries, errors)
        .into_iter()
        .filter_map(|(name, entry)| {
            let (rule, message) = rule(name, entry, errors)?;
            Some(FieldRule {
                field: Field::from(field),
                name: entry.key.clone(),
                rule,
                message,
            })
        })
        .collect()
}

fn rule(name: &str, entry: &Entry, errors: &mut Errors) -> Option<(Rule, Option<Expr>)> {
    let (vocabulary, form) = form(name);
    let required = match name {
        "length" | "range" => &vocabulary.names[..vocabulary.names.len() - 1],
        "custom" => &["function"],
        _ => &[],
    };
    let read = arguments(entry, &vocabulary, form, errors)?;
    let arguments = vocabulary.find(&read.entries, errors);
    let is_complete = read.is_complete && arguments.len() == read.entries.len();
    let arguments = Arguments(arguments);
    if arguments.has_none_of(required) {
        // It may be what is misspelt.
        if is_complete {
            errors.push(err!(entry, "{form}"));
        }
        return None;
    }
    let rule = match name {
        "length" => length(&arguments, errors),
        "range" => range(&arguments, errors),
        "custom" => custom(&arguments, errors)?,
        "email" => Rule::Email,
        "url" => Rule::Url,
        "required" => Rule::Required,
        _ => Rule::Nested,
    };
    let message = arguments
        .get("message")
        .and_then(|message| errors.take(text("message", message)));
    Some((rule, message))
}

fn arguments(
    entry: &Entry,
    vocabulary: &Vocabulary,
    form: &str,
    errors: &mut Errors,
) -> Option<Entries> {
    match &entry.value {
        EntryValue::Nothing => Some(Entries {
            entries: Vec::new(),
            is_complete: true,
        }),
        EntryValue::Arguments(arguments) if !vocabulary.names.is_empty() => {
            let example = format!("an argument, such as `{} = ...`", vocabulary.names[0]);
            Some(argument_entries(arguments.clone(), &example, errors))
        }
        _ => {
            errors.push(err!(entry, "{form}"));
            None
        }
    }
}

/// The arguments of one rule, by their names.
struct Arguments<'a>(Vec<(&'static str, &'a Entry)>);

impl<'a> Arguments<'a> {
    /// Returns whether one of these is needed, and none is there.
    fn has_none_of(&self, names: &[&str]) -> bool {
        !names.is_empty() && names.iter().all(|name| self.get(name).is_none())
    }

    fn get(&self, name: &str) -> Option<&'a Entry> {
        self.0
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, entry)| *entry)
    }

    /// The argument's value; an argument without one is a mistake.
    fn value(&self, name: &str, errors: &mut Errors) -> Option<Expr> {
        let entry = self.get(name)?;
        if let EntryValue::Expr(value) = &entry.value {
            return Some(value.clone());
        }
        errors.push(err!(entry, "`{name}` needs a value; write `{name} = 1`"));
        None
    }

    /// Of two arguments that exclude each other, both are told.
    fn exclude(&self, one: &str, other: &str, message: &str, errors: &mut Errors) {
        if let (Some(one), Some(other)) = (self.get(one), self.get(other)) {
            errors.push_both(one, other, message);
        }
    }
}

fn length(arguments: &Arguments<'_>, errors: &mut Errors) -> Rule {
    for bound in ["min", "max"] {
        let message = "`equal` says it all; leave `min` and `max` out";
        arguments.exclude("equal", bound, message, errors);
    }
    Rule::Length(bounds(
        &["min", "max", "equal"],
        is_count,
        arguments,
        errors,
    ))
}

fn range(arguments: &Arguments<'_>, errors: &mut Errors) -> Rule {
    for (inclusive, exclusive) in [("min", "exclusive_min"), ("max", "exclusive_max")] {
        let message = format!("two bounds on one side; keep `{inclusive}` or `{exclusive}`");
        arguments.exclude(inclusive, exclusive, &message, errors);
    }
    let names = ["min", "max", "exclusive_min", "exclusive_max"];
    Rule::Range(bounds(&names, is_number, arguments, errors))
}

/// The bounds that are given, of which `accept` has nothing to say.
fn bounds(
    names: &[&'static str],
    accept: fn(&str, &Expr, &mut Errors) -> bool,
    arguments: &Arguments<'_>,
    errors: &mut Errors,
) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for name in names {
        if let Some(value) = arguments.value(name, errors)
            && accept(name, &value, errors)
        {
            bounds.push(Bound { name, value });
        }
    }
    if let Some((min, max)) = lower_and_upper(&bounds) {
        is_not_empty(min, max, errors);
    }
    bounds
}

/// A literal that cannot be a number of characters or elements is told at once, in words of its own.
fn is_count(name: &str, value: &Expr, errors: &mut Errors) -> bool {
    let is_count = match value {
        Expr::Lit(literal) => matches!(literal.lit, Lit::Int(_)),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_), ..
        }) => false,
        _ => true,
    };
    if !is_count {
        errors.push(err!(
            value,
            "`{name}` counts characters or elements; write a whole number, like `{name} = 1`"
        ));
    }
    is_count
}

/// A literal that is no number is told at once, in words of its own.
fn is_number(name: &str, value: &Expr, errors: &mut Errors) -> bool {
    let is_number = !matches!(value, Expr::Lit(_)) || Number::read(value).is_some();
    if !is_number {
        errors.push(err!(
            value,
            "`{name}` is a number; write one, like `{name} = 1` or `{name} = 0.5`"
        ));
    }
    is_number
}

/// Something obeys the rule, as far as literals tell; the compiler tells the rest.
fn is_not_empty(min: &Bound, max: &Bound, errors: &mut Errors) {
    let (Some(least), Some(most)) = (Number::read(&min.value), Number::read(&max.value)) else {
        return;
    };
    let are_exclusive = [min.is_exclusive(), max.is_exclusive()];
    let is_empty = match least.compare(most) {
        Some(Ordering::Less) => are_exclusive == [true; 2] && least.precedes(most),
        Some(Ordering::Equal) => are_exclusive != [false; 2],
        _ => true,
    };
    if is_empty {
        errors.push_both(&min.value, &max.value, rules::NOTHING_OBEYS);
    }
}

/// A number that is written as a literal.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    Integer { is_negative: bool, size: u128 },
    Float(f64),
}

impl Number {
    /// `None` if it is no literal.
    pub(crate) fn read(value: &Expr) -> Option<Self> {
        let positive = |size| Self::Integer {
            is_negative: false,
            size,
        };
        match value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => number.base10_parse().ok().map(positive),
                Lit::Byte(number) => Some(positive(number.value().into())),
                Lit::Float(number) => number.base10_parse().ok().map(Self::Float),
                _ => None,
            },
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) => Self::read(expr).map(|number| match number {
                Self::Integer { is_negative, size } => Self::Integer {
                    is_negative: !is_negative && size > 0,
                    size,
                },
                Self::Float(number) => Self::Float(-number),
            }),
            _ => None,
        }
    }

    /// The number's text, if it is written without a fraction.
    pub(crate) fn whole(self) -> Option<String> {
        match self {
            Self::Integer { is_negative, size } => {
                Some(format!("{}{size}", if is_negative { "-" } else { "" }))
            }
            Self::Float(_) => None,
        }
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self.sign_and_size(), other.sign_and_size()) {
            (Some((false, one)), Some((false, other))) => Some(one.cmp(&other)),
            (Some((true, one)), Some((true, other))) => Some(other.cmp(&one)),
            (Some((one, _)), Some((other, _))) => Some(other.cmp(&one)),
            _ => self.to_float().partial_cmp(&other.to_float()),
        }
    }

    fn sign_and_size(self) -> Option<(bool, u128)> {
        match self {
            Self::Integer { is_negative, size } => Some((is_negative, size)),
            Self::Float(_) => None,
        }
    }

    /// Returns whether no integer is between this one and the greater `other`.
    fn precedes(self, other: Self) -> bool {
        match (self.sign_and_size(), other.sign_and_size()) {
            (Some((false, one)), Some((false, other))) => other - one == 1,
            (Some((true, one)), Some((true, other))) => one - other == 1,
            (Some((_, one)), Some((_, other))) => one.checked_add(other) == Some(1),
            _ => false,
        }
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "an integer is compared with a float only where the field is a float"
    )]
    fn to_float(self) -> f64 {
        match self {
            Self::Integer { is_negative, size } if is_negative => -(size as f64),
            Self::Integer { size, .. } => size as f64,
            Self::Float(number) => number,
        }
    }
}

fn custom(arguments: &Arguments<'_>, errors: &mut Errors) -> Option<Rule> {
    const REMEDY: &str = "`function` is a path to `fn(&T) -> Result<(), impl Display>`; write `custom(function = path)`";
    let function = arguments.get("function")?;
    let function = errors.take(path(function, REMEDY))?;
    Some(Rule::Custom(function))
}
