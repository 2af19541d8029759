//! The difference between two texts, for people.

use std::fmt::Write;

use serde::Serialize;
use similar::{ChangeTag, DiffOp, TextDiff};

/// The start of a line that names what follows. A difference repeats the last such line before it.
pub(super) const HEADING: &str = "# ";

/// The lines that are shown before and after each difference.
const CONTEXT: usize = 3;

/// Returns the lines that differ, with `-` before those of `old` and `+` before those of `new`.
pub(super) fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old == new {
        return "  (the JSON is the same; the events differ in what serde does not write)\n"
            .to_owned();
    }
    let diff = TextDiff::from_slices(&old, &new);
    let mut text = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        text.push_str(&lead(&old, &group));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let _ = match (change.tag(), change.value()) {
                (ChangeTag::Equal, "") => writeln!(text),
                (tag, line) => writeln!(text, "{tag} {line}"),
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

/// Returns a sign that lines are left out, with the heading that is among them.
fn lead(old: &[&str], group: &[DiffOp]) -> String {
    let start = group.first().map_or(0, |op| op.old_range().start);
    if start == 0 {
        return String::new();
    }
    let starts_with_heading = old.get(start).is_some_and(|line| line.starts_with(HEADING));
    let mut before = old[..start].iter();
    match before.rfind(|line| line.starts_with(HEADING)) {
        Some(heading) if !starts_with_heading => format!("  {heading}\n  …\n"),
        _ => "  …\n".to_owned(),
    }
}

/// Returns a payload as JSON, each member on a line of its own.
pub(super) fn payload_lines<T: Serialize>(payload: &T) -> String {
    match serde_json::to_string_pretty(payload) {
        Ok(json) => json + "\n",
        Err(error) => format!("(the payload cannot be serialized: {error})\n"),
    }
}
