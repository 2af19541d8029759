//! The README shows what the code gives.

use chrono::{TimeZone, Utc};
use outbox_core::{ContentMode, Envelope, OutboxEvent, row};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

const README: &str = include_str!("../README.md");

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

/// Returns the first block of this language after a text.
fn block<'a>(after: &str, language: &str) -> &'a str {
    let (_, rest) = README.split_once(after).expect("the README has the text");
    let (_, rest) = rest
        .split_once(&format!("```{language}\n"))
        .expect("a block follows");
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn the_cloudevent_is_the_one_that_is_shown() {
    let shown = block("`event.to_cloudevent_json()`", "json");
    let written = String::from_utf8(event().to_cloudevent_json().unwrap()).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(shown).unwrap(),
        serde_json::from_str::<Value>(&written).unwrap()
    );
    let in_one_line: String = shown.lines().map(str::trim).collect();
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
    assert_eq!(block("ContentMode::Binary)`", "text"), written);
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
        assert!(README.contains(&line), "{line}");
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
    let shown = block("does not get that far:", "text");
    let snapshot = include_str!("ui/event_type_values.stderr");
    let first_and_last = [shown.lines().next(), shown.lines().last()];
    for line in first_and_last.into_iter().flatten() {
        // The snapshot has a wider margin than the README.
        let line = line.trim_start_matches([' ', '|']);
        assert!(snapshot.contains(line), "{line}");
    }
}

#[test]
fn every_feature_is_named() {
    let manifest = include_str!("../outbox-core/Cargo.toml");
    let (_, features) = manifest.split_once("[features]\n").unwrap();
    let (features, _) = features.split_once("\n[").unwrap();
    let names = features.lines().filter_map(|line| line.split_once(" = "));
    let public = names.filter(|(name, _)| !name.starts_with(['#', '_']));
    let mut count = 0;
    for (name, _) in public {
        assert!(README.contains(&format!("`{name}`")), "{name}");
        count += 1;
    }
    assert!(count > 10);
}
