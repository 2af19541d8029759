//! Receivers of events, processes that deliver them, and an outbox to deliver from.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::Outbox;
use crate::support::web::{Request, Web};

const INVOICE: &str = "com.example.invoice.sent";
pub(crate) const ORDER: &str = "com.example.order.placed";

/// A server whose answer can be changed.
pub(crate) struct Receiver {
    pub(crate) web: Web,
    status: Arc<AtomicU16>,
}

impl Receiver {
    pub(crate) async fn start(status: u16) -> Self {
        let status = Arc::new(AtomicU16::new(status));
        let answer = Arc::clone(&status);
        let web = Web::start(move |request: &Request| {
            if request.line.starts_with("POST") {
                answer.load(Ordering::SeqCst)
            } else {
                204
            }
        });
        Self {
            web: web.await,
            status,
        }
    }

    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.web.address())
    }

    /// Returns the keys and numbers of the events that came, the first time each.
    pub(crate) fn received(&self) -> Vec<(String, u64)> {
        let mut seen = HashSet::new();
        let requests = self.web.requests();
        let posts = requests
            .iter()
            .filter(|request| request.line.starts_with("POST"));
        let events = posts.map(|post| {
            let payload: Value = serde_json::from_str(post.text()).expect("JSON");
            let key = post.header("ce-partitionkey").to_owned();
            (key, payload["n"].as_u64().expect("a number"))
        });
        events.filter(|event| seen.insert(event.clone())).collect()
    }

    pub(crate) fn waits_for(&self, count: usize) -> Vec<(String, u64)> {
        waits_for(|| Some(self.received()).filter(|received| received.len() >= count))
    }
}

/// Asks until there is an answer.
#[track_caller]
pub(crate) fn waits_for<T>(ask: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it does not come"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A process that runs until it is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(outbox: &Outbox, arguments: &[&str]) -> Self {
        let mut command = outbox.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("it starts"))
    }

    /// Kills it, and waits for its end.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }

    /// Asks it to end, and returns its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let stopped = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(stopped.expect("it runs").success());
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Asserts that each key has these numbers, in their order.
#[track_caller]
pub(crate) fn are_in_order(
    received: &[(String, u64)],
    expected: impl Iterator<Item = (String, u64)>,
) {
    let of_keys = |events: &mut dyn Iterator<Item = (String, u64)>| {
        let mut keys = BTreeMap::<String, Vec<u64>>::new();
        for (key, n) in events {
            keys.entry(key).or_default().push(n);
        }
        keys
    };
    let found = of_keys(&mut received.iter().cloned());
    assert_eq!(found, of_keys(&mut { expected }));
}

pub(crate) fn payload(n: u64) -> String {
    format!("{{\"n\":{n}}}")
}

pub(crate) fn key(n: u64) -> String {
    format!("k{}", n % 3)
}

/// Inserts events of these numbers: every second is an invoice.
pub(crate) fn fill(outbox: &Outbox, numbers: Range<u64>) {
    for n in numbers {
        let (event_type, topic) = if n.is_multiple_of(2) {
            (INVOICE, "billing.invoice")
        } else {
            (ORDER, "orders")
        };
        outbox.insert_as(event_type, topic, &key(n), &payload(n));
    }
}

/// Writes a file with the routes `billing`, for invoices, and `all`.
pub(crate) fn routes(outbox: &Outbox, billing: &Receiver, all: &Receiver) -> String {
    outbox.file(&format!(
        "lease = \"500ms\"\n
        [[route]]\nname = \"billing\"\nsink = \"{}\"\ntypes = [\"com.example.invoice.*\"]\n
        [[route]]\nname = \"all\"\nsink = \"{}\"\n",
        billing.url(),
        all.url()
    ))
}

/// Returns the invoices of these numbers.
pub(crate) fn invoices(numbers: Range<u64>) -> impl Iterator<Item = (String, u64)> {
    numbers.filter(|n| n.is_multiple_of(2)).map(with_key)
}

pub(crate) fn with_key(n: u64) -> (String, u64) {
    (key(n), n)
}
