//! An event is rejected for its own fault, and unavailable for any other.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use outbox_relay::sink::kafka::KafkaSink;
use outbox_relay::{SendError, Sink};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, PATIENCE};
use crate::events::{TOPIC, changed, check_order, deliver, read, stored};

const NONE: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;

async fn send(sink: &KafkaSink, topic: &str, number: u32) -> Result<(), SendError> {
    sink.send(&stored(&changed("account-0", number, ""), topic))
        .await
}

fn is_rejected(result: Result<(), SendError>, reason: &str) {
    match result {
        Err(SendError::Rejected { reason: told }) if told.contains(reason) => {}
        other => panic!("{other:?} is not a rejection with `{reason}`"),
    }
}

fn is_unavailable(result: Result<(), SendError>, reason: &str) {
    match result {
        Err(SendError::Unavailable { reason: told }) if told.contains(reason) => {}
        other => panic!("{other:?} is not an unavailability with `{reason}`"),
    }
}

#[tokio::test]
async fn an_event_above_the_clients_limit_is_rejected() {
    let cluster = Cluster::start();
    let sink = cluster.sink(&[]);
    let note = "x".repeat(999_000);
    let large = stored(&changed("account-0", 0, &note), TOPIC);
    sink.send(&large).await.unwrap();
    let too_large = stored(
        &changed("account-1", 0, &(note + &"x".repeat(1_000))),
        TOPIC,
    );
    is_rejected(
        sink.send(&too_large).await,
        "topic `outbox.event.account`: MessageSizeTooLarge (Broker: Message size too large); raise `message.max.bytes`",
    );
}

/// A topic's limit can be below the size of a batch. Each event alone is below it.
#[tokio::test]
async fn a_batch_above_the_brokers_limit_is_sent_event_by_event() {
    let cluster = Cluster::start();
    cluster.create(TOPIC, 1);
    let too_large = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE];
    let sink = cluster.sink(&[("linger.ms", "200")]);
    cluster.fail(RDKafkaApiKey::Produce, &too_large);
    assert_eq!(deliver(&sink, TOPIC, 7, 1).await, []);
    assert_eq!(check_order(&cluster.read(&[TOPIC]), &[TOPIC], 7, 1), 0);

    cluster.fail(RDKafkaApiKey::Produce, &too_large.repeat(2));
    is_rejected(send(&sink, TOPIC, 1).await, "too large");
}

/// The client remembers for minutes what the broker has said of a topic. The sink asks again.
#[tokio::test]
async fn an_event_of_a_topic_that_is_missing_or_forbidden_is_rejected_until_it_is_not() {
    let cases = [
        (
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
            "create the topic",
        ),
        (
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            "allow the relay's user to write to the topic",
        ),
        (
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
            "topic `outbox.event.account`",
        ),
    ];
    for (error, reason) in cases {
        let cluster = Cluster::start();
        let sink = cluster.sink(&[]);
        cluster.create(TOPIC, 1);
        cluster.0.topic_error(TOPIC, error).unwrap();
        for number in 0..3 {
            is_rejected(send(&sink, TOPIC, number).await, reason);
            send(&sink, "elsewhere", number).await.unwrap();
        }
        cluster.0.topic_error(TOPIC, NONE).unwrap();
        sleep(Duration::from_millis(1_100)).await;
        send(&sink, TOPIC, 0).await.unwrap();
        // So does a broker that stops to accept a topic.
        cluster.fail(
            RDKafkaApiKey::Produce,
            &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED],
        );
        is_rejected(send(&sink, TOPIC, 1).await, "allow");
        sleep(Duration::from_millis(1_100)).await;
        send(&sink, TOPIC, 1).await.unwrap();
        assert_eq!(cluster.read(&[TOPIC]).len(), 2);
    }
}

#[tokio::test]
async fn a_text_that_is_not_a_topic_is_rejected() {
    let cluster = Cluster::start();
    let sink = cluster.sink(&[]);
    for topic in ["a\0b", &"x".repeat(600)] {
        is_rejected(send(&sink, topic, 0).await, "");
    }
    send(&sink, TOPIC, 0).await.unwrap();
}

