//! The tables of PostgreSQL, and the feature `postgres-0_19`. `OUTBOX_TEST_POSTGRES_URL` has the server's address.

mod support;

use chrono::{DateTime, TimeZone, Utc};
use outbox_core::postgres::{inbox, insert, insert_all, insert_prepared};
use outbox_core::row::{self, OutboxRow};
use outbox_core::{Envelope, ExtensionName, InsertError, OutboxEvent, TraceParent, TraceState};
use postgres::{Client, GenericClient, NoTls};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    data_version = "2.1",
    topic = "orders",
    dataschema = "https://example.com/order.json"
)]
struct Placed {
    #[aggregate_id]
    order: i64,
    #[partition_key]
    tenant: String,
    #[outbox(extension)]
    region: Option<String>,
    #[outbox(occurred_at)]
    at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, OutboxEvent)]
enum OrderEvent {
    Placed(Placed),
}

fn plain(order: i64) -> Envelope<Placed> {
    Envelope::new(Placed {
        order,
        tenant: "acme's \"ä\"".to_owned(),
        region: None,
        at: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
    })
    .expect("a valid event")
}

fn full(order: i64) -> Envelope<Placed> {
    let event = plain(order).into_event();
    let event = Placed {
        region: Some("eu".to_owned()),
        at: "2026-01-01T00:00:00.123456Z".parse().expect("a time"),
        ..event
    };
    Envelope::new(event)
        .expect("a valid event")
        .with_correlation_id(Uuid::from_u128(2))
        .with_causation_id(Uuid::from_u128(3))
        .with_trace_parent(TraceParent::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ))
        .with_trace_state(TraceState::new("rojo=1").expect("a tracestate"))
        .with_extension(ExtensionName::from_static("attempt"), 3)
}

/// A connection with its own tables, if there is a server.
fn database(schema: &str) -> Option<Client> {
    let Ok(url) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
        support::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
        return None;
    };
    let mut client = Client::connect(&url, NoTls).expect("the server is there");
    let setup = format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path TO {schema};
         CREATE TABLE orders (id bigint PRIMARY KEY, tenant text NOT NULL);"
    );
    client.batch_execute(&setup).expect("the tables are made");
    for _ in 0..2 {
        let created = client.batch_execute(row::postgres::CREATE_TABLE);
        created.expect("the table may be there already");
    }
    Some(client)
}

/// Runs the statement in two sessions at once: the second one starts before the first one commits.
fn run_in_two_sessions(client: &mut Client, schema: &str, statement: &'static str) {
    let mut first = client.transaction().unwrap();
    first.execute(statement, &[]).unwrap();
    let url = std::env::var("OUTBOX_TEST_POSTGRES_URL").unwrap();
    let path = format!("SET search_path TO {schema}");
    let waiting = std::thread::spawn(move || {
        let mut second = Client::connect(&url, NoTls).unwrap();
        second.batch_execute(&path).unwrap();
        second.execute(statement, &[]).map(drop)
    });
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!waiting.is_finished(), "it waits for the first session");
    first.commit().unwrap();
    waiting.join().unwrap().unwrap();
}

/// The business change, and its event.
fn place(
    client: &mut impl GenericClient,
    event: &Envelope<Placed>,
) -> Result<(), InsertError<postgres::Error>> {
    let Placed { order, tenant, .. } = event.event();
    let placed = client.execute("INSERT INTO orders VALUES ($1, $2)", &[order, tenant]);
    placed.expect("the order is new");
    insert(client, event)
}

fn stored(client: &mut impl GenericClient) -> Vec<OutboxRow> {
    let rows = client.query("SELECT * FROM outbox ORDER BY id", &[]);
    let rows = rows.expect("the table is there");
    let rows: Result<_, _> = rows.iter().map(OutboxRow::try_from).collect();
    rows.expect("each is a row")
}

