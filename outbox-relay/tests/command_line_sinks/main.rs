//! The program and each of its sinks, as an operator starts them. NATS and RabbitMQ are those of
//! `OUTBOX_TEST_NATS_URL` and `OUTBOX_TEST_AMQP_URL`, of `.ci/nats` and `.ci/rabbitmq`.

mod http;
mod mistakes;
mod nats;
#[path = "../support/program.rs"]
mod program;
mod rabbitmq;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;

use outbox_relay::sink::Url;
use program::lines;
use uuid::Uuid;

/// The secret of each test. No output has it.
pub(crate) const SECRET: &str = "hunter2";

pub(crate) const DRAIN: [&str; 2] = ["run", "--until-empty"];

/// Runs the program to its end. Returns the exit code, and the lines of both outputs.
pub(crate) fn ends(command: &mut Command) -> (i32, Vec<String>) {
    let output = command.output().expect("it starts");
    let code = output.status.code().expect("it was not killed");
    let all = lines(&[output.stdout, output.stderr].concat());
    let shows_secret = |line: &String| line.contains(SECRET);
    assert!(!all.iter().any(shows_secret), "{all:#?}");
    (code, all)
}

pub(crate) fn has(lines: &[String], text: &str) -> bool {
    lines.iter().any(|line| line.contains(text))
}

#[track_caller]
pub(crate) fn succeeds(command: &mut Command) -> Vec<String> {
    let (code, lines) = ends(command);
    assert_eq!(code, 0, "{lines:#?}");
    lines
}

#[track_caller]
pub(crate) fn fails(command: &mut Command, code: i32, text: &str) {
    let (found, lines) = ends(command);
    assert_eq!(found, code, "{lines:#?}");
    assert!(has(&lines, text), "{lines:#?}");
}

/// Returns an address with another user and password.
pub(crate) fn with_login(url: &str, user: &str, password: &str) -> String {
    let mut url: Url = url.parse().expect("an address");
    url.set_username(user).expect("a host");
    url.set_password(Some(password)).expect("a host");
    url.to_string()
}

/// Returns a topic that no other test has.
pub(crate) fn topic() -> String {
    format!("t{}", Uuid::now_v7().simple())
}
