//! The laws of a store, on the server itself and behind pgbouncer.

use outbox_core::OutboxRow;
use outbox_core::row::postgres::INSERT_TEXTS;
use outbox_relay::conformance::{self, StoreFixture};
use outbox_relay::store::Postgres;
use tokio_postgres::Client;

use crate::pooler::Pooler;
use crate::support::database::{Database, session};

struct Fixture {
    database: Database,
    /// The store's own address.
    url: String,
}

impl StoreFixture for Fixture {
    type Store = Postgres;
    type Transaction = Client;

    async fn store(&self) -> Postgres {
        Postgres::new(&self.url).expect("an address")
    }

    async fn begin(&self, rows: &[OutboxRow]) -> Option<Client> {
        let client = self.database.session().await;
        client.batch_execute("BEGIN").await.expect("a transaction");
        insert_rows(&client, rows).await;
        Some(client)
    }

    async fn end(&self, transaction: Client, is_committed: bool) {
        let end = if is_committed { "COMMIT" } else { "ROLLBACK" };
        transaction.batch_execute(end).await.expect("an end");
    }

    async fn insert(&self, rows: &[OutboxRow]) {
        let client = self.begin(rows).await.expect("a transaction");
        self.end(client, true).await;
    }
}

async fn insert_rows(client: &Client, rows: &[OutboxRow]) {
    for row in rows {
        let texts = row.to_texts().expect("a row");
        let inserted = client.execute(INSERT_TEXTS, &[&texts]).await;
        inserted.expect("an insert");
    }
}

async fn fixture(server: &str, schema: &'static str, pooler: Option<&Pooler>) -> Fixture {
    let database = Database::on(server.to_owned(), schema).await;
    database.store().migrate().await.expect("the tables");
    let url = match pooler {
        Some(pooler) => format!("{}?schema={schema}", pooler.url),
        None => database.url(""),
    };
    Fixture { database, url }
}

#[tokio::test]
async fn the_store_keeps_the_laws() {
    let Some(Database { server, .. }) = Database::empty("relay_laws").await else {
        return;
    };
    let fixture = async || fixture(&server, "relay_laws", None).await;
    conformance::store(fixture).await.assert();
    conformance::operator(fixture).await.assert();
}

#[tokio::test]
async fn the_store_keeps_the_laws_behind_pgbouncer() {
    let Some(Database { server, .. }) = Database::empty("relay_laws_pooler").await else {
        return;
    };
    let Some(pooler) = Pooler::start(&server) else {
        return;
    };
    // Another client of the pooler leaves its state in the session that all share.
    let neighbour = session(&pooler.url).await;
    let state = "SET search_path TO pg_temp; PREPARE s0 AS SELECT 1";
    neighbour.batch_execute(state).await.expect("a setting");
    let fixture = async || fixture(&server, "relay_laws_pooler", Some(&pooler)).await;
    conformance::store(fixture).await.assert();
    conformance::operator(fixture).await.assert();
}
