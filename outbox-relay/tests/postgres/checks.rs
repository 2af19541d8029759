//! `check` refuses what would break the guarantee, and says what to do.

use outbox_relay::store::Postgres;
use outbox_relay::{Store, StoreError};

use crate::support::database::Database;

async fn refusal(store: &Postgres) -> String {
    match store.check().await {
        Err(StoreError::Refused(reason)) => reason.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_refusal_names_the_thing_and_the_remedy() {
    let Some((database, store)) = Database::migrated("relay_check").await else {
        return;
    };
    // Each case: how to break it, what is said, and the end of it. Most remedies are run as they are said.
    let cases = [
        (
            "ALTER SEQUENCE outbox_seq_seq CACHE 20",
            "the sequence `relay_check.outbox_seq_seq` has CACHE 20, so sessions number their rows out of order; \
             ALTER TABLE \"relay_check\".\"outbox\" ALTER COLUMN seq SET CACHE 1, then reconnect the services that \
             write to `relay_check.outbox`",
            "ALTER SEQUENCE outbox_seq_seq CACHE 1",
        ),
        (
            "ALTER SEQUENCE outbox_seq_seq CYCLE",
            "the sequence `relay_check.outbox_seq_seq` starts again after its last number; ALTER TABLE \
             \"relay_check\".\"outbox\" ALTER COLUMN seq SET NO CYCLE",
            "ALTER TABLE \"relay_check\".\"outbox\" ALTER COLUMN seq SET NO CYCLE",
        ),
        (
            "ALTER SEQUENCE outbox_seq_seq INCREMENT BY -1 MINVALUE 1",
            "the sequence `relay_check.outbox_seq_seq` counts down; ALTER TABLE \"relay_check\".\"outbox\" ALTER \
             COLUMN seq SET INCREMENT BY 1",
            "ALTER TABLE \"relay_check\".\"outbox\" ALTER COLUMN seq SET INCREMENT BY 1",
        ),
        (
            "ALTER SEQUENCE outbox_seq_seq MINVALUE -5",
            "the sequence `relay_check.outbox_seq_seq` has numbers below 1, where the relay does not look; ALTER \
             TABLE \"relay_check\".\"outbox\" ALTER COLUMN seq SET MINVALUE 1",
            "ALTER TABLE \"relay_check\".\"outbox\" ALTER COLUMN seq SET MINVALUE 1",
        ),
        (
            "ALTER TABLE outbox ALTER seq DROP IDENTITY",
            "no sequence belongs to the column `seq` of `relay_check.outbox`; ALTER TABLE \
             \"relay_check\".\"outbox\" ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY, and set its start above \
             the highest `seq`",
            "ALTER TABLE \"relay_check\".\"outbox\" ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY",
        ),
        (
            "ALTER TABLE outbox DROP CONSTRAINT outbox_pkey",
            "no index of `relay_check.outbox` begins with `seq`; ALTER TABLE \"relay_check\".\"outbox\" ADD PRIMARY \
             KEY (seq)",
            "ALTER TABLE \"relay_check\".\"outbox\" ADD PRIMARY KEY (seq)",
        ),
        (
            "ALTER TABLE outbox DROP insertedat",
            "`relay_check.outbox` has no column `insertedat`; ALTER TABLE \"relay_check\".\"outbox\" ADD COLUMN \
             insertedat timestamptz NOT NULL DEFAULT clock_timestamp()",
            "ALTER TABLE \"relay_check\".\"outbox\" ADD COLUMN insertedat timestamptz NOT NULL DEFAULT \
             clock_timestamp()",
        ),
        (
            "ALTER TABLE outbox RENAME tracestate TO state; ALTER TABLE outbox RENAME topic TO place",
            "`relay_check.outbox` has no column `topic`, `tracestate`; it is not the outbox of outbox-core, so name \
             another table with `table=` in the address",
            "ALTER TABLE outbox RENAME state TO tracestate; ALTER TABLE outbox RENAME place TO topic",
        ),
        (
            "ALTER TABLE outbox ALTER id TYPE text",
            "the column `id` of `relay_check.outbox` has the type text; ALTER TABLE \"relay_check\".\"outbox\" ALTER \
             COLUMN id TYPE uuid",
            "ALTER TABLE outbox ALTER id TYPE uuid USING id::uuid",
        ),
        (
            "ALTER TABLE outbox SET UNLOGGED",
            "`relay_check.outbox` is unlogged, so a crash of the server empties it; ALTER TABLE \
             \"relay_check\".\"outbox\" SET LOGGED",
            "ALTER TABLE \"relay_check\".\"outbox\" SET LOGGED",
        ),
        (
            "ALTER TABLE outbox RENAME TO hidden; CREATE VIEW outbox AS SELECT * FROM hidden",
            "`relay_check.outbox` is a view, and the locks of the writers are those of a table; name the table with \
             `schema=` and `table=` in the address",
            "DROP VIEW outbox; ALTER TABLE hidden RENAME TO outbox",
        ),
        (
            "ALTER TABLE outbox_parked RENAME TO parked",
            "there is no table \"relay_check\".\"outbox_parked\"; run `outbox-relay migrate`",
            "ALTER TABLE parked RENAME TO outbox_parked",
        ),
        (
            "ALTER TABLE outbox RENAME TO hidden",
            "there is no table `outbox` in the schema `relay_check`; run `outbox-relay migrate`, or name the outbox \
             with `schema=` and `table=` in the address",
            "ALTER TABLE hidden RENAME TO outbox",
        ),
    ];
    for (breaking, expected, remedy) in cases {
        store
            .check()
            .await
            .unwrap_or_else(|error| panic!("before `{breaking}`: {error}"));
        database.run(breaking).await;
        assert_eq!(refusal(&store).await, expected, "{breaking}");
        database.run(remedy).await;
    }
    store.check().await.expect("all is well again");
}

#[tokio::test]
async fn a_missing_right_is_named_with_its_grant() {
    let Some((database, store)) = Database::migrated("relay_rights").await else {
        return;
    };
    store.check().await.expect("the owner has every right");
    database
        .run(
            "DROP ROLE IF EXISTS relay_rights; CREATE ROLE relay_rights LOGIN;
             REVOKE ALL ON SCHEMA relay_rights FROM PUBLIC",
        )
        .await;
    let url = database.url("").replace("postgres@", "relay_rights@");
    let store = Postgres::new(&url).expect("an address");
    let grants = [
        (
            "the role `relay_rights` must not use the schema `relay_rights`; ",
            "GRANT USAGE ON SCHEMA \"relay_rights\" TO \"relay_rights\"",
        ),
        (
            "the role `relay_rights` lacks a right on \"relay_rights\".\"outbox\"; ",
            "GRANT SELECT, DELETE ON \"relay_rights\".\"outbox\" TO \"relay_rights\"",
        ),
        (
            "the role `relay_rights` lacks a right on \"relay_rights\".\"outbox_relay\"; ",
            "GRANT SELECT, INSERT, UPDATE ON \"relay_rights\".\"outbox_relay\" TO \"relay_rights\"",
        ),
        (
            "the role `relay_rights` lacks a right on \"relay_rights\".\"outbox_parked\"; ",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON \"relay_rights\".\"outbox_parked\" TO \"relay_rights\"",
        ),
        (
            "the role `relay_rights` lacks a right on \"relay_rights\".\"outbox_opened\"; ",
            "GRANT SELECT ON \"relay_rights\".\"outbox_opened\" TO \"relay_rights\"",
        ),
    ];
    for (thing, grant) in grants {
        assert_eq!(refusal(&store).await, format!("{thing}{grant}"));
        database.run(grant).await;
    }
    store.check().await.expect("it has its rights");
    database
        .run("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY")
        .await;
    assert_eq!(
        refusal(&store).await,
        "row-level security of `relay_rights.outbox` can hide rows from the role `relay_rights`; ALTER ROLE \
         \"relay_rights\" BYPASSRLS"
    );
    database.run("ALTER ROLE relay_rights BYPASSRLS").await;
    store.check().await.expect("it sees every row");
    database
        .run("ALTER ROLE relay_rights SET default_transaction_read_only = on")
        .await;
    let store = Postgres::new(&url).expect("an address");
    assert_eq!(
        refusal(&store).await,
        "the sessions of the role `relay_rights` are read-only; ALTER ROLE \"relay_rights\" SET \
         default_transaction_read_only = off"
    );
    database
        .run("DROP OWNED BY relay_rights; DROP ROLE relay_rights")
        .await;
}

#[tokio::test]
async fn what_cannot_be_reached_is_named_without_its_password() {
    let Some(database) = Database::empty("relay_unreachable").await else {
        return;
    };
    let nobody = Postgres::new("postgres://relay:secret@127.0.0.1:1/shop").expect("an address");
    let unavailable = nobody.check().await.expect_err("nobody listens");
    assert!(matches!(unavailable, StoreError::Unavailable(_)));
    let unavailable = unavailable.to_string();
    assert!(
        unavailable.starts_with("the database is unavailable: postgres://relay@127.0.0.1:1/shop: "),
        "{unavailable}"
    );
    assert!(unavailable.ends_with("; start the server, or correct the address"));
    assert!(!format!("{unavailable} {nobody:?}").contains("secret"));
    let server = database.server.trim_end_matches("/postgres");
    let refused = [
        (
            format!("{server}/no_such_database"),
            "database \"no_such_database\" does not exist; create it, or correct the address",
        ),
        (
            format!("{}?schema=no_such_schema", database.server),
            "the schema `no_such_schema` does not exist; create it, or correct `schema=` in the address",
        ),
    ];
    for (url, expected) in refused {
        let store = Postgres::new(&url).expect("an address");
        let refusal = refusal(&store).await;
        assert!(refusal.ends_with(expected), "{refusal}");
    }
}

#[test]
fn an_address_that_cannot_be_read_says_how_to_write_it() {
    let cases = [
        (
            "mysql://localhost",
            "the address is not a PostgreSQL URL; write it as `postgres://user:password@host:5432/database`",
        ),
        (
            "postgres://h/d?sslmode=maybe",
            "`sslmode=maybe` is not known; use disable, prefer, require, verify-ca or verify-full",
        ),
        (
            "postgres://h/d?schema=",
            "`schema` in the address is empty; give it a value, or leave it out",
        ),
        (
            "postgres://h/d?schema=%ff",
            "`schema` in the address is not UTF-8; correct it",
        ),
        (
            "postgres://h/d?table=Out-box",
            "the outbox cannot have the name `Out-box`; `table=` takes up to 52 of the characters a-z, 0-9 and _, \
             without a digit in front",
        ),
        (
            "postgres://h/d?sslcert=client.pem",
            "`sslcert` and `sslkey` belong together; name both in the address",
        ),
        (
            "postgres://u:se@cret@h/d",
            "the address has more than one `@`; write an `@` of the user or the password as `%40`",
        ),
        (
            "postgres://u:secret@h/d?pool=5",
            "the address cannot be read: invalid connection string: unknown option `pool`; write it as \
             `postgres://user:password@host:5432/database?sslmode=verify-full`",
        ),
    ];
    for (url, expected) in cases {
        let refused = Postgres::new(url).expect_err(url).to_string();
        assert_eq!(refused, expected, "{url}");
    }
}
