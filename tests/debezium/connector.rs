//! The connector, in a process that writes a line of JSON for each record.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde::Deserialize;

/// The time that a busy machine may need to start the connector.
const PATIENCE: Duration = Duration::from_secs(120);

/// The settings that Kafka Connect would add.
const OF_KAFKA_CONNECT: [(&str, &str); 2] = [
    ("name", "outbox"),
    (
        "offset.storage",
        "org.apache.kafka.connect.storage.MemoryOffsetBackingStore",
    ),
];

pub(crate) struct Connector {
    process: Child,
    records: Receiver<Record>,
}

/// A header as Kafka has it: its name is never null, its value may be.
#[derive(Deserialize)]
pub(crate) struct Record {
    pub(crate) topic: String,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) headers: Vec<Header>,
    pub(crate) value: Option<Vec<u8>>,
}

#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: Option<Vec<u8>>,
}

impl Connector {
    pub(crate) fn start(jars: &Path, mut options: BTreeMap<String, String>) -> Self {
        options.extend(OF_KAFKA_CONNECT.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/debezium/Debezium.java");
        let mut process = Command::new("java")
            // Without the optimizing compiler, the few seconds of a run take half the time.
            .arg("-XX:TieredStopAtLevel=1")
            .arg("--class-path")
            .arg(jars.join("*"))
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Java is installed");
        let options = serde_json::to_string(&options).expect("texts are JSON");
        let input = process.stdin.as_mut().expect("it is piped");
        writeln!(input, "{options}").expect("it takes its options");
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        Self {
            process,
            records: receive(output),
        }
    }

    pub(crate) fn next(&self) -> Record {
        let record = self.records.recv_timeout(PATIENCE);
        record.expect("the connector sends another record")
    }
}

/// Reads in a thread, since a pipe has no timeout.
fn receive(output: impl BufRead + Send + 'static) -> Receiver<Record> {
    let (sender, records) = mpsc::channel();
    thread::spawn(move || {
        for line in output.lines() {
            let line = line.expect("it is text");
            let record = serde_json::from_str(&line).expect("it is a record");
            // The test may have ended already.
            let _ = sender.send(record);
        }
    });
    records
}

impl Drop for Connector {
    fn drop(&mut self) {
        // At the end of its input, the process stops and drops its replication slot.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
