//! A sink of our own: it shows the first events in full, for people.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use outbox_core::{ContentMode, KafkaRecord};
use outbox_relay::{Event, SendError, Sink};

use crate::indented::indented;

/// A sink that shows the first events in full, and takes the rest silently.
pub struct Records {
    as_kafka: bool,
    seen: AtomicU64,
}

impl Records {
    /// The number of events that are shown.
    pub const SHOWN: u64 = 2;

    pub fn new(as_kafka: bool) -> Self {
        let seen = AtomicU64::new(0);
        Self { as_kafka, seen }
    }

    fn title(&self) -> &'static str {
        if self.as_kafka {
            "Delivering the events as Kafka records"
        } else {
            "Delivering the events as CloudEvents"
        }
    }

    /// Returns the event as the text that a broker would be given, laid out for people.
    fn text(&self, event: &Event) -> Result<String, SendError> {
        if self.as_kafka {
            let record = KafkaRecord::from_row(event.row(), ContentMode::Binary);
            Ok(record_text(&record.map_err(SendError::rejected)?))
        } else {
            let json = event.cloud_event().to_json().map_err(SendError::rejected)?;
            Ok(indented(&json))
        }
    }
}

impl Sink for Records {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let text = self.text(event)?;
        let before = self.seen.fetch_add(1, Ordering::Relaxed);
        let shown = match before {
            0 => writeln!(io::stdout(), "\n{}:\n\n{text}", self.title()),
            before if before < Self::SHOWN => writeln!(io::stdout(), "\n{text}"),
            _ => Ok(()),
        };
        shown.map_err(SendError::closed)
    }
}

fn record_text(record: &KafkaRecord) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes);
    let mut lines = vec![
        format!("topic   {}", record.topic()),
        format!("key     {}", text(record.key().unwrap_or_default())),
    ];
    for (name, value) in record.headers() {
        lines.push(format!("header  {name}: {}", text(value)));
    }
    let value = indented(record.value().unwrap_or_default());
    lines.push(format!("value   {value}"));
    lines.join("\n")
}
