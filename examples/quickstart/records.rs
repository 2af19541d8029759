//! A sink of our own: it shows each event as the record that a Kafka client would be given.

use std::io::{self, Write};

use outbox_core::{ContentMode, KafkaRecord};
use outbox_relay::{Event, SendError, Sink};

pub struct Records;

impl Sink for Records {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let record = KafkaRecord::from_row(event.row(), ContentMode::Binary);
        let record = record.map_err(SendError::rejected)?;
        show(&record, io::stdout().lock()).map_err(SendError::closed)
    }
}

fn show(record: &KafkaRecord, mut output: impl Write) -> io::Result<()> {
    let text = |bytes| String::from_utf8_lossy(bytes);
    writeln!(output, "topic {}", record.topic())?;
    writeln!(output, "key {}", text(record.key().unwrap_or_default()))?;
    for (name, value) in record.headers() {
        writeln!(output, "header {name}: {}", text(value))?;
    }
    writeln!(
        output,
        "value {}\n",
        text(record.value().unwrap_or_default())
    )?;
    output.flush()
}
