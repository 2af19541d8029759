//! A schema of its own for each test, on the server of `OUTBOX_TEST_POSTGRES_URL`.

use outbox_core::row::postgres::CREATE_PARTITIONED_TABLE;
use outbox_relay::store::Postgres;
use tokio_postgres::types::{FromSqlOwned, ToSql};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// A schema on the server, with a session whose `search_path` is this schema.
pub(crate) struct Database {
    /// The server's address, without the schema.
    pub(crate) server: String,
    pub(crate) schema: &'static str,
    pub(crate) client: Client,
}

impl Database {
    /// Makes an empty schema. `None` if there is no server.
    pub(crate) async fn empty(schema: &'static str) -> Option<Self> {
        let Ok(server) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
            super::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
            return None;
        };
        Some(Self::on(server, schema).await)
    }

    /// Makes an empty schema on a server.
    pub(crate) async fn on(server: String, schema: &'static str) -> Self {
        let client = session(&server).await;
        let setup = format!(
            "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path TO {schema}"
        );
        client.batch_execute(&setup).await.expect("a schema");
        Self {
            server,
            schema,
            client,
        }
    }

    /// Makes a schema with the outbox and the relay's tables. `None` if there is no server.
    pub(crate) async fn migrated(schema: &'static str) -> Option<(Self, Postgres)> {
        let database = Self::empty(schema).await?;
        let store = database.store();
        store.migrate().await.expect("the tables");
        Some((database, store))
    }

    /// Returns the address with the schema and more parameters.
    pub(crate) fn url(&self, parameters: &str) -> String {
        let mark = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{mark}schema={}{parameters}", self.server, self.schema)
    }

    pub(crate) fn store(&self) -> Postgres {
        Postgres::new(&self.url("")).expect("an address")
    }

    /// Opens another session in the schema.
    pub(crate) async fn session(&self) -> Client {
        let client = session(&self.server).await;
        let path = format!("SET search_path TO {}", self.schema);
        client.batch_execute(&path).await.expect("a search path");
        client
    }

    pub(crate) async fn run(&self, sql: &str) {
        let done = self.client.batch_execute(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Returns the first column of the only row.
    pub(crate) async fn value<T: FromSqlOwned>(&self, sql: &str) -> T {
        let row = self.client.query_one(sql, &[]).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
            .get(0)
    }
}

/// Opens a session on a server that is there.
pub(crate) async fn session(server: &str) -> Client {
    connect(server).await.expect("the server is there")
}

/// Opens a session.
pub(crate) async fn connect(server: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

const INSERT: &str = "INSERT INTO outbox (
        id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time, subject,
        datacontenttype, dataversion
    ) VALUES (
        $1, 'account', $2, 'com.example.account.changed', $3, $2, 'accounts', '/accounts', '1.0', now(), $2,
        'application/json', '1.0'
    ) RETURNING seq";

/// Inserts an event, and returns its number.
pub(crate) async fn insert(
    client: &impl tokio_postgres::GenericClient,
    key: &str,
    payload: &str,
) -> i64 {
    let parameters: [&(dyn ToSql + Sync); 3] = [&Uuid::now_v7(), &key, &payload];
    let inserted = client.query_one(INSERT, &parameters).await;
    inserted.expect("a row is inserted").get(0)
}

/// Makes a schema with an outbox of partitions of this size, and the relay's tables. `None` if there is no server.
pub(crate) async fn partitioned(
    schema: &'static str,
    rows_each: u32,
) -> Option<(Database, Postgres)> {
    let database = Database::empty(schema).await?;
    database.run(CREATE_PARTITIONED_TABLE).await;
    let add = format!("SELECT outbox_add_partitions(rows_each => {rows_each})");
    database.run(&add).await;
    let store = database.store();
    let created = store.migrate().await.expect("the relay's tables");
    assert_eq!(created.len(), 3);
    Some((database, store))
}
