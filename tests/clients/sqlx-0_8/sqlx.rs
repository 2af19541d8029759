//! The feature `sqlx-0_8`: the tests of `sqlx-0_9` on PostgreSQL, with the older client.

#[path = "../../support/mod.rs"]
mod support;

#[path = "../../sqlx/events.rs"]
mod events;
#[path = "../../sqlx/postgres.rs"]
mod postgres;

/// The names that the tests of PostgreSQL use, for each version of the client.
mod client {
    pub(crate) use outbox_core::sqlx_0_8::{inbox, insert, insert_all};

    /// Runs statements that a test has put together.
    pub(crate) async fn run(pool: &sqlx::PgPool, sql: String) {
        sqlx::raw_sql(&sql).execute(pool).await.expect("it runs");
    }
}
