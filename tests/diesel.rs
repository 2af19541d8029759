//! The feature `diesel-2`. PostgreSQL's address is taken from `OUTBOX_TEST_POSTGRES_URL`.

mod support;

use chrono::{DateTime, TimeZone, Utc};
use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use outbox_core::diesel::{Database, inbox, insert, insert_all};
use outbox_core::row::{postgres, sqlite};
use outbox_core::{Envelope, ExtensionName, OutboxEvent, OutboxRow, TraceParent, TraceState};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    topic = "orders",
    dataschema = "https://example.com/order.json"
)]
struct Placed {
    #[aggregate_id]
    order: u64,
    #[partition_key]
    tenant: String,
    #[outbox(extension)]
    region: Option<String>,
    note: String,
    #[outbox(occurred_at)]
    at: DateTime<Utc>,
}

fn placed(order: u64) -> Envelope<Placed> {
    Envelope::new(Placed {
        order,
        tenant: "acme's \"ä\" {\\}, NULL".to_owned(),
        region: None,
        // PostgreSQL cannot store NUL. JSON writes it as `\u0000`.
        note: "\0 '\u{1f980}".to_owned(),
        at: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
    })
    .expect("it is valid")
}

/// An event that has a value for each column.
fn full(order: u64) -> Envelope<Placed> {
    let event = Placed {
        region: Some("eu".to_owned()),
        at: "2026-01-01T00:00:00.123456Z".parse().expect("a time"),
        ..placed(order).into_event()
    };
    Envelope::new(event)
        .expect("it is valid")
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
        .with_extension(ExtensionName::from_static("attempt"), 3)
}

fn on_sqlite() -> SqliteConnection {
    let mut connection = SqliteConnection::establish(":memory:").expect("a database");
    connection.batch_execute(sqlite::CREATE_TABLE).unwrap();
    connection.batch_execute(sqlite::CREATE_INBOX).unwrap();
    connection
}

/// A connection with its own tables, if there is a server.
fn on_postgres(schema: &str) -> Option<PgConnection> {
    let mut connection = connect()?;
    let setup = format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path TO {schema};"
    );
    connection.batch_execute(&setup).unwrap();
    connection.batch_execute(postgres::CREATE_TABLE).unwrap();
    connection.batch_execute(postgres::CREATE_INBOX).unwrap();
    Some(connection)
}

fn connect() -> Option<PgConnection> {
    let Ok(url) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
        support::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
        return None;
    };
    Some(PgConnection::establish(&url).expect("the server is there"))
}

/// The methods of a connection that the tests need.
trait Tested: Connection<Backend: Database> {
    fn rows(&mut self) -> QueryResult<Vec<OutboxRow>>;
}

impl Tested for PgConnection {
    fn rows(&mut self) -> QueryResult<Vec<OutboxRow>> {
        sql_query("SELECT * FROM outbox ORDER BY seq").load(self)
    }
}

impl Tested for SqliteConnection {
    fn rows(&mut self) -> QueryResult<Vec<OutboxRow>> {
        sql_query("SELECT * FROM outbox ORDER BY seq").load(self)
    }
}

fn stored(connection: &mut impl Tested) -> Vec<Envelope<Placed>> {
    let rows = connection.rows().expect("they are rows");
    rows.iter()
        .map(|row| Envelope::from_row(row).expect("it is the event"))
        .collect()
}

fn goes_with_its_transaction(connection: &mut impl Tested) {
    let (first, second, third) = (full(1), placed(2), placed(3));
    connection
        .transaction(|connection| {
            insert(connection, &first).unwrap();
            QueryResult::Ok(())
        })
        .unwrap();
    connection
        .transaction(|connection| {
            insert(connection, &second).unwrap();
            QueryResult::<()>::Err(Error::RollbackTransaction)
        })
        .unwrap_err();
    insert(connection, &third).unwrap();
    assert_eq!(
        connection.rows().unwrap(),
        [first.to_row().unwrap(), third.to_row().unwrap()],
    );
    assert_eq!(stored(connection), [first, third]);
}

#[test]
fn an_event_goes_with_its_transaction() {
    goes_with_its_transaction(&mut on_sqlite());
    if let Some(mut connection) = on_postgres("outbox_diesel_transaction") {
        goes_with_its_transaction(&mut connection);
    }
}

