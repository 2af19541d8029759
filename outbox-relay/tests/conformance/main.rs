//! The suites of laws: our own store and sink keep them, and broken ones are found.

mod sinks;
#[path = "../support/sqlite.rs"]
mod sqlite;
mod stores;

use outbox_relay::conformance::Report;

/// Checks that of the laws, this one is found broken.
fn assert_found(what: impl std::fmt::Debug, law: u8, report: &Report) {
    let laws: Vec<_> = report
        .violations()
        .iter()
        .map(|violation| violation.law)
        .collect();
    assert!(
        laws.contains(&law),
        "{what:?} breaks law {law}, and the report is: {report}"
    );
}
