//! The cost of a dependency on the library: clean builds and the number of crates, beside the same crate with serde,
//! `serde_json`, uuid and chrono alone. All crates are built in turn, several times, and the shortest times are
//! compared, since other work on the machine only adds time. A feature that is off must cost nothing: it is an error if
//! a crate depends on, or compiles, what only such a feature needs. A second table counts the crates of each feature.
//!
//! `cargo bench --package outbox-benches --bench adoption`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{env, fs, io};

const ROUNDS: usize = 3;
const PACKAGE: &str = "adopter";
const PROFILES: [&str; 2] = ["dev", "release"];

/// A feature of outbox-core, and a crate that only this feature needs.
struct Feature {
    name: &'static str,
    needs: &'static str,
}

const SCHEMA: Feature = feature("schema", "schemars");

/// All features, except those that are part of another feature.
const FEATURES: [Feature; 10] = [
    SCHEMA,
    feature("testing", "similar"),
    feature("rdkafka-0_39", "rdkafka"),
    feature("diesel-2", "diesel"),
    feature("postgres-0_19", "postgres"),
    feature("rusqlite-0_39", "rusqlite"),
    feature("sea-orm-2", "sea-orm"),
    feature("sqlx-0_8", "sqlx-postgres"),
    feature("sqlx-0_9", "sqlx"),
    feature("tokio-postgres-0_7", "tokio-postgres"),
];

const fn feature(name: &'static str, needs: &'static str) -> Feature {
    Feature { name, needs }
}

/// The dependencies of a crate. The later variants also have those of `Alone`.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Alone,
    Outbox,
    Schema,
}

const STAGES: [Stage; 3] = [Stage::Alone, Stage::Outbox, Stage::Schema];

impl Stage {
    fn title(self) -> &'static str {
        match self {
            Self::Alone => "serde, serde_json, uuid, chrono",
            Self::Outbox => "+ `outbox-core`",
            Self::Schema => "+ its feature `schema`",
        }
    }

    fn source(self) -> String {
        let outbox = include_str!("adoption/outbox.rs");
        match self {
            Self::Alone => include_str!("adoption/alone.rs").to_owned(),
            Self::Outbox => outbox.to_owned(),
            Self::Schema => outbox.replace("OutboxEvent)]", "OutboxEvent, schemars::JsonSchema)]"),
        }
    }

    fn manifest(self) -> String {
        let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../outbox-core");
        let outbox = match self {
            Self::Alone => String::new(),
            Self::Outbox => format!(r#"outbox-core = {{ path = "{core}" }}"#),
            Self::Schema => {
                format!(
                    r#"outbox-core = {{ path = "{core}", features = ["{}"] }}"#,
                    SCHEMA.name
                )
            }
        };
        // A set of features that makes the lock file contain the crates of all variants.
        let features = match self {
            Self::Outbox => FEATURES
                .map(|Feature { name, .. }| format!("{name} = [\"outbox-core/{name}\"]\n"))
                .concat(),
            _ => String::new(),
        };
        let schemars = match self {
            Self::Schema => r#"schemars = { version = "1", features = ["uuid1", "chrono04"] }"#,
            _ => "",
        };
        format!(
            r#"[package]
name = "{PACKAGE}"
version = "0.0.0"
edition = "2024"

[dependencies]
chrono = {{ version = "0.4", default-features = false, features = ["now", "serde", "std"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
uuid = {{ version = "1", features = ["serde", "v7"] }}
{outbox}
{schemars}

[features]
{features}
[workspace]
"#
        )
    }
}

fn main() -> io::Result<()> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("adoption");
    let mut packages = Vec::new();
    for (number, stage) in STAGES.into_iter().enumerate() {
        packages.push(Package::write(stage, directory.join(number.to_string()))?);
    }
    for package in &packages {
        package.check_features()?;
    }
    print_counts(&count_features(&packages[1])?);
    let times = measure(&packages)?;
    print(&packages, &times);
    fs::remove_dir_all(directory)
}

/// Names and versions, like `serde v1.0.0`.
type Crates = BTreeSet<String>;

struct Package {
    stage: Stage,
    directory: PathBuf,
    crates: Crates,
    /// The crates that are linked. The others, such as procedural macros, only run during the build.
    linked: Crates,
}

impl Package {
    fn write(stage: Stage, directory: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(directory.join("src"))?;
        fs::write(directory.join("Cargo.toml"), stage.manifest())?;
        fs::write(directory.join("src/main.rs"), stage.source())?;
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, directory.join("Cargo.lock"))?;
        Ok(Self {
            stage,
            crates: list(&directory, "normal,build", "")?,
            linked: list(&directory, "normal,no-proc-macro", "")?,
            directory,
        })
    }

    /// Checks that the crates of a feature are present exactly if the feature is on.
    fn check_features(&self) -> io::Result<()> {
        for feature in &FEATURES {
            let is_on = self.stage == Stage::Schema && feature.name == SCHEMA.name;
            feature.check(&self.crates, is_on, self.stage.title())?;
        }
        Ok(())
    }

    /// Returns the time of a clean build.
    fn build(&self, profile: &str) -> io::Result<Duration> {
        remove(&self.directory.join("target"))?;
        let start = Instant::now();
        let output = cargo(
            &self.directory,
            &["build", "--offline", "--profile", profile],
        )?;
        let time = start.elapsed();
        self.check_compiled(&String::from_utf8_lossy(&output.stderr))?;
        Ok(time)
    }

    /// Checks that the counted crates are the compiled crates, so that both columns are about the same crates.
    fn check_compiled(&self, messages: &str) -> io::Result<()> {
        let compiled = crates(
            messages
                .lines()
                .filter_map(|line| line.trim_start().strip_prefix("Compiling ")),
        );
        if compiled == self.crates {
            return Ok(());
        }
        let differing: Vec<_> = compiled.symmetric_difference(&self.crates).collect();
        Err(io::Error::other(format!(
            "{}: compiled or counted, but not both: {differing:?}",
            self.stage.title()
        )))
    }

    /// Returns the crates that the other does not have. A crate that both have in different versions is listed with its
    /// version.
    fn beyond(&self, other: &Self) -> String {
        let names: BTreeSet<_> = other.crates.iter().map(|of| name_of(of)).collect();
        let beyond = self.crates.difference(&other.crates).map(|added| {
            if names.contains(name_of(added)) {
                format!("`{added}`")
            } else {
                format!("`{}`", name_of(added))
            }
        });
        beyond.collect::<Vec<_>>().join(", ")
    }
}

impl Feature {
    fn check(&self, crates: &Crates, is_on: bool, of: &str) -> io::Result<()> {
        let Self { name, needs } = self;
        let has = crates.iter().any(|of| name_of(of) == *needs);
        if has == is_on {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{of}: feature `{name}` is on: {is_on}; `{needs}` is there: {has}"
        )))
    }
}

