//! Writers of every kind. Each event says which version of its aggregate the transaction had.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use crate::support::database::connect;

/// The number of aggregates that the writers share.
const AGGREGATES: u32 = 8;

/// The aggregates, what a broken relay needs, and a trigger that makes an insert slow: after its number is given, and before it has a
/// transaction id.
const TABLES: &str = "
    CREATE TABLE aggregate (key text PRIMARY KEY, version bigint NOT NULL);
    CREATE TABLE other (text text);
    CREATE TABLE taken (seq bigint PRIMARY KEY);
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.payload LIKE '%dawdle%' THEN PERFORM pg_sleep(random() * 0.15); END IF;
            RETURN NEW;
        END
    $$;
    CREATE TRIGGER dawdle BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION dawdle();
    INSERT INTO aggregate SELECT 'aggregate-' || i, 0 FROM generate_series(0, 7) AS i";

const INSERT: &str = "INSERT INTO outbox (
        id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time, subject,
        datacontenttype, dataversion
    ) SELECT
        id, 'aggregate', key, 'com.example.aggregate.changed', payload, key, 'aggregates', '/aggregates', '1.0', now(),
        key, 'application/json', '1.0'
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS event(id, key, payload)";

/// The writers of one history.
#[derive(Debug, Clone)]
pub(crate) struct Writers {
    pub(crate) server: String,
    pub(crate) schema: String,
    pub(crate) seed: u64,
    pub(crate) duration: Duration,
    /// A commit is acknowledged before it survives a crash.
    pub(crate) is_asynchronous: bool,
    /// The events whose commit was acknowledged.
    pub(crate) acknowledged: Arc<Mutex<Vec<Uuid>>>,
}

impl Writers {
    pub(crate) async fn create_tables(&self, client: &Client) {
        client.batch_execute(TABLES).await.expect("the tables");
    }

    /// Writes for a while, and ends what is prepared.
    pub(crate) async fn run(&self) {
        let mut random = Rng::with_seed(self.seed);
        let deadline = Instant::now() + self.duration;
        let mut writers = JoinSet::new();
        for number in 0..10 {
            let mut writer = Writer {
                writers: self.clone(),
                number,
                random: random.fork(),
                own_version: 0,
                prepared: 0,
            };
            writers.spawn(async move { writer.run_until(deadline).await });
        }
        writers.spawn(hold_the_xmin(self.clone(), deadline));
        while let Some(ended) = writers.join_next().await {
            ended.expect("a writer does not panic");
        }
        self.end_prepared(&mut random).await;
    }

    /// Ends the prepared transactions whose writer was interrupted.
    async fn end_prepared(&self, random: &mut Rng) {
        let client = self.session().await;
        let select = "SELECT gid FROM pg_prepared_xacts WHERE starts_with(gid, $1 || '-')";
        let rows = client.query(select, &[&self.schema]).await.expect("a list");
        for row in rows {
            let (gid, end): (String, _) = (row.get(0), end_of(random));
            let end = format!("{end} PREPARED '{gid}'");
            client.batch_execute(&end).await.expect("an end");
        }
    }

