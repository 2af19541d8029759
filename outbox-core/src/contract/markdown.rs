//! The catalogue for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::alternatives::alternatives;
use super::catalog::Catalog;
use super::entry::Event;
use super::facts::KeyFacts;
use super::places::places_within;
use super::words::alternatives_in_words;

impl Catalog {
    /// Writes the catalogue as a Markdown document: a table of the events, and for each its fields, their rules and an
    /// example, if there is one.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = format!(
            "# {} {}\n\n",
            one_line(&self.title),
            one_line(&self.version)
        );
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
            page += &event.markdown_section();
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

    fn markdown_section(&self) -> String {
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
            section += "It is read, but no longer sent.\n\n";
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
        for row in field_rows(&schema, &schema, "", 0) {
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

/// The depth that a reader follows.
const DEEPEST: usize = 4;

/// Returns a row for each member, and for each member within.
fn field_rows(schema: &Value, root: &Value, path: &str, depth: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for object in alternatives(schema, root) {
        let required = object.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        for place in places_within(&object, path) {
            // `true` and `false` do not describe the elements.
            if place.member.is_none() && place.schema.is_boolean() {
                continue;
            }
            let mut words = alternatives_in_words(&alternatives(place.schema, root));
            if place.member.is_some_and(|name| !is_required(name)) {
                words += "; it is optional";
            }
            let row = format!(
                "| `{}` | {} | {} |\n",
                cell(&place.path),
                cell(&words),
                cell(&description_and_comment(place.schema)),
            );
            let within = if depth < DEEPEST {
                field_rows(place.schema, root, &place.path, depth + 1)
            } else {
                Vec::new()
            };
            for row in [row].into_iter().chain(within) {
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
    }
    rows
}

/// Returns the doc comment, and the rules that no keyword expresses.
fn description_and_comment(schema: &Value) -> String {
    let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
    let notes: Vec<&str> = [text("description"), text("$comment")]
        .into_iter()
        .flatten()
        .collect();
    notes.join("; ")
}

/// Escapes a text for a cell of a table.
fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
