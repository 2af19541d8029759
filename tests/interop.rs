//! Other languages' SDKs read what this crate writes, and the crate reads what they write. `OUTBOX_TEST_INTEROP` names
//! the folder where the SDKs are installed; `tests/interop/exchange-with-sdks` makes it.

#[path = "interop/events.rs"]
mod events;
#[path = "interop/format.rs"]
mod format;
#[path = "interop/quirks.rs"]
mod quirks;
#[path = "interop/report.rs"]
mod report;
#[path = "interop/sdk.rs"]
mod sdk;
mod support;

use std::io::{self, Write};
use std::path::Path;

use events::{Case, Fields, fields_of_cloudevent, fields_of_envelope};
use format::{Format, Message};
use report::{Reader, Row};
use sdk::{Peer, Sdk};
use serde_json::json;

#[test]
fn sdks_read_ours_and_we_read_theirs() {
    let Ok(installed) = std::env::var("OUTBOX_TEST_INTEROP") else {
        support::skipped("`OUTBOX_TEST_INTEROP` names no folder with other languages' SDKs");
        return;
    };
    let rows = compare(Path::new(&installed));
    show(&report::table(&rows));
    let unexplained = report::unexplained(&rows).join("\n");
    assert!(unexplained.is_empty(), "no known quirk:\n{unexplained}");
    let gone = report::gone(&rows).join("\n");
    assert!(gone.is_empty(), "a quirk that is no longer there:\n{gone}");
}

/// Prints past the test runner's capture, so that the log shows what was compared.
fn show(table: &str) {
    let written = io::stderr().write_all(table.as_bytes());
    written.expect("standard error is open");
}

fn compare(installed: &Path) -> Vec<Row> {
    let cases = events::all();
    let mut rows = Vec::new();
    for sdk in Sdk::ALL {
        let mut peer = Peer::start(sdk, installed);
        for &format in sdk.formats() {
            for group in format.groups(&cases) {
                rows.extend(read_by_theirs(&mut peer, format, &group));
            }
            for group in format.groups(&cases) {
                rows.extend(read_by_ours(&mut peer, format, &group));
            }
        }
    }
    rows
}

fn read_by_theirs(peer: &mut Peer, format: Format, group: &[&Case]) -> Vec<Row> {
    let message = format.write(group).expect("it can be written");
    let seen = peer.read(format, &message);
    let count = seen.as_ref().map_or(group.len(), Vec::len);
    assert_eq!(count, group.len(), "{} {format}", peer.sdk);
    let row = |(position, case): (usize, &&Case)| {
        let sent = format.carried(&case.fields);
        let seen = seen.clone().map(|events| events[position].clone());
        Row::new((peer.sdk, format, Reader::Theirs, case.name), &sent, &seen)
    };
    group.iter().enumerate().map(row).collect()
}

fn read_by_ours(peer: &mut Peer, format: Format, group: &[&Case]) -> Vec<Row> {
    let given: Vec<_> = group
        .iter()
        .map(|case| format.given(&case.fields))
        .collect();
    let message = peer.write(format, &given);
    let mut rows = Vec::new();
    for (position, case) in group.iter().enumerate() {
        for reader in [Reader::OurTyped, Reader::OurUntyped] {
            if can_read(reader, format, case) {
                let sent = shown_by(reader, format, &case.fields);
                let seen = message.as_ref().map_err(Clone::clone);
                let seen = seen.and_then(|message| read(reader, format, message, position));
                rows.push(Row::new(
                    (peer.sdk, format, reader, case.name),
                    &sent,
                    &seen,
                ));
            }
        }
    }
    rows
}

fn can_read(reader: Reader, format: Format, case: &Case) -> bool {
    match reader {
        Reader::OurTyped => case.is_typed(),
        // A flat message is not a CloudEvent.
        _ => format != Format::Flat,
    }
}

/// Returns the fields that our reader shows, of those that were sent.
fn shown_by(reader: Reader, format: Format, fields: &Fields) -> Fields {
    let mut shown = format.carried(fields);
    // The reader reads this version only.
    shown.remove("specversion");
    if reader == Reader::OurTyped {
        // These fields come from the definition.
        shown.remove("datacontenttype");
        shown.remove("dataschema");
    }
    if format.is_kafka() {
        let key = fields.get("partitionkey").cloned().unwrap_or_default();
        shown.insert(RECORD_KEY.to_owned(), key);
    }
    shown
}

fn read(
    reader: Reader,
    format: Format,
    message: &Message,
    position: usize,
) -> Result<Fields, String> {
    let fields = match reader {
        Reader::OurTyped => format
            .read_typed(message, position)
            .map(|event| fields_of_envelope(&event)),
        _ => format
            .read_untyped(message, position)
            .map(|event| fields_of_cloudevent(&event)),
    };
    let mut fields = fields.map_err(|error| error.to_string())?;
    if format == Format::Flat {
        fields = format.carried(&fields);
    }
    if format.is_kafka() {
        fields.insert(RECORD_KEY.to_owned(), json!(message.key()));
    }
    Ok(fields)
}

/// The name under which the record key is compared, like an attribute.
const RECORD_KEY: &str = "(record key)";
