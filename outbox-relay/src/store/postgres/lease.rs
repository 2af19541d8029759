//! The lease, and what only its owner writes.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::link::Parameter;
use super::{Postgres, seconds};
use crate::ranges::Ranges;
use crate::store::{
    Change, Lease, Park, ParkedKey, Progress, SavedState, StoreError, Suspects, Unanswered,
};

const RENEW: &str = "UPDATE {relay} SET leaseuntil = clock_timestamp() + make_interval(secs => $3) \
     WHERE name = $1 AND epoch = $2 RETURNING 1";
const RELEASE: &str = "UPDATE {relay} SET owner = NULL WHERE name = $1 AND epoch = $2 RETURNING 1";

impl Postgres {
    pub(super) async fn acquire_lease(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        let seconds = seconds(duration);
        let parameters: [Parameter<'_>; 3] = [
            (&name, Type::TEXT),
            (&owner, Type::TEXT),
            (&seconds, Type::FLOAT8),
        ];
        let acquired = self.run(include_str!("acquire.sql"), &parameters).await?;
        let Some(row) = acquired.first() else {
            return Ok(None);
        };
        let lease = Lease {
            name: name.to_owned(),
            owner: owner.to_owned(),
            epoch: self.lease.checked(row.try_get(0))?,
            duration,
        };
        let (progress, unanswered) = saved(name, row)?;
        let found = self
            .run(include_str!("parked_keys.sql"), &parameters[..1])
            .await?;
        let opened = found.first().map_or(Ok(0), |row| row.try_get(0));
        let parked = found.iter().filter_map(|row| parked_key(row).transpose());
        let state = SavedState {
            progress,
            parked: self.lease.checked(parked.collect::<Result<_, _>>())?,
            unanswered,
            opened: self.lease.checked(opened)?,
        };
        Ok(Some((lease, state)))
    }

    pub(super) async fn renew_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let seconds = seconds(lease.duration);
        let parameters: [Parameter<'_>; 3] = [
            (&lease.name, Type::TEXT),
            (&lease.epoch, Type::INT8),
            (&seconds, Type::FLOAT8),
        ];
        self.run_owned(RENEW, &parameters).await
    }

    pub(super) async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let parameters: [Parameter<'_>; 2] =
            [(&lease.name, Type::TEXT), (&lease.epoch, Type::INT8)];
        self.run_owned(RELEASE, &parameters).await
    }

    pub(super) async fn save_change(
        &self,
        lease: &Lease,
        change: &Change,
    ) -> Result<(), StoreError> {
        let done = change.progress.done.to_string();
        let takeovers = in_column(change.unanswered.takeovers);
        let suspects = change.unanswered.suspects.to_string();
        let seconds = seconds(lease.duration);
        let unparked: Vec<i64> = change.unparked.iter().map(|unpark| unpark.seq).collect();
        let parked = ParkedColumns::of(&change.parked);
        let parameters: [Parameter<'_>; 13] = [
            (&lease.name, Type::TEXT),
            (&lease.epoch, Type::INT8),
            (&change.progress.low, Type::INT8),
            (&done, Type::TEXT),
            (&takeovers, Type::INT4),
            (&suspects, Type::TEXT),
            (&seconds, Type::FLOAT8),
            (&unparked, Type::INT8_ARRAY),
            (&parked.seqs, Type::INT8_ARRAY),
            (&parked.keys, Type::TEXT_ARRAY),
            (&parked.whys, Type::TEXT_ARRAY),
            (&parked.attempts, Type::INT4_ARRAY),
            (&parked.errors, Type::TEXT_ARRAY),
        ];
        self.run_owned(include_str!("save.sql"), &parameters).await
    }

    /// Runs a statement that returns a row if the lease is the last one of its name.
    async fn run_owned(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(), StoreError> {
        let rows = self.run(statement, parameters).await?;
        rows.first().map(|_| ()).ok_or(StoreError::LeaseLost)
    }

    async fn run(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let names = self.names(&self.lease).await?;
        let statement = names.put_into(statement);
        self.lease.rows(&self.address, &statement, parameters).await
    }
}

/// Reads what the owners before have saved.
fn saved(name: &str, row: &Row) -> Result<(Progress, Unanswered), StoreError> {
    let damaged = |reason: String| {
        StoreError::refused(format!(
            "the progress of the relay `{name}` is damaged: {reason}; restore its row in `outbox_relay`"
        ))
    };
    let read = || -> Result<(i64, String, i32, String), tokio_postgres::Error> {
        Ok((
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get(3)?,
            row.try_get(4)?,
        ))
    };
    let (low, done, takeovers, suspects) = read().map_err(|error| damaged(error.to_string()))?;
    let done: Ranges = done.parse().map_err(|error| damaged(format!("{error}")))?;
    let suspects: Suspects = suspects
        .parse()
        .map_err(|error| damaged(format!("{error}")))?;
    let unanswered = Unanswered {
        takeovers: u32::try_from(takeovers).unwrap_or(0),
        suspects,
    };
    Ok((Progress { low, done }, unanswered))
}

/// Reads a key, or `None` from the row of an empty table.
fn parked_key(row: &Row) -> Result<Option<ParkedKey>, tokio_postgres::Error> {
    let Some(key) = row.try_get(1)? else {
        return Ok(None);
    };
    Ok(Some(ParkedKey {
        key,
        is_closed: row.try_get(2)?,
    }))
}

fn in_column(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The rows to park, as columns. A row that is there twice has its last values.
#[derive(Default)]
struct ParkedColumns<'a> {
    seqs: Vec<i64>,
    keys: Vec<&'a str>,
    whys: Vec<&'static str>,
    attempts: Vec<i32>,
    errors: Vec<Option<String>>,
}

impl<'a> ParkedColumns<'a> {
    fn of(parked: &'a [Park]) -> Self {
        let last: BTreeMap<i64, &Park> = parked.iter().map(|park| (park.seq, park)).collect();
        let mut columns = Self::default();
        for park in last.into_values() {
            columns.seqs.push(park.seq);
            columns.keys.push(&park.key);
            columns.whys.push(park.why.as_str());
            columns.attempts.push(in_column(park.attempts));
            // A broker's message can have what PostgreSQL does not store in a text.
            let error = park.error.as_ref();
            columns
                .errors
                .push(error.map(|error| error.replace('\0', "\u{fffd}")));
        }
        columns
    }
}
