//! Histories: writers of every kind write for some seconds, a relay delivers what they write, and both are compared.
//!
//! A history runs as long as `OUTBOX_TEST_SECONDS` says, and its random numbers are those of `OUTBOX_TEST_SEED`.

#[path = "history/broken.rs"]
mod broken;
#[path = "history/journal.rs"]
mod journal;
#[path = "history/kills.rs"]
mod kills;
mod support;
#[path = "history/verdict.rs"]
mod verdict;
#[path = "history/writers.rs"]
mod writers;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use broken::{BrokenStore, Fault};
use fastrand::Rng;
use journal::{Broker, Journal, JournalFile, TooEarly};
use outbox_relay::Relay;
use support::postgres::Database;
use support::server::Server;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use verdict::Verdict;
use writers::Writers;

/// How long a history waits for a delivery before it calls an event lost.
const PATIENCE: Duration = Duration::from_secs(4);

struct History {
    database: Database,
    writers: Writers,
    random: Rng,
    /// The relays, which run until the end.
    relays: JoinSet<()>,
}

impl History {
    /// `None` if there is no server.
    async fn begin(schema: &'static str) -> Option<Self> {
        let database = Database::empty(schema).await?;
        Some(Self::on(database).await)
    }

    async fn on(database: Database) -> Self {
        let from_environment = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let seed =
            from_environment("OUTBOX_TEST_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
        let seconds = from_environment("OUTBOX_TEST_SECONDS").unwrap_or(4);
        let writers = Writers {
            server: database.server.clone(),
            schema: database.schema.to_owned(),
            seed,
            duration: Duration::from_secs(seconds),
            is_asynchronous: false,
            acknowledged: Arc::default(),
        };
        database.store().migrate().await.expect("the tables");
        writers.create_tables(&database.client).await;
        Self {
            database,
            writers,
            random: Rng::with_seed(seed),
            relays: JoinSet::new(),
        }
    }

    fn url(&self) -> String {
        self.database.url("")
    }

    /// Lets the writers write and waits for the last deliveries. Returns whether all was well.
    async fn end(mut self, delivered: impl Fn() -> Vec<Uuid>) -> Verdict {
        let seed = self.writers.seed;
        tokio::select! {
            () = self.writers.run() => {}
            Some(ended) = self.relays.join_next() => panic!("seed {seed}: a relay has ended: {ended:?}"),
        }
        let client = self.database.session().await;
        let written = verdict::written(&client).await;
        let mut grew = (0, Instant::now());
        let acknowledged = self.acknowledged();
        let judge = || Verdict::of(&written, &acknowledged, &delivered());
        while grew.1.elapsed() < PATIENCE && judge().lost > 0 {
            let count = delivered().len();
            if count > grew.0 {
                grew = (count, Instant::now());
            }
            sleep(Duration::from_millis(50)).await;
        }
        self.relays.shutdown().await;
        let verdict = judge();
        let (schema, written) = (self.database.schema, written.len());
        let deliveries = delivered().len();
        println!("{schema}, seed {seed}: {written} events, {deliveries} deliveries, {verdict}");
        assert!(written > 100, "the writers hardly wrote");
        verdict
    }

    /// Lets the server crash again and again, with one relay that stays and one that is killed.
    async fn crash(mut self, server: Server) -> Verdict {
        let _ = tracing_subscriber::fmt()
            .with_env_filter("outbox_relay=debug")
            .try_init(); // XXX
        let journal = Journal::default();
        let relay = Relay::new(self.database.store(), Broker::new(&journal)).batch(50);
        self.relays
            .spawn(async move { relay.run(std::future::pending()).await.expect("it runs") });
        let sink = journal.clone();
        let killed = kills::killed(self.url(), self.random.fork(), move || Broker::new(&sink));
        self.relays.spawn(killed);
        let server = Arc::new(Mutex::new(server));
        self.relays.spawn(async move {
            loop {
                sleep(Duration::from_millis(1500)).await;
                let server = Arc::clone(&server);
                let crash =
                    tokio::task::spawn_blocking(move || server.lock().expect("one").crash());
                crash.await.expect("it starts again");
            }
        });
        self.end(|| journal.delivered()).await
    }

    fn acknowledged(&self) -> Vec<Uuid> {
        self.writers.acknowledged.lock().expect("the list").clone()
    }
}

fn expect_right(verdict: &Verdict) {
    assert!(verdict.is_right(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_delivers_everything_in_order() {
    let Some(mut history) = History::begin("history_relay").await else {
        return;
    };
    let journal = Journal::default();
    let relay = Relay::new(history.database.store(), Broker::new(&journal)).batch(50);
    history
        .relays
        .spawn(async move { relay.run(std::future::pending()).await.expect("it runs") });
    expect_right(&history.end(|| journal.delivered()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relays_that_are_killed_lose_nothing() {
    let Some(mut history) = History::begin("history_killed").await else {
        return;
    };
    let journal = Journal::default();
    for _ in 0..2 {
        let sink = journal.clone();
        let killed = kills::killed(history.url(), history.random.fork(), move || {
            Broker::new(&sink)
        });
        history.relays.spawn(killed);
    }
    expect_right(&history.end(|| journal.delivered()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_or_sleep_too_long_lose_nothing() {
    let Some(mut history) = History::begin("history_processes").await else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("journal");
    let kills = kills::kill_processes(history.url(), file.clone(), history.random.fork());
    history.relays.spawn(kills);
    expect_right(&history.end(|| JournalFile::delivered(&file)).await);
}

#[tokio::test]
#[ignore = "the process that other tests start"]
async fn relay_process() {
    kills::run_as_process().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_loses_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let database = Database::on(server.url.clone(), "history_crashes").await;
    let history = History::on(database).await;
    expect_right(&history.crash(server).await);
}

/// The server forgets the last commits, the relay has delivered some of them, and their numbers are given again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgets_commits_loses_nothing_of_what_it_has() {
    let Some(server) = Server::start() else {
        return;
    };
    let database = Database::on(server.url.clone(), "history_forgets").await;
    for setting in ["wal_writer_delay = '10s'", "synchronous_commit = off"] {
        database.run(&format!("ALTER SYSTEM SET {setting}")).await;
    }
    database.run("SELECT pg_reload_conf()").await;
    let mut history = History::on(database).await;
    history.writers.is_asynchronous = true;
    let verdict = history.crash(server).await;
    assert!(verdict.lost == 0 && verdict.disordered == 0, "{verdict}");
}

/// The checker finds relays that are broken on purpose.
mod checker {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_the_order_of_ids() {
        let Some(mut history) = History::begin("history_by_id").await else {
            return;
        };
        let journal = Journal::default();
        let client = history.database.session().await;
        history.relays.spawn(broken::by_id(client, journal.clone()));
        let verdict = history.end(|| journal.delivered()).await;
        assert!(verdict.disordered > 0 && verdict.lost == 0, "{verdict}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_the_order_of_transaction_ids() {
        let Some(mut history) = History::begin("history_by_xid").await else {
            return;
        };
        let journal = Journal::default();
        let client = history.database.session().await;
        history
            .relays
            .spawn(broken::by_transaction_id(client, journal.clone()));
        let verdict = history.end(|| journal.delivered()).await;
        assert!(verdict.disordered > 0, "{verdict}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_a_cursor_without_holes() {
        let Some(mut history) = History::begin("history_by_cursor").await else {
            return;
        };
        let journal = Journal::default();
        let client = history.database.session().await;
        history
            .relays
            .spawn(broken::by_cursor(client, journal.clone()));
        let verdict = history.end(|| journal.delivered()).await;
        assert!(verdict.lost > 0, "{verdict}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_several_owners() {
        let Some(mut history) = History::begin("history_several").await else {
            return;
        };
        let journal = Journal::default();
        for _ in 0..2 {
            let client = history.database.session().await;
            history
                .relays
                .spawn(broken::one_of_several(client, journal.clone()));
        }
        let verdict = history.end(|| journal.delivered()).await;
        assert!(verdict.disordered > 0 && verdict.lost == 0, "{verdict}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_holes_that_are_not_kept() {
        let Some(mut history) = History::begin("history_no_holes").await else {
            return;
        };
        let store = BrokenStore {
            store: history.database.store(),
            fault: Fault::NoHoles,
        };
        let journal = Journal::default();
        let relay = Relay::new(store, Broker::new(&journal)).batch(50);
        history
            .relays
            .spawn(async move { relay.run(std::future::pending()).await.expect("it runs") });
        let verdict = history.end(|| journal.delivered()).await;
        assert!(verdict.lost > 0, "{verdict}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_holes_that_are_closed_by_transaction_ids() {
        let Some(mut history) = History::begin("history_holes_by_xid").await else {
            return;
        };
        let client = history.database.session().await;
        let store = BrokenStore {
            store: history.database.store(),
            fault: Fault::HolesByTransactionId(client),
        };
        let journal = Journal::default();
        let relay = Relay::new(store, Broker::new(&journal)).batch(50);
        history
            .relays
            .spawn(async move { relay.run(std::future::pending()).await.expect("it runs") });
        let verdict = history.end(|| journal.delivered()).await;
        assert!(verdict.lost > 0, "{verdict}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_progress_that_is_saved_before_the_delivery() {
        let Some(mut history) = History::begin("history_too_early").await else {
            return;
        };
        let journal = Journal::default();
        let sink = journal.clone();
        let killed = kills::killed(history.url(), history.random.fork(), move || {
            TooEarly::new(&sink)
        });
        history.relays.spawn(killed);
        let verdict = history.end(|| journal.delivered()).await;
        assert!(verdict.lost > 0, "{verdict}");
    }
}
