//! The program, while it runs and listens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A relay that runs and listens. It is killed when it is dropped.
pub(crate) struct Listening {
    pub(crate) process: Child,
    pub(crate) address: String,
}

impl Listening {
    /// Starts a command `run`, which has its sink already.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command
            .args(["--listen", "127.0.0.1:0", "--log", "json"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let log = BufReader::new(process.stderr.take().expect("a log")).lines();
        let mut addresses = log.filter_map(|line| {
            let line: Value = serde_json::from_str(&line.ok()?).ok()?;
            Some(line["fields"]["address"].as_str()?.to_owned())
        });
        let address = addresses.next().expect("it listens");
        // Somebody reads the log on.
        std::thread::spawn(move || addresses.count());
        Self { process, address }
    }

    /// Returns the status and the body.
    pub(crate) fn ask(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = format!("{request} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response");
        let (head, body) = response.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).expect("a status");
        (status.parse().expect("a number"), body.to_owned())
    }

    /// Asks until the answer is as expected.
    pub(crate) fn waits_for(
        &self,
        request: &str,
        is_expected: impl Fn(u16, &str) -> bool,
    ) -> String {
        let start = Instant::now();
        loop {
            let (status, body) = self.ask(request);
            if is_expected(status, &body) {
                return body;
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{status}: {body}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
