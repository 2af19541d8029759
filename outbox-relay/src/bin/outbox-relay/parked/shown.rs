//! Parked events, as text and as JSON.

use std::fmt;
use std::io::{self, BufWriter, Stdout, Write};

use outbox_relay::StoredEvent;
use outbox_relay::store::{How, ParkedHead, ParkedRow, Why};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::Outcome;

/// Writes one entry after the other: each as text, or all as one JSON array.
pub(super) struct Writer {
    output: BufWriter<Stdout>,
    is_json: bool,
    entries: usize,
}

/// An entry that can be written in both forms.
pub(super) trait Shown: Serialize {
    fn write_text(&self, output: &mut impl Write) -> io::Result<()>;
}

impl Writer {
    pub(super) fn new(is_json: bool) -> Self {
        Self {
            output: BufWriter::new(io::stdout()),
            is_json,
            entries: 0,
        }
    }

    pub(super) fn write(&mut self, entry: &impl Shown) -> Outcome {
        if self.is_json {
            let begin = if self.entries == 0 { "[" } else { ",\n" };
            self.output.write_all(begin.as_bytes())?;
            serde_json::to_writer(&mut self.output, entry)?;
        } else {
            entry.write_text(&mut self.output)?;
        }
        self.entries += 1;
        Ok(())
    }

    pub(super) fn end(mut self) -> Outcome {
        match (self.is_json, self.entries) {
            (true, 0) => self.output.write_all(b"[]\n")?,
            (true, _) => self.output.write_all(b"]\n")?,
            (false, 0) => self.output.write_all(b"nothing is parked\n")?,
            (false, _) => {}
        }
        Ok(self.output.flush()?)
    }
}

/// A key, with the event that holds it up.
#[derive(Serialize)]
pub(super) struct ShownHead<'a> {
    /// The relay name, where those of several are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    key: &'a str,
    events: u64,
    #[serde(flatten)]
    head: ShownRow<'a>,
    #[serde(skip)]
    opened: Option<(How, bool)>,
}

/// A parked event.
#[derive(Serialize)]
pub(super) struct ShownEvent<'a> {
    key: &'a str,
    #[serde(flatten)]
    row: ShownRow<'a>,
    id: Option<String>,
    #[serde(rename = "type")]
    event_type: Option<&'a str>,
    payload: Option<Payload<'a>>,
    /// Why the other members are missing.
    unreadable: Option<&'a str>,
}

/// A payload: the JSON itself, or the text of one that is not JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum Payload<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

#[derive(Serialize)]
struct ShownRow<'a> {
    seq: i64,
    why: &'static str,
    attempts: u32,
    error: Option<&'a str>,
    since: String,
}

impl<'a> ShownHead<'a> {
    pub(super) fn listed(name: Option<&'a str>, head: &'a ParkedHead) -> Self {
        Self {
            name,
            key: &head.row.park.key,
            events: head.rows,
            head: ShownRow::new(&head.row),
            opened: None,
        }
    }

    pub(super) fn opened(head: &'a ParkedHead, how: How, is_dry: bool) -> Self {
        Self {
            opened: Some((how, is_dry)),
            ..Self::listed(None, head)
        }
    }
}

impl Shown for ShownHead<'_> {
    fn write_text(&self, output: &mut impl Write) -> io::Result<()> {
        let Self {
            key, events, head, ..
        } = self;
        let (seq, behind) = (head.seq, events.saturating_sub(1));
        if let Some(name) = self.name {
            write!(output, "{name}: ")?;
        }
        match self.opened {
            None => writeln!(output, "{key}: {events} parked, {head}"),
            Some((How::Retry, true)) => {
                writeln!(output, "{key}: would send {seq} and the {behind} behind it")
            }
            Some((How::Retry, false)) => {
                writeln!(output, "{key}: sends {seq} and the {behind} behind it")
            }
            Some((How::Skip, true)) => {
                writeln!(
                    output,
                    "{key}: would drop {seq} and send the {behind} behind it"
                )
            }
            Some((How::Skip, false)) => {
                writeln!(output, "{key}: dropped {seq}, sends the {behind} behind it")
            }
        }
    }
}

impl<'a> ShownEvent<'a> {
    pub(super) fn new(row: &'a ParkedRow, stored: Option<&'a StoredEvent>) -> Self {
        let event = stored.map(|stored| stored.row.as_ref());
        let readable = event.and_then(Result::ok);
        Self {
            key: &row.park.key,
            row: ShownRow::new(row),
            id: readable.map(|event| event.id.to_string()),
            event_type: readable.map(|event| event.event_type.as_str()),
            payload: readable.map(|event| Payload::of(&event.payload)),
            unreadable: match event {
                None => Some("the row is no longer in the table"),
                Some(Err(unreadable)) => Some(&unreadable.reason),
                Some(Ok(_)) => None,
            },
        }
    }
}

impl Shown for ShownEvent<'_> {
    fn write_text(&self, output: &mut impl Write) -> io::Result<()> {
        writeln!(output, "{}: {}", self.key, self.row)?;
        let mut line =
            |name: &str, value: &dyn fmt::Display| writeln!(output, "  {name:<8} {value}");
        if let (Some(id), Some(event_type), Some(payload)) =
            (&self.id, self.event_type, &self.payload)
        {
            line("id", id)?;
            line("type", &event_type)?;
            line("payload", &payload.text())?;
        }
        match self.unreadable {
            Some(reason) => line("row", &reason),
            None => Ok(()),
        }
    }
}

impl<'a> Payload<'a> {
    fn of(text: &'a str) -> Self {
        serde_json::from_str(text).map_or(Self::Text(text), Self::Json)
    }

    fn text(&self) -> &'a str {
        match self {
            Self::Json(json) => json.get(),
            Self::Text(text) => text,
        }
    }
}

impl<'a> ShownRow<'a> {
    fn new(row: &'a ParkedRow) -> Self {
        Self {
            seq: row.park.seq,
            why: row.park.why.as_str(),
            attempts: row.park.attempts,
            error: row.park.error.as_deref(),
            since: row
                .since
                .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        }
    }
}

impl fmt::Display for ShownRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seq,
            attempts,
            since,
            ..
        } = self;
        if self.why == Why::Behind.as_str() {
            return write!(f, "{seq} waits for its turn since {since}");
        }
        let error = self.error.unwrap_or("no reason is known");
        write!(
            f,
            "{seq} rejected after {attempts} attempts, since {since}: {error}"
        )
    }
}
