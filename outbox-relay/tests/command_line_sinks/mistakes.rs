//! Servers that are away, mistakes in settings, and the help.

use crate::program::Outbox;
use crate::{SECRET, fails, has, succeeds};

#[test]
fn a_server_that_is_away_is_told() {
    let outbox = Outbox::new();
    for sink in [
        "http://127.0.0.1:1/",
        "nats://127.0.0.1:1",
        "amqp://127.0.0.1:1",
    ] {
        let mut check = outbox.command(&["check", "--sink", sink]);
        fails(&mut check, 1, "outbox-relay: the sink is unavailable: ");
    }
}

#[test]
fn a_misspelled_flag_is_told_with_the_nearest() {
    let outbox = Outbox::new();
    let mut status = outbox.command(&["status", "--nmae", "main"]);
    fails(&mut status, 2, "a similar argument exists: '--name'");
}

#[test]
fn a_mistake_in_a_setting_is_told_without_its_value() {
    let outbox = Outbox::new();
    let http = "http://127.0.0.1:1/";
    for (sink, flag, pair, expected) in [
        (
            http,
            "--http",
            "time=hunter2",
            "`--http`: `time` is not an option of this sink; it has `mode`, `timeout`",
        ),
        (
            http,
            "--http",
            "timeout=hunter2",
            "`--http`: `timeout` is not a time above zero",
        ),
        (
            http,
            "--http",
            "hunter2",
            "`--http`: a setting has no `=`; write `KEY=VALUE`",
        ),
        (http, "--http", "secrets=hunter2", "`secrets`"),
        (
            http,
            "--http",
            "header-host=hunter2",
            "is set by the relay itself",
        ),
        (
            "nats://127.0.0.1:1",
            "--nats",
            "in-flight=hunter2",
            "`in-flight` is not a whole number",
        ),
        (
            "nats://127.0.0.1:1",
            "--mode",
            "batch",
            "`--mode`: `mode` is not a mode; write `binary` or `structured`",
        ),
        (
            "amqp://127.0.0.1:1",
            "--amqp",
            "routing-key=hunter2",
            "write `topic` or `key`",
        ),
        (
            "kafka://127.0.0.1:1",
            "--kafka",
            "sasl.passwort=hunter2",
            "`sasl.passwort`",
        ),
        (
            "kafka://127.0.0.1:1",
            "--mode",
            "batch",
            "`mode` is not a mode",
        ),
        (
            "https://user:hunter2@",
            "--http",
            "timeout=1s",
            "the URL of the sink cannot be read",
        ),
        (
            "nats://user:hunter2@host:port",
            "--nats",
            "timeout=1s",
            "the URL of the sink cannot be read",
        ),
        (
            "redis://user:hunter2@host",
            "--mode",
            "binary",
            "there is no such sink; write `stdout`",
        ),
    ] {
        for command in ["run", "check", "replay"] {
            let mut command = outbox.command(&[command, "--sink", sink, flag, pair]);
            fails(&mut command, 2, expected);
        }
    }
}

#[test]
fn a_mistake_in_the_environment_and_in_the_file_is_told_with_its_place() {
    let outbox = Outbox::new();
    let http = "http://127.0.0.1:1/";
    let mut command = outbox.command(&["check", "--sink", http]);
    command.env("OUTBOX_RELAY_HTTP_LINGER", SECRET);
    fails(
        &mut command,
        2,
        "the variable `OUTBOX_RELAY_HTTP_LINGER`: `linger` is not a time",
    );
    for (text, expected) in [
        (
            "[http]\nlinger = \"hunter2\"\n",
            "`[http]` in the file: `linger` is not a time",
        ),
        ("[http]\nlinger = [\"hunter2\"]\n", "`linger` is not a time"),
        ("[http]\nlinger = []\n", "`linger` is not a single value"),
        (
            "http = [\"linger=5ms\", \"hunter2\"]\n",
            "a setting has no `=`",
        ),
        ("mode = \"hunter2\"\n", "the file: `mode` is not a mode"),
        ("[http]\nheader-a = \"hunter2\n", "is not TOML: line 2: "),
    ] {
        let file = outbox.file(text);
        let mut command = outbox.command(&["check", "--sink", http, "--config", &file]);
        fails(&mut command, 2, expected);
    }
}

#[test]
fn the_help_shows_no_secret() {
    let outbox = Outbox::new();
    let file = outbox.file("database = \"postgres://u:hunter2@h/d\"\nsink = \"amqp://u:hunter2@h\"\n[kafka]\n\"sasl.password\" = \"hunter2\"\n");
    for command in ["run", "check", "replay"] {
        let mut help = outbox.command(&[command, "--config", &file, "--help"]);
        for (name, value) in [
            ("OUTBOX_RELAY_SINK", "nats://u:hunter2@h"),
            ("OUTBOX_RELAY_DATABASE", "postgres://u:hunter2@h/d"),
            ("OUTBOX_RELAY_NATS", "credentials=hunter2"),
        ] {
            help.env(name, value);
        }
        let shown = succeeds(&mut help);
        assert!(has(&shown, "--nats <KEY=VALUE>"), "{shown:#?}");
    }
}
