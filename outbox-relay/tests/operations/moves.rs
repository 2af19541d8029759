//! The moves of `docs/operations.md`, with the SQL of that page, while a service writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_postgres::Client;

use crate::database::{Database, session};
use crate::page;
use crate::program::{DRAIN, Program};
use crate::server::Server;

const KEYS: i64 = 3;

/// Returns the SQL blocks of a move.
fn steps(heading: &str) -> Vec<String> {
    let page = page::read("operations.md");
    page::blocks(page::section(&page, heading), "sql")
}

/// A service that writes on and on: its events have the numbers 0, 1, 2, .. and one of three keys.
struct Service {
    stop: Arc<AtomicBool>,
    task: JoinHandle<i64>,
}

impl Service {
    /// Starts it with a statement that inserts an event of a number ($1, bigint) and a key ($2, text).
    fn start(client: Client, insert: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut number = 0;
            while !is_stopped.load(Ordering::Relaxed) {
                write(&client, insert, number).await;
                number += 1;
                sleep(Duration::from_millis(2)).await;
            }
            number
        });
        Self { stop, task }
    }

    /// Stops it, and returns how many events it has written.
    async fn stop(self) -> i64 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("it does not panic")
    }
}

async fn write(client: &Client, insert: &str, number: i64) {
    let key = (number % KEYS).to_string();
    let inserted = client.execute(insert, &[&number, &key]).await;
    inserted.unwrap_or_else(|error| panic!("{insert}: {error:?}"));
}

const INTO_OUTBOX: &str = "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source,
        specversion, time, subject, datacontenttype, dataversion)
    VALUES (gen_random_uuid(), 'customer', $2, 'com.example.changed', json_build_object('n', $1::bigint)::text, $2,
        'customers', '/shop', '1.0', now(), $2, 'application/json', '1.0')";

const INTO_EVENTS: &str = "INSERT INTO events (customer, kind, body)
    VALUES ($2, 'changed', json_build_object('n', $1::bigint))";

/// The numbers that consumers got, in the order of their first delivery.
#[derive(Default)]
struct Consumers(Vec<i64>);

impl Consumers {
    fn get(&mut self, number: i64) {
        if !self.0.contains(&number) {
            self.0.push(number);
        }
    }

    fn get_lines(&mut self, lines: &[String]) {
        for line in lines {
            let event: Value = serde_json::from_str(line).expect("a CloudEvent");
            self.get(event["data"]["n"].as_i64().expect("a number"));
        }
    }

    /// Checks that they got every event, and the events of each key in order.
    fn check(&self, written: i64) {
        let all: BTreeSet<_> = self.0.iter().copied().collect();
        assert_eq!(all, (0..written).collect(), "an event is lost");
        let mut last = BTreeMap::new();
        for number in &self.0 {
            let before = last.insert(number % KEYS, *number);
            assert!(before < Some(*number), "{number} came after {before:?}");
        }
    }
}

/// Debezium, as far as the database sees it: it reads a replication slot, and confirms what it has delivered.
async fn debezium(client: &Client, consumers: &mut Consumers) {
    let read = "SELECT data FROM pg_logical_slot_get_changes('debezium', NULL, NULL)";
    for row in client.query(read, &[]).await.expect("changes") {
        let change: String = row.get(0);
        // The payload of an insert into the outbox.
        let number = change
            .starts_with("table public.outbox: INSERT")
            .then(|| change.split_once("{\"n\" : "))
            .flatten()
            .and_then(|(_, rest)| rest.split_once('}'));
        if let Some((number, _)) = number {
            consumers.get(number.parse().expect("a number"));
        }
    }
}

