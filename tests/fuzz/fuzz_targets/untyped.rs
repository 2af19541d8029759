//! The event of any producer is written as it was read, alone and in a batch.
#![no_main]

use base64::prelude::{BASE64_STANDARD, Engine};
use libfuzzer_sys::fuzz_target;
use outbox_core::{CloudEvent, ContentMode, Data, DecodeError};
use serde_json::Value;

fuzz_target!(|json: &[u8]| {
    let read = CloudEvent::from_json(json);
    match &read {
        Ok(event) => {
            is_written_as_read(event);
            has_the_data_of(event, json);
        }
        Err(error) => outbox_fuzz::error(error, json),
    }
    agrees_with_a_batch(read, json);
    match CloudEvent::batch_from_json(json) {
        Ok(events) => {
            let json = CloudEvent::batch_to_json(&events).expect("it can be written");
            assert_eq!(CloudEvent::batch_from_json(&json), Ok(events));
        }
        Err(error) => outbox_fuzz::error(&error, json),
    }
});

fn is_written_as_read(event: &CloudEvent) {
    let json = event.to_json().expect("it can be written");
    assert_eq!(CloudEvent::from_json(&json).as_ref(), Ok(event));
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let Some(record) = outbox_fuzz::sent(event, mode) else {
            continue;
        };
        let read = CloudEvent::from_kafka_record(&record).expect("it can be read");
        // The media type decides how bytes are read, and a header has no type.
        let again = read.to_kafka_record("topic", mode).expect("it can be sent");
        let read_again = CloudEvent::from_kafka_record(&again);
        assert_eq!(read_again, Ok(read));
        if mode == ContentMode::Binary {
            assert_eq!(again, record);
        }
    }
}

/// Another parser finds the same data.
fn has_the_data_of(event: &CloudEvent, json: &[u8]) {
    // A JSON text that serde_json does not represent: a lone surrogate or a number out of range.
    let Ok(members) = serde_json::from_slice::<Value>(json) else {
        return;
    };
    let member = |name| members.get(name);
    match event.data() {
        Some(Data::Json(text)) => {
            assert_eq!(
                member("data"),
                Some(&serde_json::from_str(text.as_str()).unwrap())
            );
            let json = String::from_utf8_lossy(json);
            assert!(
                json.contains(text.as_str()),
                "not as it was written: {text}"
            );
        }
        Some(Data::Text(text)) => assert_eq!(member("data"), Some(&text.as_str().into())),
        Some(Data::Binary(bytes)) => {
            let text = BASE64_STANDARD.encode(bytes);
            assert_eq!(member("data_base64"), Some(&text.into()));
        }
        Some(_) => unreachable!("there is no other data"),
        None => assert_eq!(member("data"), None),
    }
}

fn agrees_with_a_batch(read: Result<CloudEvent, DecodeError>, json: &[u8]) {
    const GOOD: &str = r#"{"specversion":"1.0","id":"1","source":"/s","type":"a"}"#;
    // Otherwise a batch could read it as more than one event.
    if serde_json::from_slice::<&serde_json::value::RawValue>(json).is_err() {
        return;
    }
    let batch = [b"[", GOOD.as_bytes(), b",", json, b"]"].concat();
    match (read, CloudEvent::batch_from_json(&batch)) {
        (Ok(event), Ok(events)) => assert_eq!(events[1..], [event]),
        (Err(_), Err(DecodeError::InBatch { index, .. })) => assert_eq!(index, 1),
        (alone, batch) => panic!("{alone:?} alone, {batch:?} in a batch"),
    }
}
