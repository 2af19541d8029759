//! The Kafka sink over TLS: librdkafka's cluster in memory, behind listeners with TLS.

#[path = "../kafka/cluster.rs"]
#[allow(dead_code, reason = "the tests without TLS need the rest")]
mod cluster;
#[path = "../kafka/events.rs"]
#[allow(dead_code, reason = "the tests without TLS need the rest")]
mod events;
mod listener;
mod operator;
#[path = "../support/program.rs"]
mod program;
mod sink;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;

use cluster::Cluster;
use events::TOPIC;
use listener::{Client, start};
use support::certificates;
use tempfile::TempDir;

/// A cluster in memory, and the certificates of its listeners.
struct Secured {
    cluster: Cluster,
    folder: TempDir,
}

impl Secured {
    /// Starts a cluster with one topic. `None` if there is no `openssl`.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let cluster = Cluster::start();
        cluster.create(TOPIC, 2);
        certificates::make(folder.path()).then_some(Self { cluster, folder })
    }

    /// Starts a listener with TLS, and returns its port.
    async fn listen(&self, client: Client) -> u16 {
        start(
            &self.cluster.0.bootstrap_servers(),
            self.folder.path(),
            client,
        )
        .await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Returns how many records the topic has.
    fn records(&self) -> usize {
        self.cluster.read(&[TOPIC]).len()
    }
}
