//! The comparisons and their results, as one table.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

use crate::events::Fields;
use crate::format::Format;
use crate::quirks::{self, Quirk};
use crate::sdk::Sdk;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reader {
    Theirs,
    OurTyped,
    OurUntyped,
}

/// The comparison of one event in one format, sent from one side to the other.
pub(crate) struct Row {
    pub(crate) sdk: Sdk,
    pub(crate) format: Format,
    pub(crate) reader: Reader,
    event: &'static str,
    fields: BTreeSet<String>,
    differences: Vec<Difference>,
}

pub(crate) struct Difference {
    pub(crate) field: String,
    pub(crate) sent: Value,
    pub(crate) seen: Value,
}

impl Row {
    pub(crate) fn new(
        (sdk, format, reader, event): (Sdk, Format, Reader, &'static str),
        sent: &Fields,
        seen: &Result<Fields, String>,
    ) -> Self {
        let nothing = Fields::new();
        let fields: BTreeSet<_> = sent
            .keys()
            .chain(seen.as_ref().unwrap_or(&nothing).keys())
            .cloned()
            .collect();
        let differences = match seen {
            Ok(seen) => fields
                .iter()
                .filter_map(|name| Difference::at(name, sent, seen))
                .collect(),
            Err(error) => vec![Difference::failure(error)],
        };
        Self {
            sdk,
            format,
            reader,
            event,
            fields,
            differences,
        }
    }

    fn has(&self, quirk: &Quirk) -> bool {
        let mut met = self.quirks().flatten();
        met.any(|met| met.name == quirk.name)
    }

    fn verdict(&self) -> &'static str {
        if self.differences.is_empty() {
            "agree"
        } else if self.quirks().all(|quirk| quirk.is_some()) {
            "quirk"
        } else {
            "DIFFERENT"
        }
    }

    /// The explanation of each difference.
    fn quirks(&self) -> impl Iterator<Item = Option<&'static Quirk>> {
        self.differences
            .iter()
            .map(|difference| Quirk::of(self, difference))
    }
}

impl Difference {
    /// The field name for a message that could not be written or read at all.
    pub(crate) const FAILURE: &str = "(failure)";

    fn at(field: &str, sent: &Fields, seen: &Fields) -> Option<Self> {
        let (sent, seen) = (value(sent, field), value(seen, field));
        (sent != seen).then(|| Self {
            field: field.to_owned(),
            sent,
            seen,
        })
    }

    fn failure(error: &str) -> Self {
        Self {
            field: Self::FAILURE.to_owned(),
            sent: Value::Null,
            seen: error.into(),
        }
    }
}

/// Makes values comparable: an absent field is null, and a time is an instant, however it is written.
fn value(fields: &Fields, name: &str) -> Value {
    let value = fields.get(name).cloned().unwrap_or_default();
    match value.as_str().map(DateTime::parse_from_rfc3339) {
        Some(Ok(time)) if name == "time" || name == "occurred_at" => {
            let utc = time.to_utc();
            utc.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()
        }
        _ => value,
    }
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Theirs => "ours, read by theirs",
            Self::OurTyped => "theirs, read by ours, typed",
            Self::OurUntyped => "theirs, read by ours, untyped",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, sent, seen } = self;
        if field == Self::FAILURE {
            return write!(f, "{seen}");
        }
        write!(f, "{field}: sent {sent}, seen {seen}")
    }
}

/// Returns the position of the row in the table.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sdk,
            format,
            reader,
            event,
            ..
        } = self;
        write!(f, "{sdk:25}  {format:16}  {reader:29}  {event:13}")
    }
}

/// Prints a row for each event: the comparison, the verdict, and each difference with both values.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut lines = vec![format!(
        "{:25}  {:16}  {:29}  {:13}  {:9}  fields compared",
        "SDK", "format", "direction", "event", "verdict"
    )];
    for row in rows {
        let names: Vec<_> = row.fields.iter().map(String::as_str).collect();
        let (count, names) = (names.len(), names.join(" "));
        lines.push(format!("{row}  {:9}  {count:2}: {names}", row.verdict()));
        for (difference, quirk) in row.differences.iter().zip(row.quirks()) {
            let quirk = quirk.map_or("NO KNOWN QUIRK", |quirk| quirk.name);
            lines.push(format!("    {quirk}: {difference}"));
        }
    }
    lines.push("\nKnown quirks".to_owned());
    for Quirk { name, reason, .. } in quirks::ALL {
        lines.push(format!("{name}: {reason}"));
    }
    lines.join("\n") + "\n"
}

/// Returns the differences that no quirk explains.
pub(crate) fn unexplained(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .flat_map(|row| {
            let explained = row.differences.iter().zip(row.quirks());
            explained
                .filter(|(_, quirk)| quirk.is_none())
                .map(move |(difference, _)| format!("{row}  {difference}"))
        })
        .collect()
}

/// Returns the expected quirks that did not occur.
pub(crate) fn gone(rows: &[Row]) -> Vec<String> {
    let mut gone = Vec::new();
    for quirk in quirks::ALL {
        for reader in [Reader::Theirs, Reader::OurUntyped] {
            for format in quirk.formats(reader) {
                let mut there = rows
                    .iter()
                    .filter(|row| row.reader == reader && row.format == *format);
                if !there.any(|row| row.has(quirk)) {
                    gone.push(format!("{}: {format}, {reader}", quirk.name));
                }
            }
        }
    }
    gone
}
