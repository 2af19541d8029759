//! The broker: one of the environment, or else librdkafka's own mock cluster.

use std::collections::BTreeSet;
use std::env;
use std::fmt;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaResult;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

/// More than one, so that events of several keys do not all come on the same.
const PARTITIONS: i32 = 6;

pub enum Broker {
    /// Its topics are made by it or by hand; with one partition only, there is little to see.
    Named(String),
    /// It listens on loopback, and ends with this value.
    Mock(MockCluster<'static, DefaultProducerContext>),
}

impl Broker {
    pub fn of_environment(topics: &BTreeSet<&str>) -> KafkaResult<Self> {
        if let Ok(address) = env::var("KAFKA_BOOTSTRAP") {
            return Ok(Self::Named(address));
        }
        let cluster = MockCluster::new(1)?;
        for topic in topics {
            cluster.create_topic(topic, PARTITIONS, 1)?;
        }
        Ok(Self::Mock(cluster))
    }

    pub fn address(&self) -> String {
        match self {
            Self::Named(address) => address.clone(),
            Self::Mock(cluster) => cluster.bootstrap_servers(),
        }
    }

    /// Returns the configuration of every client of this broker.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address());
        config
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(address) => write!(f, "the broker at {address}"),
            Self::Mock(_) => write!(f, "a mock cluster at {}", self.address()),
        }
    }
}
