//! Sinks whose server has no room left on its disk.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use async_nats::jetstream::stream::Config;
use outbox_relay::Sink;
use outbox_relay::sink::amqp::AmqpOptions;
use support::laws::{self, is_unavailable};
use support::throwaway::Throwaway;
use support::{amqp, event_to, nats, server, skipped};

/// Changes how much of its disk the server of `.ci/rabbitmq` must leave free.
fn set_disk_limit(folder: &str, limit: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/rabbitmq");
    let changed = Command::new(script).args(["disk", folder, limit]).status();
    assert!(changed.expect("the script runs").success());
}

/// RabbitMQ reads nothing more from a connection that publishes, and says so once. It closes no connection.
#[tokio::test]
async fn a_disk_alarm_is_unavailable_until_it_ends() {
    let (Some(server), Some(folder)) = (
        amqp::Server::with_queue().await,
        server("OUTBOX_TEST_AMQP_FOLDER"),
    ) else {
        return;
    };
    let options = AmqpOptions {
        timeout: Duration::from_secs(2),
        ..AmqpOptions::default()
    };
    let open = server.sink(&options);
    let keys = laws::events(&server.topic, 3, 4);
    laws::deliver(&open, &[keys[0][..1].to_vec()]).await;

    set_disk_limit(&folder, "100000GB");
    let new = server.sink(&options);
    for (sink, events) in [(&open, &keys[1]), (&new, &keys[2])] {
        for event in &events[..2] {
            let result = sink.send(event).await;
            assert!(is_unavailable(&result), "{result:?}");
        }
    }
    set_disk_limit(&folder, "1MB");
    laws::deliver(&open, &[keys[0][1..].to_vec(), keys[1].clone()]).await;
    laws::deliver(&new, &keys[2..]).await;
    laws::assert_in_order(&keys, &server.noted().await);
}

/// A file system of a few megabytes in memory. It ends with its value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Makes one. `None` if the test may not.
    fn mount(folder: &Path) -> Option<Self> {
        std::fs::create_dir(folder).expect("a folder");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder);
        if !mount.output().is_ok_and(|output| output.status.success()) {
            skipped("no small disk can be mounted");
            return None;
        }
        Some(Self(folder.to_owned()))
    }

    fn grow(&self) {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,size=64m"]).arg(&self.0);
        assert!(mount.status().expect("`mount` runs").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).output());
    }
}

#[tokio::test]
async fn a_stream_whose_disk_is_full_is_unavailable_until_there_is_room() {
    if server("OUTBOX_TEST_NATS_URL").is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let Some(disk) = SmallDisk::mount(&folder.path().join("data")) else {
        return;
    };
    // The server believes that it has more room than there is.
    let own = folder.path().join("data");
    let more = format!("jetstream {{ store_dir: {own:?}, max_file_store: 1GB }}\n");
    std::fs::write(folder.path().join("more"), more).expect("a file");
    let throwaway = Throwaway::start("nats", folder.path());
    let server = nats::Server::at(&throwaway.url).await;
    server.create(Config::default()).await;
    let sink = server.sink(&nats::quick());
    let payload = format!("{:?}", "x".repeat(500_000));
    let mut delivered = 0;
    let refused = loop {
        let event = event_to(&server.topic, delivered, "large", &payload);
        match sink.send(&event).await {
            Ok(()) => delivered += 1,
            refused => break refused,
        }
        assert!(delivered < 100, "the disk has no end");
    };
    assert!(is_unavailable(&refused), "{refused:?}");
    let again = sink
        .send(&event_to(&server.topic, 99, "large", &payload))
        .await;
    assert!(is_unavailable(&again), "{again:?}");

    disk.grow();
    // JetStream has turned itself off.
    throwaway.restart();
    let rest = laws::events(&server.topic, 3, 4);
    laws::deliver(&sink, &rest).await;
    let mut noted = server.noted().await;
    let large = noted.iter().filter(|(key, _)| key == "large").count();
    assert!(
        large >= usize::try_from(delivered).unwrap(),
        "{large} of {delivered}"
    );
    noted.retain(|(key, _)| key != "large");
    laws::assert_in_order(&rest, &noted);
}
