//! Commands on the pages: each is a command of this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::page::{self, Page};

/// The packages of this workspace: their targets and features.
struct Workspace(Vec<Value>);

impl Workspace {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--format-version",
                "1",
                "--no-deps",
                "--offline",
            ])
            .current_dir(page::root())
            .output()
            .expect("cargo runs");
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
        Self(metadata["packages"].as_array().expect("a list").clone())
    }

    fn has_package(&self, name: &str) -> bool {
        self.0.iter().any(|package| package["name"] == name)
    }

    fn has_target(&self, kind: &str, name: &str) -> bool {
        let targets = self.0.iter().flat_map(|package| list(&package["targets"]));
        let mut matching = targets.filter(|target| target["name"] == name);
        matching.any(|target| target["kind"][0] == kind)
    }

    fn has_feature(&self, name: &str) -> bool {
        let name = name.rsplit('/').next().unwrap_or(name);
        let mut packages = self.0.iter();
        packages.any(|package| !package["features"][name].is_null())
    }

    /// Checks the names in a command of cargo.
    fn check(&self, command: &str) -> Result<(), String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let pairs = words.windows(2).take_while(|pair| pair[0] != "--");
        for pair in pairs {
            let name = pair[1].trim_matches('"');
            let known = match pair[0] {
                "--package" => self.has_package(name),
                "--example" | "--test" | "--bench" | "--bin" => {
                    self.has_target(&pair[0][2..], name)
                }
                "--features" => name.split(',').all(|feature| self.has_feature(feature)),
                _ => true,
            };
            if !known {
                return Err(format!("there is no `{} {name}`", pair[0]));
            }
        }
        Ok(())
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[test]
fn every_command_of_cargo_names_what_is_there() {
    let workspace = Workspace::read();
    let mut count = 0;
    for page in page::all() {
        for command in commands(&page) {
            if let Some((_, rest)) = command.split_once("cargo ") {
                let checked = workspace.check(rest.split('|').next().unwrap_or(rest));
                assert_eq!(checked, Ok(()), "{}: {command}", page.path.display());
                count += 1;
            }
        }
    }
    assert!(count > 30, "only {count} commands were found");
}

#[test]
fn a_name_that_is_not_there_is_found() {
    let workspace = Workspace::read();
    assert_eq!(
        workspace.check("run --example quickstart -- --test x"),
        Ok(())
    );
    workspace.check("run --example quickstrat").unwrap_err();
    workspace
        .check("test --features sqlx-0_9,sqlx")
        .unwrap_err();
}

/// Returns the lines of shell blocks, and the code within sentences.
fn commands(page: &Page) -> Vec<String> {
    let blocks = page.blocks().into_iter();
    let shell = blocks.filter(|block| block.info == "sh");
    let lines = shell.flat_map(|block| {
        let lines = block.code.lines();
        lines.map(str::to_owned).collect::<Vec<_>>()
    });
    lines.chain(page.inline_code()).collect()
}

#[test]
fn contributing_and_the_justfile_have_the_same_commands() {
    let text = page::read("CONTRIBUTING.md");
    let (_, daily) = text.split_once("### Daily").expect("a heading");
    let (daily, occasional) = daily.split_once("### Occasional").expect("a heading");
    let (occasional, _) = occasional.split_once("\n#").expect("another heading");
    let documented = BTreeMap::from([
        ("daily", short_names(daily)),
        ("occasional", short_names(occasional)),
    ]);
    assert_eq!(documented, recipes(&page::read("justfile")));
}

/// Returns the names in the first column of a table: `just NAME`.
fn short_names(table: &str) -> BTreeSet<String> {
    table
        .lines()
        .filter_map(|line| line.strip_prefix("| `just "))
        .filter_map(|line| line.split(['`', ' ']).next())
        .map(str::to_owned)
        .collect()
}

/// Returns the recipes of the justfile by their groups.
fn recipes(justfile: &str) -> BTreeMap<&str, BTreeSet<String>> {
    let mut recipes = BTreeMap::<&str, BTreeSet<String>>::new();
    let mut lines = justfile.lines();
    while let Some(line) = lines.next() {
        let Some(group) = line.strip_prefix("[group('") else {
            continue;
        };
        let recipe = lines.next().expect("a recipe follows its group");
        let name = recipe
            .split([' ', ':'])
            .next()
            .expect("a recipe has a name");
        let group = group.trim_end_matches("')]");
        recipes.entry(group).or_default().insert(name.to_owned());
    }
    recipes
}
