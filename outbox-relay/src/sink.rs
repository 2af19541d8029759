//! The way to a broker.

#[cfg(feature = "amqp")]
pub mod amqp;
#[cfg(any(feature = "amqp", feature = "nats"))]
mod attempts;
#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
mod binding;
#[cfg(any(feature = "http", feature = "nats"))]
mod headers;
#[cfg(feature = "http")]
pub mod http;
mod json_lines;
#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
mod secret;
pub mod setting;

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use crate::event::Event;

pub use json_lines::JsonLines;
#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
pub use secret::Secret;
#[cfg(any(feature = "amqp", feature = "http", feature = "nats"))]
pub use url::Url;

/// A destination of events: a broker, or anything else that takes them one by one.
///
/// # Laws
///
/// The relay's guarantee holds for every sink that keeps these laws. [`conformance`](crate::conformance)
/// checks them.
///
/// 1. **Success is final.** When [`send`](Self::send) has resolved to `Ok` and a [`flush`](Self::flush) that began
///    afterwards has resolved to `Ok`, the event is never lost, even if this process or the broker is killed at once.
/// 2. **Order.** When `send` has resolved to `Ok`, no later send of the same key can overtake the event.
/// 3. **No success behind a failure.** The relay has at most [`in_flight_per_key`](Self::in_flight_per_key) sends of
///    one key in flight, begun in order. If one of them fails, those behind it are not delivered and fail with
///    [`SendError::Behind`]. A sink that cannot promise that keeps the default, 1.
/// 4. **Failure says whose fault it is.** [`SendError::Rejected`] means that this event was not accepted, and will
///    probably not be accepted later. [`SendError::Unavailable`] is any failure that is not the event's own.
/// 5. **A send can be dropped.** The relay drops the futures of `send` and `flush` when it loses its lease. The event
///    may then be delivered or not, and later sends still work.
/// 6. **An event can come twice.** The relay sends it again whenever it has no answer.
/// 7. **What is not flushed can be taken back.** When a flush fails, or the lease is lost, the relay starts over from
///    the progress that is saved. It calls [`discard`](Self::discard), and a sink that buffers events forgets them.
/// 8. **A send waits, and blocks nothing.** The relay calls `send` for many keys at once, on one task. A sink whose
///    destination takes fewer lets the others wait, or is unavailable to them. Neither a send nor the end of the sink
///    blocks the thread, whatever the destination does.
/// 9. **A record is complete.** [`recover`](Self::recover) of a sink that keeps a record of its deliveries returns every
///    event that is delivered, but for those that the relay has reported as [`saved`](Self::saved). No earlier call of
///    `send`, of this process or another one, delivers an event afterwards.
///
/// # Example
///
/// A sink that keeps the events of one type in memory:
///
/// ```
/// use std::sync::Mutex;
///
/// use outbox_relay::{Event, SendError, Sink};
///
/// struct Invoices(Mutex<Vec<Vec<u8>>>);
///
/// impl Sink for Invoices {
///     async fn send(&self, event: &Event) -> Result<(), SendError> {
///         if event.cloud_event().event_type() == "com.example.invoice.sent" {
///             let json = event.cloud_event().to_json().map_err(SendError::rejected)?;
///             self.0.lock().map_err(SendError::unavailable)?.push(json);
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Sink: Send + Sync {
    /// Sends an event. Resolves when the destination has answered.
    fn send(&self, event: &Event) -> impl Future<Output = Result<(), SendError>> + Send;

    /// Makes all events durable whose `send` has resolved to `Ok`. The relay calls it before it saves its progress,
    /// and whenever it has nothing more to send. A sink whose `send` resolves at the broker's acknowledgement has
    /// nothing to do here.
    fn flush(&self) -> impl Future<Output = Result<(), SendError>> + Send {
        async { Ok(()) }
    }

    /// Forgets the events that are buffered. The relay calls it before it begins to deliver, and whenever it starts
    /// over: it sends all of them again, in order, and an event from before must not come first. A sink without a
    /// buffer of its own has nothing to do here.
    fn discard(&self) {}

    /// Returns the events that were delivered under a relay name and may not be saved, if the sink keeps a record of
    /// them. The relay calls it each time that it has got the lease. It saves these events as delivered, and only then
    /// sends others.
    ///
    /// A sink without such a record keeps this default, which returns `None`.
    fn recover(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<Vec<Delivered>>, SendError>> + Send {
        let _ = name;
        async { Ok(None) }
    }

    /// Forgets the deliveries of the rows with these numbers: the database has them. A sink that keeps no record of
    /// its deliveries has nothing to do here.
    fn saved(&self, seqs: &[i64]) {
        let _ = seqs;
    }

    /// Returns the greatest number of events that the relay sends at once. Further events wait in the relay as rows, which
    /// take less memory than a `send` that waits. By default nothing bounds them.
    fn in_flight(&self) -> usize {
        usize::MAX
    }

    /// Returns how many events of one key can be in flight together. See the third law.
    fn in_flight_per_key(&self) -> usize {
        1
    }

    /// Checks that the destination can be reached and is as the sink needs it, before the relay starts. If it is
    /// unavailable then, the relay starts and checks again, beside the first sends.
    /// [`SendError::Rejected`] means that the relay cannot start, such as without the stream that takes the events.
    fn check(&self) -> impl Future<Output = Result<(), SendError>> + Send {
        async { Ok(()) }
    }

    /// Returns the name of the messaging system in traces (`messaging.system`), such as `kafka`.
    fn system(&self) -> &'static str {
        "_OTHER"
    }

    /// Returns the place that an event is sent to, as traces name it (`messaging.destination.name`). There are few such
    /// names, so a key is not part of them. The default is the topic of the row.
    fn destination<'a>(&'a self, event: &'a Event) -> Cow<'a, str> {
        Cow::Borrowed(&event.row().topic)
    }
}

