//! The feature `rusqlite-0_39`.

use outbox_core::row::sqlite;
use outbox_core::rusqlite::{inbox, insert, insert_all};
use outbox_core::{Envelope, OutboxEvent, OutboxRow};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
struct Placed {
    #[aggregate_id]
    order: u64,
    #[partition_key]
    tenant: String,
}

fn placed(order: u64) -> Envelope<Placed> {
    let tenant = "acme's \"ä\"".to_owned();
    Envelope::new(Placed { order, tenant })
        .expect("it is valid")
        .with_correlation_id(Uuid::from_u128(2))
}

fn database() -> Connection {
    let connection = Connection::open_in_memory().expect("a database");
    connection.execute_batch(sqlite::CREATE_TABLE).unwrap();
    connection.execute_batch(sqlite::CREATE_INBOX).unwrap();
    connection
}

fn stored(connection: &Connection) -> Vec<Envelope<Placed>> {
    let mut select = connection
        .prepare("SELECT * FROM outbox ORDER BY seq")
        .unwrap();
    let rows = select
        .query_and_then([], |row| OutboxRow::try_from(row))
        .unwrap();
    rows.map(|row| Envelope::from_row(&row.expect("it is a row")).expect("it is the event"))
        .collect()
}

#[test]
fn an_event_goes_with_its_transaction() {
    let mut connection = database();
    let (first, second, third) = (placed(1), placed(2), placed(3));
    let transaction = connection.transaction().unwrap();
    insert(&transaction, &first).unwrap();
    transaction.commit().unwrap();
    let transaction = connection.transaction().unwrap();
    insert(&transaction, &second).unwrap();
    transaction.rollback().unwrap();
    insert(&connection, &third).unwrap();
    assert_eq!(stored(&connection), [first, third]);
}

#[test]
fn many_events_are_inserted_in_their_order_or_none_is() {
    let mut connection = database();
    insert_all::<Placed>(&connection, &[]).unwrap();
    let events: Vec<_> = (0..2_000).map(placed).collect();
    insert_all(&connection, &events).unwrap();
    assert_eq!(stored(&connection), events);

    let batch = [placed(1), events[7].clone(), placed(2)];
    let transaction = connection.transaction().unwrap();
    insert(&transaction, &placed(9)).unwrap();
    let error = insert_all(&transaction, &batch).unwrap_err();
    assert_eq!(error.event_id(), events[7].event_id());
    transaction.commit().unwrap();
    let kept = stored(&connection);
    assert_eq!(kept.len(), 2_001, "the transaction is the caller's");
    assert_eq!(kept[2_000].event().order, 9);
}

/// Outside a transaction the end of `insert_all` is a commit, which a reader in another connection can refuse.
#[test]
fn a_refused_commit_leaves_no_transaction_open() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Connection::open(directory.path().join("outbox.db")).unwrap();
    let (connection, reader) = (open(), open());
    connection.execute_batch(sqlite::CREATE_TABLE).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_millis(10))
        .unwrap();
    insert(&connection, &placed(1)).unwrap();

    let mut select = reader.prepare("SELECT id FROM outbox").unwrap();
    let mut rows = select.query([]).unwrap();
    rows.next().unwrap();
    let batch = [placed(2), placed(3)];
    let error = insert_all(&connection, &batch).unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    assert!(connection.is_autocommit());
    drop(rows);
    insert_all(&connection, &batch).unwrap();
    assert_eq!(stored(&connection).len(), 3);
}

#[test]
fn a_refusal_names_the_event_and_the_remedy() {
    let connection = database();
    let event = placed(1);
    insert(&connection, &event).unwrap();
    let refused = |connection: &Connection| {
        let error = insert(connection, &event).unwrap_err();
        assert_eq!(error.event_type(), "com.example.order.placed");
        assert_eq!(error.event_id(), event.event_id());
        assert!(error.database().is_some());
        error
            .to_string()
            .replace(&event.event_id().to_string(), "ID")
    };
    let mut messages = vec![refused(&connection)];
    connection
        .execute_batch("DROP TABLE outbox; CREATE TABLE outbox (id TEXT)")
        .unwrap();
    messages.push(refused(&connection));
    connection.execute_batch("DROP TABLE outbox").unwrap();
    messages.push(refused(&connection));
    assert_eq!(
        messages,
        [
            "the event `com.example.order.placed` ID was not inserted: UNIQUE constraint failed: outbox.id: Error code 2067: constraint failed; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event",
            "the event `com.example.order.placed` ID was not inserted: table outbox has no column named aggregatetype: Error code 1: SQL logic error; this `outbox` does not have the columns of `row::sqlite::CREATE_TABLE`; rename it, or create the outbox under another name",
            "the event `com.example.order.placed` ID was not inserted: no such table: outbox: Error code 1: SQL logic error; create the table with `row::sqlite::CREATE_TABLE`",
        ]
    );
}

#[test]
fn a_row_that_is_none_is_named() {
    let connection = database();
    insert(&connection, &placed(1)).unwrap();
    for (column, value) in [
        ("id", "'seven'"),
        ("time", "'yesterday'"),
        ("payload", "x'00'"),
    ] {
        connection
            .execute_batch(&format!(
                "SAVEPOINT before; UPDATE outbox SET {column} = {value}"
            ))
            .unwrap();
        let error = connection
            .query_row("SELECT * FROM outbox", [], |row| OutboxRow::try_from(row))
            .unwrap_err();
        assert!(error.to_string().contains(column), "{error}");
        connection
            .execute_batch("ROLLBACK TO before; RELEASE before")
            .unwrap();
    }
    let error = connection
        .query_row("SELECT id FROM outbox", [], |row| OutboxRow::try_from(row))
        .unwrap_err();
    assert!(error.to_string().contains("aggregatetype"), "{error}");
}

#[test]
fn an_event_is_handled_once_by_each_consumer() {
    let mut connection = database();
    let id = placed(1).event_id();
    let transaction = connection.transaction().unwrap();
    assert!(inbox::once(&transaction, "billing", id).unwrap());
    transaction.rollback().unwrap();
    let transaction = connection.transaction().unwrap();
    assert!(inbox::once(&transaction, "billing", id).unwrap());
    assert!(inbox::once(&transaction, "shipping", id).unwrap());
    transaction.commit().unwrap();
    assert!(!inbox::once(&connection, "billing", id).unwrap());
}
