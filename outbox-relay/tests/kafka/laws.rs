//! The sink keeps the laws of every sink.

use outbox_core::OutboxRow;
use outbox_relay::conformance::{self, Outage, SinkFixture};
use outbox_relay::sink::kafka::KafkaSink;

use crate::cluster::Cluster;

/// The topic of the suite's rows.
const TOPIC: &str = "orders";

struct Fixture(Cluster);

impl SinkFixture for Fixture {
    type Sink = KafkaSink;

    async fn sink(&self) -> KafkaSink {
        self.0.sink(&[])
    }

    async fn received(&self) -> Vec<String> {
        let records = self.0.read(&[TOPIC]);
        let ids = records.iter().map(|read| {
            let mut headers = read.record.headers();
            let (_, id) = headers.find(|(name, _)| *name == "ce_id").unwrap();
            String::from_utf8(id.to_vec()).unwrap()
        });
        ids.collect()
    }

    fn spoil(&self, row: &mut OutboxRow) -> bool {
        row.payload = format!("{:?}", "x".repeat(1_000_000));
        true
    }

    async fn set_outage(&self, outage: Option<Outage>) -> bool {
        self.0.set_outage(outage)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sink_keeps_the_laws() {
    let fixture = async || {
        let cluster = Cluster::start();
        cluster.create(TOPIC, 3);
        Fixture(cluster)
    };
    conformance::sink(fixture).await.assert();
}
