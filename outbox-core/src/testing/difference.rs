//! The difference between two texts, for people.

use std::fmt::Write;

use serde::Serialize;
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::excerpt::visible;

/// The start of a heading line. A difference repeats the last heading before it.
pub(super) const HEADING: &str = "# ";

/// The number of lines that are shown before and after each difference.
const CONTEXT: usize = 3;

/// Returns the lines that differ, with `-` before a line of `old` and `+` before a line of `new`.
pub(super) fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old == new {
        return "  (the JSON is the same; the events differ in fields that serde does not write)\n"
            .to_owned();
    }
    let diff = TextDiff::from_slices(&old, &new);
    let mut text = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        text.push_str(&lead(&old, &group));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let _ = match (change.tag(), change.value()) {
                (ChangeTag::Equal, "") => writeln!(text),
                (tag, line) => writeln!(text, "{tag} {}", visible(line.into())),
            };
        }
    }
    text
}

/// Returns how many lines of a difference are not the same in both texts.
pub(super) fn changed_lines(difference: &str) -> usize {
    let lines = difference.lines();
    lines.filter(|line| line.starts_with(['-', '+'])).count()
}

/// Returns the lines before a group of changes: their heading, and a sign where lines are left out.
fn lead(old: &[&str], group: &[DiffOp]) -> String {
    let start = group.first().map_or(0, |op| op.old_range().start);
    if old.get(start).is_some_and(|line| line.starts_with(HEADING)) {
        return String::new();
    }
    let heading = old[..start]
        .iter()
        .rposition(|line| line.starts_with(HEADING));
    let from = heading.unwrap_or(0);
    if start - from <= CONTEXT {
        let lines = old[from..start].iter();
        return lines.flat_map(|line| ["  ", line, "\n"]).collect();
    }
    let heading = heading.map(|position| format!("  {}\n", old[position]));
    heading.unwrap_or_default() + "  …\n"
}

/// Returns a payload as JSON, each member on a line of its own.
pub(super) fn payload_lines<T: Serialize>(payload: &T) -> String {
    match serde_json::to_string_pretty(payload) {
        Ok(json) => json + "\n",
        Err(error) => format!("(the payload cannot be serialized: {error})\n"),
    }
}
