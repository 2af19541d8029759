//! Checks of the laws of [`Store`](crate::Store), [`Operator`](crate::store::Operator) and [`Sink`](crate::Sink), for those who write their own.
//!
//! A suite takes a fixture, which makes the store or the sink and looks at the other end of it. It returns a
//! [`Report`] of the laws that are broken. A test of a sink that keeps its events in memory:
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use outbox_relay::conformance::{self, SinkFixture};
//! use outbox_relay::{Event, SendError, Sink};
//!
//! #[derive(Clone, Default)]
//! struct Memory(Arc<Mutex<Vec<String>>>);
//!
//! impl Sink for Memory {
//!     async fn send(&self, event: &Event) -> Result<(), SendError> {
//!         let id = event.row().id.to_string();
//!         self.0.lock().map_err(SendError::unavailable)?.push(id);
//!         Ok(())
//!     }
//! }
//!
//! impl SinkFixture for Memory {
//!     type Sink = Memory;
//!
//!     async fn sink(&self) -> Memory {
//!         self.clone()
//!     }
//!
//!     async fn received(&self) -> Vec<String> {
//!         self.0.lock().unwrap().clone()
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! conformance::sink(async || Memory::default()).await.assert();
//! # }
//! ```

mod operator;
mod sink;
mod store;

use std::fmt;

use outbox_core::OutboxRow;
use uuid::Uuid;

pub use operator::check as operator;
pub use sink::{Outage, SinkFixture, check as sink};
pub use store::{StoreFixture, check as store};

/// The laws that an implementation breaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Report {
    violations: Vec<Violation>,
}

/// A law that is broken, and how it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The number of the law in the documentation of the trait.
    pub law: u8,
    /// The last look at the database.
    pub finding: String,
}

impl Report {
    /// Returns what is broken. It is empty for an implementation that keeps the laws.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Panics with the report if a law is broken.
    ///
    /// # Panics
    ///
    /// Panics if there are violations.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.violations.is_empty(), "{self}");
    }

    fn add(&mut self, law: u8, checked: Result<(), String>) {
        if let Err(finding) = checked {
            self.violations.push(Violation { law, finding });
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.violations.is_empty() {
            return f.write_str("every law is kept");
        }
        for (number, Violation { law, finding }) in self.violations.iter().enumerate() {
            let line = if number == 0 { "" } else { "\n" };
            write!(f, "{line}law {law} is broken: {finding}")?;
        }
        Ok(())
    }
}

/// Returns an error if a condition does not hold.
macro_rules! ensure {
    ($condition:expr, $($finding:tt)+) => {
        if !$condition {
            return Err(format!($($finding)+));
        }
    };
}
use ensure;

/// Makes the row of an event with this key. The number distinguishes the events of a test.
fn row(key: &str, number: usize) -> OutboxRow {
    OutboxRow {
        id: Uuid::now_v7(),
        aggregate_type: "order".to_owned(),
        aggregate_id: key.to_owned(),
        event_type: "com.example.order.placed".to_owned(),
        payload: format!("{{\"number\": {number}, \"text\": \"\u{e9}\\u0000\"}}"),
        partition_key: key.to_owned(),
        topic: "orders".to_owned(),
        source: "/orders".to_owned(),
        spec_version: "1.0".to_owned(),
        time: chrono::DateTime::UNIX_EPOCH,
        subject: key.to_owned(),
        data_content_type: "application/json".to_owned(),
        data_schema: None,
        data_version: "1.0".to_owned(),
        correlation_id: Some(Uuid::now_v7()),
        causation_id: None,
        trace_parent: None,
        trace_state: None,
        extensions: Some("{\"region\":\"eu\"}".to_owned()),
    }
}
