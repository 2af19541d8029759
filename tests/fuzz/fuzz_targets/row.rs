//! A row of arbitrary texts is read or refused, and written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outbox_core::{Envelope, OutboxRow};
use outbox_fuzz::Event;

fuzz_target!(|input: &str| {
    let row = match OutboxRow::from_texts(outbox_fuzz::texts(input)) {
        Ok(row) => row,
        Err(error) => return outbox_fuzz::error(&error, input.as_bytes()),
    };
    // The offset may move a time out of the years of RFC 3339.
    if let Ok(texts) = row.to_texts() {
        let again = OutboxRow::from_texts(texts.clone());
        assert_eq!(
            again.expect("it is legal").to_texts().as_ref().ok(),
            Some(&texts)
        );
    }
    match Envelope::<Event>::from_row(&row) {
        Ok(envelope) => outbox_fuzz::envelope(&envelope),
        Err(error) => outbox_fuzz::error(&error, input.as_bytes()),
    }
});
