//! Assertions about the rows that a transaction wrote.

use std::fmt::Write;

use super::difference::{HEADING, changed_lines, difference, payload_lines};
use super::json_lines::lines_of;
use crate::decode::DecodeEvent;
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::OutboxEvent;
use crate::excerpt::excerpt;
use crate::row::OutboxRow;

/// Returns the events of the type `E` in the order of the rows. Events of other types are left out.
///
/// # Panics
///
/// If a row of this type cannot be decoded.
#[must_use]
#[track_caller]
pub fn events<E: DecodeEvent>(rows: &[OutboxRow]) -> Vec<Envelope<E>> {
    let outbox = Outbox::<E>::read(rows);
    assert!(
        outbox.read.iter().flatten().all(Result::is_ok),
        "{}",
        outbox.report("an event cannot be decoded")
    );
    outbox.read.into_iter().flatten().flatten().collect()
}

/// Returns the only event of the type `E`. Events of other types are left out.
///
/// ```
/// # use outbox_core::{Envelope, OutboxEvent, testing};
/// # #[derive(serde::Serialize, serde::Deserialize, OutboxEvent)]
/// # #[outbox(event_type = "com.example.order.placed", source = "/orders")]
/// # struct OrderPlaced { #[aggregate_id] order_id: u64, #[partition_key] tenant: String }
/// # let rows = [Envelope::new(OrderPlaced { order_id: 7, tenant: "acme".to_owned() })?.to_row()?];
/// let placed = testing::expect_event::<OrderPlaced>(&rows);
/// assert_eq!(placed.event().order_id, 7);
/// assert_eq!(placed.partition_key(), "acme");
/// # Ok::<(), outbox_core::Error>(())
/// ```
///
/// # Panics
///
/// If there is no event of this type or more than one, or if it cannot be decoded.
#[track_caller]
pub fn expect_event<E: DecodeEvent>(rows: &[OutboxRow]) -> Envelope<E> {
    let mut events = events::<E>(rows);
    match events.pop() {
        Some(event) if events.is_empty() => event,
        last => {
            let found = events.len() + usize::from(last.is_some());
            let types = event_types::<E>();
            let failure = format!("one event of {types} was expected, and {found} were found");
            panic!("{}", Outbox::<E>::read(rows).report(&failure));
        }
    }
}

/// Checks that one of the events is equal to `expected`. It does not look at the metadata; for that, see
/// [`expect_event`].
///
/// # Panics
///
/// If no event is equal. The message shows how the nearest event of this type differs.
#[track_caller]
pub fn assert_event<E: DecodeEvent + PartialEq>(rows: &[OutboxRow], expected: &E) {
    let outbox = Outbox::<E>::read(rows);
    if outbox.events().any(|event| event.event() == expected) {
        return;
    }
    let event_type = expected.definition().event_type();
    let same_type = outbox
        .events()
        .filter(|event| event.event_type() == event_type);
    let differences =
        same_type.map(|event| difference(&payload_lines(expected), &payload_lines(event.event())));
    let failure = match differences.min_by_key(|difference| changed_lines(difference)) {
        Some(nearest) => format!(
            "no event is equal to the expected one; the nearest differs (`-` was expected, `+` was found)\n{nearest}"
        ),
        None => format!(
            "an event of {} was expected, and none was found",
            quoted(event_type)
        ),
    };
    panic!("{}", outbox.report(&failure));
}

