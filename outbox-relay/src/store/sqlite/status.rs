//! The state of a relay in the database.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension};

use super::sorted;
use crate::progress::Progress;
use crate::store::{Status, StoreError};

const RELAY: &str = "
    SELECT CASE WHEN leaseuntil > strftime('%Y-%m-%dT%H:%M:%fZ', 'now') THEN owner END, epoch, low, done
    FROM outbox_relay WHERE name = ?1";

const UNDELIVERED: &str = "
    SELECT count(*), (julianday('now') - julianday(min(insertedat))) * 86400
    FROM outbox WHERE seq BETWEEN ?1 AND ?2";

const PARKED: &str = "SELECT count(*), count(DISTINCT key) FROM outbox_parked WHERE name = ?1";

pub(super) fn status(connection: &mut Connection, name: &str) -> Result<Status, StoreError> {
    let transaction = connection.transaction().map_err(sorted)?;
    let found = transaction.query_row(RELAY, [name], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get::<_, String>(3)?,
        ))
    });
    let found = found.optional().map_err(sorted)?;
    let (owner, epoch, progress) = match found {
        Some((owner, epoch, low, done)) => {
            let done = done.parse().map_err(StoreError::refused)?;
            (owner, epoch, Progress { low, done })
        }
        None => (None, 0, Progress::default()),
    };
    let mut status = Status {
        name: name.to_owned(),
        owner,
        epoch,
        low: progress.low,
        high: progress.high(),
        open_holes: 0,
        undelivered: 0,
        oldest_seconds: None,
        parked_events: 0,
        parked_keys: 0,
    };
    count(&transaction, &progress, &mut status).map_err(sorted)?;
    Ok(status)
}

fn count(
    connection: &Connection,
    progress: &Progress,
    status: &mut Status,
) -> rusqlite::Result<()> {
    let above = progress.high().saturating_add(1)..=i64::MAX;
    for range in progress.gaps().iter().chain([above.clone()]) {
        let (rows, oldest): (i64, Option<f64>) = connection
            .prepare_cached(UNDELIVERED)?
            .query_row((range.start(), range.end()), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        status.undelivered += unsigned(rows);
        status.oldest_seconds = status
            .oldest_seconds
            .into_iter()
            .chain(oldest)
            .reduce(f64::max);
        if range != above {
            status.open_holes += holes(connection, &range)?;
        }
    }
    let (events, keys) =
        connection.query_row(PARKED, [&status.name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    status.parked_events = unsigned(events);
    status.parked_keys = unsigned(keys);
    Ok(())
}

/// Returns how many ranges of numbers in a gap have no row.
fn holes(connection: &Connection, gap: &RangeInclusive<i64>) -> rusqlite::Result<u64> {
    let mut select = connection
        .prepare_cached("SELECT seq FROM outbox WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq")?;
    let seqs = select.query_map((gap.start(), gap.end()), |row| row.get::<_, i64>(0))?;
    let (mut holes, mut next) = (0, *gap.start());
    for seq in seqs {
        let seq = seq?;
        holes += u64::from(seq > next);
        next = seq.saturating_add(1);
    }
    Ok(holes + u64::from(next <= *gap.end()))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
