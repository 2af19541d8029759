//! The connection, and the tables.

use outbox_core::row::postgres;
use sqlx::postgres::{PgPool, PgPoolOptions};

const HOW_TO_GET_ONE: &str = "set DATABASE_URL to a PostgreSQL database, such as postgres://postgres:secret@localhost/postgres; \
    `docker run --rm -p 5432:5432 -e POSTGRES_PASSWORD=secret postgres` starts this one";

/// The service's own tables.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS orders (
        id       uuid PRIMARY KEY,
        customer text NOT NULL,
        amount   numeric NOT NULL,
        currency text NOT NULL,
        status   text NOT NULL DEFAULT 'placed'
    );
    CREATE TABLE IF NOT EXISTS invoices (
        order_id uuid PRIMARY KEY,
        amount   numeric NOT NULL,
        currency text NOT NULL,
        status   text NOT NULL DEFAULT 'open'
    );";

/// Connects to the database at `DATABASE_URL`, and creates the tables unless they exist.
///
/// # Errors
///
/// Prints how to get a database if there is none.
pub async fn connect() -> Result<PgPool, String> {
    let url = std::env::var("DATABASE_URL").map_err(|_| HOW_TO_GET_ONE.to_owned())?;
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .connect(&url)
        .await
        .map_err(|error| format!("{error}; {HOW_TO_GET_ONE}"))?;
    create_tables(&pool)
        .await
        .map_err(|error| format!("the tables cannot be created: {error}"))?;
    Ok(pool)
}

/// Creates the tables unless they exist. A service in production does this in its migrations.
///
/// # Errors
///
/// Returns the error of the database.
pub async fn create_tables(pool: &PgPool) -> Result<(), sqlx::Error> {
    for sql in [TABLES, postgres::CREATE_TABLE, postgres::CREATE_INBOX] {
        sqlx::raw_sql(sql).execute(pool).await?;
    }
    Ok(())
}
