//! The catalogue for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::alternatives::alternatives;
use super::catalog::{Catalog, Event, KeyFacts};
use super::fits::member;
use super::words;

impl Catalog {
    /// The catalogue as a Markdown document: a table of the events, and for each its fields, their rules and an
    /// example, if there is one.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = format!("# {} {}\n\n", line(&self.title), line(&self.version));
        page += "| event | version | topic | key | |\n|---|---|---|---|---|\n";
        for event in &self.events {
            let definition = &event.definition;
            let description = definition.description().unwrap_or_default();
            let _ = writeln!(
                page,
                "| `{}` | {} | `{}` | {} | {} |",
                cell(definition.event_type()),
                definition.data_version(),
                definition.topic_or_default(),
                cell(&event.key_as_code()),
                cell(description.lines().next().unwrap_or_default()),
            );
        }
        for event in &self.events {
            page += &event.section();
        }
        page
    }
}

impl Event {
    fn key_as_code(&self) -> String {
        let key = self.key_in_words();
        match self.facts.partition_key {
            KeyFacts::Function(_) => key,
            _ => format!("`{}`", key.replace(", ", "`, `")),
        }
    }

    fn section(&self) -> String {
        let definition = &self.definition;
        let mut section = format!(
            "\n## {} {}\n\n",
            definition.event_type(),
            definition.data_version()
        );
        if let Some(description) = definition.description() {
            let _ = write!(section, "{description}\n\n");
        }
        if !self.is_sent {
            section += "It is read, and sent no more.\n\n";
        }
        let _ = writeln!(section, "- source: `{}`", definition.source());
        let _ = writeln!(section, "- topic: `{}`", definition.topic_or_default());
        let _ = writeln!(section, "- partition key: {}", self.key_as_code());
        let _ = writeln!(section, "- aggregate: {}", self.aggregate_in_words());
        if !self.facts.extensions.is_empty() {
            let _ = writeln!(
                section,
                "- extension attributes: {}",
                self.facts.extensions.join(", ")
            );
        }
        section += "\n| field | what it is | |\n|---|---|---|\n";
        let schema = self.json_schema();
        for row in fields(&schema, &schema, "", 0) {
            section += &row;
        }
        for example in &self.examples {
            let json = serde_json::to_string_pretty(&example.cloudevent).unwrap_or_default();
            let _ = write!(section, "\nAn example:\n\n```json\n{json}\n```\n");
        }
        section
    }

    fn aggregate_in_words(&self) -> String {
        let kind = self.definition.aggregate_type();
        match self.facts.aggregate_id {
            Some(name) => format!("`{kind}`, whose id is `{name}`"),
            None => format!("`{kind}`"),
        }
    }
}

/// Deeper than a reader follows.
const DEEPEST: usize = 4;

/// A row for each member, and for each member of it.
fn fields(schema: &Value, root: &Value, path: &str, depth: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut add = |row: String| {
        if !rows.contains(&row) {
            rows.push(row);
        }
    };
    for object in alternatives(schema, root) {
        let members = object.get("properties").and_then(Value::as_object);
        let required = object.get("required").and_then(Value::as_array);
        for (name, schema) in members.into_iter().flatten() {
            let at = member(path, name);
            let is_required = required.is_some_and(|names| names.iter().any(|one| one == name));
            add(format!(
                "| `{}` | {} | {} |\n",
                cell(&at),
                cell(&words_of(schema, root, is_required)),
                cell(&notes(schema)),
            ));
            if depth < DEEPEST {
                fields(schema, root, &at, depth + 1)
                    .into_iter()
                    .for_each(&mut add);
            }
        }
        for (keyword, place) in [("items", "[]"), ("additionalProperties", "[*]")] {
            let Some(schema) = object.get(keyword).filter(|schema| !schema.is_boolean()) else {
                continue;
            };
            let at = format!("{path}{place}");
            let words = cell(&words_of(schema, root, true));
            add(format!(
                "| `{}` | {words} | {} |\n",
                cell(&at),
                cell(&notes(schema))
            ));
            if depth < DEEPEST {
                fields(schema, root, &at, depth + 1)
                    .into_iter()
                    .for_each(&mut add);
            }
        }
    }
    rows
}

fn words_of(schema: &Value, root: &Value, is_required: bool) -> String {
    let words = words::all(&alternatives(schema, root));
    if is_required {
        words
    } else {
        format!("{words}; it may be absent")
    }
}

/// The doc comment, and the rules that no keyword says.
fn notes(schema: &Value) -> String {
    let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
    let notes: Vec<&str> = [text("description"), text("$comment")]
        .into_iter()
        .flatten()
        .collect();
    notes.join("; ")
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
