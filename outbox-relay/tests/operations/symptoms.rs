//! The commands of `docs/operations.md`: each one runs, and shows what the page says.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::database::{Database, insert};
use crate::page;
use crate::program::{DRAIN, Program, result};

/// Runs a block of commands, and returns what they write.
fn shell(block: &str, url: &str) -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_outbox-relay")).parent();
    let folder = folder.expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let commands = block.replace("kafka://kafka.example.com:9092", "stdout");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &commands])
        .env("PATH", format!("{folder}:{path}"))
        .env("OUTBOX_RELAY_DATABASE", url)
        .stdin(Stdio::null())
        .output()
        .expect("bash is there");
    result(&output).unwrap_or_else(|error| panic!("{block}: {error}"))
}

#[tokio::test]
async fn each_command_of_the_page_runs() {
    let Some((database, _)) = Database::migrated("operations_symptoms").await else {
        return;
    };
    let url = database.url("");
    let program = Program::new(&url);
    let park = async |n: i64| {
        let payload = format!("not JSON: {n}");
        insert(&database.client, "customer-7", &payload).await;
        insert(&database.client, "customer-7", &format!("{{\"n\":{n}}}")).await;
        program.succeeds(&DRAIN);
    };
    park(1).await;
    program.succeeds(&[&DRAIN[..], &["--name", "audit"]].concat());
    let page = page::read("operations.md");

    for heading in ["## Sizing", "## Failover", "## Long transactions"] {
        for sql in page::blocks(page::section(&page, heading), "sql") {
            database.run(&sql).await;
        }
    }
    // The sequence is ahead of every relay now, and the next event is delivered.
    insert(&database.client, "a", "{\"n\":2}").await;
    assert_eq!(program.succeeds(&DRAIN).len(), 1);

    let symptoms = page::section(&page, "## Symptoms");
    let commands = page::blocks(symptoms, "sh");
    let [status, check, replay, show, retry, skip] = &commands[..] else {
        panic!("the page has other commands: {commands:#?}");
    };
    let shown = shell(status, &url);
    assert!(shown.contains("owner        nobody"), "{shown}");
    assert!(shown.contains("parked       2 of 1 keys"), "{shown}");
    let shown = shell(check, &url);
    assert_eq!(shown, "the database is ready\nthe sink is ready\n");
    let shown = shell(
        &replay
            .replace("2026-11-01", "2000-01-01")
            .replace("outbox-relay replay", "outbox-relay replay --key a"),
        &url,
    );
    assert_eq!(shown.lines().count(), 1, "{shown}");
    let shown = shell(show, &url);
    assert!(shown.starts_with("customer-7: 2 parked"), "{shown}");
    let shown = shell(retry, &url);
    let expected =
        "customer-7: would send 1 and the 1 behind it\ncustomer-7: sends 1 and the 1 behind it\n";
    assert_eq!(shown, expected);
    program.succeeds(&DRAIN);
    let shown = shell(skip, &url);
    let expected = "customer-7: would drop 1 and send the 1 behind it\ncustomer-7: dropped 1, sends the 1 behind it\n";
    assert_eq!(shown, expected);
    assert_eq!(program.succeeds(&DRAIN).len(), 1);
    shell("outbox-relay parked retry", &url);

    for sql in page::blocks(symptoms, "sql") {
        database.run(&sql).await;
    }
    let names: Vec<String> = database
        .value("SELECT array_agg(name) FROM outbox_relay")
        .await;
    assert_eq!(names, ["main"], "the page deletes `audit`");
}

#[tokio::test]
async fn the_session_that_holds_a_hole_open_is_shown() {
    let Some((database, _)) = Database::migrated("operations_holes").await else {
        return;
    };
    let program = Program::new(database.url(""));
    let writer = database.session().await;
    writer.batch_execute("BEGIN").await.expect("a transaction");
    insert(&writer, "a", "{}").await;
    insert(&database.client, "b", "{}").await;
    let mut relay = program.start(&["run", "--sink", "stdout"]);
    let low = |expected: &str| {
        let status = || program.succeeds(&["status"]).join("\n");
        let begin = std::time::Instant::now();
        while !status().contains(expected) {
            assert!(begin.elapsed().as_secs() < 30, "{}", status());
        }
    };
    low("open holes   1");
    let page = page::read("operations.md");
    let blocks = page::blocks(page::section(&page, "## Long transactions"), "sql");
    let (sessions, _) = blocks[0].split_once(';').expect("two statements");
    let found = database
        .client
        .query(sessions, &[])
        .await
        .expect("sessions");
    let pids: Vec<i32> = found.iter().map(|row| row.get("pid")).collect();
    let own = writer.query_one("SELECT pg_backend_pid()", &[]).await;
    assert_eq!(pids, [own.expect("a pid").get::<_, i32>(0)]);
    let end = format!("SELECT pg_terminate_backend({})", pids[0]);
    database.run(&end).await;
    low("open holes   0");
    relay.kill().expect("it runs");
    relay.wait().expect("it ends");
}
