//! Assertions about the rows that a transaction wrote.

use outbox_core::{Envelope, OutboxEvent, OutboxRow, testing};
use serde::{Deserialize, Serialize};

use crate::{OrderCancelled, OrderEvent, OrderPlaced, cancelled, envelope, failure, placed, row};

/// Returns the rows of two events.
fn rows() -> [OutboxRow; 2] {
    [row(placed(7, &["tea"])), row(cancelled(7))]
}

#[test]
fn exactly_these_events() {
    testing::assert_events(
        &rows(),
        &[placed(7, &["tea"]).into(), cancelled(7).into()] as &[OrderEvent],
    );
    testing::assert_events(&rows()[..1], &[placed(7, &["tea"])]);
    testing::assert_events::<OrderEvent>(&[], &[]);
}

#[test]
fn at_least_one_none_and_all() {
    let rows = rows();
    testing::assert_event(&rows, &cancelled(7));
    testing::assert_event(&rows, &OrderEvent::Cancelled(cancelled(7)));
    testing::assert_no_event::<OrderPlaced>(&rows[1..]);
    testing::assert_no_event::<OrderEvent>(&[]);
    assert_eq!(testing::events::<OrderEvent>(&rows).len(), 2);
    assert!(testing::events::<OrderPlaced>(&rows[1..]).is_empty());
}

#[test]
fn the_only_event_has_its_metadata() {
    let first = envelope(placed(7, &["tea"]));
    let second = envelope(cancelled(7)).caused_by(&first);
    let rows = [first.to_row().unwrap(), second.to_row().unwrap()];
    assert_eq!(testing::expect_event::<OrderPlaced>(&rows), first);
    assert_eq!(testing::expect_event::<OrderCancelled>(&rows), second);
}

/// An older version counts as its current version.
#[test]
fn an_old_row_is_compared_as_todays_event() {
    let mut row = row(placed(7, &["tea"]));
    row.data_version = "1.0".to_owned();
    row.payload = r#"{"order_id":7,"tenant":"acme","sku":"tea"}"#.to_owned();
    testing::assert_events(&[row], &[placed(7, &["tea"])]);
}

/// `jsonb` returns other white space and another order.
#[test]
fn the_spelling_of_the_payload_does_not_count() {
    let mut row = row(placed(7, &["tea"]));
    row.payload = r#"{ "skus": ["\u0074ea"], "tenant": "acme", "order_id": 7 }"#.to_owned();
    testing::assert_event(&[row], &placed(7, &["tea"]));
}

#[test]
fn other_events_are_told_with_their_difference() {
    let expected: [OrderEvent; 3] = [
        placed(7, &["tea", "milk"]).into(),
        cancelled(7).into(),
        placed(8, &["tea"]).into(),
    ];
    let message = failure(|| testing::assert_events(&rows(), &expected));
    assert_eq!(
        message,
        r#"the events are not the expected ones (`-` was expected, `+` was found)
  # com.example.order.placed
  {
    "order_id": 7,
    "tenant": "acme",
    "skus": [
-     "tea",
-     "milk"
+     "tea"
    ]
  }
  # com.example.order.cancelled
  {
    "order_id": 7
- }
- # com.example.order.placed
- {
-   "order_id": 8,
-   "tenant": "acme",
-   "skus": [
-     "tea"
-   ]
  }

the outbox has 2 events:
  1. com.example.order.placed 2.0, key `acme`: {"order_id":7,"tenant":"acme","skus":["tea"]}
  2. com.example.order.cancelled 1.0, key `7`: {"order_id":7}"#
    );
}

#[test]
fn an_event_of_another_type_is_one_too_many() {
    let message = failure(|| testing::assert_events(&rows(), &[placed(7, &["tea"])]));
    assert_eq!(
        message,
        r#"the events are not the expected ones (`-` was expected, `+` was found)
  # com.example.order.placed
  …
      "tea"
    ]
  }
+ # com.example.order.cancelled
+ {
+   "order_id": 7
+ }

the outbox has 2 events:
  1. com.example.order.placed 2.0, key `acme`: {"order_id":7,"tenant":"acme","skus":["tea"]}
  2. com.example.order.cancelled 1.0, key `7`: {"order_id":7}"#
    );
}

