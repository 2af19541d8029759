//! Within a key no later event comes before an earlier one, whatever fails.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::events::{TOPIC, check_order, deliver, deliver_key};

/// The broker's answers to a produce request, and connections that end before the answer. All but
/// `DUPLICATE_SEQUENCE_NUMBER`, which says that the records are there: this cluster would say it without having them.
const ERRORS: [RDKafkaRespErr; 25] = [
    RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_MSG,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
];

const NONE: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;

/// One key, so one request for each event: each error at each place of the key's sequence, once and three times.
#[tokio::test(flavor = "multi_thread")]
async fn each_error_at_each_place() {
    const COUNT: u32 = 4;
    let cluster = Cluster::start();
    let sink = cluster.sink(&[]);
    let mut topics = Vec::new();
    for error in ERRORS {
        for place in 0..COUNT {
            for times in [1, 3] {
                let topic = format!("topic-{}-{place}-{times}", error as i32);
                cluster.create(&topic, 1);
                let mut errors = vec![NONE; usize::try_from(place).unwrap()];
                errors.resize(errors.len() + times, error);
                cluster.fail(RDKafkaApiKey::Produce, &errors);
                deliver_key(&sink, &topic, "account-0", COUNT).await;
                cluster.0.clear_request_errors(RDKafkaApiKey::Produce);
                topics.push(topic);
            }
        }
    }
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let records = cluster.read(&topics);
    assert_eq!(check_order(&records, &topics, 1, COUNT), 0);
}

/// Several keys in a few partitions share batches, so an error hits events of several keys. A broker comes and goes
/// meanwhile. This cluster does not check sequence numbers, and the client takes a record for delivered when a later
/// one is: the sink does not.
#[tokio::test(flavor = "multi_thread")]
async fn many_errors_among_many_keys() {
    const KEYS: u32 = 24;
    const COUNT: u32 = 60;
    for seed in 0..3 {
        let cluster = Cluster::start();
        cluster.create(TOPIC, 3);
        let mut random = fastrand::Rng::with_seed(seed);
        let errors: Vec<_> = (0..100)
            .map(|_| *random.choice(&ERRORS).unwrap())
            .flat_map(|error| [error, NONE])
            .collect();
        cluster.fail(RDKafkaApiKey::Produce, &errors);
        let sink = cluster.sink(&[("message.timeout.ms", "500")]);
        let outages = async {
            loop {
                cluster.0.broker_down(1).unwrap();
                sleep(Duration::from_millis(random.u64(1..100))).await;
                cluster.0.broker_up(1).unwrap();
                sleep(Duration::from_millis(random.u64(100..300))).await;
            }
        };
        let failures = tokio::select! {
            failures = deliver(&sink, TOPIC, KEYS, COUNT) => failures,
            () = outages => unreachable!("it goes on"),
        };
        cluster.0.broker_up(1).unwrap();
        cluster.0.clear_request_errors(RDKafkaApiKey::Produce);
        assert!(!failures.is_empty());
        check_order(&cluster.read(&[TOPIC]), &[TOPIC], KEYS, COUNT);
    }
}

/// Why one event of a key is in flight at a time: when the broker has refused a record, the client begins a new epoch
/// and sends the records behind it.
#[tokio::test]
async fn the_client_goes_on_behind_a_record_that_was_refused() {
    let cluster = Cluster::start();
    cluster.create(TOPIC, 1);
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    cluster.fail(RDKafkaApiKey::Produce, &[refused]);
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", cluster.0.bootstrap_servers())
        .set("enable.idempotence", "true")
        .set("acks", "all")
        // The second request begins when the first one has its answer.
        .set("max.in.flight", "1")
        .set("batch.num.messages", "1")
        .create()
        .unwrap();
    let send = |payload| {
        let record = FutureRecord::to(TOPIC).key("account-0").payload(payload);
        producer.send_result(record).unwrap()
    };
    let (first, second) = (send("first"), send("second"));
    assert!(first.await.unwrap().is_err());
    assert!(second.await.unwrap().is_ok());
}
