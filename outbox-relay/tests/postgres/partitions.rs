//! An outbox that is partitioned by range of `seq`.

use std::time::Duration;

use outbox_core::row::postgres::CREATE_PARTITIONED_TABLE;
use outbox_relay::store::Postgres;
use outbox_relay::{Relay, Store};
use tokio::time::{Instant, sleep};

use crate::support::database::{Database, insert, partitioned};
use crate::support::recorder::{Recorder, Running, expect_low};

/// The partition of each row, in the order of `seq`, each with the number of its rows.
async fn rows(database: &Database) -> Vec<String> {
    let rows = "SELECT array_agg(partition || ': ' || rows) FROM (
        SELECT tableoid::regclass AS partition, count(*) AS rows FROM outbox GROUP BY 1 ORDER BY min(seq)
    ) AS rows";
    database.value(rows).await
}

async fn add(database: &Database) -> i32 {
    database.value("SELECT outbox_add_partitions()").await
}

#[tokio::test]
async fn new_rows_have_partitions_or_else_the_default_one() {
    let Some((database, store)) = partitioned("relay_add", 10).await else {
        return;
    };
    database.run(CREATE_PARTITIONED_TABLE).await;
    assert_eq!(add(&database).await, 0);
    for seq in 1..=25 {
        assert_eq!(insert(&database.client, "k", "{}").await, seq);
    }
    let expected = ["outbox_p1: 10", "outbox_p11: 10", "outbox_p21: 5"];
    assert_eq!(rows(&database).await, expected);
    assert_eq!(add(&database).await, 3);
    store.check().await.expect("all is well");
    // Nobody adds any, and they run out.
    for _ in 26..=75 {
        insert(&database.client, "k", "{}").await;
    }
    assert_eq!(add(&database).await, 4);
    for _ in 76..=90 {
        insert(&database.client, "k", "{}").await;
    }
    // From the next one on, a partition has another size.
    database
        .run("SELECT outbox_add_partitions(rows_each => 1000)")
        .await;
    assert_eq!(
        rows(&database).await,
        [
            "outbox_p1: 10",
            "outbox_p11: 10",
            "outbox_p21: 10",
            "outbox_p31: 10",
            "outbox_p41: 10",
            "outbox_p51: 10",
            "outbox_p61: 10",
            "outbox_default: 14",
            "outbox_p85: 6"
        ]
    );
    let last: i64 = database
        .value("SELECT last + 1 - first FROM outbox_partitions() ORDER BY last DESC LIMIT 1")
        .await;
    assert_eq!(last, 1000);
}

#[tokio::test]
async fn an_id_is_unique_within_a_partition() {
    let Some((database, _)) = partitioned("relay_partition_ids", 10).await else {
        return;
    };
    insert(&database.client, "k", "{}").await;
    let columns = outbox_core::row::COLUMNS.join(", ");
    let again = format!("INSERT INTO outbox ({columns}) SELECT {columns} FROM outbox LIMIT 1");
    let refused = database.client.batch_execute(&again).await.unwrap_err();
    let code = refused.code().map(tokio_postgres::error::SqlState::code);
    assert_eq!(code, Some("23505"));
    for _ in 3..=10 {
        insert(&database.client, "k", "{}").await;
    }
    database.run(&again).await;
    let numbered = format!("INSERT INTO outbox (seq, {columns}) SELECT 7, {columns} FROM outbox");
    let refused = database.client.batch_execute(&numbered).await.unwrap_err();
    let code = refused.code().map(tokio_postgres::error::SqlState::code);
    assert_eq!(code, Some("428C9"), "`seq` is GENERATED ALWAYS");
}