async fn shop() -> Option<(Server, Database, Program)> {
    let server = Server::start()?;
    let client = session(&server.url).await;
    let program = Program::new(server.url.clone());
    let database = Database {
        server: server.url.clone(),
        schema: "public",
        client,
    };
    Some((server, database, program))
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_loop_of_ones_own() {
    let Some((_server, database, program)) = shop().await else {
        return;
    };
    let page = page::read("operations.md");
    let heading = "### From a loop of your own";
    let example = page::blocks(page::section(&page, heading), "sql example").remove(0);
    let [translate, follow, drop] = &steps(heading)[..] else {
        panic!("the page has other steps");
    };
    database.run(&example).await;
    let old = Service::start(database.session().await, INTO_EVENTS);
    let mut consumers = Consumers::default();
    let work = "WITH next AS (SELECT id FROM events WHERE sent_at IS NULL ORDER BY id LIMIT 20)
        UPDATE events SET sent_at = now() FROM next WHERE events.id = next.id
        RETURNING events.id, (body ->> 'n')::bigint";
    for _ in 0..10 {
        let sent = database.client.query(work, &[]).await.expect("the loop");
        let mut sent: Vec<(i64, i64)> = sent.iter().map(|row| (row.get(0), row.get(1))).collect();
        sent.sort_unstable();
        sent.iter().for_each(|(_, number)| consumers.get(*number));
        sleep(Duration::from_millis(20)).await;
    }
    program.succeeds(&["migrate"]);
    database.run(translate).await;
    sleep(Duration::from_millis(50)).await;
    database.run(follow).await;
    sleep(Duration::from_millis(50)).await;
    consumers.get_lines(&program.succeeds(&DRAIN));
    // A service of the new version goes on where that of the old one ends.
    let written = old.stop().await;
    for number in written..written + 10 {
        write(&database.client, INTO_OUTBOX, number).await;
    }
    consumers.get_lines(&program.succeeds(&DRAIN));
    database.run(drop).await;
    consumers.check(written + 10);
    let rows: i64 = database.value("SELECT count(*) FROM outbox").await;
    assert!(0 < rows && rows < written + 10, "the loop has sent some");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_debezium_and_back() {
    let Some((_server, database, program)) = shop().await else {
        return;
    };
    program.succeeds(&["migrate"]);
    let mut consumers = Consumers::default();
    let service = Service::start(database.session().await, INTO_OUTBOX);
    sleep(Duration::from_millis(100)).await;
    consumers.get_lines(&program.succeeds(&DRAIN));

    let [slot, last, forget] = &steps("### To Debezium")[..] else {
        panic!("the page has other steps");
    };
    // Its output is text.
    let statements = slot.replace("pgoutput", "test_decoding");
    for statement in statements.split_inclusive(';') {
        database.run(statement).await;
    }
    let last: i64 = database.value(last.trim_end_matches(';')).await;
    sleep(Duration::from_millis(50)).await;
    loop {
        consumers.get_lines(&program.succeeds(&DRAIN));
        let status = program.succeeds(&["status", "--json"]).concat();
        let status: Value = serde_json::from_str(&status).expect("JSON");
        if status["low"].as_i64() >= Some(last) {
            break;
        }
    }
    sleep(Duration::from_millis(50)).await;
    debezium(&database.client, &mut consumers).await;
    database.run(forget).await;

    let back = steps("### From Debezium");
    let [note, passed, delete, end] = &back[..] else {
        panic!("the page has other steps");
    };
    program.succeeds(&["migrate"]);
    sleep(Duration::from_millis(50)).await;
    let (copy, place) = note.trim_end().split_once('\n').expect("two statements");
    database.run(copy).await;
    let place = place.trim_end_matches(';').replace("lsn()", "lsn()::text");
    let place: String = database.value(&place).await;
    let passed = passed.replace("0/1A2B3C4", &place);
    while !database.value::<bool>(passed.trim_end_matches(';')).await {
        debezium(&database.client, &mut consumers).await;
    }
    // The connector is stopped. Meanwhile the service goes on.
    sleep(Duration::from_millis(50)).await;
    database.run(delete).await;
    consumers.get_lines(&program.succeeds(&DRAIN));
    for statement in end.split_inclusive(';') {
        database.run(statement).await;
    }
    let written = service.stop().await;
    consumers.get_lines(&program.succeeds(&DRAIN));
    consumers.check(written);
}
