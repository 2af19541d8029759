//! Payloads of older versions.

use std::fmt::Display;

use super::difference::{difference, payload_lines};
use crate::decode::DecodeEvent;
use crate::envelope::Envelope;
use crate::error::DecodeError;

/// Checks that a payload of version `data_version` decodes to the event `expected`. If its major version is older, it is
/// decoded by `#[outbox(upcast_from(...))]`. `payload` is JSON text, or a value of [`serde_json::json!`].
///
/// ```
/// # use outbox_core::{OutboxEvent, testing};
/// # use serde::{Deserialize, Serialize};
/// #[derive(PartialEq, Serialize, Deserialize, OutboxEvent)]
/// #[outbox(
///     event_type = "com.example.order.placed",
///     source = "/orders",
///     data_version = "2.0",
///     upcast_from(OrderPlacedV1)
/// )]
/// struct OrderPlaced {
///     #[aggregate_id]
///     order_id: u64,
///     region: String,
/// }
/// # #[derive(Serialize, Deserialize, OutboxEvent)]
/// # #[outbox(event_type = "com.example.order.placed", source = "/orders")]
/// # struct OrderPlacedV1 { #[aggregate_id] order_id: u64 }
/// # impl From<OrderPlacedV1> for OrderPlaced {
/// #     fn from(old: OrderPlacedV1) -> Self {
/// #         Self { order_id: old.order_id, region: "eu".to_owned() }
/// #     }
/// # }
///
/// let today = OrderPlaced { order_id: 7, region: "eu".to_owned() };
/// testing::assert_reads("1.0", r#"{"order_id": 7}"#, &today);
/// testing::assert_reads("2.0", r#"{"order_id": 7, "region": "eu"}"#, &today);
/// ```
///
/// # Panics
///
/// If the payload cannot be decoded, or decodes to an event that breaks its own rules or differs from `expected`. The
/// message has the whole error, or the difference.
#[track_caller]
pub fn assert_reads<E: DecodeEvent + PartialEq>(
    data_version: &str,
    payload: impl Display,
    expected: &E,
) {
    let event_type = expected.definition().event_type();
    let payload = payload.to_string();
    match read::<E>(event_type, data_version, &payload) {
        Ok(event) if event == *expected => {}
        Ok(event) => panic!(
            "version {data_version} of `{event_type}` is read as another event (`-` was expected, `+` was read)\n{}",
            difference(&payload_lines(expected), &payload_lines(&event)).trim_end(),
        ),
        Err(error) => panic!(
            "version {data_version} of `{event_type}` cannot be read: {error}\n\nthe payload:\n{payload}"
        ),
    }
}

/// Decodes and validates, as every reader does.
fn read<E: DecodeEvent>(
    event_type: &str,
    data_version: &str,
    payload: &str,
) -> Result<E, DecodeError> {
    let event = E::decode(event_type, data_version, payload)?;
    match Envelope::new(&event) {
        Ok(_) => Ok(event),
        Err(errors) => Err(errors.into()),
    }
}
