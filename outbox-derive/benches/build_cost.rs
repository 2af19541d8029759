//! The cost of the derive for a build, as a ratio: 1,000 structs with `OutboxEvent` and serde's two derives, compared
//! with serde's two derives alone and with the plain structs. All three are timed in turn, several times, and the
//! shortest times are compared, since other work on the machine only adds time.
//!
//! `cargo bench --package outbox-derive --bench build_cost`

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, io};

const EVENTS: usize = 1000;
const ROUNDS: usize = 3;

/// The derives of a stage, from none to all.
#[derive(Clone, Copy)]
enum Stage {
    Plain,
    Serde,
    Outbox,
}

const STAGES: [Stage; 3] = [Stage::Plain, Stage::Serde, Stage::Outbox];

fn main() -> io::Result<()> {
    let directory = tempfile::tempdir()?;
    write_package(directory.path())?;
    println!(
        "| {EVENTS} structs | plain | + serde's two derives | + `OutboxEvent` | what it adds to what serde adds |"
    );
    println!("|---|---|---|---|---|");
    for command in ["check", "build"] {
        let [plain, serde, outbox] = measure(directory.path(), command)?;
        let ratio = |time: Duration| time.as_secs_f64() / plain.as_secs_f64();
        let added = (outbox.as_secs_f64() - serde.as_secs_f64())
            / (serde.as_secs_f64() - plain.as_secs_f64());
        println!(
            "| `cargo {command}` | 1.0 | {:.1} | {:.1} | {added:.2} |",
            ratio(serde),
            ratio(outbox),
        );
    }
    Ok(())
}

fn write_package(directory: &Path) -> io::Result<()> {
    let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../outbox-core");
    let manifest = format!(
        r#"[package]
name = "events"
version = "0.0.0"
edition = "2024"

[dependencies]
outbox-core = {{ path = "{core}" }}
serde = {{ version = "1", features = ["derive"] }}
uuid = {{ version = "1", features = ["serde"] }}

[workspace]
"#
    );
    fs::write(directory.join("Cargo.toml"), manifest)?;
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, directory.join("Cargo.lock"))?;
    fs::create_dir(directory.join("src"))
}

/// Returns the shortest time of the command for each stage. The first round builds the dependencies and does not count.
fn measure(directory: &Path, command: &str) -> io::Result<[Duration; 3]> {
    let mut shortest = [Duration::MAX; 3];
    for round in 0..=ROUNDS {
        for (stage, shortest) in STAGES.into_iter().zip(&mut shortest) {
            fs::write(directory.join("src/lib.rs"), source(stage))?;
            let start = Instant::now();
            run(directory, command)?;
            if round > 0 {
                *shortest = start.elapsed().min(*shortest);
            }
        }
    }
    Ok(shortest)
}

fn run(directory: &Path, command: &str) -> io::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([command, "--quiet"])
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTFLAGS", "")
        .output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

fn source(stage: Stage) -> String {
    let mut source = String::from("#![allow(dead_code)]\n");
    for event in 0..EVENTS {
        let (derives, outbox) = match stage {
            Stage::Plain => ("", false),
            Stage::Serde => ("#[derive(serde::Serialize, serde::Deserialize)]", false),
            Stage::Outbox => (
                "#[derive(serde::Serialize, serde::Deserialize, outbox_core::OutboxEvent)]",
                true,
            ),
        };
        let on = |attribute: &str| {
            if outbox {
                attribute.to_owned()
            } else {
                String::new()
            }
        };
        let _ = writeln!(
            source,
            "/// A person was invited to a tenant.
{derives}
{definition}
pub struct InviteCreated{event} {{
    {aggregate_id}
    pub invite_id: uuid::Uuid,
    {partition_key}
    pub tenant_id: String,
    {email}
    pub email: String,
    {length}
    pub role: String,
    pub note: Option<String>,
    {range}
    pub seats: u32,
}}",
            definition = on(&format!(
                "#[outbox(event_type = \"com.example.invite.created{event}\", source = \"/invites\")]"
            )),
            aggregate_id = on("#[aggregate_id]"),
            partition_key = on("#[partition_key]"),
            email = on("#[validate(email)]"),
            length = on("#[validate(length(min = 1, max = 40))]"),
            range = on("#[validate(range(min = 1, max = 100))]"),
        );
    }
    source
}
