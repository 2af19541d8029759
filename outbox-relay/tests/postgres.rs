//! The store on a PostgreSQL server, whose address is in `OUTBOX_TEST_POSTGRES_URL`.

#[path = "postgres/checks.rs"]
mod checks;
#[path = "postgres/migrations.rs"]
mod migrations;
#[path = "postgres/rows.rs"]
mod rows;
mod support;