#[test]
fn an_event_goes_with_its_transaction() {
    let Some(mut client) = database("with_its_transaction") else {
        return;
    };
    let (first, second, third) = (plain(1), full(2), plain(3));
    for event in [&first, &second] {
        let mut transaction = client.transaction().expect("it begins");
        place(&mut transaction, event).expect("it is placed");
        transaction.commit().expect("it is committed");
    }
    let mut transaction = client.transaction().expect("it begins");
    place(&mut transaction, &third).expect("it is placed");
    transaction.rollback().expect("it rolls back");

    let rows = stored(&mut client);
    let events: Vec<_> = rows
        .iter()
        .map(|row| Envelope::<OrderEvent>::from_row(row).expect("it can be read"))
        .map(|event| match event.into_event() {
            OrderEvent::Placed(event) => event.order,
        })
        .collect();
    assert_eq!(events, [1, 2]);
    let read: Result<Vec<_>, _> = rows.iter().map(Envelope::from_row).collect();
    assert_eq!(read, Ok(vec![first, second]));
    let orders: i64 = client
        .query_one("SELECT count(*) FROM orders", &[])
        .expect("it counts")
        .get(0);
    assert_eq!(orders, 2);
}

#[test]
fn a_change_whose_event_cannot_be_stored_is_not_made() {
    let Some(mut client) = database("not_made") else {
        return;
    };
    let event = plain(1);
    place(&mut client, &event).expect("it is placed");
    let twice = Envelope::new(Placed {
        order: 2,
        ..event.event().clone()
    })
    .expect("a valid event")
    .with_event_id(event.event_id());
    let mut transaction = client.transaction().expect("it begins");
    place(&mut transaction, &twice).expect_err("the event's id is taken");
    drop(transaction);
    let orders = client
        .query("SELECT id FROM orders", &[])
        .expect("it reads");
    assert_eq!(orders.len(), 1);
    assert_eq!(stored(&mut client).len(), 1);
}

/// The trigger in `docs/debezium.md`, by which an extension attribute has a column for the router.
#[test]
fn a_trigger_gives_an_extension_a_column() {
    let Some(mut client) = database("outbox_test_trigger") else {
        return;
    };
    let (_, after) = include_str!("../docs/debezium.md")
        .split_once("```sql\n")
        .expect("the page has SQL");
    let (sql, _) = after.split_once("```").expect("the SQL ends");
    client.batch_execute(sql).unwrap();
    place(&mut client, &plain(1)).unwrap();
    place(&mut client, &full(2)).unwrap();
    let regions = client
        .query("SELECT region FROM outbox ORDER BY aggregateid", &[])
        .unwrap();
    let regions: Vec<Option<&str>> = regions.iter().map(|row| row.get(0)).collect();
    assert_eq!(regions, [None, Some("eu")]);
}

/// The table from before it had `seq` and `insertedat`.
const OLDER: &str = "CREATE TABLE outbox (
    id uuid NOT NULL PRIMARY KEY, aggregatetype text NOT NULL, aggregateid text NOT NULL, type text NOT NULL,
    payload text NOT NULL, partitionkey text NOT NULL, topic text NOT NULL, source text NOT NULL,
    specversion text NOT NULL, time timestamptz NOT NULL, subject text NOT NULL, datacontenttype text NOT NULL,
    dataschema text, dataversion text NOT NULL, correlationid uuid, causationid uuid, traceparent text,
    tracestate text, extensions text)";

