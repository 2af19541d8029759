//! The store on a PostgreSQL server, whose address is in `OUTBOX_TEST_POSTGRES_URL`.

#[path = "postgres/checks.rs"]
mod checks;
#[path = "postgres/migrations.rs"]
mod migrations;
#[path = "postgres/pooler.rs"]
mod pooler;
#[path = "postgres/rows.rs"]
mod rows;
#[path = "postgres/schedules.rs"]
mod schedules;
mod support;
#[path = "postgres/tls.rs"]
mod tls;
