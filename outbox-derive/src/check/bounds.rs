//! The bounds of the rules `length` and `range`.

use std::cmp::Ordering;

use outbox_rules as rules;
use syn::{Expr, ExprUnary, Lit, UnOp};

use super::vocabulary::KnownEntries;
use crate::literals::Number;
use crate::mistakes::{Errors, err};
use crate::model::{Bound, lower_and_upper};
use crate::types::ungrouped_value;

/// Checks the bounds of the rule `length`.
pub(super) fn length_bounds(arguments: &KnownEntries<'_>, errors: &mut Errors) -> Vec<Bound> {
    for bound in ["min", "max"] {
        let message = "`equal` cannot be combined with `min` or `max`";
        arguments.exclude("equal", bound, message, errors);
    }
    let names = ["min", "max", "equal"];
    checked_bounds(&names, is_count, arguments, errors)
}

/// Checks the bounds of the rule `range`.
pub(super) fn range_bounds(arguments: &KnownEntries<'_>, errors: &mut Errors) -> Vec<Bound> {
    for (inclusive, exclusive) in [("min", "exclusive_min"), ("max", "exclusive_max")] {
        let message = format!("two bounds on one side; keep `{inclusive}` or `{exclusive}`");
        arguments.exclude(inclusive, exclusive, &message, errors);
    }
    let names = ["min", "max", "exclusive_min", "exclusive_max"];
    checked_bounds(&names, is_number, arguments, errors)
}

/// Returns the bounds that are given and that `accept` accepts.
fn checked_bounds(
    names: &[&'static str],
    accept: fn(&str, &Expr, &mut Errors) -> bool,
    arguments: &KnownEntries<'_>,
    errors: &mut Errors,
) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for name in names {
        if let Some(value) = arguments.expression(name, errors)
            && accept(name, &value, errors)
        {
            bounds.push(Bound { name, value });
        }
    }
    if let Some((min, max)) = lower_and_upper(&bounds) {
        refuse_empty(min, max, errors);
    }
    bounds
}

/// Refuses a literal that cannot be a number of characters or elements.
fn is_count(name: &str, value: &Expr, errors: &mut Errors) -> bool {
    let is_count = match ungrouped_value(value) {
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

/// Refuses a literal that is not a number.
fn is_number(name: &str, value: &Expr, errors: &mut Errors) -> bool {
    let is_number =
        !matches!(ungrouped_value(value), Expr::Lit(_)) || Number::read(value).is_some();
    if !is_number {
        errors.push(err!(
            value,
            "`{name}` must be a number; write `{name} = 1` or `{name} = 0.5`"
        ));
    }
    is_number
}

/// Refuses literal bounds that no value can satisfy; the compiler compares the others.
fn refuse_empty(min: &Bound, max: &Bound, errors: &mut Errors) {
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
