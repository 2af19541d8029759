//! An SQLite database to test with.

use outbox_core::OutboxRow;
use outbox_core::row::sqlite::INSERT;
use outbox_relay::conformance::StoreFixture;
use outbox_relay::store::Sqlite;
use rusqlite::{Connection, params_from_iter};
use tempfile::TempDir;

/// A database in a folder of its own, with the tables of the outbox and the relay.
pub struct Database {
    folder: TempDir,
    pub connection: Connection,
}

impl Database {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Sqlite::create(folder.path().join("shop.db"))
            .await
            .expect("a database");
        store.migrate().await.expect("the tables");
        let connection = Connection::open(folder.path().join("shop.db")).expect("a connection");
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .expect("WAL mode");
        Self { folder, connection }
    }

    pub async fn store(&self) -> Sqlite {
        Sqlite::open(self.folder.path().join("shop.db"))
            .await
            .expect("a store")
    }

    /// Inserts rows in one transaction.
    pub fn insert(&self, rows: &[OutboxRow]) {
        let transaction = self
            .connection
            .unchecked_transaction()
            .expect("a transaction");
        for row in rows {
            let texts = row.to_texts().expect("a row");
            transaction
                .execute(INSERT, params_from_iter(texts))
                .expect("an insert");
        }
        transaction.commit().expect("a commit");
    }
}

impl StoreFixture for Database {
    type Store = Sqlite;
    type Transaction = ();

    async fn store(&self) -> Sqlite {
        Self::store(self).await
    }

    async fn begin(&self, _rows: &[OutboxRow]) -> Option<()> {
        // SQLite has one writer at a time.
        None
    }

    async fn end(&self, (): (), _is_committed: bool) {}

    async fn insert(&self, rows: &[OutboxRow]) {
        Self::insert(self, rows);
    }
}