/// An event that a sink knows to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The row's number.
    pub seq: i64,
    /// The event's id. After a database was restored, another event can have the number.
    pub id: Uuid,
}

/// Why an event was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The destination does not accept this event: it is too large, its topic does not exist, or the relay may not
    /// write there. The relay tries it again a few times, then parks it and closes its key.
    Rejected {
        /// The reason, as an error message.
        reason: String,
    },
    /// The destination cannot be reached, did not answer in time, or asks to wait. The relay tries it again until it
    /// succeeds.
    Unavailable {
        /// The reason, as an error message.
        reason: String,
    },
    /// The event was not delivered, since an earlier one of its key failed that was in flight before it. Only a sink
    /// with several events of one key in flight returns it.
    Behind,
    /// The sink does not know what it has delivered, and takes no more events before [`Sink::recover`]. The relay starts
    /// over with the lease. Only a sink that keeps a record of its deliveries returns it.
    Uncertain {
        /// The reason, as an error message.
        reason: String,
    },
    /// The destination is gone for good, such as a pipe that nobody reads. The relay stops with this error.
    Closed {
        /// The reason, as an error message.
        reason: String,
    },
}

impl SendError {
    /// Makes a rejection of a reason.
    pub fn rejected(reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Rejected { reason }
    }

    /// Makes an unavailability of a reason.
    pub fn unavailable(reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Unavailable { reason }
    }

    /// Makes an uncertainty of a reason.
    pub fn uncertain(reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Uncertain { reason }
    }

    /// Makes the end of the destination, for a reason.
    pub fn closed(reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Closed { reason }
    }

    /// Returns the kind as one word, for logs, metrics and traces: `rejected`, `unavailable`, `behind` or `closed`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rejected { .. } => "rejected",
            Self::Unavailable { .. } => "unavailable",
            Self::Behind => "behind",
            Self::Closed { .. } => "closed",
            Self::Uncertain { .. } => "uncertain",
        }
    }

    /// Returns the reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Rejected { reason }
            | Self::Unavailable { reason }
            | Self::Uncertain { reason }
            | Self::Closed { reason } => reason,
            Self::Behind => "an earlier event of its key failed",
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected { reason } => write!(f, "the event is rejected: {reason}"),
            Self::Unavailable { reason } => write!(f, "the sink is unavailable: {reason}"),
            Self::Behind => f.write_str(self.reason()),
            Self::Uncertain { reason } => write!(f, "the sink has lost track: {reason}"),
            Self::Closed { reason } => write!(f, "the sink is closed: {reason}"),
        }
    }
}

impl std::error::Error for SendError {}
