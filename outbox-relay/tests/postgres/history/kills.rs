//! Relays that are killed again and again.

use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fastrand::Rng;
use outbox_relay::store::Postgres;
use outbox_relay::{Relay, Sink};
use tokio::time::sleep;

use super::destination::{self, Address};

/// Short, so that a history has many owners.
const LEASE: Duration = Duration::from_millis(400);

const URL: &str = "OUTBOX_HISTORY_URL";
const SINK: &str = "OUTBOX_HISTORY_SINK";

/// Runs a relay for ever, and kills it every now and then. Several of these are an owner and its standbys.
pub(crate) async fn killed<K: Sink>(url: String, mut random: Rng, make_sink: impl Fn() -> K) {
    loop {
        let store = Postgres::new(&url).expect("an address");
        let relay = Relay::new(store, make_sink()).lease(LEASE).batch(50);
        let life = Duration::from_millis(random.u64(100..1500));
        tokio::select! {
            ended = relay.run(std::future::pending()) => {
                // The server may be away when it starts.
                let unavailable = ended.expect_err("nobody stops it").to_string();
                assert!(unavailable.contains("unavailable"), "{unavailable}");
                sleep(Duration::from_millis(50)).await;
            }
            () = sleep(life) => {}
        }
    }
}

/// Runs a relay as the process of its own that [`Process::start`] has started. Does nothing in any other process.
pub(crate) async fn run_as_process() {
    let (Ok(url), Ok(sink)) = (std::env::var(URL), std::env::var(SINK)) else {
        return;
    };
    let store = Postgres::new(&url).expect("an address");
    destination::run(store, &sink).await;
}

/// Runs a relay until its process is killed.
pub(crate) async fn run<K: Sink>(store: Postgres, sink: K) {
    let relay = Relay::new(store, sink).lease(LEASE).batch(50);
    let ended = relay.run(std::future::pending()).await;
    ended.expect("it is killed before it ends");
}

/// A relay in a process of its own, which ends with its value.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(url: &str, sink: &Address) -> Self {
        let tests = std::env::current_exe().expect("this program");
        let child = Command::new(tests)
            .args(["--ignored", "--exact", "history::relay_process"])
            .env(URL, url)
            .env(SINK, &sink.url)
            .envs(sink.settings.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("a process"))
    }

    /// Sends a signal, such as `STOP`.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("`kill` runs").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Runs an owner and a standby as processes. Kills one, or lets one sleep for longer than its lease, after each of these
/// times in milliseconds.
pub(crate) async fn kill_processes(url: String, sink: Address, times: Range<u64>, mut random: Rng) {
    let mut processes = [Process::start(&url, &sink), Process::start(&url, &sink)];
    loop {
        sleep(Duration::from_millis(random.u64(times.clone()))).await;
        let chosen = random.usize(..processes.len());
        if random.bool() {
            processes[chosen] = Process::start(&url, &sink);
        } else {
            // A zombie: it wakes up in the middle of what it did, when another one has taken over.
            processes[chosen].signal("STOP");
            sleep(LEASE * 2 + Duration::from_millis(random.u64(..300))).await;
            processes[chosen].signal("CONT");
        }
    }
}
