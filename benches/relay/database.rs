//! A database for the benchmark, with one schema for each table that is delivered.

use std::error::Error;
use std::time::Duration;

use outbox_core::row;
use outbox_relay::store::Postgres;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use crate::events;
use crate::order::Order;
use crate::process::Who;

const NAME: &str = "outbox_bench_relay";

pub(crate) struct Database {
    pub(crate) runtime: Runtime,
    pub(crate) url: String,
    /// A session in another database, whose statements are not counted.
    server: Client,
}

/// The rows of a table before it is delivered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backlog {
    pub(crate) rows: u64,
    pub(crate) keys: u64,
    /// The bytes of a text that is added to the small payload.
    pub(crate) more_bytes: u32,
}

impl Backlog {
    pub(crate) fn small(rows: u64) -> Self {
        Self {
            rows,
            keys: 10_000,
            more_bytes: 0,
        }
    }
}

/// The work that the database did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) transactions: f64,
    /// The rows that were updated or deleted. Each has left a dead tuple.
    pub(crate) dead: f64,
    /// The rows that were updated in the relay's own table.
    pub(crate) progress: f64,
    pub(crate) bytes: f64,
}

impl Database {
    /// Creates the database on a server.
    pub(crate) fn create(server: &str) -> Result<Self, Box<dyn Error>> {
        let (address, _) = server.rsplit_once('/').ok_or("the URL names no database")?;
        let url = format!("{address}/{NAME}");
        let runtime = Runtime::new()?;
        let server = runtime.block_on(async {
            let server = session(server, None).await?;
            server
                .batch_execute(&format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
                .await?;
            server
                .batch_execute(&format!("CREATE DATABASE {NAME}"))
                .await?;
            Ok::<_, Box<dyn Error>>(server)
        })?;
        Ok(Self {
            runtime,
            url,
            server,
        })
    }

    pub(crate) fn drop(self) -> Result<(), Box<dyn Error>> {
        let drop = format!("DROP DATABASE {NAME} WITH (FORCE)");
        Ok(self.runtime.block_on(self.server.batch_execute(&drop))?)
    }

    /// Creates the tables in a new schema, and fills them.
    pub(crate) fn fill(
        &self,
        who: Who,
        schema: &str,
        backlog: Backlog,
    ) -> Result<(), Box<dyn Error>> {
        self.runtime.block_on(async {
            let client = session(&self.url, Some(schema)).await?;
            let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
            client.batch_execute(&create).await?;
            if who == Who::Rival {
                client.batch_execute(RIVAL_TABLES).await?;
            } else {
                client.batch_execute(row::postgres::CREATE_TABLE).await?;
                client.batch_execute(Postgres::CREATE_TABLES).await?;
            }
            client.batch_execute(&fill(who, backlog)).await?;
            // The work that the fill has left must not run during the measurement.
            client.batch_execute("VACUUM ANALYZE").await?;
            client.batch_execute("CHECKPOINT").await?;
            Ok(())
        })
    }

    /// Makes the relay start after this row.
    pub(crate) fn rewind(&self, schema: &str, low: u64) -> Result<(), Box<dyn Error>> {
        self.run(
            schema,
            &format!(
                "TRUNCATE outbox_relay;
                INSERT INTO outbox_relay VALUES ('main', NULL, 1, now(), {low}, '{{}}', 0, '');
                CHECKPOINT"
            ),
        )
    }

    pub(crate) fn run(&self, schema: &str, sql: &str) -> Result<(), Box<dyn Error>> {
        self.runtime.block_on(async {
            let client = session(&self.url, Some(schema)).await?;
            for statement in sql.split(';') {
                client.batch_execute(statement).await?;
            }
            Ok(())
        })
    }

    /// Makes an order to deliver events, which ends after ten minutes.
    pub(crate) fn order(&self, schema: &str, events: u64) -> Order {
        Order {
            url: self.url.clone(),
            schema: schema.to_owned(),
            events,
            pause: Duration::ZERO,
            limit: Duration::from_secs(600),
            has_times: false,
        }
    }

    /// Returns the work of the whole database, and of the tables of a schema since their creation.
    pub(crate) fn work(&self, schema: &str) -> Result<Work, Box<dyn Error>> {
        // A session reports its statistics when it ends, or a second later.
        std::thread::sleep(Duration::from_millis(1_500));
        self.runtime.block_on(async {
            let transactions = "SELECT (xact_commit + xact_rollback)::float8 FROM pg_stat_database WHERE datname = $1";
            let transactions = self.server.query_one(transactions, &[&NAME]).await?.get(0);
            let client = session(&self.url, None).await?;
            let tables = "SELECT
                    sum(n_tup_upd + n_tup_del)::float8,
                    coalesce(sum(n_tup_upd) FILTER (WHERE relname = 'outbox_relay'), 0)::float8,
                    sum(pg_total_relation_size(relid))::float8
                FROM pg_stat_user_tables WHERE schemaname = $1";
            let tables = client.query_one(tables, &[&schema]).await?;
            Ok(Work {
                transactions,
                dead: tables.get(0),
                progress: tables.get(1),
                bytes: tables.get(2),
            })
        })
    }
}

const RIVAL_TABLES: &str = include_str!("../oxide-outbox/schema.sql");

/// Opens a session with this schema as its `search_path`.
pub(crate) async fn session(
    url: &str,
    schema: Option<&str>,
) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    if let Some(schema) = schema {
        let path = format!("SET search_path TO {schema}; SET client_min_messages = error");
        client.batch_execute(&path).await?;
    }
    Ok(client)
}

/// Returns the statement that inserts an event with the id `$1`.
pub(crate) fn insert(who: Who) -> String {
    inserted(
        who,
        "$1::uuid",
        "'tenant-' || (random() * 10000)::int",
        "''",
    )
}

fn fill(who: Who, backlog: Backlog) -> String {
    let Backlog {
        rows,
        keys,
        more_bytes,
    } = backlog;
    // The ids are in the order of time, like those of version 7.
    let id = "(lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid";
    let key = format!("'tenant-' || n % {keys}");
    let more = format!("repeat('m', {more_bytes})");
    let inserted = inserted(who, id, &key, &more);
    format!("{inserted} FROM generate_series(1, {rows}) AS n")
}

fn inserted(who: Who, id: &str, key: &str, more: &str) -> String {
    let payload = serde_json::to_string(&events::invite(events::SMALL)).expect("it is JSON");
    let (payload, rest) = payload
        .split_once("acme-industries")
        .expect("it has a tenant");
    let payload = format!("'{payload}' || {key} || {more} || '{rest}'");
    match who {
        Who::Rival => format!(
            "INSERT INTO outbox_events (id, event_type, payload, locked_until)
            SELECT {id}, 'InviteCreated', ({payload})::jsonb, 'epoch'"
        ),
        _ => format!(
            "INSERT INTO outbox (
                id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
                subject, datacontenttype, dataversion
            )
            SELECT
                {id}, 'invite', '019b76da-a800-7000-8000-00000000000a', 'com.gridflow.invite.created', {payload},
                {key}, 'outbox.event.invite', '/invite-service', '1.0', now(),
                '019b76da-a800-7000-8000-00000000000a', 'application/json', '1.0'"
        ),
    }
}