#[tokio::test]
async fn a_broker_that_is_away_is_unavailable() {
    let cluster = Cluster::start();
    let sink = cluster.sink(&[]);
    send(&sink, TOPIC, 0).await.unwrap();
    cluster.0.broker_down(1).unwrap();
    let start = Instant::now();
    is_unavailable(send(&sink, TOPIC, 1).await, "Message timed out) (");
    assert!(start.elapsed() < Duration::from_secs(5));
    cluster.0.broker_up(1).unwrap();
    deliver(&sink, TOPIC, 1, 2).await;
}

#[tokio::test]
async fn the_check_reaches_for_the_brokers() {
    let cluster = Cluster::start();
    let sink = cluster.sink(&[]);
    sink.check().await.unwrap();
    cluster.0.broker_down(1).unwrap();
    is_unavailable(cluster.sink(&[]).check().await, "Connection refused");
}

/// An error that the broker cannot tell from a loss ends a producer of librdkafka for good.
#[tokio::test]
async fn a_producer_that_has_ended_is_replaced() {
    let cases = [
        (
            RDKafkaApiKey::Produce,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
            "sequence desynchronization",
        ),
        (
            RDKafkaApiKey::InitProducerId,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            "Cluster authorization failed",
        ),
    ];
    for (request, error, reason) in cases {
        let cluster = Cluster::start();
        cluster.create(TOPIC, 1);
        cluster.fail(request, &[error]);
        let sink = cluster.sink(&[]);
        is_unavailable(send(&sink, TOPIC, 0).await, reason);
        let failures = deliver(&sink, TOPIC, 50, 3).await;
        assert_eq!(failures, []);
        check_order(&cluster.read(&[TOPIC]), &[TOPIC], 50, 3);
    }
}

/// All that is in flight when a producer ends is answered, and sent again.
#[tokio::test]
async fn a_producer_that_ends_answers_for_all_of_its_events() {
    let cluster = Cluster::start();
    cluster.create(TOPIC, 4);
    let sink = cluster.sink(&[]);
    deliver(&sink, TOPIC, 40, 1).await;
    let error = [
        NONE,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
    ];
    cluster.fail(RDKafkaApiKey::Produce, &error.repeat(5));
    let failures = deliver(&sink, TOPIC, 40, 10).await;
    assert!(failures.len() >= 5);
    for failure in failures {
        assert!(
            matches!(failure, SendError::Unavailable { .. }),
            "{failure}"
        );
    }
    check_order(&cluster.read(&[TOPIC]), &[TOPIC], 40, 10);
}

#[tokio::test]
async fn a_send_waits_while_the_clients_queue_is_full() {
    let cluster = Cluster::start();
    cluster.create(TOPIC, 2);
    for full in [
        ("queue.buffering.max.messages", "3"),
        ("queue.buffering.max.kbytes", "1"),
    ] {
        let sink = cluster.sink(&[full]);
        assert_eq!(deliver(&sink, TOPIC, 60, 4).await, []);
    }
    check_order(&cluster.read(&[TOPIC]), &[TOPIC], 60, 4);
}

#[tokio::test]
async fn a_send_can_be_dropped() {
    let cluster = Cluster::start();
    cluster.create(TOPIC, 1);
    let sink = cluster.sink(&[("queue.buffering.max.messages", "5")]);
    cluster
        .0
        .broker_round_trip_time(1, Duration::from_millis(200))
        .unwrap();
    let sends = (0..20).map(|number| send(&sink, TOPIC, number));
    assert!(
        timeout(Duration::from_millis(50), join_all(sends))
            .await
            .is_err()
    );
    cluster.0.broker_round_trip_time(1, Duration::ZERO).unwrap();
    timeout(PATIENCE, send(&sink, TOPIC, 99))
        .await
        .unwrap()
        .unwrap();
    let records = cluster.read(&[TOPIC]);
    let last = records
        .last()
        .map(|read_back| read::<crate::events::Changed>(&read_back.record));
    assert_eq!(last.map(|event| event.number), Some(99));
}
