//! The errors after a mistake: each program in `ui` does not compile, and its snapshot says why.

mod support;

use std::fs;
use std::process::Command;

/// The compiler that the snapshots were made with; another one may word or place its own errors otherwise.
const BLESSED_WITH: &str = "rustc 1.95.0 ";

#[test]
fn a_mistake_is_told_where_it_is_made() {
    if !compiler().starts_with(BLESSED_WITH) {
        support::skipped(&format!(
            "the snapshots of compile errors are for {BLESSED_WITH}and this is {}",
            compiler().trim_end()
        ));
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// A feature that is on in this build would make these programs compile.
#[test]
#[cfg(not(any(feature = "schema", feature = "sqlx-0_9", feature = "testing")))]
fn a_feature_that_is_off_is_missed() {
    if compiler().starts_with(BLESSED_WITH) {
        trybuild::TestCases::new().compile_fail("tests/ui/features/*.rs");
    }
}

/// The reference and the page of questions show the first line of errors. `.ci/check-packages` tests the one of a
/// dependency with another name.
#[test]
fn the_errors_that_the_pages_show_are_real() {
    let snapshots = texts("tests/ui", "stderr") + &texts("tests/ui/features", "stderr");
    let pages = texts("outbox-derive/doc", "md") + include_str!("../docs/faq.md");
    let shown = pages
        .lines()
        .filter(|line| line.starts_with("error"))
        .filter(|line| *line != "error[E0432]: unresolved import `outbox_core`");
    for line in shown.clone() {
        assert!(snapshots.contains(line), "{line}");
    }
    assert!(shown.count() > 15);
}

/// Returns the text of all files in the folder with this extension.
fn texts(folder: &str, extension: &str) -> String {
    fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|one| one == extension))
        .map(|path| fs::read_to_string(path).expect("it can be read"))
        .collect()
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    String::from_utf8(output.expect("the compiler runs").stdout).expect("UTF-8")
}
