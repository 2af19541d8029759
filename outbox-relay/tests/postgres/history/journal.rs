//! The sink of a history: a list of what was delivered, in this process or in a file that several processes append to.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use outbox_relay::{Event, SendError, Sink};
use tokio::sync::mpsc;
use tokio::time::sleep;
use uuid::Uuid;

/// The deliveries, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<Uuid>>>);

impl Journal {
    pub(crate) fn add(&self, id: Uuid) {
        self.0.lock().expect("the journal").push(id);
    }

    pub(crate) fn delivered(&self) -> Vec<Uuid> {
        self.0.lock().expect("the journal").clone()
    }
}

/// A broker with latency that is away now and then, before or after it has taken the event.
#[derive(Debug)]
pub(crate) struct Broker {
    journal: Journal,
    random: Mutex<Rng>,
}

impl Broker {
    pub(crate) fn new(journal: &Journal) -> Self {
        Self {
            journal: journal.clone(),
            random: Mutex::new(Rng::new()),
        }
    }

    fn dice(&self) -> (Duration, u8) {
        let mut random = self.random.lock().expect("the dice");
        (Duration::from_micros(random.u64(..3000)), random.u8(..))
    }
}

impl Sink for Broker {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let (latency, luck) = self.dice();
        sleep(latency).await;
        if luck == 0 {
            return Err(SendError::unavailable("it was away before"));
        }
        self.journal.add(event.row().id);
        if luck == 1 {
            return Err(SendError::unavailable("it was away after"));
        }
        Ok(())
    }
}

/// A sink that is broken on purpose: it acknowledges what it has not delivered yet.
#[derive(Debug)]
pub(crate) struct TooEarly(mpsc::UnboundedSender<Uuid>);

impl TooEarly {
    pub(crate) fn new(journal: &Journal) -> Self {
        let (sender, mut waiting) = mpsc::unbounded_channel();
        let journal = journal.clone();
        let deliver = async move {
            while let Some(id) = waiting.recv().await {
                sleep(Duration::from_millis(1)).await;
                if waiting.is_closed() {
                    // The process was killed.
                    return;
                }
                journal.add(id);
            }
        };
        tokio::spawn(deliver);
        Self(sender)
    }
}

impl Sink for TooEarly {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        self.0.send(event.row().id).map_err(SendError::unavailable)
    }
}

/// A file with a line for each delivery.
#[derive(Debug)]
pub(crate) struct JournalFile(File);

impl JournalFile {
    pub(crate) fn append(path: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(path);
        Self(file.expect("the file is opened"))
    }

    pub(crate) fn delivered(path: &PathBuf) -> Vec<Uuid> {
        let lines = fs::read_to_string(path).unwrap_or_default();
        lines
            .lines()
            .map(|line| line.parse().expect("a whole line"))
            .collect()
    }
}

impl Sink for JournalFile {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let line = format!("{}\n", event.row().id);
        (&self.0)
            .write_all(line.as_bytes())
            .map_err(SendError::unavailable)
    }
}
