//! Inserts 100 events as the users of this crate do: `add_event` for each, in one transaction. For each line of standard
//! input it writes two: the nanoseconds of the inserts alone, and of the whole transaction.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::sync::Arc;
use std::time::{Duration, Instant};

use outbox_core::prelude::{NoIdempotency, OutboxConfig, OutboxService};
use outbox_postgres::PostgresWriter;
use serde::Serialize;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

/// The payload that the benchmark's other events have.
#[derive(Debug, Clone, Serialize)]
struct InviteCreated {
    invite_id: &'static str,
    tenant_id: String,
    email: String,
    role: String,
    invited_by: &'static str,
    seats: u32,
    expires_at: &'static str,
    permissions: Vec<String>,
}

fn invite() -> InviteCreated {
    InviteCreated {
        invite_id: "019b76da-a800-7000-8000-00000000000a",
        tenant_id: "acme-industries".to_owned(),
        email: "ada.lovelace@example.com".to_owned(),
        role: "administrator".to_owned(),
        invited_by: "019b76da-a800-7000-8000-00000000000b",
        seats: 25,
        expires_at: "2026-02-16T00:00:00Z",
        permissions: Vec::new(),
    }
}

type Service = OutboxService<PostgresWriter, NoIdempotency, InviteCreated>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, url, schema] = &arguments[..] else {
        return Err("give the URL of a PostgreSQL server and the name of a schema".into());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let pool = runtime.block_on(connect(url, schema))?;
    let config = Arc::new(OutboxConfig::default());
    let service = OutboxService::new(Arc::new(PostgresWriter), config);
    for line in stdin().lock().lines() {
        line?;
        let (inserts, transaction) = runtime.block_on(insert(&pool, &service))?;
        writeln!(
            stdout(),
            "{}\n{}",
            inserts.as_nanos(),
            transaction.as_nanos()
        )?;
    }
    Ok(())
}

async fn connect(url: &str, schema: &str) -> Result<PgPool, Box<dyn Error>> {
    let options: PgConnectOptions = url.parse()?;
    let options = options.options([("search_path", schema)]);
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await?;
    let setup = format!(
        "SET client_min_messages = error; DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; {}",
        include_str!("../schema.sql")
    );
    sqlx::raw_sql(&setup).execute(&pool).await?;
    Ok(pool)
}

/// Returns the time of the inserts, and that of the whole transaction.
async fn insert(pool: &PgPool, service: &Service) -> Result<(Duration, Duration), Box<dyn Error>> {
    let events = vec![invite(); 100];
    let start = Instant::now();
    let mut transaction = pool.begin().await?;
    let begun = Instant::now();
    for event in events {
        let added = service.add_event("InviteCreated", event, None, &mut *transaction);
        added.await.map_err(|error| error.to_string())?;
    }
    let inserts = begun.elapsed();
    transaction.commit().await?;
    Ok((inserts, start.elapsed()))
}