fn keeps_order(connection: &mut impl Tested) {
    insert_all::<_, Placed>(connection, &[]).unwrap();
    let event = |order| match order % 2 {
        0 => placed(order),
        _ => full(order),
    };
    let mut events: Vec<_> = (0..2_500).map(event).collect();
    insert_all(connection, &events).unwrap();
    assert_eq!(stored(connection), events);

    let batch = [placed(1), events[7].clone(), placed(2)];
    let error = connection.transaction(|connection| {
        let error = insert_all(connection, &batch).unwrap_err();
        assert_eq!(error.event_id(), batch[0].event_id());
        assert!(
            error
                .to_string()
                .contains(" and 2 others were not inserted")
        );
        Err::<(), _>(error.into_database().expect("the database refuses it"))
    });
    let refused = diesel::result::DatabaseErrorKind::UniqueViolation;
    assert!(matches!(error, Err(Error::DatabaseError(kind, _)) if kind == refused));
    let one = placed(9);
    insert_all(connection, std::slice::from_ref(&one)).unwrap();
    events.push(one);
    assert_eq!(stored(connection), events);
}

#[test]
fn many_events_are_inserted_in_their_order_or_none_is() {
    keeps_order(&mut on_sqlite());
    if let Some(mut connection) = on_postgres("outbox_diesel_order") {
        keeps_order(&mut connection);
    }
}

/// SQLite lets a transaction continue after an error.
#[test]
fn a_batch_that_is_refused_leaves_the_transaction_to_the_caller() {
    let mut connection = on_sqlite();
    let (first, second) = (placed(1), placed(2));
    connection
        .transaction(|connection| {
            insert(connection, &first).unwrap();
            insert_all(connection, &[second.clone(), first.clone()]).unwrap_err();
            insert(connection, &second).unwrap();
            QueryResult::Ok(())
        })
        .unwrap();
    assert_eq!(stored(&mut connection), [first, second]);
}

fn refusals<C: Tested + SimpleConnection>(connection: &mut C, setups: &[&str]) -> Vec<String> {
    let event = placed(1);
    insert(connection, &event).unwrap();
    let messages = setups.iter().map(|setup| {
        connection.batch_execute(setup).unwrap();
        let error = insert(connection, &event).unwrap_err();
        assert_eq!(error.event_type(), "com.example.order.placed");
        assert_eq!(error.event_id(), event.event_id());
        assert!(error.database().is_some());
        let all = insert_all(connection, std::slice::from_ref(&event)).unwrap_err();
        assert_eq!(all.to_string(), error.to_string());
        error
            .to_string()
            .replace(&event.event_id().to_string(), "ID")
    });
    messages.collect()
}

#[test]
fn a_refusal_names_the_event_and_the_remedy() {
    let other = "DROP TABLE outbox; CREATE TABLE outbox (id TEXT)";
    let setups = ["SELECT 1", other, "DROP TABLE outbox"];
    assert_eq!(
        refusals(&mut on_sqlite(), &setups),
        [
            "the event `com.example.order.placed` ID was not inserted: UNIQUE constraint failed: outbox.id; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event",
            "the event `com.example.order.placed` ID was not inserted: table outbox has no column named aggregatetype; this `outbox` does not have the columns of `row::sqlite::CREATE_TABLE`; rename it, or create the outbox under another name",
            "the event `com.example.order.placed` ID was not inserted: no such table: outbox; create the table with `row::sqlite::CREATE_TABLE`",
        ]
    );
    let Some(mut connection) = on_postgres("outbox_diesel_refusals") else {
        return;
    };
    assert_eq!(
        refusals(&mut connection, &setups),
        [
            "the event `com.example.order.placed` ID was not inserted: duplicate key value violates unique constraint \"outbox_id_key\"; an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event",
            "the event `com.example.order.placed` ID was not inserted: column \"aggregatetype\" of relation \"outbox\" does not exist; this `outbox` does not have the columns of `row::postgres::CREATE_TABLE`; rename it, or create the outbox in another schema",
            "the event `com.example.order.placed` ID was not inserted: relation \"outbox\" does not exist; create the table with `row::postgres::CREATE_TABLE`, or set the `search_path` to its schema",
        ]
    );
}

