//! The laws of a store.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use outbox_core::OutboxRow;
use outbox_relay::conformance::{self, StoreFixture};
use outbox_relay::store::{
    Change, Lease, Limit, SavedState, Snapshot, Sqlite, Status, Writer, Writers,
};
use outbox_relay::{Store, StoreError};

use crate::assert_found;
use crate::sqlite::Database;

#[tokio::test]
async fn sqlite_keeps_the_laws() {
    conformance::store(Database::new).await.assert();
}

#[tokio::test]
async fn sqlite_keeps_the_laws_of_an_operator() {
    conformance::operator(Database::new).await.assert();
}

/// A law that a store breaks, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    OrderById,
    NoRanges,
    NoLimit,
    NeverComplete,
    NoWriters,
    TwoSnapshots,
    SharedLease,
    SameEpoch,
    NoRenewalBySave,
    NoTakeovers,
    UnfencedSave,
    UnfencedRelease,
    NoSuspects,
    NoParked,
    CleansParked,
    CleansYoung,
    WrongCount,
}

/// The law that each fault breaks.
const FAULTS: [(Fault, u8); 17] = [
    (Fault::TwoSnapshots, 1),
    (Fault::OrderById, 2),
    (Fault::NoRanges, 2),
    (Fault::NoLimit, 2),
    (Fault::NeverComplete, 2),
    (Fault::NoWriters, 3),
    (Fault::SharedLease, 4),
    (Fault::SameEpoch, 4),
    (Fault::NoRenewalBySave, 4),
    (Fault::NoTakeovers, 4),
    (Fault::UnfencedSave, 5),
    (Fault::UnfencedRelease, 5),
    (Fault::NoSuspects, 6),
    (Fault::NoParked, 6),
    (Fault::CleansParked, 7),
    (Fault::CleansYoung, 7),
    (Fault::WrongCount, 8),
];

/// A store on SQLite that breaks a law. It hides rows that are open, as if there were several writers.
struct Broken {
    fault: Fault,
    database: Arc<Mutex<rusqlite::Connection>>,
    store: Sqlite,
    open: Arc<Mutex<BTreeSet<i64>>>,
}

/// A database where rows are open until their transaction ends.
struct Fixture {
    fault: Fault,
    database: Database,
    second: Arc<Mutex<rusqlite::Connection>>,
    open: Arc<Mutex<BTreeSet<i64>>>,
}

impl Fixture {
    async fn new(fault: Fault) -> Self {
        let database = Database::new().await;
        let path = database.connection.path().expect("a file").to_owned();
        let second = rusqlite::Connection::open(path).expect("a connection");
        Self {
            fault,
            database,
            second: Arc::new(Mutex::new(second)),
            open: Arc::default(),
        }
    }
}

impl StoreFixture for Fixture {
    type Store = Broken;
    type Transaction = Vec<i64>;

    async fn store(&self) -> Broken {
        Broken {
            fault: self.fault,
            database: Arc::clone(&self.second),
            store: self.database.store().await,
            open: Arc::clone(&self.open),
        }
    }

    async fn begin(&self, rows: &[OutboxRow]) -> Option<Vec<i64>> {
        let last: i64 = self
            .database
            .connection
            .query_row("SELECT coalesce(max(seq), 0) FROM outbox", [], |row| {
                row.get(0)
            })
            .expect("a number");
        let seqs: Vec<_> = (last + 1..).take(rows.len()).collect();
        self.open.lock().unwrap().extend(&seqs);
        self.database.insert(rows);
        Some(seqs)
    }

    async fn end(&self, transaction: Vec<i64>, is_committed: bool) {
        for seq in transaction {
            if !is_committed {
                self.database
                    .connection
                    .execute("DELETE FROM outbox WHERE seq = ?1", [seq])
                    .expect("a delete");
            }
            self.open.lock().unwrap().remove(&seq);
        }
        tokio::task::yield_now().await;
    }

    async fn insert(&self, rows: &[OutboxRow]) {
        self.database.insert(rows);
    }
}

impl Broken {
    async fn visible(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        // A transaction that is open when the read begins is not in its snapshot.
        let open = self.open.lock().unwrap().clone();
        let mut snapshot = self.store.read(ranges, limit).await?;
        snapshot.events.retain(|event| !open.contains(&event.seq));
        Ok(snapshot)
    }

