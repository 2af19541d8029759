//! Histories: writers of every kind write for some seconds, a relay delivers what they write, and both are compared.
//!
//! A history takes a few seconds, or as long as `OUTBOX_TEST_SECONDS` says. `OUTBOX_TEST_SEED` chooses what the writers
//! do.

mod broken;
mod destination;
mod faulty;
mod journal;
mod kills;
#[cfg(any(
    feature = "amqp",
    feature = "http",
    feature = "kafka",
    feature = "nats"
))]
mod sinks;
mod verdict;
mod writers;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::database::Database;
use crate::support::server::Server;
use broken::{BrokenStore, Fault};
use destination::Address;
use fastrand::Rng;
use journal::{Broker, Journal, JournalFile, TooEarly};
use outbox_relay::{Relay, Sink, Store};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use verdict::Verdict;
use writers::Writers;

/// The time that a history waits for one more delivery before it calls an event lost.
const PATIENCE: Duration = Duration::from_secs(15);

struct History {
    database: Database,
    writers: Writers,
    random: Rng,
    /// The relays, which run until the end.
    relays: JoinSet<()>,
    /// The trouble while the writers write.
    hazards: JoinSet<()>,
    /// The server, if it crashes.
    server: Option<Arc<Mutex<Server>>>,
    patience: Duration,
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
            hazards: JoinSet::new(),
            server: None,
            patience: PATIENCE,
        }
    }

    /// Starts a relay that runs until the end.
    fn start<S: Store + 'static, K: Sink + 'static>(&mut self, relay: Relay<S, K>) {
        let relay = relay.batch(50);
        let run = async move { relay.run(std::future::pending()).await.expect("it runs") };
        self.relays.spawn(run);
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
        self.hazards.shutdown().await;
        if let Some(server) = &self.server {
            // The last crash ends.
            drop(server.lock().expect("the server"));
        }
        let client = self.writers.session().await;
        let written = verdict::written(&client).await;
        let mut grew = (0, Instant::now());
        let acknowledged = self.acknowledged();
        let judge = || Verdict::of(&written, &acknowledged, &delivered());
        while grew.1.elapsed() < self.patience && judge().lost > 0 {
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
        assert!(written > 20, "the writers hardly wrote");
        verdict
    }

    /// Lets the server crash again and again, with one relay that stays and one that is killed.
    async fn crash(mut self, server: Server) -> Verdict {
        let journal = Journal::default();
        self.start(Relay::new(self.database.store(), Broker::new(&journal)));
        let sink = journal.clone();
        let killed = kills::killed(self.url(), self.random.fork(), move || Broker::new(&sink));
        self.relays.spawn(killed);
        let server = Arc::new(Mutex::new(server));
        self.server = Some(Arc::clone(&server));
        self.hazards.spawn(async move {
            loop {
                sleep(Duration::from_millis(1500)).await;
                let server = Arc::clone(&server);
                let crash = move || server.lock().expect("one crash at a time").crash();
                let crash = tokio::task::spawn_blocking(crash);
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
    history.start(Relay::new(history.database.store(), Broker::new(&journal)));
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
    let sink = Address::of_file(&file);
    let kills = kills::kill_processes(history.url(), sink, 100..1000, history.random.fork());
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

    /// Runs short histories of a broken relay until one is wrong as expected. A fault needs luck to show.
    async fn expect_wrong(
        schema: &'static str,
        start: impl AsyncFn(&mut History, Journal),
        is_expected: impl Fn(&Verdict) -> bool,
    ) {
        for _ in 0..10 {
            let Some(mut history) = History::begin(schema).await else {
                return;
            };
            history.writers.duration = Duration::from_secs(2);
            history.patience = Duration::from_secs(1);
            let journal = Journal::default();
            start(&mut history, journal.clone()).await;
            if is_expected(&history.end(|| journal.delivered()).await) {
                return;
            }
        }
        panic!("the checker does not find what is broken");
    }

    fn is_disordered(verdict: &Verdict) -> bool {
        verdict.disordered > 0
    }

    fn has_lost(verdict: &Verdict) -> bool {
        verdict.lost > 0 && verdict.disordered == 0
    }

    /// Starts a relay whose store is broken.
    fn start_with(history: &mut History, journal: &Journal, fault: Fault) {
        let store = BrokenStore {
            store: history.database.store(),
            fault,
        };
        history.start(Relay::new(store, Broker::new(journal)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_the_order_of_ids() {
        let start = async |history: &mut History, journal| {
            let client = history.database.session().await;
            history.relays.spawn(broken::by_id(client, journal));
        };
        expect_wrong("history_by_id", start, is_disordered).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_the_order_of_transaction_ids() {
        let start = async |history: &mut History, journal| {
            let client = history.database.session().await;
            history
                .relays
                .spawn(broken::by_transaction_id(client, journal));
        };
        expect_wrong("history_by_xid", start, is_disordered).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_a_cursor_without_holes() {
        let start = async |history: &mut History, journal| {
            let client = history.database.session().await;
            history.relays.spawn(broken::by_cursor(client, journal));
        };
        expect_wrong("history_by_cursor", start, has_lost).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_several_owners() {
        let start = async |history: &mut History, journal: Journal| {
            for _ in 0..2 {
                let client = history.database.session().await;
                history
                    .relays
                    .spawn(broken::one_of_several(client, journal.clone()));
            }
        };
        expect_wrong("history_several", start, is_disordered).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_holes_that_are_not_kept() {
        let start = async |history: &mut History, journal| {
            start_with(history, &journal, Fault::NoHoles);
        };
        expect_wrong("history_no_holes", start, has_lost).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_holes_that_are_closed_by_transaction_ids() {
        let start = async |history: &mut History, journal| {
            let client = history.database.session().await;
            start_with(history, &journal, Fault::HolesByTransactionId(client));
        };
        expect_wrong("history_holes_by_xid", start, has_lost).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn finds_progress_that_is_saved_before_the_delivery() {
        let start = async |history: &mut History, journal| {
            let make_sink = move || TooEarly::new(&journal);
            let killed = kills::killed(history.url(), history.random.fork(), make_sink);
            history.relays.spawn(killed);
        };
        expect_wrong("history_too_early", start, has_lost).await;
    }
}
