//! The table of features in the README.

use crate::page;

#[test]
fn every_feature_of_the_library_is_in_the_table() {
    let manifest = page::read("outbox-core/Cargo.toml");
    let (_, features) = manifest.split_once("[features]\n").unwrap();
    let (features, _) = features.split_once("\n[").unwrap();
    let names = features.lines().filter_map(|line| line.split_once(" = "));
    let public: Vec<&str> = names
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with(['#', '_']))
        .collect();
    assert!(public.len() > 10, "{public:?}");

    let readme = page::read("README.md");
    let (_, table) = readme.split_once("| feature |").expect("there is a table");
    let (table, _) = table.split_once("\n\n").expect("the table ends");
    for name in public {
        assert!(table.contains(&format!("`{name}`")), "`{name}` is missing");
    }
}

#[test]
fn the_readme_names_the_rust_version_of_the_manifest() {
    let manifest = page::read("Cargo.toml");
    let (_, version) = manifest.split_once("\nrust-version = \"").unwrap();
    let (version, _) = version.split_once('"').unwrap();
    let sentence = format!("The library needs Rust {version}.");
    assert!(page::read("README.md").contains(&sentence), "{sentence}");
}
