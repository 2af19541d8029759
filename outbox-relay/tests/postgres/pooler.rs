//! The store behind pgbouncer, which gives a session for one transaction.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use outbox_relay::store::{Change, Limit, Postgres, Progress};
use outbox_relay::{Ranges, Store, StoreError};
use tempfile::TempDir;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::support::database::{Database, insert, session};
use crate::support::server::{is_installed, run};
use crate::support::skipped;

/// A pooler before the server of the tests. All its clients share one session.
pub(crate) struct Pooler {
    process: Child,
    _folder: TempDir,
    pub(crate) url: String,
}

impl Pooler {
    pub(crate) fn start(server: &str) -> Option<Self> {
        if !is_installed("pgbouncer") {
            skipped("`pgbouncer` is not installed");
            return None;
        }
        let server: Config = server.parse().expect("an address");
        let Some(Host::Tcp(host)) = server.get_hosts().first() else {
            panic!("the server has no host");
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("a port").port();
        drop(listener);
        let folder = tempfile::tempdir().expect("a folder");
        let settings = format!(
            "[databases]\n\
             outboxes = host={host} port={} dbname={} user={}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = 1\n",
            server.get_ports().first().copied().unwrap_or(5432),
            server.get_dbname().unwrap_or("postgres"),
            server.get_user().unwrap_or("postgres"),
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("the settings are written");
        run(Command::new("chmod")
            .arg("-R")
            .arg("a+rX")
            .arg(folder.path()));
        let mut command = Command::new("pgbouncer");
        // It refuses to run as root.
        let id = run(Command::new("id").arg("-u"));
        if id.stdout == b"0\n" {
            command.args(["--user", "nobody"]);
        }
        let process = command
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer starts");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self {
            process,
            _folder: folder,
            url: format!("postgres://anybody@127.0.0.1:{port}/outboxes"),
        })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test]
async fn the_store_works_in_shared_sessions() {
    let Some(database) = Database::empty("relay_pooler").await else {
        return;
    };
    let Some(pooler) = Pooler::start(&database.server) else {
        return;
    };
    // Another client of the pooler leaves its state in the session that all share.
    let neighbour = session(&pooler.url).await;
    neighbour
        .batch_execute("SET search_path TO pg_temp; PREPARE s0 AS SELECT 1")
        .await
        .expect("a setting");
    let url = format!("{}?schema=relay_pooler", pooler.url);
    let store = Postgres::new(&url).expect("an address");
    assert_eq!(store.migrate().await.expect("the tables").len(), 4);
    store.check().await.expect("all is well");
    for _ in 0..3 {
        insert(&database.client, "k", "{}").await;
    }
    let limit = Limit {
        rows: 10,
        bytes: 100_000,
    };
    let (lease, _) = store
        .acquire("main", "a", Duration::from_secs(5))
        .await
        .expect("a lease")
        .expect("free");
    let change = Change {
        progress: Progress {
            low: 2,
            done: Ranges::new(),
        },
        ..Change::default()
    };
    // Everything at the same time.
    let all = [1..=i64::MAX];
    let (read, writers, saved, renewed, parked, status) = tokio::join!(
        store.read(&all, limit),
        store.writers(),
        store.save(&lease, &change),
        store.renew(&lease),
        store.parked("main", "k", limit),
        store.status("main"),
    );
    assert_eq!(read.expect("rows").events.len(), 3);
    assert!(writers.expect("the writers").is_empty());
    saved.expect("it is saved");
    renewed.expect("it is renewed");
    assert!(parked.expect("rows").events.is_empty());
    status.expect("a status");
    assert_eq!(store.clean(Duration::ZERO, 10).await.expect("a step"), 2);
    store.release(&lease).await.expect("it is released");
}

#[tokio::test]
async fn a_pooler_that_refuses_the_search_path_is_explained() {
    let Some(database) = Database::empty("relay_pooler_path").await else {
        return;
    };
    let Some(pooler) = Pooler::start(&database.server) else {
        return;
    };
    let url = format!(
        "{}?options=-c%20search_path%3Drelay_pooler_path",
        pooler.url
    );
    let store = Postgres::new(&url).expect("an address");
    match store.check().await {
        Err(StoreError::Refused(reason)) => {
            let reason = reason.to_string();
            assert!(
                reason.ends_with(
                    "; behind a pooler, leave `options` out of the address and name the schema with `schema=`"
                ),
                "{reason}"
            );
        }
        // Newer poolers take the option, and then the table is missing.
        other => panic!("{other:?}"),
    }
}
