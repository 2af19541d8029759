//! The suites of laws: our own store and sink keep them, and broken ones are found.

#[path = "support/sqlite.rs"]
mod sqlite;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use outbox_core::OutboxRow;
use outbox_relay::conformance::{self, Outage, Report, SinkFixture, StoreFixture};
use outbox_relay::sink::JsonLines;
use outbox_relay::store::{
    Change, Lease, Limit, SavedState, Snapshot, Sqlite, Status, Writer, Writers,
};
use outbox_relay::{Event, SendError, Sink, Store, StoreError};

use sqlite::Database;

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

/// Checks that of the laws, this one is found broken.
fn assert_found(what: impl std::fmt::Debug, law: u8, report: &Report) {
    let laws: Vec<_> = report
        .violations()
        .iter()
        .map(|violation| violation.law)
        .collect();
    assert!(
        laws.contains(&law),
        "{what:?} breaks law {law}, and the report is: {report}"
    );
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

/// A destination that keeps lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Less than a line at a time.
        let count = bytes.len().min(100);
        self.0.lock().unwrap().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SinkFixture for Lines {
    type Sink = JsonLines<Lines>;

    async fn sink(&self) -> JsonLines<Lines> {
        JsonLines::new(self.clone())
    }

    async fn received(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap().clone();
        let lines = String::from_utf8(bytes).expect("text");
        let event =
            |line: &str| outbox_core::CloudEvent::from_json(line.as_bytes()).expect("an event");
        lines
            .lines()
            .map(|line| event(line).id().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn lines_of_json_keep_the_laws() {
    conformance::sink(async || Lines::default()).await.assert();
}

/// A law that a sink breaks, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SinkFault {
    None,
    Loses,
    Reorders,
    GoesOnBehindFailures,
    CallsRejectionsUnavailable,
    WaitsForDroppedSends,
    RefusesRepetitions,
    KeepsItsBuffer,
    LosesOfMany,
    BelievesWithoutAnswers,
    CallsOutagesRejections,
    NeverRecovers,
    OvertakesAfterOutages,
    StumblesOverLargeEvents,
}

/// The law that each fault breaks.
const SINK_FAULTS: [(SinkFault, u8); 13] = [
    (SinkFault::Loses, 1),
    (SinkFault::Reorders, 2),
    (SinkFault::GoesOnBehindFailures, 3),
    (SinkFault::CallsRejectionsUnavailable, 4),
    (SinkFault::WaitsForDroppedSends, 5),
    (SinkFault::RefusesRepetitions, 6),
    (SinkFault::KeepsItsBuffer, 7),
    (SinkFault::LosesOfMany, 1),
    (SinkFault::BelievesWithoutAnswers, 1),
    (SinkFault::CallsOutagesRejections, 4),
    (SinkFault::NeverRecovers, 4),
    (SinkFault::OvertakesAfterOutages, 2),
    (SinkFault::StumblesOverLargeEvents, 4),
];

/// A destination with a buffer, and a sink with several events in flight.
#[derive(Clone)]
struct Memory {
    fault: SinkFault,
    content: Arc<Mutex<Content>>,
}

#[derive(Default)]
struct Content {
    in_flight: usize,
    has_failed: bool,
    buffer: Vec<String>,
    received: Vec<String>,
    outage: Option<Outage>,
    had_outage: bool,
    /// An event that comes late, after the next one.
    late: Option<String>,
}

impl Memory {
    const IN_FLIGHT: usize = 4;

    fn new(fault: SinkFault) -> Self {
        let content = Arc::default();
        Self { fault, content }
    }

    fn take_off(&self) -> Result<Flight<'_>, SendError> {
        let mut content = self.content.lock().unwrap();
        if content.in_flight == Self::IN_FLIGHT {
            return Err(SendError::unavailable("too many events are in flight"));
        }
        content.in_flight += 1;
        Ok(Flight {
            sink: self,
            has_landed: false,
        })
    }
}

/// A send that is in flight.
struct Flight<'a> {
    sink: &'a Memory,
    has_landed: bool,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if self.has_landed || self.sink.fault != SinkFault::WaitsForDroppedSends {
            let mut content = self.sink.content.lock().unwrap();
            content.in_flight -= 1;
            content.has_failed &= content.in_flight > 0;
        }
    }
}

impl Sink for Memory {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let mut flight = self.take_off()?;
        tokio::task::yield_now().await;
        flight.has_landed = true;
        let mut content = self.content.lock().unwrap();
        if content.has_failed && self.fault != SinkFault::GoesOnBehindFailures {
            return Err(SendError::Behind);
        }
        let id = event.row().id.to_string();
        if event.row().topic.is_empty() {
            content.has_failed = true;
            return Err(match self.fault {
                SinkFault::CallsRejectionsUnavailable => {
                    SendError::unavailable("there is no topic")
                }
                _ => SendError::rejected("there is no topic"),
            });
        }
        if self.fault == SinkFault::StumblesOverLargeEvents && event.row().payload.len() > 1 << 20 {
            return Err(SendError::unavailable("the event is too large"));
        }
        if content.had_outage && self.fault == SinkFault::NeverRecovers {
            return Err(SendError::rejected("the connection is closed"));
        }
        if let Some(outage) = content.outage {
            match (self.fault, outage) {
                (SinkFault::BelievesWithoutAnswers, Outage::Unanswered) => return Ok(()),
                (SinkFault::CallsOutagesRejections, _) => {
                    return Err(SendError::rejected("there is no connection"));
                }
                (_, Outage::Unanswered) => content.buffer.push(id),
                _ => {}
            }
            return Err(SendError::unavailable("there is no connection"));
        }
        if content.had_outage
            && self.fault == SinkFault::OvertakesAfterOutages
            && content.late.is_none()
        {
            content.late = Some(id);
            return Ok(());
        }
        if self.fault == SinkFault::RefusesRepetitions && content.buffer.contains(&id) {
            return Err(SendError::rejected("the event is a duplicate"));
        }
        content.buffer.push(id);
        Ok(())
    }

    async fn flush(&self) -> Result<(), SendError> {
        let content = &mut *self.content.lock().unwrap();
        match self.fault {
            SinkFault::Loses => content.buffer.clear(),
            SinkFault::Reorders => content.buffer.reverse(),
            _ => {}
        }
        if self.fault == SinkFault::LosesOfMany && content.buffer.len() > 3 {
            content.buffer.truncate(3);
        }
        content.received.append(&mut content.buffer);
        if content.received.len() > 10 {
            content.received.extend(content.late.take());
        }
        Ok(())
    }

    fn discard(&self) {
        if self.fault != SinkFault::KeepsItsBuffer {
            self.content.lock().unwrap().buffer.clear();
        }
    }

    fn in_flight_per_key(&self) -> usize {
        Self::IN_FLIGHT
    }
}

impl SinkFixture for Memory {
    type Sink = Self;

    async fn sink(&self) -> Self {
        self.clone()
    }

    async fn received(&self) -> Vec<String> {
        self.content.lock().unwrap().received.clone()
    }

    fn spoil(&self, row: &mut OutboxRow) -> bool {
        row.topic.clear();
        true
    }

    async fn set_outage(&self, outage: Option<Outage>) -> bool {
        let mut content = self.content.lock().unwrap();
        content.outage = outage;
        content.had_outage = true;
        true
    }
}

#[tokio::test]
async fn broken_sinks_are_found() {
    conformance::sink(async || Memory::new(SinkFault::None))
        .await
        .assert();
    for (fault, law) in SINK_FAULTS {
        let report = conformance::sink(async || Memory::new(fault)).await;
        assert_found(fault, law, &report);
    }
}