#[tokio::test]
async fn adding_waits_for_no_writer_and_no_writer_waits_for_it() {
    let Some((database, _)) = partitioned("relay_add_busy", 10).await else {
        return;
    };
    let writer = database.session().await;
    writer.batch_execute("BEGIN").await.expect("a transaction");
    insert(&writer, "k", "{}").await;
    assert_eq!(add(&database).await, 1);
    // While it is not committed, it has its locks.
    let adder = database.session().await;
    let more = "BEGIN; SELECT outbox_add_partitions(5)";
    adder.batch_execute(more).await.expect("a partition");
    let impatient = "SET lock_timeout = '1ms'";
    writer.batch_execute(impatient).await.expect("a setting");
    insert(&writer, "k", "{}").await;
    writer.batch_execute("COMMIT").await.expect("a commit");
    insert(&writer, "k", "{}").await;
    adder.batch_execute("COMMIT").await.expect("a commit");
    let unused = "SELECT count(*) FROM outbox_partitions() WHERE is_unused";
    assert_eq!(database.value::<i64>(unused).await, 5);
    // It needs the default partition, and gives up if a reader has it.
    let reader = database.session().await;
    let read = "BEGIN; SELECT FROM outbox";
    reader.batch_execute(read).await.expect("a snapshot");
    let none: i32 = database.value("SELECT outbox_add_partitions(6)").await;
    assert_eq!(none, 0);
}

#[tokio::test]
async fn without_a_relay_the_old_ones_go_by_age() {
    let Some((database, _)) = partitioned("relay_drop_by_age", 10).await else {
        return;
    };
    for _ in 1..=35 {
        insert(&database.client, "k", "{}").await;
    }
    database
        .run("UPDATE outbox SET insertedat = insertedat - interval '2 hours' WHERE seq <= 20")
        .await;
    let drop = async |older_than: &str| {
        let drop = format!("SELECT outbox_drop_partitions('{older_than}')");
        database.value::<i32>(&drop).await
    };
    assert_eq!(drop("1 day").await, 0);
    assert_eq!(drop("1 hour").await, 2);
    assert_eq!(rows(&database).await, ["outbox_p21: 10", "outbox_p31: 5"]);
    // Never the one in use, nor one that is not.
    assert_eq!(drop("0").await, 1);
    assert_eq!(rows(&database).await, ["outbox_p31: 5"]);
    let unused =
        "SELECT outbox_drop_partition(first) FROM outbox_partitions() WHERE is_unused LIMIT 1";
    database.run("SELECT outbox_add_partitions()").await;
    assert!(!database.value::<bool>(unused).await);
}

async fn refusal(store: &Postgres) -> String {
    store.check().await.expect_err("a refusal").to_string()
}

#[tokio::test]
async fn check_refuses_what_an_insert_or_the_relay_would_fail_on() {
    let Some((database, store)) = partitioned("relay_check_partitions", 10).await else {
        return;
    };
    store.check().await.expect("all is well");
    database
        .run("ALTER TABLE outbox DETACH PARTITION outbox_default; DROP TABLE outbox_default")
        .await;
    let reason = "`relay_check_partitions.outbox` has no default partition, so inserts fail where there is no other; ";
    let remedy = "CREATE TABLE \"relay_check_partitions\".\"outbox_default\" PARTITION OF \
                  \"relay_check_partitions\".\"outbox\" DEFAULT";
    assert_eq!(refusal(&store).await, format!("{reason}{remedy}"));
    database.run(remedy).await;
    store.check().await.expect("it has one again");

    database.run("DROP FUNCTION outbox_drop_partition").await;
    assert_eq!(
        refusal(&store).await,
        "the functions are missing that add and drop partitions of `relay_check_partitions.outbox`; run \
         CREATE_PARTITIONED_TABLE of outbox-core again, which creates them"
    );
    database.run(CREATE_PARTITIONED_TABLE).await;
    store.check().await.expect("it has them again");

    // They have run out, and somebody reads.
    for _ in 1..=45 {
        insert(&database.client, "k", "{}").await;
    }
    let reader = database.session().await;
    let read = "BEGIN; SELECT FROM outbox";
    reader.batch_execute(read).await.expect("a snapshot");
    assert_eq!(
        refusal(&store).await,
        "no partition of `relay_check_partitions.outbox` is left for new rows, and \
         relay_check_partitions.outbox_default was locked when the relay tried to add one; end the transactions that \
         use relay_check_partitions.outbox_default, then SELECT \"relay_check_partitions\".\"outbox_add_partitions\"()"
    );
    reader.batch_execute("COMMIT").await.expect("an end");
    store.check().await.expect("it adds them");
    let unused = "SELECT count(*) FROM outbox_partitions() WHERE is_unused";
    assert_eq!(database.value::<i64>(unused).await, 4);
}

