//! Help for the tests of a service: assertions about the outbox, fixed ids and times, golden files, and old payloads.
//! Needs the feature `testing`, which belongs in `[dev-dependencies]`.
//!
//! Each function panics at the line of the test that called it. The message shows the events that were found, and the
//! difference between two payloads line by line.
//!
//! | to check | use |
//! |---|---|
//! | exactly these events in this order, or no event at all | [`assert_events`] |
//! | at least this event | [`assert_event`] |
//! | exactly one event of a type, to look at its metadata too | [`expect_event`] |
//! | no event of a type | [`assert_no_event`] |
//! | anything else about the events of a type | [`events`] |
//! | the bytes of an event in every format | [`fixed`] and [`assert_golden`] |
//! | today's event, read from an old payload | [`assert_reads`] |
//!
//! `E` in these functions is the struct of one event, or the enum of a set of events. A test that needs several events
//! can define such an enum for itself.
//!
//! # Example
//!
//! ```
//! # use outbox_core::{Envelope, OutboxEvent, OutboxRow};
//! use outbox_core::testing;
//! # #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, OutboxEvent)]
//! # #[outbox(event_type = "com.example.order.placed", source = "/orders")]
//! # struct OrderPlaced { #[aggregate_id] order_id: u64, tenant: String }
//! # #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, OutboxEvent)]
//! # #[outbox(event_type = "com.example.order.cancelled", source = "/orders")]
//! # struct OrderCancelled { #[aggregate_id] order_id: u64 }
//! # fn place_order(order_id: u64, tenant: &str) -> Result<Vec<OutboxRow>, Box<dyn std::error::Error>> {
//! #     let event = Envelope::new(OrderPlaced { order_id, tenant: tenant.to_owned() })?;
//! #     Ok(vec![event.to_row()?])
//! # }
//!
//! // Run the code under test, and read the rows that its transaction wrote.
//! let rows = place_order(7, "acme")?;
//!
//! let expected = OrderPlaced { order_id: 7, tenant: "acme".to_owned() };
//! testing::assert_events(&rows, &[expected]);
//! testing::assert_no_event::<OrderCancelled>(&rows);
//!
//! let placed = testing::expect_event::<OrderPlaced>(&rows);
//! assert_eq!(placed.correlation_id(), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod difference;
mod fixed;
mod golden;
mod json_lines;
mod old_payload;
mod outbox;

pub use fixed::{Fixed, fixed};
pub use golden::assert_golden;
pub use old_payload::assert_reads;
pub use outbox::{assert_event, assert_events, assert_no_event, events, expect_event};
