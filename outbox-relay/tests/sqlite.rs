//! The relay on SQLite, as a user runs it.

#[path = "support/sqlite.rs"]
mod database;

use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outbox_core::{CloudEvent, Envelope, OutboxEvent};
use outbox_relay::sink::JsonLines;
use outbox_relay::store::Sqlite;
use outbox_relay::{Event, Relay, RelayError, SendError, Sink, Store, StoreError};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use database::Database;

/// An order was placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
struct OrderPlaced {
    #[aggregate_id]
    order: u64,
    #[partition_key]
    shop: String,
}

/// Inserts an event for each key, in this order.
fn place(database: &Database, shops: &[&str]) -> Vec<Envelope<OrderPlaced>> {
    let place = |(order, shop): (u64, &&str)| {
        let shop = (*shop).to_owned();
        Envelope::new(OrderPlaced { order, shop }).expect("a valid event")
    };
    let events: Vec<_> = (0..).zip(shops).map(place).collect();
    let rows: Vec<_> = events
        .iter()
        .map(|event| event.to_row().expect("a row"))
        .collect();
    database.insert(&rows);
    events
}

/// A sink that remembers, and rejects what it is told to.
#[derive(Clone, Default)]
struct Memory {
    delivered: Arc<Mutex<Vec<(i64, CloudEvent)>>>,
    rejected: Vec<i64>,
}

impl Memory {
    fn rejecting(seqs: &[i64]) -> Self {
        let rejected = seqs.to_vec();
        Self {
            rejected,
            ..Self::default()
        }
    }

    fn seqs(&self) -> Vec<i64> {
        self.delivered
            .lock()
            .unwrap()
            .iter()
            .map(|(seq, _)| *seq)
            .collect()
    }
}

impl Sink for Memory {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        if self.rejected.contains(&event.seq()) {
            return Err(SendError::rejected("the shop is closed"));
        }
        self.delivered
            .lock()
            .unwrap()
            .push((event.seq(), event.cloud_event().clone()));
        Ok(())
    }
}

/// Delivers everything, and returns the numbers of what was delivered.
async fn drain(database: &Database, sink: Memory) -> Vec<i64> {
    let relay = Relay::new(database.store().await, sink.clone())
        .backoff(Duration::from_millis(1), Duration::from_millis(2))
        .attempts(3);
    relay.until_empty(pending()).await.expect("the relay runs");
    sink.seqs()
}