#[test]
fn the_order_counts() {
    let rows = [row(cancelled(8)), row(cancelled(7))];
    let message = failure(|| testing::assert_events(&rows, &[cancelled(7), cancelled(8)]));
    assert!(message.contains("-   \"order_id\": 7\n"), "{message}");
    assert!(message.contains("+   \"order_id\": 7\n"), "{message}");
}

#[test]
fn a_missing_event_is_told() {
    let message = failure(|| testing::assert_events(&[], &[cancelled(7)]));
    assert_eq!(
        message,
        r#"the events are not the expected ones (`-` was expected, `+` was found)
- # com.example.order.cancelled
- {
-   "order_id": 7
- }

the outbox is empty"#
    );
}

#[test]
fn the_nearest_event_is_shown() {
    let rows = [
        row(placed(6, &["milk"])),
        row(placed(7, &["milk"])),
        row(cancelled(7)),
    ];
    let message = failure(|| testing::assert_event(&rows, &placed(7, &["tea"])));
    assert_eq!(
        message,
        r#"no event is equal to the expected one; the nearest differs (`-` was expected, `+` was found)
  {
    "order_id": 7,
    "tenant": "acme",
    "skus": [
-     "tea"
+     "milk"
    ]
  }

the outbox has 3 events:
  1. com.example.order.placed 2.0, key `acme`: {"order_id":6,"tenant":"acme","skus":["milk"]}
  2. com.example.order.placed 2.0, key `acme`: {"order_id":7,"tenant":"acme","skus":["milk"]}
  3. com.example.order.cancelled 1.0, key `7`: {"order_id":7}"#
    );
    let message = failure(|| testing::assert_event(&rows[..2], &cancelled(7)));
    assert!(
        message.starts_with("an event of `com.example.order.cancelled` was expected, and none was found\n\nthe outbox has 2 events:\n"),
        "{message}"
    );
}

#[test]
fn the_only_event_is_the_only_one() {
    let rows = [
        row(cancelled(7)),
        row(cancelled(8)),
        row(placed(8, &["tea"])),
    ];
    for (rows, told) in [
        (
            &rows[..],
            "one event of `com.example.order.cancelled` was expected, and 2 were found\n\nthe outbox has 3 events:\n  1. ",
        ),
        (
            &rows[2..],
            "one event of `com.example.order.cancelled` was expected, and 0 were found\n\nthe outbox has 1 event:\n  1. ",
        ),
        (
            &[],
            "one event of `com.example.order.cancelled` was expected, and 0 were found\n\nthe outbox is empty",
        ),
    ] {
        let message = failure(|| drop(testing::expect_event::<OrderCancelled>(rows)));
        assert!(message.starts_with(told), "{message}");
    }
    let message = failure(|| drop(testing::expect_event::<OrderEvent>(&rows)));
    let told = "one event of `com.example.order.placed`, `com.example.order.cancelled` was expected, and 3 were found";
    assert!(message.starts_with(told), "{message}");
}

#[test]
fn an_unwanted_event_is_told() {
    let message = failure(|| testing::assert_no_event::<OrderCancelled>(&rows()));
    assert_eq!(
        message,
        r#"no event of `com.example.order.cancelled` was expected

the outbox has 2 events:
  1. com.example.order.placed 2.0, key `acme`: {"order_id":7,"tenant":"acme","skus":["tea"]}
  2. com.example.order.cancelled 1.0, key `7`: {"order_id":7}"#
    );
}

