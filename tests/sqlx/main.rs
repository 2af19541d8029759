//! The feature `sqlx-0_9`.

#[path = "../support/mod.rs"]
mod support;

mod events;
mod postgres;
mod sqlite;

/// The names that the tests of PostgreSQL use, for each version of the client.
mod client {
    pub(crate) use outbox_core::sqlx::{inbox, insert, insert_all};

    /// Runs statements that a test has put together.
    pub(crate) async fn run(pool: &sqlx::PgPool, sql: String) {
        let sql = sqlx::AssertSqlSafe(sql);
        sqlx::raw_sql(sql).execute(pool).await.expect("it runs");
    }
}

/// `Any` knows its database only at run time, so it must not implement `Database`. If it did, this would be ambiguous.
const _: fn() = || {
    trait Refused<Reason> {
        fn refused() {}
    }
    struct IsADatabase;
    impl<DB> Refused<()> for DB {}
    impl<DB: outbox_core::sqlx::Database> Refused<IsADatabase> for DB {}
    <sqlx::Any as Refused<_>>::refused();
};