/// Returns the parked rows: number, key, why, attempts and error.
fn parked(database: &Database) -> Vec<(i64, String, String, u32, Option<String>)> {
    let mut select = database
        .connection
        .prepare("SELECT seq, key, why, attempts, error FROM outbox_parked ORDER BY seq")
        .unwrap();
    let rows = select.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn every_event_arrives_as_its_envelope_writes_it() {
    let database = Database::new().await;
    let events = place(&database, &["a", "b", "a"]);
    let sink = Memory::default();
    assert_eq!(drain(&database, sink.clone()).await, [1, 2, 3]);
    for (event, (_, delivered)) in events.iter().zip(&*sink.delivered.lock().unwrap()) {
        assert_eq!(
            delivered.to_json().unwrap(),
            event.to_cloudevent_json().unwrap()
        );
    }
}

#[tokio::test]
async fn a_relay_goes_on_where_the_last_one_stopped() {
    let database = Database::new().await;
    place(&database, &["a"; 5]);
    assert_eq!(drain(&database, Memory::default()).await.len(), 5);
    assert!(drain(&database, Memory::default()).await.is_empty());
    place(&database, &["a"; 2]);
    assert_eq!(drain(&database, Memory::default()).await, [6, 7]);
    let status = database.store().await.status("main").await.unwrap();
    assert_eq!(
        (status.owner, status.epoch, status.low, status.undelivered),
        (None, 3, 7, 0)
    );
}

#[tokio::test]
async fn each_relay_name_delivers_everything() {
    let database = Database::new().await;
    place(&database, &["a", "b"]);
    for name in ["one", "two"] {
        let sink = Memory::default();
        let relay = Relay::new(database.store().await, sink.clone()).name(name);
        relay.until_empty(pending()).await.unwrap();
        assert_eq!(sink.seqs(), [1, 2]);
    }
}

#[tokio::test]
async fn a_rejected_event_holds_up_its_key_alone_also_for_the_next_relay() {
    let database = Database::new().await;
    place(&database, &["a", "b", "a", "b"]);
    assert_eq!(drain(&database, Memory::rejecting(&[1])).await, [2, 4]);
    place(&database, &["a", "b"]);
    assert_eq!(drain(&database, Memory::default()).await, [6]);
    let error = Some("the shop is closed".to_owned());
    let behind = |seq| (seq, "a".to_owned(), "behind".to_owned(), 0, None);
    let expected = [
        (1, "a".to_owned(), "rejected".to_owned(), 3, error),
        behind(3),
        behind(5),
    ];
    assert_eq!(parked(&database), expected);
}

/// Changes row 2 by hand, and returns the error that it is parked with.
async fn parked_after(change: &str) -> String {
    let database = Database::new().await;
    place(&database, &["a", "b", "b", "a"]);
    let update = format!("UPDATE outbox SET {change} WHERE seq = 2");
    database.connection.execute(&update, []).unwrap();
    let delivered = drain(&database, Memory::default()).await;
    assert_eq!(delivered, [1, 4], "{change}");
    let parked = parked(&database);
    let whys: Vec<_> = parked
        .iter()
        .map(|(seq, key, why, ..)| (*seq, key.as_str(), why.as_str()))
        .collect();
    assert_eq!(whys, [(2, "b", "rejected"), (3, "b", "behind")], "{change}");
    parked[0].4.clone().unwrap()
}

#[tokio::test]
async fn a_row_that_is_not_an_event_is_parked_with_the_reason() {
    for (change, reason) in [
        ("payload = '{\"order\": '", "the payload"),
        (
            "payload = x'00ff'",
            "the column `payload` has bytes and not a text",
        ),
        (
            "payload = CAST(x'00ff' AS TEXT)",
            "the column `payload` has bytes that are not UTF-8",
        ),
        ("id = 'seven'", "`id`"),
        ("time = 'yesterday'", "`time`"),
        ("source = 'not a uri'", "`source`"),
        ("type = ''", "`type`"),
        ("specversion = '0.3'", "`specversion`"),
        ("datacontenttype = 'text/plain'", "text/plain"),
        ("extensions = '{\"Region\": 1}'", "Region"),
        ("extensions = '[]'", "extensions"),
    ] {
        let error = parked_after(change).await;
        assert!(error.contains(reason), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_delivered_row_is_deleted_when_its_retention_is_over() {
    for (retention, left) in [
        (Duration::ZERO, vec![1, 3]),
        (Duration::from_secs(3_600), vec![1, 2, 3, 4]),
    ] {
        let database = Database::new().await;
        place(&database, &["a", "b", "a", "b"]);
        let relay = Relay::new(database.store().await, Memory::rejecting(&[1]))
            .attempts(1)
            .retention(retention);
        relay.until_empty(pending()).await.unwrap();
        let mut select = database
            .connection
            .prepare("SELECT seq FROM outbox ORDER BY seq")
            .unwrap();
        let found: Vec<i64> = select
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(found, left, "a row that is parked is kept");
    }
}

#[tokio::test]
async fn rows_that_cannot_be_deleted_hold_up_no_delivery() {
    let database = Database::new().await;
    let refusal =
        "CREATE TRIGGER keep BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'it is kept'); END";
    database.connection.execute_batch(refusal).unwrap();
    let sink = Memory::default();
    let relay = Relay::new(database.store().await, sink.clone()).retention(Duration::ZERO);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = async {
        for order in 1..=3 {
            place(&database, &["a"]);
            while sink.seqs().len() < order {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // Meanwhile the relay saves, and then cleans.
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        drop(stop);
    };
    let run = async { relay.run(async { drop(stopped.await) }).await.unwrap() };
    tokio::time::timeout(Duration::from_secs(20), async {
        tokio::join!(run, service)
    })
    .await
    .expect("three events");
}

#[tokio::test]
async fn a_slow_flush_bounds_what_the_sink_buffers() {
    /// A sink that buffers, and whose flush waits.
    #[derive(Clone, Default)]
    struct Pipe {
        sent: Arc<Mutex<usize>>,
        opened: Arc<tokio::sync::Notify>,
        is_open: Arc<std::sync::atomic::AtomicBool>,
    }

    impl Sink for Pipe {
        async fn send(&self, _: &Event) -> Result<(), SendError> {
            *self.sent.lock().unwrap() += 1;
            Ok(())
        }

        async fn flush(&self) -> Result<(), SendError> {
            while !self.is_open.load(std::sync::atomic::Ordering::SeqCst) {
                self.opened.notified().await;
            }
            Ok(())
        }
    }

    let database = Database::new().await;
    place(&database, &["a"; 1_000]);
    let sink = Pipe::default();
    // A row takes more than 500 bytes, so about 60 fit.
    let relay = Relay::new(database.store().await, sink.clone())
        .batch(10)
        .memory(32 << 10);
    let reader = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let sent = *sink.sent.lock().unwrap();
        assert!((1..=100).contains(&sent), "{sent} events are buffered");
        sink.is_open
            .store(true, std::sync::atomic::Ordering::SeqCst);
        sink.opened.notify_one();
    };
    let (result, ()) = tokio::join!(relay.until_empty(pending()), reader);
    result.unwrap();
    assert_eq!(*sink.sent.lock().unwrap(), 1_000);
}

/// A sink that takes three events at once, and notes how many it got.
#[derive(Default)]
struct Three {
    now: AtomicUsize,
    most: Arc<AtomicUsize>,
}

impl Sink for Three {
    async fn send(&self, _: &Event) -> Result<(), SendError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }

    fn in_flight(&self) -> usize {
        3
    }
}

#[tokio::test]
async fn a_sink_gets_as_many_events_at_once_as_it_takes() {
    let database = Database::new().await;
    let shops: Vec<_> = (0..50).map(|shop| shop.to_string()).collect();
    place(
        &database,
        &shops.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let sink = Three::default();
    let most = Arc::clone(&sink.most);
    let relay = Relay::new(database.store().await, sink);
    relay.until_empty(pending()).await.expect("the relay runs");
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn the_longest_times_are_times() {
    let database = Database::new().await;
    place(&database, &["a", "b"]);
    let sink = Memory::default();
    let relay = Relay::new(database.store().await, sink.clone())
        .lease(Duration::MAX)
        .grace(Duration::MAX)
        .backoff(Duration::MAX, Duration::MAX)
        .retention(Duration::MAX);
    let stop = async {
        while sink.seqs().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    };
    relay.run(stop).await.unwrap();
}

#[tokio::test]
async fn a_stop_saves_what_is_delivered_and_gives_the_lease_up() {
    let database = Database::new().await;
    let sink = Memory::default();
    let relay = Relay::new(database.store().await, sink.clone()).lease(Duration::from_secs(600));
    let waker = relay.waker();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = async {
        // The relay is idle then, and would look again after some time.
        tokio::time::sleep(Duration::from_millis(400)).await;
        place(&database, &["a"; 10]);
        waker.wake();
        while sink.seqs().len() < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(stop);
    };
    let shutdown = async { drop(stopped.await) };
    let (result, ()) = tokio::join!(relay.run(shutdown), service);
    result.unwrap();
    assert_eq!(
        drain(&database, Memory::default()).await,
        [0_i64; 0],
        "nothing is delivered twice"
    );
}

#[tokio::test]
async fn a_relay_that_is_stopped_at_once_does_nothing() {
    let database = Database::new().await;
    place(&database, &["a"]);
    let sink = Memory::default();
    Relay::new(database.store().await, sink.clone())
        .run(ready(()))
        .await
        .unwrap();
    assert!(sink.seqs().is_empty());
}

#[tokio::test]
async fn a_standby_takes_over_when_the_owner_stops() {
    let database = Database::new().await;
    let sinks = [Memory::default(), Memory::default()];
    let mut stops = Vec::new();
    let mut relays = tokio::task::JoinSet::new();
    for sink in &sinks {
        let relay =
            Relay::new(database.store().await, sink.clone()).lease(Duration::from_secs(600));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        stops.push((relay.monitor(), stop));
        relays.spawn(async move { relay.run(async { drop(stopped.await) }).await });
    }
    let mut order = 0;
    for _ in 0..2 {
        let owner = loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if let Some(owner) = stops.iter().position(|(monitor, _)| monitor.is_owner()) {
                break owner;
            }
        };
        place(&database, &["a"; 5]);
        order += 5;
        while sinks.iter().map(|sink| sink.seqs().len()).sum::<usize>() < order {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(stops.remove(owner));
        relays.join_next().await.unwrap().unwrap().unwrap();
    }
    let mut seqs: Vec<_> = sinks.iter().flat_map(Memory::seqs).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn lines_of_json_come_in_the_order_of_their_keys() {
    let database = Database::new().await;
    let events = place(&database, &["a", "b", "a", "c", "b", "a"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let relay = Relay::new(
        database.store().await,
        JsonLines::new(file.reopen().unwrap()),
    );
    relay.until_empty(pending()).await.unwrap();
    let lines = std::fs::read_to_string(file.path()).unwrap();
    let mut orders: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in lines.lines() {
        let event = Envelope::<OrderPlaced>::from_cloudevent_json(line.as_bytes()).unwrap();
        let OrderPlaced { order, shop } = event.into_event();
        orders.entry(shop).or_default().push(order);
    }
    assert_eq!(lines.lines().count(), events.len());
    assert!(
        orders.values().all(|orders| orders.is_sorted()),
        "{orders:?}"
    );
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_stops_the_relay() {
    struct Pipe;
    impl std::io::Write for Pipe {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let database = Database::new().await;
    place(&database, &["a"]);
    let relay = Relay::new(database.store().await, JsonLines::new(Pipe));
    let error = relay.run(pending()).await.unwrap_err();
    assert!(
        matches!(error, RelayError::Sink(SendError::Closed { .. })),
        "{error}"
    );
    assert_eq!(
        drain(&database, Memory::default()).await,
        [1],
        "the lease is free, and nothing is lost"
    );
}

#[tokio::test]
async fn migration_can_run_twice_and_upgrades_the_older_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let store = Sqlite::create(&path).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    let old = outbox_core::row::sqlite::CREATE_TABLE
        .replace("seq             INTEGER PRIMARY KEY AUTOINCREMENT,", "")
        .replace("TEXT NOT NULL UNIQUE", "TEXT NOT NULL PRIMARY KEY");
    let (columns, _) = old.split_once(",\n    insertedat").unwrap();
    connection.execute_batch(&format!("{columns})")).unwrap();
    let refused = store.check().await.unwrap_err().to_string();
    assert!(
        refused.contains("no column `seq`") && refused.contains("migrate"),
        "{refused}"
    );
    let changes = store.migrate().await.unwrap();
    assert_eq!(changes.len(), 4, "{changes:?}");
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    store.check().await.unwrap();
}

#[tokio::test]
async fn what_would_break_the_guarantee_is_refused_with_the_remedy() {
    for (statements, reason) in [
        (
            "DROP TABLE outbox",
            "there is no table `outbox`; run `outbox-relay migrate`",
        ),
        (
            "DROP TABLE outbox_relay",
            "there is no table `outbox_relay`; run `outbox-relay migrate`",
        ),
        (
            "DROP TABLE outbox_parked",
            "there is no table `outbox_parked`; run `outbox-relay migrate`",
        ),
        ("ALTER TABLE outbox DROP COLUMN topic", "no column `topic`"),
        (
            "ALTER TABLE outbox RENAME TO events; CREATE VIEW outbox AS SELECT * FROM events",
            "is a view",
        ),
        (
            "CREATE TABLE copy AS SELECT * FROM outbox; DROP TABLE outbox; ALTER TABLE copy RENAME TO outbox",
            "AUTOINCREMENT",
        ),
    ] {
        let database = Database::new().await;
        database.connection.execute_batch(statements).unwrap();
        let relay = Relay::new(database.store().await, Memory::default());
        let error = relay.run(pending()).await.unwrap_err();
        assert!(
            matches!(error, RelayError::Store(StoreError::Refused(_))),
            "{error:?}"
        );
        assert!(error.to_string().contains(reason), "{statements}: {error}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_or_not_a_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.db");
    let text = folder.path().join("text.db");
    std::fs::write(
        &text,
        "not a database, but a text that is long enough to be read as one".repeat(99),
    )
    .unwrap();
    for path in [missing, text] {
        let error = Sqlite::open(&path).await.unwrap_err().to_string();
        assert!(
            error.contains(path.to_str().unwrap()) && error.contains("migrate"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_monitor_counts_what_a_relay_does() {
    let database = Database::new().await;
    place(&database, &["a", "b", "c"]);
    let relay = Relay::new(database.store().await, Memory::rejecting(&[2]))
        .backoff(Duration::from_millis(1), Duration::from_millis(2))
        .attempts(3);
    relay.until_empty(pending()).await.expect("the relay runs");
    let monitor = relay.monitor();
    let counts = (
        monitor.delivered(),
        monitor.attempts(),
        monitor.repeated(),
        monitor.rejected(),
    );
    assert_eq!(counts, (2, 5, 2, 1));
    let batches = monitor.batches();
    assert_eq!((batches.count, batches.sum), (1, 3.0));
    assert_eq!(batches.buckets[..2], [(1.0, 0), (3.0, 1)]);
    assert_eq!(monitor.delays().count, 2);
}