#[test]
fn each_assertion_tells_why_a_row_cannot_be_decoded() {
    let mut broken = row(cancelled(7));
    broken.payload = r#"{"order":7}"#.to_owned();
    let rows = [broken, row(placed(7, &["tea"]))];
    let told = r#"  1. com.example.order.cancelled 1.0, key `7`: {"order":7}
     it cannot be decoded: the payload: missing field `order_id` at line 1 column 11
  2. com.example.order.placed 2.0, key `acme`: "#;
    let failures: [&dyn Fn(); 5] = [
        &|| drop(testing::events::<OrderEvent>(&rows)),
        &|| drop(testing::expect_event::<OrderCancelled>(&rows)),
        &|| testing::assert_event(&rows, &cancelled(7)),
        &|| testing::assert_events(&rows, &[cancelled(7)]),
        &|| testing::assert_no_event::<OrderCancelled>(&rows),
    ];
    for assertion in failures {
        let message = failure(assertion);
        assert!(message.contains(told), "{message}");
    }
    // A row of another type does not matter.
    testing::assert_event(&rows, &placed(7, &["tea"]));
    let _: Envelope<OrderPlaced> = testing::expect_event(&rows);
}

/// The payload is the expected one, but the row is broken.
#[test]
fn a_row_with_a_bad_attribute_is_not_equal() {
    let mut broken = row(cancelled(7));
    broken.source = String::new();
    let message = failure(|| testing::assert_events(&[broken], &[cancelled(7)]));
    assert_eq!(
        message,
        r#"the events are not the expected ones (`-` was expected, `+` was found)
- # com.example.order.cancelled
+ # com.example.order.cancelled (cannot be decoded)
  {
    "order_id": 7
  }

the outbox has 1 event:
  1. com.example.order.cancelled 1.0, key `7`: {"order_id":7}
     it cannot be decoded: the attribute `source`: `` is refused: it must not be empty"#
    );
}

#[test]
fn a_difference_that_is_not_written_is_told() {
    #[derive(PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.cache.filled", source = "/caches")]
    struct Filled {
        #[aggregate_id]
        id: u64,
        #[serde(skip)]
        hits: u64,
    }

    let rows = [row(Filled { id: 1, hits: 0 })];
    testing::assert_event(&rows, &Filled { id: 1, hits: 0 });
    let message = failure(|| testing::assert_event(&rows, &Filled { id: 1, hits: 9 }));
    assert!(
        message.contains("\n  (the JSON is the same; the events differ in fields that serde does not write)\n\nthe outbox has"),
        "{message}"
    );
}

/// Integers that only a typed event can hold.
#[test]
fn large_integers_are_compared_and_shown_exactly() {
    #[derive(PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.sum.made", source = "/sums")]
    struct Sum {
        #[aggregate_id]
        id: u64,
        sum: u128,
    }

    let rows = [row(Sum {
        id: 1,
        sum: u128::MAX,
    })];
    testing::assert_event(
        &rows,
        &Sum {
            id: 1,
            sum: u128::MAX,
        },
    );
    let message = failure(|| {
        testing::assert_event(
            &rows,
            &Sum {
                id: 1,
                sum: u128::MAX - 1,
            },
        );
    });
    let told = "-   \"sum\": 340282366920938463463374607431768211454\n+   \"sum\": 340282366920938463463374607431768211455\n";
    assert!(message.contains(told), "{message}");
}

#[test]
fn what_a_row_holds_does_not_steer_the_terminal() {
    let mut hostile = row(cancelled(7));
    hostile.event_type = "com.example.\u{1B}[31m".to_owned();
    hostile.partition_key = "\u{202E}".to_owned();
    hostile.payload = "{\u{1B}\n".to_owned();
    let message = failure(|| testing::assert_events(&[hostile], &[cancelled(7)]));
    assert!(!message.contains(['\u{1B}', '\u{202E}']), "{message:?}");
    assert!(message.contains("+ b\"{\\x1b\\n\"\n"), "{message}");

    let rows = [row(placed(7, &["\u{202E}aet"]))];
    let message = failure(|| testing::assert_events(&rows, &[placed(7, &["tea"])]));
    assert!(!message.contains('\u{202E}'), "{message:?}");
}

/// A hundred thousand lines that all differ.
#[test]
fn a_long_difference_takes_no_long_time() {
    let rows: Vec<OutboxRow> = (0..25_000).map(|id| row(cancelled(2 * id))).collect();
    let expected: Vec<OrderCancelled> = (0..25_000).map(|id| cancelled(2 * id + 1)).collect();
    let started = std::time::Instant::now();
    let message = failure(|| testing::assert_events(&rows, &expected));
    assert!(message.contains("the outbox has 25000 events:"));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
