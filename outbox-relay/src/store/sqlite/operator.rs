//! The parked rows, as an operator sees and opens them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, Transaction};

use super::lease::begin;
use super::{count, sorted};
use crate::store::{
    Content, How, Opened, Park, ParkedFilter, ParkedHead, ParkedRow, StoreError, Why,
};

const HEADS: &str = "
    SELECT head.seq, head.key, why, attempts, error, since, parked.rows
    FROM (
        SELECT count(*) AS rows, coalesce(min(seq) FILTER (WHERE why = 'rejected'), min(seq)) AS head
        FROM outbox_parked
        WHERE name = ?1 AND (?2 IS NULL OR key = ?2) AND (?3 IS NULL OR key = (
            SELECT key FROM outbox_parked WHERE seq = ?3 AND name = ?1
        ))
        GROUP BY key
    ) AS parked
    JOIN outbox_parked AS head ON head.seq = parked.head AND head.name = ?1
    ORDER BY head.seq";

const ROWS: &str = "
    SELECT seq, key, why, attempts, error, since FROM outbox_parked
    WHERE name = ?1 AND (?2 IS NULL OR key = ?2) AND (?3 IS NULL OR seq = ?3) AND seq > ?4
    ORDER BY seq LIMIT ?5";

const OPENED: &str = "
    SELECT number, key FROM outbox_opened WHERE name = ?1 AND number > ?2 ORDER BY number LIMIT ?3";

// Some rows may have been written by hand.
const CONTENTS: &str = "
    SELECT CAST(type AS TEXT), CAST(topic AS TEXT), count(*) FROM outbox GROUP BY 1, 2 ORDER BY 1, 2";

const RECORD: &str = "
    INSERT INTO outbox_opened (name, number, key, how, seq, attempts, error, since)
    SELECT
        name, (SELECT coalesce(max(number), 0) + 1 FROM outbox_opened WHERE name = ?1),
        key, ?3, seq, attempts, error, since
    FROM outbox_parked WHERE name = ?1 AND seq = ?2 AND why = 'rejected'";

const RETRY: &str = "UPDATE outbox_parked SET why = 'behind' WHERE name = ?1 AND seq = ?2";

const SKIP: &str = "DELETE FROM outbox_parked WHERE name = ?1 AND seq = ?2";

// The last row keeps the count.
const FORGET: &str = "
    DELETE FROM outbox_opened
    WHERE name = ?1 AND how = 'retry' AND openedat < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day')
        AND number < (SELECT max(number) FROM outbox_opened WHERE name = ?1)";

pub(super) fn heads(
    connection: &Connection,
    name: &str,
    filter: &ParkedFilter,
) -> Result<Vec<ParkedHead>, StoreError> {
    let read = || {
        let mut select = connection.prepare(HEADS)?;
        let heads = select.query_map((name, &filter.key, filter.seq), |row| {
            Ok(ParkedHead {
                row: parked_row(row)?,
                rows: u64::try_from(row.get::<_, i64>(6)?).unwrap_or_default(),
            })
        })?;
        heads.collect::<Result<Vec<_>, _>>()
    };
    read().map_err(sorted)
}

pub(super) fn rows(
    connection: &Connection,
    name: &str,
    filter: &ParkedFilter,
    after: i64,
    limit: usize,
) -> Result<Vec<ParkedRow>, StoreError> {
    let read = || {
        let mut select = connection.prepare_cached(ROWS)?;
        let rows = select.query_map(
            (name, &filter.key, filter.seq, after, count(limit)),
            parked_row,
        )?;
        rows.collect::<Result<Vec<_>, _>>()
    };
    read().map_err(sorted)
}

pub(super) fn opened(
    connection: &Connection,
    name: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<Opened>, StoreError> {
    let read = || {
        let mut select = connection.prepare_cached(OPENED)?;
        let opened = select.query_map((name, after, count(limit)), |row| {
            Ok(Opened {
                number: row.get(0)?,
                key: row.get(1)?,
            })
        })?;
        opened.collect::<Result<Vec<_>, _>>()
    };
    read().map_err(sorted)
}

pub(super) fn contents(connection: &Connection) -> Result<Vec<Content>, StoreError> {
    let read = || {
        let mut select = connection.prepare(CONTENTS)?;
        let contents = select.query_map([], |row| {
            Ok(Content {
                event_type: row.get(0)?,
                topic: row.get(1)?,
                rows: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
            })
        })?;
        contents.collect::<Result<Vec<_>, _>>()
    };
    read().map_err(sorted)
}

pub(super) fn open(
    connection: &mut Connection,
    name: &str,
    seqs: &[i64],
    how: How,
) -> Result<Vec<i64>, StoreError> {
    let transaction = begin(connection)?;
    let opened = open_each(&transaction, name, seqs, how).map_err(sorted)?;
    transaction.commit().map_err(sorted)?;
    Ok(opened)
}

fn open_each(
    transaction: &Transaction<'_>,
    name: &str,
    seqs: &[i64],
    how: How,
) -> rusqlite::Result<Vec<i64>> {
    let mut opened = Vec::new();
    let change = match how {
        How::Retry => RETRY,
        How::Skip => SKIP,
    };
    for &seq in seqs {
        let recorded = transaction
            .prepare_cached(RECORD)?
            .execute((name, seq, how.as_str()))?;
        if recorded > 0 {
            transaction.prepare_cached(change)?.execute((name, seq))?;
            opened.push(seq);
        }
    }
    transaction.execute(FORGET, [name])?;
    Ok(opened)
}

fn parked_row(row: &Row<'_>) -> rusqlite::Result<ParkedRow> {
    let since: String = row.get(5)?;
    let since = DateTime::parse_from_rfc3339(&since);
    Ok(ParkedRow {
        park: Park {
            seq: row.get(0)?,
            key: row.get(1)?,
            why: Why::of_word(&row.get::<_, String>(2)?),
            attempts: row.get(3)?,
            error: row.get(4)?,
        },
        // A time that somebody wrote by hand matters only to those who look at it.
        since: since.map_or(DateTime::UNIX_EPOCH, |since| since.with_timezone(&Utc)),
    })
}
