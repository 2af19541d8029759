//! The help for users' own tests: the cases that pass, and the messages of those that fail.

#[path = "testing/fixed.rs"]
mod fixed;
#[path = "testing/golden.rs"]
mod golden;
#[path = "testing/old_payloads.rs"]
mod old_payloads;
#[path = "testing/outbox.rs"]
mod outbox;

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use outbox_core::{Envelope, OutboxEvent, OutboxRow};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.order.placed",
    source = "/orders",
    data_version = "2.0",
    upcast_from(OrderPlacedV1)
)]
struct OrderPlaced {
    #[aggregate_id]
    order_id: u64,
    #[partition_key]
    tenant: String,
    #[validate(length(min = 1))]
    skus: Vec<String>,
}

#[derive(Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/orders")]
#[serde(deny_unknown_fields)]
struct OrderPlacedV1 {
    #[aggregate_id]
    order_id: u64,
    tenant: String,
    sku: Option<String>,
}

impl From<OrderPlacedV1> for OrderPlaced {
    fn from(old: OrderPlacedV1) -> Self {
        Self {
            order_id: old.order_id,
            tenant: old.tenant,
            skus: old.sku.into_iter().collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.cancelled", source = "/orders")]
struct OrderCancelled {
    #[aggregate_id]
    order_id: u64,
}

#[derive(Debug, PartialEq, OutboxEvent)]
enum OrderEvent {
    Placed(OrderPlaced),
    Cancelled(OrderCancelled),
}

fn placed(order_id: u64, skus: &[&str]) -> OrderPlaced {
    OrderPlaced {
        order_id,
        tenant: "acme".to_owned(),
        skus: skus.iter().map(|&sku| sku.to_owned()).collect(),
    }
}

fn cancelled(order_id: u64) -> OrderCancelled {
    OrderCancelled { order_id }
}

fn envelope<E: OutboxEvent>(event: E) -> Envelope<E> {
    Envelope::new(event).expect("a valid event")
}

fn row<E: OutboxEvent>(event: E) -> OutboxRow {
    envelope(event).to_row().expect("a row")
}

thread_local! {
    /// The file in which this thread expects a panic.
    static PANICKED_IN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Returns the message of the failure, which must point to a line of the test.
fn failure(test: impl FnOnce()) -> String {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_expected = PANICKED_IN.with_borrow_mut(|file| {
                let place = info.location().expect("every panic has a place");
                file.as_mut().map(|file| place.file().clone_into(file))
            });
            if is_expected.is_none() {
                others(info);
            }
        }));
    });
    PANICKED_IN.set(Some(String::new()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(test));
    let file = PANICKED_IN.take().expect("it was set above");
    let message = outcome.expect_err("the test fails");
    let message = message.downcast_ref::<String>().expect("a formatted text");
    assert!(
        file.replace('\\', "/").starts_with("tests/testing/"),
        "told in {file}: {message}"
    );
    message.clone()
}
