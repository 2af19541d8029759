//! Rules as they are written in `#[validate(...)]`.

use std::fmt::Display;

use crate::field_rules::{Length, Range};

pub(super) fn length_in_words(rule: &Length) -> String {
    let bounds = [("min", rule.min), ("max", rule.max), ("equal", rule.equal)];
    rule_in_words("length", &bounds)
}

pub(super) fn range_in_words<N: Display + Copy>(rule: &Range<N>) -> String {
    let bounds = [
        ("min", rule.min),
        ("max", rule.max),
        ("exclusive_min", rule.exclusive_min),
        ("exclusive_max", rule.exclusive_max),
    ];
    rule_in_words("range", &bounds)
}

fn rule_in_words<N: Display + Copy>(name: &str, bounds: &[(&str, Option<N>)]) -> String {
    let bounds: Vec<String> = bounds
        .iter()
        .filter_map(|(name, bound)| Some(format!("{name} = {}", (*bound)?)))
        .collect();
    format!("{name}({})", bounds.join(", "))
}