/// PostgreSQL shortens the names of the functions.
#[tokio::test]
async fn the_table_can_have_a_name_of_52_characters() {
    let Some(database) = Database::empty("relay_partitions_named").await else {
        return;
    };
    let table = format!("{}_outbox", "x".repeat(45));
    let create = CREATE_PARTITIONED_TABLE.replace("outbox", &table);
    database.run(&create).await;
    let url = database.url(&format!("&table={table}"));
    let store = Postgres::new(&url).expect("an address");
    store.migrate().await.expect("the relay's tables");
    store.check().await.expect("it adds the partitions");
    let added = format!("SELECT count(*) FROM {table}_partitions()");
    assert_eq!(database.value::<i64>(&added).await, 4);
    let cleaned = store.clean(Duration::ZERO, 10).await;
    assert_eq!(cleaned.expect("a step"), 0);
}

/// From the first right to the last row.
#[tokio::test]
async fn a_role_of_few_rights_delivers_and_drops_partitions() {
    const SCHEMA: &str = "relay_partition_role";
    let Some((database, owner)) = partitioned(SCHEMA, 20).await else {
        return;
    };
    database
        .run(
            "DROP ROLE IF EXISTS relay_partition_role; CREATE ROLE relay_partition_role LOGIN;
             GRANT USAGE ON SCHEMA relay_partition_role TO relay_partition_role;
             GRANT SELECT, DELETE ON outbox TO relay_partition_role;
             GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_relay, outbox_parked TO relay_partition_role;
             GRANT SELECT ON outbox_opened TO relay_partition_role",
        )
        .await;
    let url = database
        .url("")
        .replace("postgres@", "relay_partition_role@");
    let store = Postgres::new(&url).expect("an address");
    let functions = [
        "partitions()",
        "add_partitions\"(int,bigint)",
        "drop_partition\"(bigint)",
    ]
    .map(|function| format!("\"{SCHEMA}\".\"outbox_{}", function.replace("s()", "s\"()")));
    let grants = [
        (
            format!("the role `{SCHEMA}` must not maintain the partitions of `{SCHEMA}.outbox`; "),
            format!(
                "GRANT EXECUTE ON FUNCTION {} TO \"{SCHEMA}\"",
                functions.join(", ")
            ),
        ),
        (
            format!("the role `{SCHEMA}` lacks a right on {SCHEMA}.outbox_default; "),
            format!("GRANT SELECT, DELETE ON {SCHEMA}.outbox_default TO \"{SCHEMA}\""),
        ),
    ];
    for (thing, grant) in grants {
        assert_eq!(refusal(&store).await, format!("{thing}{grant}"));
        database.run(&grant).await;
    }
    store.check().await.expect("it has its rights");

    let mut seqs = Vec::new();
    for _ in 0..110 {
        seqs.push(insert(&database.client, "k", "{}").await);
    }
    let recorder = Recorder::default();
    let relay = Relay::new(store, recorder.clone()).retention(Duration::ZERO);
    let running = Running::start(relay);
    recorder.expect(&seqs).await;
    for _ in 0..110 {
        seqs.push(insert(&database.client, "k", "{}").await);
    }
    recorder.expect(&seqs).await;
    expect_low(&owner, 220).await;
    // Nothing is retained. What was in partitions is dropped, and the rest deleted from the default one.
    let left = "SELECT count(*) FROM outbox WHERE seq <= 200";
    let began = Instant::now();
    while database.value::<i64>(left).await > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "rows are left");
        sleep(Duration::from_millis(20)).await;
    }
    running.stop().await;
    database
        .run("DROP OWNED BY relay_partition_role; DROP ROLE relay_partition_role")
        .await;
}
