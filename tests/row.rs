//! The outbox row, in a database and out of it.

use chrono::{TimeZone, Utc};
use outbox_core::row::{self, OutboxRow};
use outbox_core::{
    DecodeError, Envelope, ExtensionName, OutboxEvent, Source, TraceParent, TraceState,
};
use rusqlite::{Connection, params_from_iter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/invite-service")]
struct Invited {
    #[aggregate_id]
    id: u64,
    #[partition_key]
    tenant: String,
}

fn plain() -> Envelope<Invited> {
    let tenant = "acme's".to_owned();
    Envelope::new(Invited { id: 7, tenant })
        .expect("a valid event")
        .with_event_id(Uuid::from_u128(1))
        .with_occurred_at(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap())
}

fn full() -> Envelope<Invited> {
    plain()
        .with_event_id(Uuid::from_u128(4))
        .with_source(Source::from_static("/elsewhere"))
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
        .with_extension(ExtensionName::from_static("region"), "\"eu\"")
        .with_extension(ExtensionName::from_static("attempt"), 3)
        .with_extension(ExtensionName::from_static("replayed"), false)
}

fn database() -> Connection {
    let connection = Connection::open_in_memory().expect("a database");
    for _ in 0..2 {
        let created = connection.execute_batch(row::sqlite::CREATE_TABLE);
        created.expect("the table may be there already");
    }
    connection
}

fn insert<T: AsRef<str>>(connection: &Connection, row: &OutboxRow<T>) -> rusqlite::Result<usize> {
    let texts = row.to_texts().expect("it is legal");
    connection.execute(row::sqlite::INSERT, params_from_iter(texts))
}

fn stored(connection: &Connection) -> Vec<OutboxRow> {
    let select = format!(
        "SELECT {} FROM outbox ORDER BY seq",
        row::COLUMNS.join(", ")
    );
    let mut select = connection.prepare(&select).expect("the columns are there");
    let rows = select.query_map([], |row| {
        let texts = (0..row::COLUMNS.len()).map(|column| row.get(column));
        texts.collect::<Result<Vec<Option<String>>, _>>()
    });
    rows.expect("it runs")
        .map(|texts| OutboxRow::from_texts(texts.expect("text")).expect("it is legal"))
        .collect()
}

#[test]
fn a_row_has_what_the_event_has() {
    let row = full().to_row().unwrap();
    assert_eq!(
        row.to_texts()
            .unwrap()
            .iter()
            .map(|text| text.as_deref().unwrap_or("NULL"))
            .collect::<Vec<_>>(),
        [
            "00000000-0000-0000-0000-000000000004",
            "invite",
            "7",
            "com.example.invite.created",
            r#"{"id":7,"tenant":"acme's"}"#,
            "acme's",
            "outbox.event.invite",
            "/elsewhere",
            "1.0",
            "2026-01-01T00:00:00.000000Z",
            "7",
            "application/json",
            "NULL",
            "1.0",
            "00000000-0000-0000-0000-000000000002",
            "00000000-0000-0000-0000-000000000003",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "rojo=1",
            r#"{"attempt":3,"region":"\"eu\"","replayed":false}"#,
        ]
    );
    let row = plain().to_row().unwrap();
    let nulls = row::COLUMNS
        .iter()
        .zip(row.to_texts().unwrap())
        .filter(|(_, text)| text.is_none())
        .map(|(name, _)| *name);
    let nullable = [
        "dataschema",
        "correlationid",
        "causationid",
        "traceparent",
        "tracestate",
        "extensions",
    ];
    assert!(nulls.eq(nullable));
}

#[test]
fn it_comes_back_from_sqlite_as_it_went_in() {
    let connection = database();
    for event in [plain(), full()] {
        assert_eq!(insert(&connection, &event.to_row().unwrap()), Ok(1));
    }
    let events: Result<Vec<_>, _> = stored(&connection).iter().map(Envelope::from_row).collect();
    assert_eq!(events, Ok(vec![plain(), full()]));
}

#[test]
fn a_row_that_borrows_goes_in_as_one_that_does_not() {
    for event in [plain(), full()] {
        let connection = database();
        let row = event.to_borrowed_row().expect("it is legal");
        insert(&connection, &row).expect("it fits");
        let owned = event.to_row().expect("it is legal");
        assert_eq!(stored(&connection), std::slice::from_ref(&owned));
        assert_eq!(row.into_owned(), owned);
    }
}

#[test]
fn it_goes_with_its_transaction() {
    let mut connection = database();
    let transaction = connection.transaction().expect("it begins");
    insert(&transaction, &plain().to_row().unwrap()).expect("it is inserted");
    transaction.rollback().expect("it rolls back");
    assert_eq!(stored(&connection), []);
}

#[test]
fn an_event_is_stored_once() {
    let connection = database();
    let row = plain().to_row().unwrap();
    insert(&connection, &row).expect("it is inserted");
    assert!(insert(&connection, &row).is_err());
    assert_eq!(stored(&connection), [row]);
}

#[test]
fn the_sql_names_the_columns_in_their_order() {
    for create_table in [row::sqlite::CREATE_TABLE, row::postgres::CREATE_TABLE] {
        let names: Vec<_> = create_table
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split_whitespace().next())
            .collect();
        let [seq, names @ .., inserted_at] = &names[..] else {
            panic!("{create_table}");
        };
        assert_eq!((*seq, *inserted_at), ("seq", "insertedat"));
        assert_eq!(names, row::COLUMNS);
    }
    for (insert, sign) in [(row::sqlite::INSERT, '?'), (row::postgres::INSERT, '$')] {
        let lists: Vec<Vec<&str>> = insert
            .split(['(', ')'])
            .skip(1)
            .step_by(2)
            .map(|list| list.split(',').map(without_type).collect())
            .collect();
        let parameters: Vec<String> = (1..=row::COLUMNS.len())
            .map(|number| format!("{sign}{number}"))
            .collect();
        assert_eq!(
            lists,
            [
                row::COLUMNS.to_vec(),
                parameters.iter().map(String::as_str).collect()
            ]
        );
    }
}

