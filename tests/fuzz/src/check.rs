use std::collections::BTreeMap;
use std::fmt::Debug;

use outbox_core::row::OutboxRow;
use outbox_core::{CloudEvent, ContentMode, DecodeError, DecodeEvent, Envelope, KafkaRecord};
use serde_json::Value;
use serde_json::value::RawValue;

/// Checks that an event that was read is legal: every format writes it and reads it back.
///
/// # Panics
///
/// If a format does not. That is a finding.
pub fn envelope<E: DecodeEvent + Clone + Debug + PartialEq>(envelope: &Envelope<E>) {
    let json = envelope.to_cloudevent_json().expect("it can be sent");
    assert_eq!(Envelope::from_cloudevent_json(&json).as_ref(), Ok(envelope));
    is_written_as_by_serde_json(&json, envelope);

    let untyped = envelope.to_cloudevent().expect("it can be sent");
    assert_eq!(Envelope::from_cloudevent(untyped).as_ref(), Ok(envelope));

    let record = envelope.to_kafka_record(ContentMode::Structured);
    let record = record.expect("it can be sent");
    assert_eq!(Envelope::from_kafka_record(&record).as_ref(), Ok(envelope));

    // A header has no type, so an extension comes back as text.
    let record = envelope.to_kafka_record(ContentMode::Binary);
    let record = record.expect("it can be sent");
    let read = Envelope::<E>::from_kafka_record(&record).expect("it can be read");
    assert_eq!(
        read.to_kafka_record(ContentMode::Binary).as_ref().ok(),
        Some(&record)
    );
    assert_eq!(read.event(), envelope.event());

    let row = envelope.to_row().expect("it can be stored");
    assert_eq!(Envelope::from_row(&row).as_ref(), Ok(envelope));
    let texts = row.to_texts().expect("it can be stored");
    assert_eq!(OutboxRow::from_texts(texts).as_ref(), Ok(&row));
    let untyped = CloudEvent::from_row(&row).expect("it can be sent");
    assert_eq!(untyped.to_json().ok(), Some(json));
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        assert_eq!(
            KafkaRecord::from_row(&row, mode).ok(),
            envelope.to_kafka_record(mode).ok()
        );
    }

    // The flat message has no place for some attributes, and for some members of a flattened map.
    if let Ok(json) = envelope.to_message_json() {
        let read = Envelope::<E>::from_message_json(&json).expect("it can be read");
        assert_eq!(read.event(), envelope.event());
        assert_eq!(read.event_id(), envelope.event_id());
        assert_eq!(read.occurred_at(), envelope.occurred_at());
    }
}

/// Checks that each member has the text that `serde_json` writes.
fn is_written_as_by_serde_json<E: DecodeEvent>(json: &[u8], envelope: &Envelope<E>) {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(json).expect("it is JSON");
    for (name, written) in members {
        let expected = if name == "data" {
            serde_json::to_string(envelope.event())
        } else {
            let value: Value = serde_json::from_str(written.get()).expect("it is JSON");
            serde_json::to_string(&value)
        };
        assert_eq!(written.get(), expected.expect("it can be written"), "{name}");
    }
}

/// Checks that an error is fit for a log: short, on one line, and with little of the input.
///
/// # Panics
///
/// If it is not. That is a finding.
pub fn error(error: &DecodeError, input: &[u8]) {
    const SHOWN: usize = 80;
    let input = String::from_utf8_lossy(input);
    let message = error.to_string();
    assert!(!message.contains(char::is_control), "{message:?}");
    let messages = match error {
        // There may be many violations, one for each field.
        DecodeError::Invalid(errors) => errors.iter().map(ToString::to_string).collect(),
        _ => vec![message],
    };
    for message in messages {
        assert!(message.chars().count() <= 400, "{message}");
        // The message has its own words around the excerpt, and a fuzzer learns to write them.
        for piece in message.split(['`', '…', '[', ']']) {
            let is_short = piece.chars().count() <= SHOWN;
            assert!(is_short || !input.contains(piece), "{message}");
        }
    }
}
