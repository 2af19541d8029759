//! A connection of sqlx with a table of its own.

use std::time::{Duration, Instant};

use outbox_core::row;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Database, Postgres, Sqlite};
use tokio::runtime::{Builder, Runtime};

use crate::work::{Event, of_one};

pub(crate) struct Session<DB: Database> {
    runtime: Runtime,
    connection: DB::Connection,
}

impl Session<Postgres> {
    /// Connects, and creates the table in this schema. `change` is SQL that alters the table.
    pub(crate) fn postgres(runtime: Runtime, url: &str, schema: &str, change: &str) -> Self {
        let options: PgConnectOptions = url.parse().expect("a URL");
        let options = options.options([("search_path", schema)]);
        let create = format!(
            "SET client_min_messages = error; DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; {}; {change}",
            row::postgres::CREATE_TABLE
        );
        let connection = runtime.block_on(async {
            let mut connection = options.connect().await.expect("the server is there");
            let create = sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection);
            create.await.expect("the table is made");
            connection
        });
        Self {
            runtime,
            connection,
        }
    }
}

impl Session<Sqlite> {
    pub(crate) fn sqlite() -> Self {
        let runtime = one_thread();
        let connection = runtime.block_on(async {
            let connection = sqlx::SqliteConnection::connect("sqlite::memory:").await;
            let mut connection = connection.expect("a database");
            let create = sqlx::raw_sql(row::sqlite::CREATE_TABLE).execute(&mut connection);
            create.await.expect("the table is made");
            connection
        });
        Self {
            runtime,
            connection,
        }
    }
}

pub(crate) fn one_thread() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

/// Returns the settings that a service has by default.
pub(crate) fn several_threads() -> Runtime {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime")
}

impl<DB: Database> Session<DB> {
    /// Inserts events in a transaction. Begin and commit are not part of the times.
    pub(crate) fn inserts<const N: usize>(
        mut self,
        events: impl Fn() -> Vec<Event>,
        insert: impl AsyncFn(&mut DB::Connection, &[Event]) -> [f64; N],
    ) -> impl FnMut() -> [f64; N] {
        move || self.transaction(&events(), &insert).0
    }

    /// Inserts events in a transaction, and adds the time of the whole transaction.
    pub(crate) fn inserts_and_transaction(
        mut self,
        events: impl Fn() -> Vec<Event>,
        insert: impl AsyncFn(&mut DB::Connection, &[Event]) -> [f64; 1],
    ) -> impl FnMut() -> [f64; 2] {
        move || {
            let events = events();
            let ([inserts], transaction) = self.transaction(&events, &insert);
            [inserts, of_one(transaction, events.len())]
        }
    }

    fn transaction<T>(
        &mut self,
        events: &[Event],
        insert: &impl AsyncFn(&mut DB::Connection, &[Event]) -> T,
    ) -> (T, Duration) {
        self.runtime.block_on(async {
            let start = Instant::now();
            let transaction = self.connection.begin().await;
            let mut transaction = transaction.expect("it begins");
            let times = insert(&mut transaction, events).await;
            transaction.commit().await.expect("it is committed");
            (times, start.elapsed())
        })
    }
}