/// Removes the type from a parameter such as `$1::uuid`.
fn without_type(item: &str) -> &str {
    let item = item.trim();
    item.split_once("::")
        .map_or(item, |(parameter, _)| parameter)
}

/// The error names the attribute that it refuses.
fn assert_refuses(error: &DecodeError, name: &str) {
    assert!(
        matches!(error, DecodeError::InvalidAttribute { name: told, .. } if told == name),
        "{name}: {error:?}"
    );
}

fn changed(change: impl FnOnce(&mut OutboxRow)) -> Result<Envelope<Invited>, DecodeError> {
    let mut row = full().to_row().unwrap();
    change(&mut row);
    Envelope::from_row(&row)
}

#[test]
fn a_column_that_is_wrong_is_named() {
    type Change = fn(&mut OutboxRow);
    let table: [(&str, Change); 13] = [
        ("specversion", |row| row.spec_version = "0.3".into()),
        ("type", |row| row.event_type.clear()),
        ("source", |row| row.source = "my service".into()),
        ("subject", |row| row.subject.clear()),
        ("partitionkey", |row| row.partition_key = "\0".into()),
        ("dataversion", |row| row.data_version = "one".into()),
        ("datacontenttype", |row| {
            row.data_content_type = "json".into();
        }),
        ("datacontenttype", |row| {
            row.data_content_type = "application/json;a=\"\u{1}\"".into();
        }),
        ("dataschema", |row| row.data_schema = Some("/s".into())),
        ("traceparent", |row| row.trace_parent = Some("00".into())),
        ("tracestate", |row| row.trace_state = Some(String::new())),
        ("region", |row| {
            row.extensions = Some(r#"{"region":1.5}"#.into());
        }),
        ("id", |row| row.extensions = Some(r#"{"id":"a"}"#.into())),
    ];
    for (name, change) in table {
        let error = changed(change).unwrap_err();
        assert_refuses(&error, name);
    }
}

#[test]
fn a_payload_of_another_media_type_is_refused() {
    let refused = changed(|row| row.data_content_type = "text/plain".into());
    let found = "text/plain".to_owned();
    assert_eq!(refused, Err(DecodeError::UnsupportedContentType { found }));
}

#[test]
fn a_time_that_cannot_be_written_again_is_refused() {
    let refused = changed(|row| row.time = chrono::DateTime::<Utc>::MAX_UTC);
    assert!(matches!(refused, Err(DecodeError::InvalidAttribute { name, .. }) if name == "time"));
}

#[test]
fn a_column_that_is_no_json_is_refused() {
    for json in ["", "[]", "{", r#"{"id":1,"id":1}"#] {
        let error = changed(|row| row.payload = json.into()).unwrap_err();
        assert!(
            matches!(error, DecodeError::Payload(_)),
            "{json}: {error:?}"
        );
        let error = changed(|row| row.extensions = Some(json.into())).unwrap_err();
        assert!(matches!(error, DecodeError::Json(_)), "{json}: {error:?}");
    }
}

#[test]
fn a_text_that_is_missing_or_wrong_is_named() {
    let texts = || full().to_row().unwrap().to_texts().unwrap();
    let nullable = [
        "dataschema",
        "correlationid",
        "causationid",
        "traceparent",
        "tracestate",
        "extensions",
    ];
    for (column, name) in row::COLUMNS.into_iter().enumerate() {
        let mut texts = texts();
        texts[column] = None;
        let expected = DecodeError::MissingAttribute {
            name: name.to_owned(),
        };
        match OutboxRow::from_texts(texts) {
            Ok(_) => assert!(nullable.contains(&name), "{name}"),
            Err(error) => assert_eq!(error, expected),
        }
    }
    for name in ["id", "time", "correlationid", "causationid"] {
        let mut texts = texts();
        let column = row::COLUMNS
            .iter()
            .position(|column| *column == name)
            .unwrap();
        texts[column] = Some("tomorrow".to_owned());
        let error = OutboxRow::from_texts(texts).unwrap_err();
        assert_refuses(&error, name);
    }
}
