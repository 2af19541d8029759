//! The files in `docs/operations`: every flag, setting and variable is one of the program.

use std::collections::BTreeSet;

use crate::page;
use crate::program::Program;

/// Returns what `--help` of all commands says.
fn help() -> String {
    let program = Program::new("");
    let run = program.succeeds(&["run", "--help"]);
    let check = program.succeeds(&["check", "--help"]);
    [run, check].concat().join("\n")
}

/// Returns the words of a text that begin like this.
fn words<'a>(
    text: &'a str,
    start: &'a str,
    is_part: impl Fn(char) -> bool + Copy + 'a,
) -> BTreeSet<&'a str> {
    let found = text.match_indices(start).map(move |(at, _)| {
        let word = &text[at..];
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        &word[..end]
    });
    found.filter(|word| word.len() > start.len()).collect()
}

fn flags(text: &str) -> BTreeSet<&str> {
    words(text, "--", |c| c == '-' || c.is_ascii_lowercase())
}

fn variables(text: &str) -> BTreeSet<&str> {
    words(text, "OUTBOX_RELAY_", |c| {
        c == '_' || c.is_ascii_uppercase()
    })
}

/// Returns the lines that are not comments.
fn code(file: &str) -> String {
    let lines = file
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// The settings name a sink of Kafka.
#[cfg(feature = "kafka")]
#[test]
fn the_unit_starts_the_program_with_flags_that_it_has() {
    let unit = page::read("operations/outbox-relay.service");
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let start = start.expect("a command");
    let mut arguments = start.split(' ');
    assert_eq!(arguments.next(), Some("/usr/local/bin/outbox-relay"));
    let flags = flags(start);
    assert_eq!(flags.len(), 2, "{flags:?}");
    let help = help();
    assert!(flags.iter().all(|flag| help.contains(flag)), "{flags:?}");
    let settings = page::path("operations/relay.toml");
    let arguments: Vec<_> = arguments
        .map(|argument| match argument {
            "%d/relay.toml" => settings.display().to_string(),
            // Another program can have the port.
            argument => argument.replace(":9464", ":0"),
        })
        .collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    // The settings are read. Nobody has this database.
    let error = Program::new("postgres://nobody@127.0.0.1:1/nowhere").run(&arguments);
    let error = error.expect_err("there is no such database");
    assert!(
        error.contains("postgres://nobody@127.0.0.1:1/nowhere"),
        "{error}"
    );
}

#[test]
fn a_stop_has_more_time_than_the_relay_takes() {
    // It waits 5 s for what is in flight.
    let unit = page::read("operations/outbox-relay.service");
    assert!(unit.contains("\nTimeoutStopSec=30s\n"));
    let manifest = page::read("operations/kubernetes.yaml");
    assert!(manifest.contains("terminationGracePeriodSeconds: 30\n"));
}

#[test]
fn each_variable_of_the_manifest_is_one_of_the_program() {
    let manifest = code(&page::read("operations/kubernetes.yaml"));
    let help = help();
    let known = variables(&help);
    let found = variables(&manifest);
    assert!(found.len() >= 6, "{found:?}");
    assert!(found.is_subset(&known), "{found:?} of {known:?}");
}

#[test]
fn each_flag_of_the_image_is_one_of_the_program() {
    let file = code(&page::read("operations/Containerfile"));
    let start = file.lines().find_map(|line| line.strip_prefix("CMD "));
    let arguments: Vec<String> = serde_json::from_str(start.expect("a command")).expect("JSON");
    let joined = arguments.join(" ");
    let flags = flags(&joined);
    assert_eq!(flags.len(), 2, "{flags:?}");
    let help = help();
    assert!(flags.iter().all(|flag| help.contains(flag)), "{flags:?}");
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    let manifest = manifest.expect("the workspace");
    let oldest = value(&manifest, "rust-version = \"1.", "\"");
    let used = value(&file, "ARG RUST_VERSION=1.", "\n");
    assert!(used >= oldest, "Rust 1.{used} does not build the relay");
}

fn value(text: &str, start: &str, end: &str) -> u32 {
    let (_, value) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no `{start}`"));
    let (value, _) = value.split_once(end).expect("an end");
    value.parse().expect("a number")
}

/// A page that names a flag which the program does not have misleads.
#[test]
fn each_flag_of_the_pages_is_one_of_the_program() {
    let program = Program::new("");
    let mut known = help();
    for command in [
        &["migrate", "--help"][..],
        &["status", "--help"],
        &["replay", "--help"],
        &["parked", "retry", "--help"],
        &["parked", "skip", "--help"],
    ] {
        known += &program.succeeds(command).join("\n");
    }
    for name in ["relay.md", "operations.md"] {
        let page = page::read(name);
        let commands = page
            .lines()
            .filter(|line| line.contains("outbox-relay ") && !line.contains("cargo "));
        for line in commands {
            for flag in flags(line) {
                assert!(known.contains(flag), "{name}: {flag} of {line}");
            }
        }
    }
}
