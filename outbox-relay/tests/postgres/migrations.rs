//! `migrate`, on databases of every age.

use outbox_core::row::postgres::CREATE_TABLE;
use outbox_relay::Store;
use outbox_relay::store::Postgres;

use crate::support::database::{Database, insert};

#[tokio::test]
async fn it_says_what_it_did_and_does_it_once() {
    let Some(database) = Database::empty("relay_migrate").await else {
        return;
    };
    let store = database.store();
    assert_eq!(
        store.migrate().await.expect("the tables"),
        [
            "created the table `relay_migrate.outbox`",
            "created the table `relay_migrate.outbox_relay`",
            "created the table `relay_migrate.outbox_parked`",
            "created the table `relay_migrate.outbox_opened`",
        ]
    );
    assert_eq!(store.migrate().await.expect("the tables"), [""; 0]);
    store.check().await.expect("all is well");
}

#[tokio::test]
async fn it_upgrades_an_outbox_of_the_old_form() {
    let Some(database) = Database::empty("relay_upgrade").await else {
        return;
    };
    let old: String = CREATE_TABLE
        .lines()
        .filter(|line| !line.trim_start().starts_with("seq ") && !line.contains("insertedat"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("NOT NULL UNIQUE", "PRIMARY KEY")
        .replace("extensions      text,", "extensions      text");
    database.run(&old).await;
    let store = database.store();
    let refused = store.check().await.expect_err("it is old").to_string();
    assert_eq!(
        refused,
        "`relay_upgrade.outbox` has no column `seq`, as older versions made it; run `outbox-relay migrate`"
    );
    let changes = store.migrate().await.expect("the tables");
    assert_eq!(
        changes[0],
        "added the columns `seq` and `insertedat` to `relay_upgrade.outbox`, and made `seq` its primary key"
    );
    assert_eq!(changes.len(), 4);
    store.check().await.expect("all is well");
    assert_eq!(insert(&database.client, "k", "{}").await, 1);
}

#[tokio::test]
async fn several_outboxes_share_a_database() {
    let Some(database) = Database::empty("relay_several").await else {
        return;
    };
    for table in ["shop_outbox", "bill_outbox"] {
        let store = Postgres::new(&database.url(&format!("&table={table}"))).expect("an address");
        assert_eq!(store.migrate().await.expect("the tables").len(), 4);
        store.check().await.expect("all is well");
        let again = Postgres::new(&database.url(&format!("&table={table}"))).expect("an address");
        assert_eq!(again.migrate().await.expect("the tables"), [""; 0]);
    }
    let tables: Vec<String> = database
        .value("SELECT array_agg(relname::text ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'relay_several'::regnamespace")
        .await;
    assert_eq!(
        tables,
        [
            "bill_outbox",
            "bill_outbox_opened",
            "bill_outbox_parked",
            "bill_outbox_relay",
            "shop_outbox",
            "shop_outbox_opened",
            "shop_outbox_parked",
            "shop_outbox_relay"
        ]
    );
}

#[tokio::test]
async fn the_search_path_finds_the_schema() {
    let Some(database) = Database::empty("relay_search_path").await else {
        return;
    };
    let url = format!(
        "{}?options=-c%20search_path%3Drelay_search_path",
        database.server
    );
    let store = Postgres::new(&url).expect("an address");
    assert_eq!(
        store.migrate().await.expect("the tables")[0],
        "created the table `relay_search_path.outbox`"
    );
    store.check().await.expect("all is well");
    insert(&database.client, "k", "{}").await;
    let limit = outbox_relay::store::Limit {
        rows: 10,
        bytes: 10_000,
    };
    let snapshot = store.read(&[1..=i64::MAX], limit).await.expect("rows");
    assert_eq!(snapshot.events.len(), 1);
}

#[tokio::test]
async fn two_can_migrate_at_once() {
    let Some(database) = Database::empty("relay_migrate_twice").await else {
        return;
    };
    let (one, other) = (database.store(), database.store());
    let (one, other) = tokio::join!(one.migrate(), other.migrate());
    let mut changes = [
        one.expect("the tables").len(),
        other.expect("the tables").len(),
    ];
    changes.sort_unstable();
    assert_eq!(changes, [0, 4]);
}

#[tokio::test]
async fn a_role_that_may_not_create_tables_is_refused_with_the_remedy() {
    let Some(database) = Database::empty("relay_no_create").await else {
        return;
    };
    database
        .run(
            "DROP ROLE IF EXISTS relay_no_create; CREATE ROLE relay_no_create LOGIN;
             GRANT USAGE ON SCHEMA relay_no_create TO relay_no_create",
        )
        .await;
    let url = database.url("").replace("postgres@", "relay_no_create@");
    let store = Postgres::new(&url).expect("an address");
    let refusal = store.migrate().await.expect_err("the right is missing");
    assert_eq!(
        refusal.to_string(),
        "permission denied for schema relay_no_create; run `outbox-relay migrate` as the role that owns the schema \
         and its outbox"
    );
    database
        .run("DROP OWNED BY relay_no_create; DROP ROLE relay_no_create")
        .await;
}