#[test]
fn a_row_that_is_none_is_named() {
    let mut connection = on_sqlite();
    insert(&mut connection, &placed(1)).unwrap();
    let mut refused = |select: &str| {
        let rows = sql_query(select).load::<OutboxRow>(&mut connection);
        rows.unwrap_err().to_string()
    };
    for (column, select) in [
        ("id", "SELECT 'seven' AS id, "),
        ("time", "SELECT 'yesterday' AS time, "),
    ] {
        let others: Vec<_> = outbox_core::row::COLUMNS
            .into_iter()
            .filter(|name| *name != column)
            .collect();
        let error = refused(&format!("{select}{} FROM outbox", others.join(", ")));
        assert!(error.contains(column), "{error}");
    }
    let error = refused("SELECT id FROM outbox");
    assert!(error.contains("aggregatetype"), "{error}");

    let Some(mut connection) = on_postgres("outbox_diesel_none") else {
        return;
    };
    insert(&mut connection, &placed(1)).unwrap();
    let mut refused = |select: &str| {
        let rows = sql_query(select).load::<OutboxRow>(&mut connection);
        rows.unwrap_err().to_string()
    };
    assert_eq!(
        refused("SELECT id, NULL AS aggregatetype FROM outbox"),
        "the column `aggregatetype` cannot be read: Unexpected null for non-null column"
    );
    let error = refused("SELECT id FROM outbox");
    assert!(error.contains("aggregatetype"), "{error}");
    let error = refused("SELECT 'seven' AS id FROM outbox");
    assert!(error.contains("`id`"), "{error}");
}

fn is_handled_once(connection: &mut impl Tested) {
    let id = placed(1).event_id();
    let rolled_back = connection.transaction(|connection| {
        assert!(inbox::once(connection, "billing", id)?);
        QueryResult::<()>::Err(Error::RollbackTransaction)
    });
    assert_eq!(rolled_back, Err(Error::RollbackTransaction));
    connection
        .transaction(|connection| {
            assert!(inbox::once(connection, "billing", id)?);
            assert!(inbox::once(connection, "shipping", id)?);
            QueryResult::Ok(())
        })
        .unwrap();
    assert_eq!(inbox::once(connection, "billing", id), Ok(false));
}

#[test]
fn an_event_is_handled_once_by_each_consumer() {
    is_handled_once(&mut on_sqlite());
    if let Some(mut connection) = on_postgres("outbox_diesel_inbox") {
        is_handled_once(&mut connection);
    }
}

#[test]
fn of_two_consumers_at_once_one_waits_and_is_told_no() {
    let schema = "outbox_diesel_inbox_twice";
    let Some(mut first) = on_postgres(schema) else {
        return;
    };
    let id = placed(1).event_id();
    let waiting = first
        .transaction(|first| {
            assert!(inbox::once(first, "billing", id)?);
            let waiting = std::thread::spawn(move || {
                let mut second = connect().expect("a server");
                second.batch_execute(&format!("SET search_path TO {schema}"))?;
                second.transaction(|second| inbox::once(second, "billing", id))
            });
            std::thread::sleep(std::time::Duration::from_millis(300));
            assert!(!waiting.is_finished(), "it waits for the first handler");
            QueryResult::Ok(waiting)
        })
        .unwrap();
    assert_eq!(waiting.join().unwrap(), Ok(false));
}

#[derive(Debug, PartialEq, QueryableByName)]
struct Prepared {
    #[diesel(sql_type = Text)]
    statement: String,
    #[diesel(sql_type = BigInt)]
    runs: i64,
}

/// `pg_prepared_statements` counts the runs of a statement since version 14.
#[test]
fn a_second_event_prepares_nothing() {
    let Some(mut connection) = on_postgres("outbox_diesel_prepared") else {
        return;
    };
    for order in [1, 2, 3] {
        insert(&mut connection, &placed(order)).unwrap();
        insert_all(&mut connection, &[placed(order + 10), full(order + 20)]).unwrap();
        inbox::once(&mut connection, "billing", placed(order).event_id()).unwrap();
    }
    let prepared = sql_query(
        "SELECT substr(statement, 1, 24) AS statement, generic_plans + custom_plans AS runs
         FROM pg_prepared_statements WHERE statement LIKE '%INTO outbox%' ORDER BY 1",
    )
    .load::<Prepared>(&mut connection)
    .unwrap();
    let statements: Vec<_> = prepared
        .iter()
        .map(|prepared| (prepared.statement.trim(), prepared.runs))
        .collect();
    assert_eq!(
        statements,
        [
            ("INSERT INTO outbox (", 3),
            ("INSERT INTO outbox (", 3),
            ("INSERT INTO outbox_inbox", 3)
        ]
    );
}
