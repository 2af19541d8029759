//! The SDKs, each in a process that reads and writes lines of JSON.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use crate::events::Fields;
use crate::format::{Format, Message};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sdk {
    PythonOutboxCore,
    PythonCloudEvents,
    JavaScriptCloudEvents,
}

impl fmt::Display for Sdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PythonOutboxCore => "Python python-outbox-core",
            Self::PythonCloudEvents => "Python cloudevents",
            Self::JavaScriptCloudEvents => "JavaScript cloudevents",
        })
    }
}

impl Sdk {
    pub(crate) const ALL: [Self; 3] = [
        Self::PythonOutboxCore,
        Self::PythonCloudEvents,
        Self::JavaScriptCloudEvents,
    ];

    pub(crate) fn formats(self) -> &'static [Format] {
        use Format::{Batch, Flat, KafkaBinary, KafkaStructured, Structured};
        match self {
            Self::PythonOutboxCore => &[Flat],
            Self::PythonCloudEvents => &[Structured, KafkaBinary, KafkaStructured],
            Self::JavaScriptCloudEvents => &[Structured, Batch, KafkaBinary, KafkaStructured],
        }
    }

    fn command(self, installed: &Path) -> Command {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
        match self {
            Self::PythonOutboxCore | Self::PythonCloudEvents => {
                let mut python = Command::new(installed.join("venv/bin/python"));
                python.arg(scripts.join("peer.py"));
                python
            }
            Self::JavaScriptCloudEvents => {
                let mut node = Command::new("node");
                node.arg(scripts.join("peer.mjs")).arg(installed);
                node
            }
        }
    }
}

pub(crate) struct Peer {
    pub(crate) sdk: Sdk,
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Events(Vec<Fields>),
    Message(Message),
    Error(String),
}

impl Peer {
    pub(crate) fn start(sdk: Sdk, installed: &Path) -> Self {
        let mut process = sdk
            .command(installed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{sdk} does not start: {error}"));
        Self {
            sdk,
            requests: process.stdin.take().expect("it is piped"),
            answers: BufReader::new(process.stdout.take().expect("it is piped")),
            process,
        }
    }

    /// Returns the fields that the SDK reads from the message.
    pub(crate) fn read(
        &mut self,
        format: Format,
        message: &Message,
    ) -> Result<Vec<Fields>, String> {
        match self.ask(&json!({"format": format.to_string(), "message": message})) {
            Answer::Events(events) => Ok(events),
            Answer::Error(error) => Err(error),
            Answer::Message(_) => panic!("{} was asked to read", self.sdk),
        }
    }

    /// Returns the message that the SDK writes for the events.
    pub(crate) fn write(&mut self, format: Format, events: &[Fields]) -> Result<Message, String> {
        match self.ask(&json!({"format": format.to_string(), "events": events})) {
            Answer::Message(message) => Ok(message),
            Answer::Error(error) => Err(error),
            Answer::Events(_) => panic!("{} was asked to write", self.sdk),
        }
    }

    fn ask(&mut self, request: &serde_json::Value) -> Answer {
        let answer = writeln!(self.requests, "{request}").and_then(|()| {
            let mut line = String::new();
            self.answers.read_line(&mut line)?;
            Ok(serde_json::from_str(&line)?)
        });
        answer.unwrap_or_else(|error| panic!("{} does not answer: {error}", self.sdk))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
