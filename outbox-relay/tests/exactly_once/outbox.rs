//! An outbox in SQLite, and its writer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fastrand::Rng;
use outbox_core::OutboxRow;
use outbox_core::row::sqlite::INSERT;
use outbox_relay::store::Sqlite;
use rusqlite::{Connection, params_from_iter};
use tempfile::TempDir;

use crate::support::row;

pub(crate) struct Outbox {
    folder: TempDir,
    connection: Connection,
    topic: String,
    /// The ids of each key, in the order of their inserts.
    pub(crate) inserted: BTreeMap<String, Vec<String>>,
}

impl Outbox {
    pub(crate) async fn new(topic: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::create(folder.path().join("shop.db")).await.unwrap();
        store.migrate().await.unwrap();
        let connection = Connection::open(folder.path().join("shop.db")).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
        Self {
            folder,
            connection,
            topic: topic.to_owned(),
            inserted: BTreeMap::new(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub(crate) async fn store(&self) -> Sqlite {
        Sqlite::open(self.path()).await.unwrap()
    }

    /// Inserts events of random keys in one transaction.
    pub(crate) fn insert(&mut self, count: usize, random: &mut Rng) {
        let transaction = self.connection.unchecked_transaction().unwrap();
        for _ in 0..count {
            let key = format!("key-{}", random.u8(..40));
            let row = OutboxRow {
                topic: self.topic.clone(),
                ..row(&key, r#"{"total": 7}"#)
            };
            let texts = row.to_texts().unwrap();
            transaction
                .execute(INSERT, params_from_iter(texts))
                .unwrap();
            self.inserted
                .entry(key)
                .or_default()
                .push(row.id.to_string());
        }
        transaction.commit().unwrap();
    }

    /// Holds the lock of the database, so that nobody can save, until it is dropped.
    pub(crate) fn lock(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        connection
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    }
}
