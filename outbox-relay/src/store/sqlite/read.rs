//! Rows.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use outbox_core::OutboxRow;
use outbox_core::row::COLUMNS;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row};

use super::{count, sorted};
use crate::event::{StoredEvent, Unreadable};
use crate::store::{Limit, Snapshot, StoreError};

/// The place of `partitionkey` in a row.
const KEY: usize = 2 + 5;

static COLUMN_LIST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "outbox.seq, outbox.insertedat, outbox.{}",
        COLUMNS.join(", outbox.")
    )
});

static READ: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMN_LIST;
    format!("SELECT {columns} FROM outbox WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3")
});

static PARKED: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMN_LIST;
    format!(
        "SELECT {columns} FROM outbox_parked AS parked JOIN outbox ON outbox.seq = parked.seq \
         WHERE parked.name = ?1 AND parked.key = ?2 ORDER BY parked.seq LIMIT ?3"
    )
});

pub(super) fn read(
    connection: &mut Connection,
    ranges: &[RangeInclusive<i64>],
    limit: Limit,
) -> Result<Snapshot, StoreError> {
    let mut reader = Reader::new(limit);
    // One transaction is one snapshot.
    let transaction = connection.transaction().map_err(sorted)?;
    for range in ranges {
        reader
            .read(
                &transaction,
                &READ,
                (range.start(), range.end(), reader.more()),
            )
            .map_err(sorted)?;
        if !reader.snapshot.is_complete {
            break;
        }
    }
    Ok(reader.snapshot)
}

pub(super) fn parked(
    connection: &Connection,
    name: &str,
    key: &str,
    limit: Limit,
) -> Result<Snapshot, StoreError> {
    let mut reader = Reader::new(limit);
    reader
        .read(connection, &PARKED, (name, key, reader.more()))
        .map_err(sorted)?;
    Ok(reader.snapshot)
}

/// Collects rows until the limit is reached.
struct Reader {
    limit: Limit,
    bytes: usize,
    snapshot: Snapshot,
}

impl Reader {
    fn new(limit: Limit) -> Self {
        let snapshot = Snapshot {
            events: Vec::new(),
            is_complete: true,
        };
        Self {
            limit,
            bytes: 0,
            snapshot,
        }
    }

    /// Returns how many rows to ask for: one more than can be taken shows that there are more.
    fn more(&self) -> i64 {
        count(
            self.limit
                .rows
                .saturating_sub(self.snapshot.events.len())
                .saturating_add(1),
        )
    }

    fn read(
        &mut self,
        connection: &Connection,
        select: &str,
        parameters: impl Params,
    ) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached(select)?;
        let mut rows = select.query(parameters)?;
        while let Some(row) = rows.next()? {
            let event = stored(row)?;
            self.bytes = self.bytes.saturating_add(event.size());
            let is_full =
                self.snapshot.events.len() >= self.limit.rows || self.bytes > self.limit.bytes;
            if is_full && !self.snapshot.events.is_empty() {
                self.snapshot.is_complete = false;
                break;
            }
            self.snapshot.events.push(event);
        }
        Ok(())
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    let inserted_at = text(row.get_ref(1)?).ok().flatten();
    let inserted_at = inserted_at.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    let mut texts = Vec::with_capacity(COLUMNS.len());
    let mut wrong = None;
    for (place, name) in COLUMNS.iter().enumerate() {
        match text(row.get_ref(place + 2)?) {
            Ok(text) => texts.push(text),
            Err(kind) => {
                wrong.get_or_insert_with(|| {
                    format!("the column `{name}` has {kind} and not a text")
                });
                texts.push(None);
            }
        }
    }
    let read = match wrong {
        Some(reason) => Err(reason),
        None => OutboxRow::from_texts(texts).map_err(|error| error.to_string()),
    };
    Ok(StoredEvent {
        seq: row.get(0)?,
        // A time that somebody wrote by hand matters only to those who look at it.
        inserted_at: inserted_at.map_or(DateTime::UNIX_EPOCH, |time| time.with_timezone(&Utc)),
        row: match read {
            Ok(row) => Ok(row),
            Err(reason) => {
                let key = text(row.get_ref(KEY)?).ok().flatten().unwrap_or_default();
                Err(Unreadable { key, reason })
            }
        },
    })
}

/// Returns a text, or what the value is instead.
fn text(value: ValueRef<'_>) -> Result<Option<String>, &'static str> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err("bytes that are not UTF-8"),
        },
        ValueRef::Integer(_) | ValueRef::Real(_) => Err("a number"),
        ValueRef::Blob(_) => Err("bytes"),
    }
}
