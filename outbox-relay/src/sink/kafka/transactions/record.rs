//! The record of deliveries, and its text.

use std::collections::BTreeMap;
use std::fmt::Write;

use uuid::Uuid;

/// The first line of the message.
const FORMAT: &str = "outbox-relay 1 ";

/// The events that are delivered under a relay name and not known to be saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: String,
    /// The ids of the events, by the numbers of their rows.
    pub(super) delivered: BTreeMap<i64, Uuid>,
}

impl Record {
    /// Returns the record with more events.
    pub(super) fn with(&self, events: BTreeMap<i64, Uuid>) -> Self {
        let mut record = self.clone();
        record.delivered.extend(events);
        record
    }

    /// Removes the events with these numbers.
    pub(super) fn forget(&mut self, seqs: &[i64]) {
        for seq in seqs {
            self.delivered.remove(seq);
        }
    }

    /// Writes the relay name, and a line for each event.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{FORMAT}{}\n", self.name);
        for (seq, id) in &self.delivered {
            // A text takes everything.
            let _ = writeln!(text, "{seq} {id}");
        }
        text
    }

    /// Reads the text that [`to_text`](Self::to_text) writes.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let (name, events) = text.strip_prefix(FORMAT)?.split_once('\n')?;
        let event = |line: &str| {
            let (seq, id) = line.split_once(' ')?;
            Some((seq.parse().ok()?, id.parse().ok()?))
        };
        Some(Self {
            name: name.to_owned(),
            delivered: events.lines().map(event).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_is_written() {
        let delivered = [(7, Uuid::now_v7()), (-1, Uuid::nil())].into();
        let record = Record {
            name: "main of two words".to_owned(),
            delivered,
        };
        assert_eq!(Record::from_text(&record.to_text()), Some(record));
        let empty = Record::default();
        assert_eq!(Record::from_text(&empty.to_text()), Some(empty));
    }

    #[test]
    fn another_text_is_not_a_record() {
        for text in [
            "",
            "outbox-relay 2 main\n",
            "outbox-relay 1 main",
            "outbox-relay 1 main\n7\n",
        ] {
            assert_eq!(Record::from_text(text), None, "{text}");
        }
    }
}