    fn execute(&self, statement: &str) {
        self.database
            .lock()
            .unwrap()
            .execute_batch(statement)
            .expect("a statement");
    }
}

impl Store for Broken {
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    async fn acquire(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        match self.fault {
            Fault::SharedLease => self.execute("UPDATE outbox_relay SET leaseuntil = ''"),
            Fault::SameEpoch => self.execute("UPDATE outbox_relay SET epoch = 0"),
            _ => {}
        }
        let mut acquired = self.store.acquire(name, owner, duration).await?;
        if let Some((_, state)) = &mut acquired {
            match self.fault {
                Fault::NoTakeovers => state.unanswered.takeovers = 0,
                Fault::NoSuspects => state.unanswered.suspects = "".parse().unwrap(),
                Fault::NoParked => state.parked.clear(),
                _ => {}
            }
        }
        Ok(acquired)
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        if self.fault == Fault::UnfencedRelease {
            self.execute("UPDATE outbox_relay SET owner = NULL");
            return Ok(());
        }
        self.store.release(lease).await
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        match (self.fault, ranges) {
            (Fault::NoRanges, [.., last]) => {
                return self.visible(std::slice::from_ref(last), limit).await;
            }
            (Fault::NoLimit, _) => {
                let limit = Limit {
                    rows: usize::MAX,
                    bytes: usize::MAX,
                };
                return self.visible(ranges, limit).await;
            }
            (Fault::TwoSnapshots, [first @ .., last]) => {
                let mut snapshot = self.visible(first, limit).await?;
                // Longer than the suite waits before its transactions are committed.
                tokio::time::sleep(Duration::from_millis(20)).await;
                snapshot.events.extend(
                    self.visible(std::slice::from_ref(last), limit)
                        .await?
                        .events,
                );
                return Ok(snapshot);
            }
            _ => {}
        }
        let mut snapshot = self.visible(ranges, limit).await?;
        match self.fault {
            Fault::OrderById => snapshot
                .events
                .sort_by_key(|event| event.row.as_ref().unwrap().id),
            Fault::NeverComplete => snapshot.is_complete = false,
            _ => {}
        }
        Ok(snapshot)
    }

    async fn writers(&self) -> Result<Writers, StoreError> {
        if self.fault == Fault::NoWriters {
            return Ok(Writers::new());
        }
        let open = self.open.lock().unwrap();
        Ok(open
            .iter()
            .map(|seq| Writer::Session(seq.to_string()))
            .collect())
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        if self.fault == Fault::UnfencedSave {
            let select = "SELECT epoch FROM outbox_relay WHERE name = ?1";
            let epoch = self
                .database
                .lock()
                .unwrap()
                .query_row(select, [&lease.name], |row| row.get(0))
                .unwrap();
            let lease = Lease {
                epoch,
                ..lease.clone()
            };
            return self.store.save(&lease, change).await;
        }
        let select = "SELECT leaseuntil FROM outbox_relay WHERE name = ?1";
        let until: String = self
            .database
            .lock()
            .unwrap()
            .query_row(select, [&lease.name], |row| row.get(0))
            .unwrap();
        self.store.save(lease, change).await?;
        if self.fault == Fault::NoRenewalBySave {
            self.execute(&format!("UPDATE outbox_relay SET leaseuntil = '{until}'"));
        }
        Ok(())
    }

    async fn parked(&self, name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        self.store.parked(name, key, limit).await
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        match self.fault {
            Fault::CleansParked => self.execute("DELETE FROM outbox_parked"),
            Fault::CleansYoung => return self.store.clean(Duration::ZERO, limit).await,
            _ => {}
        }
        self.store.clean(older_than, limit).await
    }

    async fn status(&self, name: &str) -> Result<Status, StoreError> {
        let mut status = self.store.status(name).await?;
        if let Fault::WrongCount = self.fault {
            status.undelivered += status.parked_events;
        }
        Ok(status)
    }
}

#[tokio::test]
async fn broken_stores_are_found() {
    let check = async |fault| conformance::store(async || Fixture::new(fault).await).await;
    let sound = check(Fault::None);
    let broken = join_all(FAULTS.map(|(fault, _)| check(fault)));
    let (sound, broken) = tokio::join!(sound, broken);
    sound.assert();
    for ((fault, law), report) in FAULTS.into_iter().zip(broken) {
        assert_found(fault, law, &report);
    }
}
