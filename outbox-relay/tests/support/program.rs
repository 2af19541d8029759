//! The program and an outbox in SQLite.

#![allow(dead_code, reason = "each test needs a part of it")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

/// A database with its tables, and the program that runs on it.
pub(crate) struct Outbox {
    folder: TempDir,
}

impl Outbox {
    /// Makes a database with its tables.
    pub(crate) fn new() -> Self {
        let outbox = Self {
            folder: TempDir::new().expect("a folder"),
        };
        outbox.succeeds(&["migrate"]);
        outbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path("shop.db").display())
    }

    pub(crate) fn insert(&self, key: &str, payload: &str) {
        self.insert_as("com.example.order.placed", "orders", key, payload);
    }

    /// Inserts an event of this type, for this topic.
    pub(crate) fn insert_as(&self, event_type: &str, topic: &str, key: &str, payload: &str) {
        let connection = Connection::open(self.path("shop.db")).expect("it opens");
        let row = "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source,
                specversion, time, subject, datacontenttype, dataversion)
            VALUES (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
                || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
                'order', ?1, ?3, ?2, ?1, ?4, '/orders', '1.0',
                '2026-01-01T00:00:00.000000Z', ?1, 'application/json', '1.0')";
        let values = [key, payload, event_type, topic];
        connection.execute(row, values).expect("a row");
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outbox-relay"));
        command.args(arguments).env_clear().stdin(Stdio::null());
        command.env("OUTBOX_RELAY_DATABASE", self.url());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// Returns the lines of standard output.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> Vec<String> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{output:?}");
        lines(&output.stdout)
    }

    /// Returns the exit code and the last line of standard error.
    pub(crate) fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        let code = output.status.code().expect("it was not killed");
        let mut errors = lines(&output.stderr);
        (code, errors.pop().unwrap_or_default())
    }

    /// Writes a file of settings, and returns its path.
    pub(crate) fn file(&self, text: &str) -> String {
        let path = self.path("relay.toml");
        fs::write(&path, text).expect("a file");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    pub(crate) fn status(&self) -> Value {
        let lines = self.succeeds(&["status", "--json"]);
        serde_json::from_str(&lines[0]).expect("JSON")
    }
}

pub(crate) fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(str::to_owned).collect()
}

pub(crate) fn payloads(lines: &[String]) -> Vec<String> {
    let data = |line: &String| {
        let event: Value = serde_json::from_str(line).expect("a CloudEvent");
        event["data"]["n"].to_string()
    };
    lines.iter().map(data).collect()
}

pub(crate) const DRAIN: [&str; 4] = ["run", "--sink", "stdout", "--until-empty"];
