#[path = "../kafka/demo/events.rs"]
mod events;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use chrono::{TimeZone, Utc};
use outbox_core::Envelope;
use outbox_core::contract::Catalog;
use serde_json::Value;
use uuid::Uuid;

use events::{InviteAccepted, InviteCreated, InviteEvent};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/contract");

pub fn main() -> ExitCode {
    match write_all(Path::new(FOLDER)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("contract: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_all(folder: &Path) -> Result<(), Box<dyn Error>> {
    let catalog = catalog()?;
    fs::create_dir_all(folder)?;
    write_json(&folder.join("asyncapi.json"), &catalog.asyncapi())?;
    write(&folder.join("catalogue.md"), &catalog.markdown())?;
    for definition in catalog.definitions() {
        let (event_type, version) = (definition.event_type(), definition.data_version());
        let schemas = [
            ("data", catalog.json_schema_of(event_type, version)),
            (
                "cloudevent",
                catalog.cloudevent_schema_of(event_type, version),
            ),
        ];
        for (what, schema) in schemas {
            let schema = schema.ok_or("the catalogue has the schemas of its events")?;
            let name = format!("{event_type}-{version}.{what}.schema.json");
            write_json(&folder.join(name), &schema)?;
        }
    }
    Ok(())
}

/// Returns the catalogue of all events of the service, with an example of each.
fn catalog() -> Result<Catalog, Box<dyn Error>> {
    // The example is the same in each run, so that the documents can be committed.
    let id = |number: u128| Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_0000 + number);
    let at = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single();
    let at = at.ok_or("there is such a time")?;
    let created = Envelope::new(InviteCreated {
        invite_id: id(10),
        tenant_id: "acme".to_owned(),
        email: "ada@example.com".to_owned(),
        role: "admin".to_owned(),
    })?
    .with_event_id(id(1))
    .with_occurred_at(at);
    let accepted = Envelope::new(InviteAccepted {
        invite_id: created.event().invite_id,
        tenant_id: created.event().tenant_id.clone(),
    })?
    .with_event_id(id(2))
    .with_occurred_at(at)
    .caused_by(&created);
    let catalog = Catalog::new("The invite service", env!("CARGO_PKG_VERSION"))
        .with::<InviteEvent>()
        .with_example(&created)?
        .with_example(&accepted)?;
    Ok(catalog)
}

fn write_json(path: &Path, json: &Value) -> Result<(), Box<dyn Error>> {
    write(path, &(serde_json::to_string_pretty(json)? + "\n"))
}

fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}
