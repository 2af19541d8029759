//! Delivers the rows of an outbox table to a broker.
#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod backoff;
pub mod conformance;
mod event;
mod holes;
mod keys;
mod progress;
mod ranges;
mod relay;
pub mod sink;
pub mod store;

pub use event::{Event, StoredEvent, Unreadable};
pub use ranges::{Ranges, RangesError};
pub use relay::{Monitor, Relay, RelayError, Waker};
pub use sink::{SendError, Sink};
pub use store::{Store, StoreError};