    /// Opens a session. Waits for a server that is starting.
    pub(crate) async fn session(&self) -> Client {
        loop {
            if let Ok(client) = connect(&self.server).await {
                let settings = format!(
                    "SET search_path TO {}; SET synchronous_commit = {}",
                    self.schema,
                    if self.is_asynchronous { "off" } else { "on" }
                );
                if client.batch_execute(&settings).await.is_ok() {
                    return client;
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

fn end_of(random: &mut Rng) -> &'static str {
    if random.u8(..5) == 0 {
        "ROLLBACK"
    } else {
        "COMMIT"
    }
}

/// Reads one snapshot, and writes another table, for the whole time: neither may matter.
async fn hold_the_xmin(writers: Writers, deadline: Instant) {
    while Instant::now() < deadline {
        let (reader, writer) = (writers.session().await, writers.session().await);
        let reading =
            reader.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM outbox");
        let writing = writer.batch_execute("BEGIN; INSERT INTO other VALUES ('x')");
        drop(tokio::join!(reading, writing));
        while Instant::now() < deadline && !reader.is_closed() && !writer.is_closed() {
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A kind of transaction that writes events.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Locks the row of the aggregate.
    Lock,
    /// Checks at the update that the version is still the one that was read.
    CheckVersion,
    /// Writes an event, takes it back with a savepoint, and writes another one.
    Savepoint,
    /// Takes an event back with a savepoint, writes nothing, and goes on for a while.
    EmptySavepoint,
    /// Writes many events of several aggregates in one statement.
    Bulk,
    /// Writes a thousand events and rolls back.
    BulkRolledBack,
    /// Ends in two phases.
    Prepared,
    /// Writes to an aggregate of its own, in one statement that dawdles.
    Alone,
}

const KINDS: [Kind; 16] = [
    Kind::Lock,
    Kind::Lock,
    Kind::Lock,
    Kind::Lock,
    Kind::CheckVersion,
    Kind::CheckVersion,
    Kind::CheckVersion,
    Kind::Savepoint,
    Kind::Savepoint,
    Kind::EmptySavepoint,
    Kind::Bulk,
    Kind::BulkRolledBack,
    Kind::Prepared,
    Kind::Alone,
    Kind::Alone,
    Kind::Alone,
];

/// The events of one transaction.
#[derive(Debug, Default)]
struct Events {
    ids: Vec<Uuid>,
    keys: Vec<String>,
    payloads: Vec<String>,
}

impl Events {
    /// Makes events of an aggregate. Their ids are made before the transaction, as many producers do, so they say
    /// nothing about its order.
    fn add(&mut self, id: Uuid, key: &str, version: i64, text: &str) {
        let place = self.ids.len();
        self.ids.push(id);
        self.keys.push(key.to_owned());
        self.payloads.push(format!(
            "{{\"version\":{version},\"place\":{place},\"text\":\"{text}\"}}"
        ));
    }

    async fn insert(&self, client: &Client) -> Result<(), Error> {
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&self.ids, &self.keys, &self.payloads];
        client.execute(INSERT, &parameters).await.map(|_| ())
    }
}

struct Writer {
    writers: Writers,
    number: u32,
    random: Rng,
    /// The version of the aggregate that only this writer writes.
    own_version: i64,
    prepared: u32,
}

impl Writer {
    async fn run_until(&mut self, deadline: Instant) {
        let mut client = self.writers.session().await;
        while Instant::now() < deadline {
            let kind = KINDS[self.random.usize(..KINDS.len())];
            if self.write(&client, kind).await.is_err() {
                // A deadlock, or a server that has crashed.
                if client.is_closed() || client.batch_execute("ROLLBACK").await.is_err() {
                    client = self.writers.session().await;
                }
            }
            self.pause(4).await;
        }
    }

    /// Runs one transaction.
    async fn write(&mut self, client: &Client, kind: Kind) -> Result<(), Error> {
        if let Kind::Alone = kind {
            return self.write_alone(client).await;
        }
        let id = Uuid::now_v7();
        let key = format!("aggregate-{}", self.random.u32(..AGGREGATES));
        let mut events = Events::default();
        let mut end = end_of(&mut self.random);
        client.batch_execute("BEGIN").await?;
        if self.random.bool() {
            self.pause(20).await;
        }
        match kind {
            Kind::Lock | Kind::Prepared | Kind::Alone => {
                let version = lock(client, &key).await?;
                events.add(id, &key, version, "");
                if self.random.u8(..4) == 0 {
                    events.add(Uuid::now_v7(), &key, version, "dawdle");
                }
                events.insert(client).await?;
            }
            Kind::CheckVersion => {
                let read = "SELECT version FROM aggregate WHERE key = $1";
                let version: i64 = client.query_one(read, &[&key]).await?.get(0);
                self.pause(2).await;
                let check =
                    "UPDATE aggregate SET version = version + 1 WHERE key = $1 AND version = $2";
                if client.execute(check, &[&key, &version]).await? == 1 {
                    events.add(id, &key, version + 1, "");
                    events.insert(client).await?;
                }
            }
            Kind::Savepoint => {
                let version = lock(client, &key).await?;
                self.insert_and_take_back(client, &key).await?;
                events.add(id, &key, version, "");
                events.insert(client).await?;
            }
            Kind::EmptySavepoint => {
                self.insert_and_take_back(client, &key).await?;
                self.pause(30).await;
            }
            Kind::Bulk => {
                for number in 0..3 {
                    let key = format!("aggregate-{number}");
                    let version = lock(client, &key).await?;
                    for _ in 0..10 {
                        events.add(Uuid::now_v7(), &key, version, "");
                    }
                }
                events.insert(client).await?;
            }
            Kind::BulkRolledBack => {
                for _ in 0..1000 {
                    events.add(Uuid::now_v7(), &key, 0, "");
                }
                events.insert(client).await?;
                end = "ROLLBACK";
            }
        }
        // Now and then a slow one.
        let longest = if self.random.u8(..20) == 0 { 300 } else { 3 };
        self.pause(longest).await;
        if let Kind::Prepared = kind {
            self.end_in_two_phases(client, end).await?;
        } else {
            client.batch_execute(end).await?;
        }
        if end == "COMMIT" {
            self.acknowledge(&events);
        }
        Ok(())
    }

    /// Writes to an aggregate of its own in one statement. What the statement before has committed is seen.
    async fn write_alone(&mut self, client: &Client) -> Result<(), Error> {
        self.own_version += 1;
        let mut events = Events::default();
        let key = format!("writer-{}", self.number);
        events.add(Uuid::now_v7(), &key, self.own_version, "dawdle");
        events.insert(client).await?;
        self.acknowledge(&events);
        Ok(())
    }

    async fn insert_and_take_back(&mut self, client: &Client, key: &str) -> Result<(), Error> {
        client.batch_execute("SAVEPOINT before").await?;
        let mut events = Events::default();
        events.add(Uuid::now_v7(), key, 0, "taken back");
        events.insert(client).await?;
        self.pause(3).await;
        client.batch_execute("ROLLBACK TO SAVEPOINT before").await
    }

    async fn end_in_two_phases(&mut self, client: &Client, end: &str) -> Result<(), Error> {
        self.prepared += 1;
        let gid = format!("{}-{}-{}", self.writers.schema, self.number, self.prepared);
        client
            .batch_execute(&format!("PREPARE TRANSACTION '{gid}'"))
            .await?;
        self.pause(100).await;
        client
            .batch_execute(&format!("{end} PREPARED '{gid}'"))
            .await
    }

    fn acknowledge(&self, events: &Events) {
        let mut acknowledged = self.writers.acknowledged.lock().expect("the list");
        acknowledged.extend(&events.ids);
    }

    async fn pause(&mut self, longest: u64) {
        sleep(Duration::from_millis(self.random.u64(..=longest))).await;
    }
}

/// Locks an aggregate, and returns its next version.
async fn lock(client: &Client, key: &str) -> Result<i64, Error> {
    client
        .execute("SELECT FROM aggregate WHERE key = $1 FOR UPDATE", &[&key])
        .await?;
    let update = "UPDATE aggregate SET version = version + 1 WHERE key = $1 RETURNING version";
    Ok(client.query_one(update, &[&key]).await?.get(0))
}
