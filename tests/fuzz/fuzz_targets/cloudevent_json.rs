//! The typed reader and the way through the untyped event give the same result.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outbox_core::{CloudEvent, Envelope};
use outbox_fuzz::Event;

fuzz_target!(|json: &[u8]| {
    let read = Envelope::<Event>::from_cloudevent_json(json);
    let through_untyped = CloudEvent::from_json(json).and_then(Envelope::from_cloudevent);
    assert_eq!(read, through_untyped);
    match read {
        Ok(envelope) => outbox_fuzz::envelope(&envelope),
        Err(error) => outbox_fuzz::error(&error, json),
    }
});
