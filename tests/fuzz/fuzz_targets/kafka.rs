//! A record gives the same result as a typed and as an untyped event, and is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outbox_core::{CloudEvent, ContentMode, Data, Envelope};
use outbox_fuzz::Event;

fuzz_target!(|input: &[u8]| {
    let record = outbox_fuzz::record(input);
    let untyped = CloudEvent::from_kafka_record(&record);
    match &untyped {
        Ok(event) => is_written_as_read(event),
        Err(error) => outbox_fuzz::error(error, input),
    }
    match Envelope::<Event>::from_kafka_record(&record) {
        Ok(envelope) => {
            let through_untyped = Envelope::<Event>::from_cloudevent(untyped.expect("it is legal"));
            // The untyped event does not have the record's key.
            let through_untyped = through_untyped.expect("it is legal");
            assert_eq!(through_untyped.event(), envelope.event());
            assert_eq!(through_untyped.extensions(), envelope.extensions());
            outbox_fuzz::envelope(&envelope);
        }
        Err(error) => outbox_fuzz::error(&error, input),
    }
});

fn is_written_as_read(event: &CloudEvent) {
    for mode in [ContentMode::Binary, ContentMode::Structured] {
        let Some(record) = outbox_fuzz::sent(event, mode) else {
            continue;
        };
        let read = CloudEvent::from_kafka_record(&record).expect("it can be read");
        // In structured mode, white space around the data belongs to the surrounding text.
        if mode == ContentMode::Binary || is_trimmed(event.data()) {
            let again = read.to_kafka_record("topic", mode);
            assert_eq!(again.ok(), Some(record));
        }
        if mode == ContentMode::Structured && is_trimmed(event.data()) {
            assert_eq!(&read, event);
        }
    }
}

fn is_trimmed(data: Option<&Data>) -> bool {
    match data {
        Some(Data::Json(text)) => text.as_str().trim_ascii() == text.as_str(),
        _ => true,
    }
}
