//! RabbitMQ at `OUTBOX_TEST_AMQP_URL`, with a durable queue.

use std::time::Duration;

use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use outbox_core::{KafkaRecord, OutboxRow};
use outbox_relay::Sink;
use outbox_relay::sink::amqp::{AmqpOptions, AmqpSink};

use super::{Destination, Result, Sent, drain, records, together};
use crate::database::Backlog;
use crate::scenarios::{Bench, Outcome};
use crate::table::Goal;

const QUEUE: &str = "outbox.event.invite";

pub(super) struct RabbitMq;

pub(in crate::scenarios) fn run(bench: &mut Bench) -> Outcome {
    let Ok(url) = std::env::var("OUTBOX_TEST_AMQP_URL") else {
        eprintln!("skipped: OUTBOX_TEST_AMQP_URL is not set");
        return Ok(());
    };
    let rows = bench.size(50_000);
    drain::<RabbitMq>(bench, &url, Backlog::small(rows), Goal::AtLeast(0.7))
}

impl Destination for RabbitMq {
    const NAME: &'static str = "RabbitMQ";

    /// Publishes on one channel, with as many events in flight as the sink has.
    async fn floor(address: String, events: Vec<OutboxRow>) -> Sent<Duration> {
        let mut messages = Vec::new();
        for (row, record) in events.iter().zip(records(&events)?) {
            messages.push((properties(row, &record), row.payload.clone()));
        }
        let connection = Connection::connect(&address, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        channel
            .queue_declare(QUEUE.into(), options, FieldTable::default())
            .await?;
        channel
            .queue_purge(QUEUE.into(), QueuePurgeOptions::default())
            .await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        let most = AmqpOptions::default().in_flight;
        let time = together(messages, most, async |(properties, payload)| {
            let options = BasicPublishOptions {
                mandatory: true,
                immediate: false,
            };
            let published = channel.basic_publish(
                "".into(),
                QUEUE.into(),
                options,
                payload.as_bytes(),
                properties,
            );
            published.await?.await?;
            Ok(())
        })
        .await;
        channel
            .queue_purge(QUEUE.into(), QueuePurgeOptions::default())
            .await?;
        time
    }

    fn sink(address: &str) -> Result<impl Sink + 'static> {
        let options = AmqpOptions {
            exchange: String::new(),
            ..AmqpOptions::default()
        };
        Ok(AmqpSink::new(&address.parse()?, &options)?)
    }
}

fn properties(row: &OutboxRow, record: &KafkaRecord) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in record.headers() {
        let name = name.replace("ce_", "cloudEvents:");
        headers.insert(
            name.into(),
            AMQPValue::LongString(LongString::from(value.to_vec())),
        );
    }
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
        .with_headers(headers)
        .with_message_id(row.id.to_string().into())
}
