//! Wrong arguments: each error names the remedy.

use std::fs;

use crate::program::{Quickstart, Run};

#[test]
fn an_unknown_flag_gets_the_flag_that_was_meant() {
    let run = Quickstart::new().run(&["--jsn"]);
    assert!(!run.success);
    assert!(
        run.stderr.contains("unexpected argument '--jsn'"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("a similar argument exists: '--json'"),
        "{}",
        run.stderr
    );
    let usage = "Usage: cargo run --example quickstart -- ";
    assert!(run.stderr.contains(usage), "{}", run.stderr);
    assert!(run.stderr.contains("try '--help'"), "{}", run.stderr);
}

#[test]
fn the_stream_cannot_be_shown_as_kafka_records() {
    let run = Quickstart::new().run(&["--json", "--kafka"]);
    let error = "the argument '--json' cannot be used with '--kafka'";
    assert!(!run.success && run.stderr.contains(error), "{}", run.stderr);
}

#[test]
fn an_input_that_cannot_be_read_is_named() {
    let run = Quickstart::new().run(&["no/such/file.jsonl"]);
    assert!(!run.success);
    let error = "quickstart: cannot read `no/such/file.jsonl`: No such file or directory (os error 2); name a file \
                 with one invitation on each line, or `-` for standard input\n";
    assert_eq!(run.stderr, error);
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let quickstart = Quickstart::new();
    fs::create_dir(quickstart.database()).expect("a folder");
    let run = quickstart.run(&[]);
    expect_database_error(&quickstart, &run, "unable to open database file");

    let quickstart = Quickstart::new();
    let no_database =
        "a text that is longer than the first page of a database needs to be".repeat(20);
    fs::write(quickstart.database(), no_database).expect("a file");
    let run = quickstart.run(&[]);
    expect_database_error(&quickstart, &run, "file is not a database");
}

fn expect_database_error(quickstart: &Quickstart, run: &Run, reason: &str) {
    assert!(!run.success);
    assert_eq!(run.stdout, "");
    let database = quickstart.database();
    let start = format!(
        "quickstart: cannot open the database `{}`: {reason}",
        database.display()
    );
    assert!(run.stderr.starts_with(&start), "{}", run.stderr);
    assert!(
        run.stderr
            .ends_with("; name another file, `--database FILE`\n"),
        "{}",
        run.stderr
    );
}