/// The crates that each feature adds, and how many of them are linked.
fn count_features(package: &Package) -> io::Result<Vec<(&'static str, usize, usize)>> {
    let count = |feature: &Feature| {
        let crates = list(&package.directory, "normal,build", feature.name)?;
        let linked = list(&package.directory, "normal,no-proc-macro", feature.name)?;
        feature.check(&crates, true, package.stage.title())?;
        let added = crates.difference(&package.crates).count();
        Ok((
            feature.name,
            added,
            linked.difference(&package.linked).count(),
        ))
    };
    FEATURES.iter().map(count).collect()
}

fn list(directory: &Path, edges: &str, feature: &str) -> io::Result<Crates> {
    let arguments = [
        "tree",
        "--edges",
        edges,
        "--prefix",
        "none",
        "--features",
        feature,
    ];
    let output = cargo(directory, &arguments)?;
    Ok(crates(String::from_utf8_lossy(&output.stdout).lines()))
}

/// Reads the crates from lines that start with a name and a version.
fn crates<'a>(lines: impl Iterator<Item = &'a str>) -> Crates {
    let named = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(format!("{} {}", words.next()?, words.next()?))
    });
    named.filter(|of| name_of(of) != PACKAGE).collect()
}

fn name_of(name_and_version: &str) -> &str {
    name_and_version
        .split_once(' ')
        .map_or(name_and_version, |(name, _)| name)
}

fn cargo(directory: &Path, arguments: &[&str]) -> io::Result<Output> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_QUIET", "false")
        .env("RUSTFLAGS", "")
        // A compiler wrapper could take the dependencies from a cache.
        .env("RUSTC_WRAPPER", "")
        .output()?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Returns the shortest time of a package with each profile.
type Times = [Duration; PROFILES.len()];

fn measure(packages: &[Package]) -> io::Result<Vec<Times>> {
    let mut times = vec![[Duration::MAX; PROFILES.len()]; packages.len()];
    for _ in 0..ROUNDS {
        for (number, profile) in PROFILES.into_iter().enumerate() {
            for (package, shortest) in packages.iter().zip(&mut times) {
                shortest[number] = package.build(profile)?.min(shortest[number]);
            }
        }
    }
    Ok(times)
}

fn print(packages: &[Package], times: &[Times]) {
    println!(
        "| a crate with | `cargo build` | `cargo build --release` | crates | of these, linked | beyond the first row |"
    );
    println!("|---|---|---|---|---|---|");
    for (package, shortest) in packages.iter().zip(times) {
        let ratio =
            |profile: usize| shortest[profile].as_secs_f64() / times[0][profile].as_secs_f64();
        println!(
            "| {} | {:.2} | {:.2} | {} | {} | {} |",
            package.stage.title(),
            ratio(0),
            ratio(1),
            package.crates.len(),
            package.linked.len(),
            package.beyond(&packages[0]),
        );
    }
}

fn print_counts(counts: &[(&str, usize, usize)]) {
    println!("| with the feature alone | more crates | of these, linked |");
    println!("|---|---|---|");
    for (name, crates, linked) in counts {
        println!("| `{name}` | {crates} | {linked} |");
    }
    println!();
}
