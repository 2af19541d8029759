//! The forms of the README's event, as the page of the formats shows them.

use chrono::{TimeZone, Utc};
use outbox_core::{ContentMode, Envelope, OutboxEvent, row};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const README: &str = include_str!("../../README.md");
const FORMATS: &str = include_str!("../../docs/formats.md");

/// The README's event.
#[derive(Debug, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.gridflow.invite.created", source = "/invite-service")]
struct InviteCreated {
    #[aggregate_id]
    invite_id: Uuid,
    #[partition_key]
    tenant_id: String,
    #[validate(email)]
    email: String,
    #[validate(length(min = 1, max = 40))]
    role: String,
}

fn invite() -> InviteCreated {
    InviteCreated {
        invite_id: Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_000a),
        tenant_id: "acme".to_owned(),
        email: "ada@example.com".to_owned(),
        role: "admin".to_owned(),
    }
}

fn event() -> Envelope<InviteCreated> {
    Envelope::new(invite())
        .expect("the README's event is valid")
        .with_event_id(Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_0001))
        .with_occurred_at(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap())
}

/// Returns the first block of this language after a text of a page.
fn block<'a>(page: &'a str, after: &str, language: &str) -> &'a str {
    let (_, rest) = page.split_once(after).expect("the page has the text");
    let (_, rest) = rest
        .split_once(&format!("```{language}\n"))
        .expect("a block follows");
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn the_cloudevent_is_the_one_that_is_shown() {
    is_shown_after(
        "`event.to_cloudevent_json()`",
        event().to_cloudevent_json().unwrap(),
    );
}

#[test]
fn the_flat_message_is_the_one_that_is_shown() {
    is_shown_after(
        "`event.to_message_json()`",
        event().to_message_json().unwrap(),
    );
}

/// Compares the JSON with the page, byte for byte but for the white space.
fn is_shown_after(words: &str, json: Vec<u8>) {
    let lines = block(FORMATS, words, "json").lines();
    let in_one_line: String = lines.map(str::trim).collect();
    let written = String::from_utf8(json).unwrap();
    assert_eq!(in_one_line.replace("\": ", "\":"), written);
}

#[test]
fn the_kafka_record_is_the_one_that_is_shown() {
    let record = event().to_kafka_record(ContentMode::Binary).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let headers: Vec<String> = record
        .headers()
        .map(|(name, value)| format!("{name}: {}", text(value)))
        .collect();
    let written = format!(
        "topic    {}\nkey      {}\nheaders  {}\nvalue    {}\n",
        record.topic(),
        text(record.key().unwrap()),
        headers.join("\n         "),
        text(record.value().unwrap()),
    );
    assert_eq!(block(FORMATS, "ContentMode::Binary)`", "text"), written);
}

#[test]
fn the_row_is_the_one_that_is_shown() {
    let row = event().to_row().unwrap();
    let time = row
        .time
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let id = row.id.to_string();
    let values = [
        &id,
        &row.aggregate_type,
        &row.aggregate_id,
        &row.event_type,
        &row.payload,
        &row.partition_key,
        &row.topic,
        &row.source,
        &row.spec_version,
        &time,
        &row.subject,
        &row.data_content_type,
        "",
        &row.data_version,
        "",
        "",
        "",
        "",
        "",
    ];
    for (column, value) in row::COLUMNS.iter().zip(values) {
        let line = match value {
            "" => format!("\n| `{column}` | |\n"),
            value => format!("\n| `{column}` | `{value}` |\n"),
        };
        assert!(FORMATS.contains(&line), "{line}");
    }
}

#[test]
fn the_violations_are_the_ones_that_are_shown() {
    let bad = InviteCreated {
        email: "ada".to_owned(),
        role: String::new(),
        ..invite()
    };
    let errors = Envelope::new(bad).unwrap_err();
    assert!(README.contains(&format!("``{errors}``")), "{errors}");
}

#[test]
fn the_compile_error_is_the_one_that_is_shown() {
    let shown = block(README, "does not compile:", "text");
    let snapshot = include_str!("../ui/event_type_values.stderr");
    let first_and_last = [shown.lines().next(), shown.lines().last()];
    for line in first_and_last.into_iter().flatten() {
        // The program has more in its margin.
        let line = line.trim_start_matches([' ', '|']);
        assert!(snapshot.contains(line), "{line}");
    }
}
