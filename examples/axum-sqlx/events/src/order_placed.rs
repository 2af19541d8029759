//! The event of a placed order. Old versions stay beside the new one as long as a topic or a table holds them.

/// Version 1, from before prices had a currency.
pub mod v1 {
    use outbox_core::OutboxEvent;
    use serde::{Deserialize, Serialize};

    use crate::ids::{CustomerId, OrderId};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(event_type = "com.example.order.placed", source = "/orders")]
    pub struct OrderPlaced {
        #[aggregate_id]
        pub order_id: OrderId,
        pub customer_id: CustomerId,
        pub total_cents: i64,
    }
}

/// The current version.
pub mod v2 {
    use outbox_core::OutboxEvent;
    use rust_decimal::Decimal;
    use serde::{Deserialize, Serialize};

    use super::v1;
    use crate::ids::{CustomerId, OrderId};
    use crate::money::Money;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
    #[outbox(
        event_type = "com.example.order.placed",
        source = "/orders",
        data_version = "2.0",
        topic = "orders",
        upcast_from(v1::OrderPlaced)
    )]
    pub struct OrderPlaced {
        #[aggregate_id]
        pub order_id: OrderId,
        pub customer_id: CustomerId,
        #[validate(nested)]
        pub total: Money,
    }

    impl From<v1::OrderPlaced> for OrderPlaced {
        fn from(old: v1::OrderPlaced) -> Self {
            Self {
                order_id: old.order_id,
                customer_id: old.customer_id,
                total: Money {
                    amount: Decimal::new(old.total_cents, 2),
                    currency: "EUR".to_owned(),
                },
            }
        }
    }
}
