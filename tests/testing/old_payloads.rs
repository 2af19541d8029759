//! Payloads of older versions.

use outbox_core::testing;
use serde_json::json;

use crate::{OrderEvent, failure, placed};

#[test]
fn an_old_payload_is_read_as_todays_event() {
    let today = placed(7, &["tea"]);
    let old = json!({"order_id": 7, "tenant": "acme", "sku": "tea"});
    testing::assert_reads("1.0", &old, &today);
    testing::assert_reads("1.9", old.to_string(), &today);
    testing::assert_reads("1.0", old, &OrderEvent::Placed(today.clone()));
    let new = r#"{"order_id": 7, "tenant": "acme", "skus": ["tea"]}"#;
    testing::assert_reads("2.0", new, &today);
    testing::assert_reads("2.1", new, &today);
}

#[test]
fn another_event_is_told() {
    let old = r#"{"order_id": 7, "tenant": "acme", "sku": "milk"}"#;
    let message = failure(|| testing::assert_reads("1.0", old, &placed(7, &["tea"])));
    assert_eq!(
        message,
        r#"version 1.0 of `com.example.order.placed` is read as another event (`-` was expected, `+` was read)
  {
    "order_id": 7,
    "tenant": "acme",
    "skus": [
-     "tea"
+     "milk"
    ]
  }"#
    );
}

#[test]
fn a_payload_that_cannot_be_read_is_told() {
    for (version, payload, told) in [
        (
            "1.0",
            r#"{"order_id": 7, "tenant": "acme", "sku": "tea", "note": ""}"#,
            "the payload: unknown field `note`, expected one of `order_id`, `tenant`, `sku` at line 1 column 54",
        ),
        (
            "3.0",
            "{}",
            "the `com.example.order.placed` has the data version 3.0, but this reader supports 1.x, 2.x",
        ),
        (
            "one",
            "{}",
            "the `com.example.order.placed` has the data version one, but this reader supports 1.x, 2.x",
        ),
        (
            "2.0",
            "{",
            "the payload: EOF while parsing an object at line 1 column 1",
        ),
        // The payload can be decoded, but breaks a rule, so every reader refuses it.
        (
            "1.0",
            r#"{"order_id": 7, "tenant": "acme", "sku": null}"#,
            "the event breaks its rules: skus: must have at least 1 element, and has 0",
        ),
    ] {
        let message = failure(|| testing::assert_reads(version, payload, &placed(7, &["tea"])));
        let whole = format!(
            "version {version} of `com.example.order.placed` cannot be read: {told}\n\nthe payload:\n{payload}"
        );
        assert_eq!(message, whole);
    }
}