/// Checks that the rows are exactly these events in this order. It does not look at the metadata; for that, see
/// [`events`].
///
/// With an empty slice, it checks that there is no event at all:
///
/// ```
/// # use outbox_core::{OutboxEvent, testing};
/// # #[derive(PartialEq, serde::Serialize, serde::Deserialize, OutboxEvent)]
/// # #[outbox(event_type = "com.example.order.placed", source = "/orders")]
/// # struct OrderPlaced { #[aggregate_id] order_id: u64 }
/// # let rows = [];
/// testing::assert_events::<OrderPlaced>(&rows, &[]);
/// ```
///
/// # Panics
///
/// If an event is missing, added, different, at another place, of another type than `E`, or cannot be decoded.
#[track_caller]
pub fn assert_events<E: DecodeEvent + PartialEq>(rows: &[OutboxRow], expected: &[E]) {
    let outbox = Outbox::<E>::read(rows);
    let are_equal =
        rows.len() == expected.len() && outbox.events().map(Envelope::event).eq(expected);
    if are_equal {
        return;
    }
    let difference = difference(
        &expected.iter().map(event_lines).collect::<String>(),
        &outbox.lines(),
    );
    let failure = format!(
        "the events are not the expected ones (`-` was expected, `+` was found)\n{difference}"
    );
    panic!("{}", outbox.report(&failure));
}

/// Checks that there is no event of the type `E`.
///
/// # Panics
///
/// If there is an event of this type, even if it cannot be decoded.
#[track_caller]
pub fn assert_no_event<E: DecodeEvent>(rows: &[OutboxRow]) {
    if rows.iter().any(is_of::<E>) {
        let failure = format!("no event of {} was expected", event_types::<E>());
        panic!("{}", Outbox::<E>::read(rows).report(&failure));
    }
}

/// The rows, each with its event of the type `E`, or `None` for a row of another type.
struct Outbox<'a, E> {
    rows: &'a [OutboxRow],
    read: Vec<Option<Result<Envelope<E>, DecodeError>>>,
}

impl<'a, E: DecodeEvent> Outbox<'a, E> {
    fn read(rows: &'a [OutboxRow]) -> Self {
        let read = |row| is_of::<E>(row).then(|| Envelope::from_row(row));
        Self {
            rows,
            read: rows.iter().map(read).collect(),
        }
    }

    fn events(&self) -> impl Iterator<Item = &Envelope<E>> {
        self.read.iter().flatten().flatten()
    }

    /// Returns each event as [`event_lines`] does, or with the stored payload if it cannot be decoded.
    fn lines(&self) -> String {
        let mut lines = String::new();
        for (row, read) in self.rows.iter().zip(&self.read) {
            let event_type = excerpt(&row.event_type);
            let payload = lines_of(row.payload.as_bytes());
            let _ = match read {
                Some(Ok(event)) => write!(lines, "{}", event_lines(event.event())),
                Some(Err(_)) => writeln!(
                    lines,
                    "{HEADING}{event_type} (cannot be decoded)\n{payload}"
                ),
                None => writeln!(lines, "{HEADING}{event_type}\n{payload}"),
            };
        }
        lines
    }

    /// Returns the failure and a list of the rows.
    fn report(&self, failure: &str) -> String {
        let mut report = format!("{}\n\n", failure.trim_end());
        let _ = match self.rows.len() {
            0 => write!(report, "the outbox is empty"),
            1 => write!(report, "the outbox has 1 event:"),
            count => write!(report, "the outbox has {count} events:"),
        };
        for (position, (row, read)) in self.rows.iter().zip(&self.read).enumerate() {
            let _ = write!(
                report,
                "\n  {}. {} {}, key {}: {}",
                position + 1,
                excerpt(&row.event_type),
                excerpt(&row.data_version),
                quoted(&row.partition_key),
                excerpt(&row.payload),
            );
            if let Some(Err(error)) = read {
                let _ = write!(report, "\n     it cannot be decoded: {error}");
            }
        }
        report
    }
}

fn is_of<E: OutboxEvent>(row: &OutboxRow) -> bool {
    E::DEFINITIONS
        .iter()
        .any(|definition| definition.event_type() == row.event_type)
}

fn event_types<E: OutboxEvent>() -> String {
    let types = E::DEFINITIONS
        .iter()
        .map(|definition| quoted(definition.event_type()));
    types.collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str) -> String {
    format!("`{}`", excerpt(text))
}

/// Returns the event's type and payload, laid out for the difference.
fn event_lines<E: OutboxEvent>(event: &E) -> String {
    let event_type = event.definition().event_type();
    format!("{HEADING}{event_type}\n{}", payload_lines(event))
}
