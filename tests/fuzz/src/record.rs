use outbox_core::{CloudEvent, ContentMode, KafkaRecord};

/// Makes a record from a text. A line is a header, `name: value`, or else the key. The value comes after an empty line;
/// without that line there is no value.
#[must_use]
pub fn record(input: &[u8]) -> KafkaRecord {
    let blank = input.windows(2).position(|two| two == b"\n\n");
    let (head, value) = match blank {
        Some(blank) => (&input[..blank], Some(input[blank + 2..].to_vec())),
        None => (input, None),
    };
    let (mut key, mut headers) = (None, Vec::new());
    for line in head.split(|byte| *byte == b'\n') {
        match line.windows(2).position(|two| two == b": ") {
            Some(colon) => {
                let name = String::from_utf8_lossy(&line[..colon]).into_owned();
                headers.push((name, line[colon + 2..].to_vec()));
            }
            None => key = Some(line.to_vec()),
        }
    }
    KafkaRecord::from_parts("topic", key, headers, value)
}

/// Returns the event as a record, or nothing if its data is itself an event, which binary mode cannot carry.
///
/// # Panics
///
/// If another event is refused. That is a finding.
#[must_use]
pub fn sent(event: &CloudEvent, mode: ContentMode) -> Option<KafkaRecord> {
    let record = event.to_kafka_record("topic", mode).ok();
    let data = event.datacontenttype().unwrap_or_default();
    let is_event = data
        .to_ascii_lowercase()
        .starts_with("application/cloudevents");
    assert_eq!(record.is_none(), is_event && mode == ContentMode::Binary);
    record
}
