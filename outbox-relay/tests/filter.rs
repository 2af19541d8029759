//! A relay that delivers some of the events.

#[path = "support/sqlite.rs"]
mod sqlite;
mod support;

use std::future::pending;
use std::sync::{Arc, Mutex};

use outbox_core::OutboxRow;
use outbox_relay::{Event, Filter, Pattern, Relay, SendError, Sink, Store};
use sqlite::Database;
use support::row;

/// A sink that notes the payloads, and rejects those of a text.
#[derive(Clone, Default)]
struct Notes {
    payloads: Arc<Mutex<Vec<String>>>,
    rejected: &'static str,
}

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.payloads.lock().unwrap())
    }
}

impl Sink for Notes {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let payload = &event.row().payload;
        if payload == self.rejected {
            return Err(SendError::rejected("it is that one"));
        }
        self.payloads.lock().unwrap().push(payload.clone());
        Ok(())
    }
}

fn pattern(text: &str) -> Pattern {
    text.parse().expect(text)
}

fn invoices() -> Filter {
    Filter::default().with_type(pattern("com.example.invoice.*"))
}

fn of_type(event_type: &str, key: &str, payload: &str) -> OutboxRow {
    OutboxRow {
        event_type: event_type.to_owned(),
        ..row(key, payload)
    }
}

async fn drain(database: &Database, sink: &Notes, filter: Filter) {
    let relay = Relay::new(database.store().await, sink.clone())
        .only(filter)
        .attempts(1)
        .batch(3);
    relay.until_empty(pending()).await.expect("it drains");
}

#[test]
fn a_pattern_matches_segments() {
    for (text, matching, others) in [
        (
            "com.example.invoice.sent",
            &["com.example.invoice.sent"][..],
            &[
                "com.example.invoice",
                "com.example.invoice.sent.late",
                "com.example.invoice.sen",
                "Com.example.invoice.sent",
            ][..],
        ),
        (
            "com.example.invoice.*",
            &["com.example.invoice.sent", "com.example.invoice.line.added"],
            &[
                "com.example.invoice",
                "com.example.invoices.sent",
                "com.example",
            ],
        ),
        (
            "com.example.inv*",
            &[
                "com.example.inv",
                "com.example.invoice",
                "com.example.invoice.sent",
            ],
            &["com.example.in", "com.example"],
        ),
        (
            "com.*.sent",
            &["com.example.sent", "com..sent"],
            &[
                "com.example.invoice.sent",
                "com.sent",
                "com.example.sent.late",
            ],
        ),
        (
            "*.invoice.*",
            &["billing.invoice.sent", "billing.invoice.line.added"],
            &["com.example.invoice.sent", "invoice.sent"],
        ),
        ("*", &["a", "a.b.c", ""], &[]),
        ("*.*", &["a.b", "a.b.c"], &["a"]),
        ("*d", &["d", "and"], &["a.d", "da"]),
        (
            "a*b*c.d",
            &["abc.d", "axbxbxc.d", "abcbc.d"],
            &["ab.c.d", "acb.d", "ac.d", "abc.d.e"],
        ),
        ("ab*bc", &["abbc", "ab-bc"], &["abc"]),
        ("a*b*", &["ab", "a-b-", "ab.c.d"], &["a.b", "a"]),
        ("größe.*", &["größe.neu"], &["grösse.neu"]),
        ("a+(b)?", &["a+(b)?"], &["aab", "ab"]),
    ] {
        let pattern = pattern(text);
        for &found in matching {
            assert!(pattern.matches(found), "{text} matches {found}");
        }
        for &found in others {
            assert!(!pattern.matches(found), "{text} does not match {found}");
        }
    }
}

#[test]
fn a_text_that_is_not_a_pattern_is_refused() {
    for (text, reason) in [
        ("", "is empty"),
        ("com.**", "has `**`"),
        ("com.**.sent", "has `**`"),
        ("com..sent", "has an empty segment"),
        (".com", "has an empty segment"),
        ("com.", "has an empty segment"),
        (" com", "has a space around it"),
        ("com.\nx", "or a control character"),
    ] {
        let error = text.parse::<Pattern>().expect_err(text).to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
        assert!(!error.contains('\n'), "{error:?}");
    }
}

#[test]
fn a_filter_takes_what_one_of_its_patterns_matches() {
    assert!(Filter::default().takes("anything", "anywhere"));
    let filter = invoices()
        .with_type(pattern("com.example.refund.*"))
        .with_topic(pattern("billing"));
    for (event_type, topic, is_taken) in [
        ("com.example.invoice.sent", "invoices", true),
        ("com.example.refund.paid", "refunds", true),
        ("com.example.order.placed", "billing", true),
        ("com.example.order.placed", "orders", false),
        ("billing", "com.example.invoice.sent", false),
    ] {
        assert_eq!(filter.takes(event_type, topic), is_taken, "{event_type}");
    }
}

#[tokio::test]
async fn the_others_are_passed_over_and_a_key_keeps_its_order() {
    let database = Database::new().await;
    let mut rows = Vec::new();
    for n in 0..100 {
        let event_type = match n % 3 {
            0 => "com.example.order.placed",
            _ => "com.example.invoice.sent",
        };
        rows.push(of_type(event_type, "a", &n.to_string()));
    }
    database.insert(&rows);
    let sink = Notes::default();
    drain(&database, &sink, invoices()).await;
    let expected: Vec<_> = (0..100).filter(|n| n % 3 != 0).collect();
    let sent: Vec<u32> = sink.take().iter().map(|n| n.parse().unwrap()).collect();
    assert_eq!(sent, expected);
    let status = database.store().await.status("main").await.unwrap();
    assert_eq!((status.low, status.undelivered), (100, 0));

    // A filter that takes more applies to what is read from then on.
    database.insert(&[of_type("com.example.order.placed", "a", "100")]);
    drain(&database, &sink, Filter::default()).await;
    assert_eq!(sink.take(), ["100"]);
}

#[tokio::test]
async fn a_row_that_is_passed_over_is_not_parked() {
    let database = Database::new().await;
    database.insert(&[
        of_type("com.example.invoice.sent", "a", "1"),
        of_type("com.example.order.placed", "a", "2"),
        of_type("com.example.invoice.sent", "a", "3"),
        of_type("com.example.order.placed", "b", "not JSON"),
        of_type("com.example.invoice.sent", "b", "5"),
    ]);
    let sink = Notes {
        rejected: "1",
        ..Notes::default()
    };
    drain(&database, &sink, invoices()).await;
    assert_eq!(sink.take(), ["5"]);
    let status = database.store().await.status("main").await.unwrap();
    assert_eq!((status.parked_events, status.low), (2, 5));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_taken_by_every_filter() {
    let database = Database::new().await;
    database.insert(&[of_type("com.example.order.placed", "a", "1")]);
    let update = "UPDATE outbox SET id = 'no UUID'";
    database.connection.execute(update, []).expect("a row");
    drain(&database, &Notes::default(), invoices()).await;
    let status = database.store().await.status("main").await.unwrap();
    assert_eq!(status.parked_events, 1);
}
