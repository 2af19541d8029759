//! Inserts 100 events as the users of this crate do: `add_event` for each, in one transaction. For each line of
//! standard input it writes two numbers: the nanoseconds of the inserts alone, and of the whole transaction.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::sync::Arc;
use std::time::{Duration, Instant};

use outbox_core::prelude::{NoIdempotency, OutboxConfig, OutboxService};
use outbox_postgres::PostgresWriter;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::invite::{InviteCreated, invite};

type Service = OutboxService<PostgresWriter, NoIdempotency, InviteCreated>;

pub(crate) fn run(url: &str, schema: &str) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
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
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(crate::options(url, schema)?).await?;
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
