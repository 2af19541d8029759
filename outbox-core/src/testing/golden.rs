//! Golden files: the bytes of an event in every format, kept with the code.

use std::path::Path;

use super::difference::{HEADING, difference};
use super::json_lines::lines_of;
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;
use crate::kafka::{ContentMode, KafkaRecord};
use crate::recorded::{self, Update};
use crate::row::COLUMNS;

/// Compares the bytes of an event in every format with a committed file. The formats are the row, the CloudEvent in
/// JSON, the Kafka record in both modes, and the flat message if the event has one.
///
/// ```no_run
/// # use outbox_core::{Envelope, OutboxEvent, testing};
/// # #[derive(serde::Serialize, OutboxEvent)]
/// # #[outbox(event_type = "com.example.order.placed", source = "/orders")]
/// # struct OrderPlaced { #[aggregate_id] order_id: u64 }
/// let event = Envelope::new(OrderPlaced { order_id: 7 })?;
/// let event = testing::fixed("2026-01-01T00:00:00Z").envelope(event);
/// testing::assert_golden(&event, "tests/golden/order_placed.txt");
/// # Ok::<(), outbox_core::ValidationErrors>(())
/// ```
///
/// `OUTBOX_UPDATE=1 cargo test` writes the file. Review it and commit it. Without the variable, nothing is written. A
/// relative path starts at the folder of the package, where Cargo runs tests.
///
/// # The file
///
/// The file has a section for each format. Compact JSON has each member on a line of its own, in the order of writing.
/// Bytes that are not one line of text are written as `b"..."`. So the file shows the exact bytes. Its line endings do
/// not count, so Git may change them.
///
/// The event must be the same in every run: use [`fixed`](super::fixed), and a `BTreeMap` where a `HashMap` would be
/// written in any order.
///
/// # Panics
///
/// If the file does not exist, has other bytes, or cannot be read or written, and if the event cannot be encoded in a
/// format.
#[track_caller]
pub fn assert_golden<E: OutboxEvent>(event: &Envelope<E>, path: impl AsRef<Path>) {
    if let Err(failure) = check(event, path.as_ref()) {
        panic!("{failure}");
    }
}

fn check<E: OutboxEvent>(event: &Envelope<E>, path: &Path) -> Result<(), String> {
    let update = Update::of_environment()?;
    let shown = path.display();
    let text = Sections::of(event)
        .map_err(|error| format!("{shown}: {error}"))?
        .text;
    let stored = recorded::read(path);
    if let Ok(Some(stored)) = &stored
        && stored.lines().eq(text.lines())
    {
        return Ok(());
    }
    if update != Update::Nothing {
        return recorded::write(path, &text).map_err(|error| format!("{shown}: {error}"));
    }
    match stored {
        Ok(Some(stored)) => Err(format!(
            "the event is not written as in {shown} (`-` is in the file, `+` is written now)\n{}\nif this is what you want, record it with `OUTBOX_UPDATE=1 cargo test`, and commit the file",
            difference(&stored, &text),
        )),
        Ok(None) => Err(recorded::not_there(path)),
        Err(error) => Err(format!(
            "{shown}: {error}; create it again with `OUTBOX_UPDATE=1 cargo test`"
        )),
    }
}

/// The text of a golden file.
struct Sections {
    text: String,
}

impl Sections {
    fn of<E: OutboxEvent>(event: &Envelope<E>) -> Result<Self, EncodeError> {
        let mut sections = Self {
            text: String::new(),
        };
        sections.begin("row");
        for (column, value) in COLUMNS.iter().zip(event.to_row()?.to_texts()?) {
            if let Some(value) = value {
                sections.push(column, value.as_bytes());
            }
        }
        sections.begin("CloudEvent");
        sections.push("json", &event.to_cloudevent_json()?);
        sections.begin("Kafka record, binary mode");
        sections.push_record(&event.to_kafka_record(ContentMode::Binary)?);
        sections.begin("Kafka record, structured mode");
        sections.push_record(&event.to_kafka_record(ContentMode::Structured)?);
        match event.to_message_json() {
            Ok(message) => {
                sections.begin("flat message");
                sections.push("json", &message);
            }
            Err(EncodeError::NoFlatMessage { .. } | EncodeError::NotAnObject) => {}
            Err(error) => return Err(error),
        }
        Ok(sections)
    }

    fn begin(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.extend([HEADING, title, "\n"]);
    }

    fn push(&mut self, name: &str, bytes: &[u8]) {
        self.text.extend([name, ": ", &lines_of(bytes), "\n"]);
    }

    fn push_record(&mut self, record: &KafkaRecord) {
        self.push("topic", record.topic().as_bytes());
        if let Some(key) = record.key() {
            self.push("key", key);
        }
        for (name, value) in record.headers() {
            self.push(&format!("header {name}"), value);
        }
        if let Some(value) = record.value() {
            self.push("value", value);
        }
    }
}
