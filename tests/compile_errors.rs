//! The messages that a user reads after a mistake: no program in `ui` compiles, and each `.stderr` is what the compiler
//! says.

mod support;

use std::fs;
use std::process::Command;

/// The compiler that made the snapshots. Another one may word or place its own errors differently.
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

/// Checks that the first lines of errors in the reference and on the page of questions are those of snapshots.
/// `.ci/check-packages` tests the one of a dependency with another name.
#[test]
fn the_errors_that_the_pages_show_are_real() {
    let snapshots = texts("tests/ui", "stderr");
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

/// Checks the words of the compiler that the reference explains.
#[test]
fn the_words_of_the_compiler_in_the_reference_are_real() {
    let snapshots = texts("tests/ui", "stderr");
    let reference = texts("outbox-derive/doc", "md");
    let (_, section) = reference
        .split_once("\n# Errors in the compiler's own words\n")
        .expect("the reference has the section");
    let (section, _) = section.split_once("\n# ").expect("the section ends");
    let quoted = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `` "));
    let quoted = quoted.filter_map(|line| line.split_once(" `` "));
    for (words, _) in quoted.clone() {
        assert!(snapshots.contains(words), "{words}");
    }
    assert_eq!(quoted.count(), 5);
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
