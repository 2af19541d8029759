//! The tables in SQLite: created twice, upgraded, and the inbox.

use outbox_core::row::sqlite;
use outbox_core::{Envelope, OutboxEvent};
use rusqlite::{Connection, params_from_iter};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invite-service")]
struct Invited {
    #[aggregate_id]
    id: u64,
}

/// The table from before it had `seq` and `insertedat`.
const OLDER: &str = "CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY, aggregatetype TEXT NOT NULL, aggregateid TEXT NOT NULL, type TEXT NOT NULL,
    payload TEXT NOT NULL, partitionkey TEXT NOT NULL, topic TEXT NOT NULL, source TEXT NOT NULL,
    specversion TEXT NOT NULL, time TEXT NOT NULL, subject TEXT NOT NULL, datacontenttype TEXT NOT NULL,
    dataschema TEXT, dataversion TEXT NOT NULL, correlationid TEXT, causationid TEXT, traceparent TEXT,
    tracestate TEXT, extensions TEXT)";

fn database(table: &str) -> Connection {
    let connection = Connection::open_in_memory().expect("a database");
    connection.execute_batch(table).expect("the table is made");
    connection
}

fn insert(connection: &Connection, id: u64) -> rusqlite::Result<usize> {
    let event = Envelope::new(Invited { id }).expect("it is valid");
    let texts = event.to_row().unwrap().to_texts().unwrap();
    connection.execute(sqlite::INSERT, params_from_iter(texts))
}

/// The `seq`, aggregate id and `insertedat` of each row.
fn rows(connection: &Connection) -> Vec<(i64, String, String)> {
    let mut select = connection
        .prepare("SELECT seq, aggregateid, insertedat FROM outbox ORDER BY seq")
        .expect("the columns are there");
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn numbers(connection: &Connection) -> Vec<(i64, String)> {
    let rows = rows(connection).into_iter();
    rows.map(|(seq, id, _)| (seq, id)).collect()
}

#[test]
fn the_database_numbers_the_rows_and_notes_the_time() {
    let connection = database(sqlite::CREATE_TABLE);
    connection.execute_batch(sqlite::CREATE_TABLE).unwrap();
    for id in [7, 8] {
        insert(&connection, id).unwrap();
    }
    connection
        .execute("DELETE FROM outbox WHERE aggregateid = '8'", [])
        .unwrap();
    insert(&connection, 9).unwrap();
    assert_eq!(
        numbers(&connection),
        [(1, "7".to_owned()), (3, "9".to_owned())],
        "a number is not used again"
    );
    for (_, _, inserted_at) in rows(&connection) {
        let time = chrono::DateTime::parse_from_rfc3339(&inserted_at).expect("RFC 3339");
        assert!((chrono::Utc::now() - time.to_utc()).num_seconds().abs() < 60);
    }
}

#[test]
fn an_id_is_unique() {
    let connection = database(sqlite::CREATE_TABLE);
    let event = Envelope::new(Invited { id: 1 }).expect("it is valid");
    let texts = event.to_row().unwrap().to_texts().unwrap();
    connection
        .execute(sqlite::INSERT, params_from_iter(&texts))
        .unwrap();
    connection
        .execute(sqlite::INSERT, params_from_iter(&texts))
        .unwrap_err();
}

#[test]
fn many_rows_are_one_parameter() {
    let connection = database(sqlite::CREATE_TABLE);
    let texts = |id: u64| {
        let event = Envelope::new(Invited { id }).expect("it is valid");
        event.to_row().unwrap().to_texts().unwrap()
    };
    let rows: Vec<_> = (0..2_500).rev().map(texts).collect();
    let json = serde_json::to_string(&rows).unwrap();
    let inserted = connection.execute(sqlite::INSERT_ALL_TEXTS, [json]);
    assert_eq!(inserted, Ok(2_500));
    let columns = outbox_core::row::COLUMNS.join(", ");
    let mut select = connection
        .prepare(&format!("SELECT {columns} FROM outbox ORDER BY seq"))
        .unwrap();
    let stored = select.query_map([], |row| {
        (0..rows[0].len()).map(|column| row.get(column)).collect()
    });
    let stored: Vec<Vec<Option<String>>> = stored.unwrap().map(Result::unwrap).collect();
    assert_eq!(stored, rows);
}

#[test]
fn an_older_table_is_upgraded_and_a_second_time_changes_nothing() {
    let mut connection = database(OLDER);
    for id in [5, 3, 4] {
        insert(&connection, id).unwrap();
    }
    connection
        .execute("DELETE FROM outbox WHERE aggregateid = '3'", [])
        .unwrap();
    connection.execute_batch(sqlite::UPGRADE).unwrap();
    let expected = [(1, "5".to_owned()), (3, "4".to_owned())];
    assert_eq!(numbers(&connection), expected);

    let before = rows(&connection);
    let transaction = connection.transaction().unwrap();
    transaction.execute_batch(sqlite::UPGRADE).unwrap();
    transaction.commit().unwrap();
    assert_eq!(rows(&connection), before);

    // The numbers continue, even if the highest was deleted before the upgrade.
    connection
        .execute("DELETE FROM outbox WHERE seq = 3", [])
        .unwrap();
    connection.execute_batch(sqlite::UPGRADE).unwrap();
    insert(&connection, 6).unwrap();
    let expected = [(1, "5".to_owned()), (4, "6".to_owned())];
    assert_eq!(numbers(&connection), expected);
    assert_eq!(rows(&connection)[0].2, before[0].2);
}

#[test]
fn an_upgraded_table_is_a_new_one() {
    let columns = |connection: &Connection| {
        let mut select = connection
            .prepare(
                "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('outbox')",
            )
            .unwrap();
        let rows = select.query_map([], |row| {
            let column: (String, String, bool, Option<String>, i64) = (
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            );
            Ok(column)
        });
        rows.unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    let upgraded = database(OLDER);
    upgraded.execute_batch(sqlite::UPGRADE).unwrap();
    assert_eq!(columns(&upgraded), columns(&database(sqlite::CREATE_TABLE)));
}

#[test]
fn the_sql_works_for_a_table_of_another_name() {
    let rename = |sql: &str| sql.replace("outbox", "shop_outbox");
    let connection = database(&rename(OLDER));
    connection.execute_batch(&rename(sqlite::UPGRADE)).unwrap();
    connection
        .execute_batch(&rename(sqlite::CREATE_TABLE))
        .unwrap();
    connection
        .execute_batch(&rename(sqlite::CREATE_INBOX))
        .unwrap();
    let tables: Vec<String> = {
        let mut select = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%outbox%' ORDER BY name")
            .unwrap();
        let names = select.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    };
    assert_eq!(tables, ["shop_outbox", "shop_outbox_inbox"]);
}

#[test]
fn an_inbox_takes_an_event_once_for_each_consumer() {
    let connection = database(sqlite::CREATE_INBOX);
    connection.execute_batch(sqlite::CREATE_INBOX).unwrap();
    let id = Envelope::new(Invited { id: 1 })
        .unwrap()
        .event_id()
        .to_string();
    let note = |consumer: &str| {
        connection
            .execute(sqlite::INSERT_INBOX, [consumer, &id])
            .unwrap()
    };
    assert_eq!(note("billing"), 1);
    assert_eq!(note("billing"), 0);
    assert_eq!(note("shipping"), 1);
}
