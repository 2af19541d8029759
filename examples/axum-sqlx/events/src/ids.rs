//! Ids as types of their own, so that nobody passes a customer where an order is expected.

use outbox_core::KeyPart;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, KeyPart)]
#[serde(transparent)]
pub struct OrderId(pub Uuid);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KeyPart)]
#[serde(transparent)]
pub struct CustomerId(pub String);

impl OrderId {
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::now_v7())
    }
}