/// Returns each column with its name, type, default and whether it may be null, and each constraint.
fn shape(client: &mut Client) -> Vec<String> {
    let select = "
        SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
            pg_get_expr(adbin, adrelid)) AS line
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = 'outbox'::regclass AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT concat_ws(' ', conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE conrelid = 'outbox'::regclass
        ORDER BY line";
    let rows = client.query(select, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn numbers(client: &mut Client) -> Vec<(i64, String)> {
    let rows = client.query("SELECT seq, aggregateid FROM outbox ORDER BY seq", &[]);
    let rows = rows.unwrap().into_iter();
    rows.map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn an_older_table_is_upgraded_to_the_new_one() {
    let Some(mut client) = database("outbox_test_upgrade") else {
        return;
    };
    let new = shape(&mut client);
    client.batch_execute("DROP TABLE outbox").unwrap();
    client.batch_execute(OLDER).unwrap();
    for order in [5, 3, 4] {
        place(&mut client, &plain(order)).unwrap();
    }
    let stored_before = stored(&mut client);
    let publish = "DROP PUBLICATION IF EXISTS outbox_test_upgrade; CREATE PUBLICATION outbox_test_upgrade FOR TABLE outbox";
    client.batch_execute(publish).unwrap();
    client.execute(row::postgres::UPGRADE, &[]).unwrap();
    assert_eq!(shape(&mut client), new);
    assert_eq!(stored(&mut client), stored_before);
    let expected = [(1, "5"), (2, "3"), (3, "4")].map(|(seq, id)| (seq, id.to_owned()));
    assert_eq!(numbers(&mut client), expected);

    client.batch_execute(row::postgres::CREATE_TABLE).unwrap();
    client.batch_execute(row::postgres::UPGRADE).unwrap();
    assert_eq!(shape(&mut client), new);
    place(&mut client, &plain(6)).unwrap();
    assert_eq!(numbers(&mut client).last(), Some(&(4, "6".to_owned())));
    let deleted = client.execute("DELETE FROM outbox", &[]);
    assert_eq!(
        deleted.unwrap(),
        4,
        "the publication has a replica identity"
    );
}

#[test]
fn of_two_sessions_that_upgrade_at_once_one_does_nothing() {
    let schema = "outbox_test_upgrade_twice";
    let Some(mut client) = database(schema) else {
        return;
    };
    let new = shape(&mut client);
    client.batch_execute("DROP TABLE outbox").unwrap();
    client.batch_execute(OLDER).unwrap();
    run_in_two_sessions(&mut client, schema, row::postgres::UPGRADE);
    assert_eq!(shape(&mut client), new);
}

#[test]
fn an_older_table_without_a_key_is_upgraded() {
    let Some(mut client) = database("outbox_test_upgrade_keyless") else {
        return;
    };
    let new = shape(&mut client);
    client.batch_execute("DROP TABLE outbox").unwrap();
    client
        .batch_execute(&OLDER.replace(" PRIMARY KEY", ""))
        .unwrap();
    client.batch_execute(row::postgres::UPGRADE).unwrap();
    assert_eq!(shape(&mut client), new);
}

#[test]
fn only_the_database_numbers_rows() {
    let Some(mut client) = database("outbox_test_seq") else {
        return;
    };
    place(&mut client, &plain(1)).unwrap();
    let error = client
        .execute("INSERT INTO outbox SELECT * FROM outbox", &[])
        .unwrap_err();
    assert!(error.as_db_error().unwrap().message().contains("seq"));
    let age: f64 = client
        .query_one(
            "SELECT extract(epoch FROM clock_timestamp() - insertedat)::float8 FROM outbox",
            &[],
        )
        .unwrap()
        .get(0);
    assert!((0.0..60.0).contains(&age), "{age}");
}

#[test]
fn a_row_is_one_parameter() {
    let Some(mut client) = database("outbox_test_texts") else {
        return;
    };
    // The session's own format of times does not matter.
    client
        .batch_execute("SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Kolkata'")
        .unwrap();
    let texts = |event: &Envelope<Placed>| event.to_row().unwrap().to_texts().unwrap();
    let one = plain(1);
    let inserted = client.execute(row::postgres::INSERT_TEXTS, &[&texts(&one)]);
    assert_eq!(inserted.unwrap(), 1);
    let many: Vec<_> = (2..40)
        .map(|order| {
            if order % 2 == 0 {
                full(order)
            } else {
                plain(order)
            }
        })
        .collect();
    let of_all: Vec<_> = many.iter().flat_map(texts).collect();
    let inserted = client.execute(row::postgres::INSERT_ALL_TEXTS, &[&of_all]);
    assert_eq!(inserted.unwrap(), 38);

    let select = format!("{} ORDER BY seq", row::postgres::SELECT_TEXTS);
    let rows = client.query(&select, &[]).unwrap();
    let read: Vec<_> = rows
        .iter()
        .map(|row| OutboxRow::from_texts(row.get::<_, Vec<Option<String>>>(0)).unwrap())
        .map(|row| Envelope::<Placed>::from_row(&row).unwrap())
        .collect();
    let mut expected = vec![one];
    expected.extend(many);
    assert_eq!(read, expected);
    assert_eq!(
        client
            .execute(row::postgres::INSERT_ALL_TEXTS, &[&Vec::<String>::new()])
            .unwrap(),
        0
    );
}

#[test]
fn an_event_is_inserted_in_each_way() {
    let Some(mut client) = database("outbox_test_ways") else {
        return;
    };
    let statement = client.prepare(row::postgres::INSERT).unwrap();
    let events: Vec<_> = (0..30)
        .flat_map(|order| [full(order), plain(order)])
        .collect();
    insert(&mut client, &events[0]).unwrap();
    insert(&mut client, &events[1]).unwrap();
    insert_prepared(&mut client, &statement, &events[2]).unwrap();
    insert_prepared(&mut client, &statement, &events[3]).unwrap();
    insert_all::<Placed>(&mut client, &[]).unwrap();
    insert_all(&mut client, &events[4..]).unwrap();
    let rows: Vec<_> = events.iter().map(|event| event.to_row().unwrap()).collect();
    assert_eq!(stored(&mut client), rows);
    let seqs: Vec<_> = numbers(&mut client).into_iter().map(|(_, id)| id).collect();
    let ids: Vec<_> = rows.iter().map(|row| row.aggregate_id.clone()).collect();
    assert_eq!(seqs, ids);

    let batch = [plain(1), events[7].clone(), plain(2)];
    let error = insert_all(&mut client, &batch).unwrap_err();
    assert_eq!(error.event_id(), batch[0].event_id());
    let message = error.to_string();
    assert!(message.contains("2 others"), "{message}");
    assert!(message.contains("insert an envelope once"), "{message}");
    assert_eq!(stored(&mut client).len(), 60);
}

/// Returns the days that have a partition, and how many ids each has.
fn partitions(client: &mut Client) -> Vec<(String, i64)> {
    let select = "
        SELECT relname::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'outbox_inbox'::regclass ORDER BY relname";
    let names = client.query(select, &[]).unwrap();
    names
        .iter()
        .map(|row| row.get::<_, String>(0))
        .map(|name| {
            let count = client.query_one(&format!("SELECT count(*) FROM {name}"), &[]);
            (name, count.unwrap().get(0))
        })
        .collect()
}

#[test]
fn an_inbox_is_partitioned_by_the_day_of_the_id() {
    let Some(mut client) = database("outbox_test_inbox") else {
        return;
    };
    for _ in 0..2 {
        client.execute(row::postgres::CREATE_INBOX, &[]).unwrap();
    }
    let other = "outbox_inbox_other".to_owned();
    let note = |client: &mut Client, id: Uuid| inbox::once(client, "billing", id).unwrap();
    let of_today = plain(1).event_id();
    let random = Uuid::from_u128(0xf47a_c10b_58cc_4372_a567_0e02_b2c3_d479);
    let of_long_ago = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    // There is no partition yet.
    for id in [of_today, random, of_long_ago] {
        assert!(note(&mut client, id));
        assert!(!note(&mut client, id));
    }
    assert_eq!(partitions(&mut client), [(other.clone(), 3)]);

    for _ in 0..2 {
        client
            .execute("SELECT outbox_inbox_maintain(14)", &[])
            .unwrap();
    }
    let made = partitions(&mut client);
    let today = format!("outbox_inbox_{}", Utc::now().format("%Y%m%d"));
    assert_eq!(made.len(), 9, "today, seven days, and the others: {made:?}");
    assert_eq!(made[0], (today, 1));
    assert_eq!(made[8], (other.clone(), 2));
    assert!(!note(&mut client, of_today), "it was moved");
    assert!(note(&mut client, plain(2).event_id()));
    assert_eq!(partitions(&mut client)[0].1, 2);

    // Old partitions are dropped as a whole, and old entries of the other table are deleted.
    client
        .batch_execute(
            "CREATE TABLE outbox_inbox_20250101 PARTITION OF outbox_inbox FOR VALUES
                 FROM (outbox_inbox_first_id('2025-01-01')) TO (outbox_inbox_first_id('2025-01-02'));
             UPDATE outbox_inbox SET receivedat = receivedat - interval '15 days'
                 WHERE id = '01900000-0000-7000-8000-000000000001'",
        )
        .unwrap();
    client
        .execute("SELECT outbox_inbox_maintain(14)", &[])
        .unwrap();
    let kept = partitions(&mut client);
    assert_eq!(kept.len(), 9, "{kept:?}");
    assert_eq!(kept[8], (other, 1));
    let refused = client.execute("SELECT outbox_inbox_maintain(0)", &[]);
    let refused = refused.unwrap_err();
    let message = refused
        .as_db_error()
        .expect("the function refuses")
        .message();
    assert!(message.contains("at least 1"), "{message}");
}

#[test]
fn an_inbox_is_created_and_maintained_by_two_sessions_at_once() {
    let schema = "outbox_test_inbox_sessions";
    let Some(mut client) = database(schema) else {
        return;
    };
    run_in_two_sessions(&mut client, schema, row::postgres::CREATE_INBOX);
    inbox::once(&mut client, "billing", plain(1).event_id()).unwrap();
    client
        .batch_execute(
            "CREATE TABLE outbox_inbox_20250101 PARTITION OF outbox_inbox FOR VALUES
                 FROM (outbox_inbox_first_id('2025-01-01')) TO (outbox_inbox_first_id('2025-01-02'))",
        )
        .unwrap();
    run_in_two_sessions(&mut client, schema, "SELECT outbox_inbox_maintain(14)");
    let made = partitions(&mut client);
    assert_eq!(made.len(), 9, "{made:?}");
    assert_eq!(made[0].1, 1);
}

#[test]
fn of_two_consumers_at_once_one_waits_and_is_told_no() {
    let schema = "outbox_test_inbox_twice";
    let Some(mut first) = database(schema) else {
        return;
    };
    first.execute(row::postgres::CREATE_INBOX, &[]).unwrap();
    let id = plain(1).event_id();
    for commits in [false, true] {
        let mut handler = first.transaction().unwrap();
        assert!(inbox::once(&mut handler, "billing", id).unwrap());
        let waiting = std::thread::spawn(move || {
            let url = std::env::var("OUTBOX_TEST_POSTGRES_URL").unwrap();
            let mut second = Client::connect(&url, NoTls).unwrap();
            second
                .batch_execute(&format!("SET search_path TO {schema}"))
                .unwrap();
            let mut handler = second.transaction().unwrap();
            inbox::once(&mut handler, "billing", id).unwrap()
        });
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!waiting.is_finished(), "it waits for the first handler");
        if commits {
            handler.commit().unwrap();
        } else {
            handler.rollback().unwrap();
        }
        assert_eq!(waiting.join().unwrap(), !commits);
    }
}

/// The server reads the SQL on the pages, and runs none of it.
#[test]
fn the_sql_on_the_pages_is_sql() {
    let Some(mut client) = database("pages") else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir("docs").expect("the folder can be listed") {
        let page = entry.expect("an entry").path();
        if page.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        // The relay's tests run the SQL of this page.
        if page.ends_with("operations.md") {
            continue;
        }
        let text = std::fs::read_to_string(&page).expect("the page can be read");
        for sql in text.split("```sql\n").skip(1) {
            let sql = sql.split("```").next().unwrap_or(sql);
            parse(&mut client, sql).unwrap_or_else(|error| {
                let reason = error.as_db_error().map(ToString::to_string);
                panic!("{}: {reason:?}:\n{sql}", page.display())
            });
            count += 1;
        }
    }
    assert!(count > 5, "only {count} blocks were found");
    parse(&mut client, "SELECT 1 FORM outbox;").unwrap_err();
}

/// PL/pgSQL parses a function before it runs the first statement, which ends this one.
fn parse(client: &mut Client, sql: &str) -> Result<(), postgres::Error> {
    client.batch_execute(&format!("DO $page$ BEGIN RETURN; {sql} END $page$"))
}
