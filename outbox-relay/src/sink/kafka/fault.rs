//! Whose fault it is that an event was not delivered.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::sink::SendError;

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The event.
    Event,
    /// The event's topic.
    Topic,
    /// An event of the batch, though not always this one: the broker takes or refuses a batch as a whole.
    Batch,
    /// The broker, the network, or the client.
    Elsewhere,
}

/// Why a record was not written.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) fault: Fault,
    /// The client says so, and not a broker.
    pub(super) is_local: bool,
    reason: String,
}

impl Failure {
    /// Judges the answer of the client or, through it, of the broker.
    pub(super) fn of(topic: &str, error: &KafkaError) -> Self {
        let code = error.rdkafka_error_code();
        let (fault, remedy) = match error {
            KafkaError::Nul(_) => (Fault::Event, ""),
            _ => code.map_or((Fault::Elsewhere, ""), judge),
        };
        let reason = code.map_or_else(|| error.to_string(), |code| code.to_string());
        Self {
            fault,
            is_local: code.is_none_or(|code| (code as i32) < Code::Unknown as i32),
            reason: format!("topic `{topic}`: {reason}{remedy}"),
        }
    }

    /// Judges the failure of a transaction.
    pub(super) fn of_transaction(error: &KafkaError) -> Self {
        let (fault, remedy) = error
            .rdkafka_error_code()
            .map_or((Fault::Elsewhere, ""), judge);
        Self {
            fault,
            is_local: true,
            reason: format!("{error}{remedy}"),
        }
    }

    /// Makes a failure that is not the event's.
    pub(super) fn elsewhere(reason: impl Into<String>) -> Self {
        Self {
            fault: Fault::Elsewhere,
            is_local: true,
            reason: reason.into(),
        }
    }

    /// Makes the failure that of one event, if it is the failure of a batch.
    pub(super) fn of_one(mut self) -> Self {
        if self.fault == Fault::Batch {
            self.fault = Fault::Event;
        }
        self
    }

    /// Returns the reason.
    pub(super) fn into_reason(self) -> String {
        self.reason
    }

    /// Adds what the client has reported beside the answer.
    pub(super) fn with_cause(mut self, cause: &str) -> Self {
        self.reason = format!("{} ({cause})", self.reason);
        self
    }
}

impl From<Failure> for SendError {
    fn from(failure: Failure) -> Self {
        match failure.fault {
            Fault::Event | Fault::Topic | Fault::Batch => Self::rejected(failure.reason),
            Fault::Elsewhere => Self::unavailable(failure.reason),
        }
    }
}

/// Returns whose fault an error is, and the remedy. The table is in the documentation of
/// [`KafkaSink`](super::KafkaSink).
fn judge(code: Code) -> (Fault, &'static str) {
    match code {
        Code::MessageSizeTooLarge | Code::MessageBatchTooLarge | Code::InvalidMessageSize => (
            Fault::Batch,
            "; raise `message.max.bytes` of the sink and `max.message.bytes` of the topic, or write a smaller event",
        ),
        Code::InvalidMessage | Code::InvalidRecord => (Fault::Batch, ""),
        Code::UnknownTopic
        | Code::UnknownTopicOrPartition
        | Code::UnknownTopicId
        | Code::UnknownPartition => (Fault::Topic, "; create the topic"),
        Code::TopicAuthorizationFailed => (
            Fault::Topic,
            "; allow the relay's user to write to the topic",
        ),
        Code::InvalidTopic => (Fault::Topic, ""),
        Code::InvalidArgument | Code::PolicyViolation => (Fault::Event, ""),
        _ => (Fault::Elsewhere, ""),
    }
}
