//! Delivers the rows of an outbox table to a broker, or to anything else that takes events.
//!
//! > Every committed event is delivered at least once. Events of one partition key are delivered in the order in which
//! > their transactions saw each other. No transaction that did not write to the outbox can hold it up. An event that
//! > cannot be delivered holds up its own key alone.
//!
//! A [`Relay`] carries events from a [`Store`], the database, to a [`Sink`]. The crate is also the binary
//! `outbox-relay`, which needs no Rust code of yours.
//!
//! # Your first sink
//!
//! A sink sends one event and says what became of it. The relay does the rest: the order, the retries, the progress.
//! This sink keeps the events in memory:
//!
//! ```
//! use std::sync::Mutex;
//!
//! use outbox_relay::{Event, SendError, Sink};
//!
//! #[derive(Default)]
//! struct Memory(Mutex<Vec<Vec<u8>>>);
//!
//! impl Sink for Memory {
//!     async fn send(&self, event: &Event) -> Result<(), SendError> {
//!         let json = event.cloud_event().to_json().map_err(SendError::rejected)?;
//!         self.0.lock().map_err(SendError::unavailable)?.push(json);
//!         Ok(())
//!     }
//! }
//!
//! # #[cfg(feature = "sqlite")]
//! async fn deliver(path: &str) -> Result<(), outbox_relay::RelayError> {
//!     let store = outbox_relay::store::Sqlite::open(path).await?;
//!     let relay = outbox_relay::Relay::new(store, Memory::default());
//!     relay.until_empty(std::future::pending()).await
//! }
//! ```
//!
//! The laws that a sink keeps are on the page of [`Sink`], and [`conformance`] checks them.
//!
//! # How it works
//!
//! The relay reads rows in the order of `seq`, without waiting for numbers that are missing. It delivers the rows of
//! different keys together and the rows of one key in order. It saves its progress after the sink has acknowledged,
//! once for each batch. A missing number is closed when every transaction that wrote to the table at that time has
//! ended, and a new snapshot does not show the row.
//!
//! One process owns a relay name, by a lease on the database's clock. Other processes stand by.
//!
//! # Watching
//!
//! A [`Monitor`] counts what a relay does. The binary shows it to Prometheus. Each send is a span of `tracing`, by
//! OpenTelemetry's conventions for messaging: level `DEBUG`, target `outbox_relay::trace`. `docs/watching.md` of the
//! repository explains both, with alert rules and a dashboard.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `sqlite` | the store for SQLite |
//! | `postgres` | the store for PostgreSQL |
//! | `kafka` | the sink for Apache Kafka; `kafka-tls` adds TLS and SASL |
//! | `http` | the sink for HTTP servers |
//! | `nats` | the sink for NATS JetStream |
//! | `amqp` | the sink for RabbitMQ |
//! | `opentelemetry` | a link from the span of each send to the trace of the event, by `tracing-opentelemetry` 0.34 |
//! | `otlp` | export of spans by the binary |
//! | `cli` | the binary |
//!
//! All but `kafka-tls` are on by default: the binary opens every sink. Without features the library is small, and takes a
//! store and a sink of your own.
//!
//! # Errors
//!
//! | error | from |
//! |---|---|
//! | [`RelayError`] | running a relay: the database is not as the relay needs it, or cannot be reached at the start, or the sink is closed or cannot be used |
//! | [`StoreError`] | a store: [`check`](Store::check) names what would break the guarantee, with the remedy |
//! | [`SendError`] | a sink: the destination is unavailable, or rejects the event |
//!
//! A relay goes on where it was when the database or the broker is away. It ends with an error only if waiting does not
//! help.
#![deny(missing_docs)]
#![warn(unreachable_pub)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod backoff;
pub mod conformance;
mod event;
mod filter;
mod holes;
mod keys;
mod progress;
mod ranges;
mod relay;
pub mod sink;
pub mod store;

pub use event::{Event, StoredEvent, Unreadable};
pub use filter::{Filter, Pattern, PatternError};
pub use ranges::{Ranges, RangesError};
pub use relay::{Histogram, Monitor, Relay, RelayError, Waker};
pub use sink::{SendError, Sink};
pub use store::{Store, StoreError};
