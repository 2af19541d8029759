//! Stored orders of version 1 are read as the current version.

use example_order_events::order_placed::v2::OrderPlaced;
use example_order_events::{CustomerId, Money, OrderId};
use outbox_core::testing;
use uuid::Uuid;

#[test]
fn an_order_of_version_1_is_read() {
    let old = r#"{
        "order_id": "019b76da-a800-7000-8000-00000000000a",
        "customer_id": "ada",
        "total_cents": 1230
    }"#;
    let today = OrderPlaced {
        order_id: OrderId(Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_000a)),
        customer_id: CustomerId("ada".to_owned()),
        total: Money {
            amount: "12.30".parse().unwrap(),
            currency: "EUR".to_owned(),
        },
    };
    testing::assert_reads("1.0", old, &today);
}
