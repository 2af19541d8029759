//! Relays in processes of their own, which are killed and stopped at any moment.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::time::sleep;

use crate::broker::Broker;
use crate::outbox::Outbox;

/// Short, so that there are many owners.
const LEASE: Duration = Duration::from_millis(400);

/// A relay, which is killed with its value.
struct Process(Child);

impl Process {
    fn start(broker: &Broker, database: &Path, is_once: bool, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outbox-relay"));
        command
            .arg("run")
            .arg(format!("--database=sqlite:{}", database.display()))
            .args(["--sink", &broker.url, "--lease", "400ms", "--batch", "50"])
            .args(more)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        if is_once {
            command
                .arg("--kafka")
                .arg(format!("transactional.id={}", broker.id));
        }
        Self(command.spawn().unwrap())
    }

    /// Sends a signal, such as `STOP`.
    fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Writes events while an owner and a standby are killed, stopped for longer than their lease, and locked out of the
/// database. Returns what is wrong with the topic when all is delivered.
async fn torture(broker: &Broker, is_once: bool, duration: Duration, seed: u64) -> Vec<String> {
    let mut random = Rng::with_seed(seed);
    let mut outbox = Outbox::new(&broker.topic).await;
    let path = outbox.path();
    let start_one = || Process::start(broker, &path, is_once, &[]);
    let mut relays = [start_one(), start_one()];
    let start = Instant::now();
    while start.elapsed() < duration {
        for _ in 0..random.u8(1..12) {
            outbox.insert(random.usize(1..40), &mut random);
            sleep(Duration::from_millis(random.u64(..60))).await;
        }
        let chosen = random.usize(..relays.len());
        match random.u8(..5) {
            0 => {
                let lock = outbox.lock();
                sleep(Duration::from_millis(random.u64(..300))).await;
                relays[chosen] = start_one();
                drop(lock);
            }
            1 => {
                relays[chosen].signal("STOP");
                sleep(LEASE * 2 + Duration::from_millis(random.u64(..300))).await;
                relays[chosen].signal("CONT");
            }
            _ => relays[chosen] = start_one(),
        }
    }
    drop(relays);
    let mut last = Process::start(broker, &path, is_once, &["--until-empty"]);
    assert!(last.0.wait().unwrap().success());
    broker.judge(&outbox.inserted)
}

#[tokio::test]
async fn each_event_comes_once_while_relays_are_killed() {
    let Some(broker) = Broker::connect().await else {
        return;
    };
    let seconds = std::env::var("OUTBOX_TEST_SECONDS").ok();
    let seconds = seconds.map_or(15, |seconds| seconds.parse().unwrap());
    let seed = fastrand::u64(..);
    let violations = torture(&broker, true, Duration::from_secs(seconds), seed).await;
    assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
}

/// Progress in the database alone is the simple way. It repeats what was acknowledged and not saved.
#[tokio::test]
async fn progress_outside_of_the_transaction_is_found() {
    for seed in 0..10 {
        let Some(broker) = Broker::connect().await else {
            return;
        };
        let violations = torture(&broker, false, Duration::from_secs(6), seed).await;
        if !violations.is_empty() {
            assert!(violations[0].contains("times"), "{violations:#?}");
            return;
        }
    }
    panic!("no event came twice");
}
