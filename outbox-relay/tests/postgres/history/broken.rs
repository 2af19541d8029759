//! Relays that are broken on purpose, in the ways that are published.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use outbox_relay::store::{
    Change, Lease, Limit, Postgres, SavedState, Snapshot, Status, Writer, Writers,
};
use outbox_relay::{Store, StoreError};
use tokio::time::sleep;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::journal::Journal;

/// Delivers in the order of the ids, which producers make.
pub(crate) async fn by_id(client: Client, journal: Journal) {
    deliver_new(client, journal, "SELECT id FROM outbox ORDER BY id").await;
}

/// Delivers in the order of the transaction ids, as far as no older transaction runs.
pub(crate) async fn by_transaction_id(client: Client, journal: Journal) {
    let select = "SELECT id FROM outbox WHERE xmin::text::bigint < txid_snapshot_xmin(txid_current_snapshot())
                  ORDER BY xmin::text::bigint, seq";
    deliver_new(client, journal, select).await;
}

/// Delivers what is not delivered yet, in the order of a query.
async fn deliver_new(client: Client, journal: Journal, select: &str) {
    let mut delivered = HashSet::new();
    loop {
        for row in client.query(select, &[]).await.expect("rows") {
            let id = row.get(0);
            if delivered.insert(id) {
                journal.add(id);
            }
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// Remembers the last number alone.
pub(crate) async fn by_cursor(client: Client, journal: Journal) {
    let select = "SELECT id, seq FROM outbox WHERE seq > $1 ORDER BY seq LIMIT 100";
    let mut last: i64 = 0;
    loop {
        for row in client.query(select, &[&last]).await.expect("rows") {
            journal.add(row.get(0));
            last = row.get(1);
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// One of several owners that share the rows, since nothing keeps one of them from working on when another one has
/// taken over.
pub(crate) async fn one_of_several(mut client: Client, journal: Journal) {
    let select = "SELECT id, seq FROM outbox WHERE NOT EXISTS (SELECT FROM taken WHERE taken.seq = outbox.seq)
                  ORDER BY seq LIMIT 20 FOR UPDATE SKIP LOCKED";
    let take = "INSERT INTO taken SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING";
    loop {
        let transaction = client.transaction().await.expect("a transaction");
        let rows = transaction.query(select, &[]).await.expect("rows");
        for row in &rows {
            sleep(Duration::from_millis(1)).await;
            journal.add(row.get::<_, Uuid>(0));
        }
        let seqs: Vec<i64> = rows.iter().map(|row: &Row| row.get(1)).collect();
        transaction.execute(take, &[&seqs]).await.expect("a note");
        transaction.commit().await.expect("a commit");
        if rows.is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A way to break a store.
pub(crate) enum Fault {
    /// A missing number is given up at once.
    NoHoles,
    /// A missing number is given up when those writers have ended that had a transaction id when it was missed.
    HolesByTransactionId(Client),
}

/// A store whose writers are not all of them.
pub(crate) struct BrokenStore {
    pub(crate) store: Postgres,
    pub(crate) fault: Fault,
}

impl Store for BrokenStore {
    async fn writers(&self) -> Result<Writers, StoreError> {
        let Fault::HolesByTransactionId(client) = &self.fault else {
            return Ok(Writers::new());
        };
        let writers = self.store.writers().await?;
        let select = "SELECT virtualtransaction FROM pg_locks JOIN pg_stat_activity USING (pid)
                      WHERE locktype = 'virtualxid' AND backend_xid IS NULL";
        let rows = client.query(select, &[]).await;
        let rows = rows.map_err(StoreError::unavailable)?;
        let without_id: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
        let has_id = |writer: &Writer| match writer {
            Writer::Session(name) => !without_id.contains(name),
            Writer::Prepared(_) => true,
        };
        Ok(writers.into_iter().filter(has_id).collect())
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        self.store.acquire(name, owner, duration).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release(lease).await
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        self.store.read(ranges, limit).await
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        self.store.save(lease, change).await
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        self.store.parked(name, key, limit).await
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        self.store.clean(older_than, limit).await
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        self.store.status(name).await
    }
}
