//! The tables of features, and the Rust version, beside the manifests.

use crate::page;

#[test]
fn every_feature_of_the_library_is_in_its_tables() {
    let features = features("outbox-core/Cargo.toml");
    assert!(features.len() > 10, "{features:?}");
    has_all("README.md", &features);
    has_all("outbox-core/src/lib.rs", &features);
}

#[test]
fn every_feature_of_the_relay_is_in_its_table() {
    has_all(
        "outbox-relay/src/lib.rs",
        &features("outbox-relay/Cargo.toml"),
    );
}

#[test]
fn the_readme_names_the_rust_version_of_the_manifest() {
    let manifest = page::read("Cargo.toml");
    let (_, version) = manifest.split_once("\nrust-version = \"").unwrap();
    let (version, _) = version.split_once('"').unwrap();
    let sentence = format!("The library needs Rust {version}.");
    assert!(page::read("README.md").contains(&sentence), "{sentence}");
}

/// Returns the public features of a manifest.
fn features(manifest: &str) -> Vec<String> {
    let manifest = page::read(manifest);
    let (_, features) = manifest.split_once("[features]\n").unwrap();
    let (features, _) = features.split_once("\n[").unwrap();
    let names = features.lines().filter_map(|line| line.split_once(" = "));
    names
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with(['#', '_']) && *name != "default")
        .map(str::to_owned)
        .collect()
}

/// Checks the table whose first column is `feature`.
fn has_all(path: &str, features: &[String]) {
    let text = page::read(path);
    let (_, table) = text.split_once("| feature |").expect("there is a table");
    let is_row = |line: &&str| line.trim_start_matches("//! ").starts_with('|');
    let rows: Vec<&str> = table.lines().skip(1).take_while(is_row).collect();
    for feature in features {
        let name = format!("`{feature}`");
        let mut rows = rows.iter();
        assert!(
            rows.any(|row| row.contains(&name)),
            "{path}: {name} is missing"
        );
    }
}
