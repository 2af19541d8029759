//! The rows and their writers.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::yield_now;
use tokio_postgres::types::Type;

use super::link::Parameter;
use super::names::Names;
use super::{Postgres, row, seconds};
use crate::store::{Limit, Snapshot, StoreError, Writer, Writers};

/// The number of rows that are decoded in one go, so that sends in the same task go on beside a read.
const BETWEEN_YIELDS: usize = 16;

impl Postgres {
    pub(super) async fn read_ranges(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        // Rows of one range come by the index in their order, which spares the database a sort.
        if let [range] = ranges {
            let choice: [Parameter<'_>; 2] =
                [(range.start(), Type::INT8), (range.end(), Type::INT8)];
            return self
                .read_events(include_str!("read_range.sql"), choice, limit)
                .await;
        }
        let firsts: Vec<i64> = ranges.iter().map(|range| *range.start()).collect();
        let lasts: Vec<i64> = ranges.iter().map(|range| *range.end()).collect();
        let choice: [Parameter<'_>; 2] = [(&firsts, Type::INT8_ARRAY), (&lasts, Type::INT8_ARRAY)];
        self.read_events(include_str!("read_ranges.sql"), choice, limit)
            .await
    }

    pub(super) async fn read_parked(
        &self,
        name: &str,
        key: &str,
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        let choice: [Parameter<'_>; 2] = [(&name, Type::TEXT), (&key, Type::TEXT)];
        self.read_events(include_str!("parked.sql"), choice, limit)
            .await
    }

    /// Reads the events that a statement chooses by its first two parameters.
    async fn read_events(
        &self,
        statement: &str,
        [first, second]: [Parameter<'_>; 2],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        let statement = statement
            .replace("{columns}", &row::columns())
            .replace("{values}", &row::values())
            .replace("{size}", &row::size());
        let statement = self.names(&self.rows).await?.put_into(&statement);
        let rows = i64::try_from(limit.rows).unwrap_or(i64::MAX);
        let bytes = i64::try_from(limit.bytes).unwrap_or(i64::MAX);
        let parameters = [first, second, (&rows, Type::INT8), (&bytes, Type::INT8)];
        let mut found = self
            .rows
            .scan(&self.address, &statement, &parameters)
            .await?;
        let mut snapshot = Snapshot {
            events: Vec::new(),
            is_complete: true,
        };
        let mut size = 0;
        while let Some(row) = found.next().await? {
            let event = self.rows.checked(row::event(&row))?;
            size += event.size();
            if size > limit.bytes && !snapshot.events.is_empty() {
                snapshot.is_complete = false;
                found.leave();
                break;
            }
            let is_limit_reached: bool = self.rows.checked(row.try_get(row::COUNT))?;
            snapshot.is_complete &= !is_limit_reached;
            snapshot.events.push(event);
            if snapshot.events.len().is_multiple_of(BETWEEN_YIELDS) {
                yield_now().await;
            }
        }
        snapshot.is_complete &= snapshot.events.len() < limit.rows;
        Ok(snapshot)
    }

    pub(super) async fn find_writers(&self) -> Result<Writers, StoreError> {
        let names = self.names(&self.rows).await?;
        let parameters: [Parameter<'_>; 1] = [(&names.outbox, Type::TEXT)];
        let found = self
            .rows
            .rows(&self.address, include_str!("writers.sql"), &parameters)
            .await?;
        let writers = found.iter().map(|row| {
            let name = row.try_get(1)?;
            Ok(if row.try_get(0)? {
                Writer::Prepared(name)
            } else {
                Writer::Session(name)
            })
        });
        self.rows
            .checked(writers.collect::<Result<BTreeSet<_>, _>>())
    }

    /// Deletes in the order of `seq`, until it has deleted `limit` rows or a step has found nothing old enough.
    pub(super) async fn delete_old(
        &self,
        names: &Names,
        older_than: Duration,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let statement = names.put_into(include_str!("clean.sql"));
        let seconds = seconds(older_than);
        let mut deleted = 0;
        while deleted < limit {
            let step = i64::try_from(limit - deleted).unwrap_or(i64::MAX);
            let after = self.cleaned.load(Ordering::Relaxed);
            let parameters: [Parameter<'_>; 3] = [
                (&after, Type::INT8),
                (&seconds, Type::FLOAT8),
                (&step, Type::INT8),
            ];
            let done = self
                .chores
                .scan(&self.address, &statement, &parameters)
                .await?
                .all()
                .await?;
            let (seen, last, old): (i64, Option<i64>, i64) = match done.first() {
                Some(row) => {
                    let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
                    self.chores.checked(read())?
                }
                None => (0, None, 0),
            };
            deleted += usize::try_from(old).unwrap_or(0);
            let is_last = seen < step || old == 0;
            // The next pass begins at the start, where rows may have been unparked or have become old.
            let next = last.filter(|_| !is_last).unwrap_or(0);
            self.cleaned.store(next, Ordering::Relaxed);
            if is_last {
                break;
            }
        }
        Ok(deleted)
    }
}
