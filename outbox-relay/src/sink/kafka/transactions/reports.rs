//! The reports of the client about its messages.

use std::sync::mpsc;

use rdkafka::client::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;

use crate::sink::kafka::fault::Failure;

/// The way back for the failure of a record. `None` is the place of the record of deliveries.
pub(super) struct Ticket {
    pub(super) place: Option<usize>,
    pub(super) answers: mpsc::Sender<(Option<usize>, Failure)>,
}

/// Takes in the client's reports.
pub(super) struct Reports;

impl ClientContext for Reports {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "the Kafka client reports an error");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Self::DeliveryOpaque) {
        if let Err((error, message)) = result {
            let failure = Failure::of(message.topic(), error);
            // A transaction that is over does not listen.
            drop(ticket.answers.send((ticket.place, failure)));
        }
    }
}
