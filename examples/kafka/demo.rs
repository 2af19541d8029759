mod broker;
mod consumer;
mod delivery;
mod events;
mod service;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use outbox_core::Envelope;
use outbox_relay::store::Sqlite;
use uuid::Uuid;

use broker::Broker;
use consumer::{Received, receive};
use events::{InviteCreated, InviteEvent};
use service::Service;

const INVITATIONS: &str = include_str!("../data/invitations.jsonl");

pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kafka: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("invites.db");
    let outbox = runtime.block_on(create_outbox(&path))?;

    let stored = store_events(&mut Service::open(&path)?)?;
    println!(
        "stored {} events, each with its change, in SQLite",
        stored.len()
    );

    let topics: BTreeSet<Cow<'_, str>> = stored.iter().map(Envelope::topic).collect();
    let topics = topics.iter().map(AsRef::as_ref).collect();
    let broker = Broker::of_environment(&topics)?;
    let delivered = runtime.block_on(delivery::deliver(outbox, &broker))?;
    println!("the relay delivered {delivered} events to {broker}");

    let ids = stored.iter().map(Envelope::event_id).collect();
    let received = receive(&broker, &topics, ids)?;
    println!("a consumer read {} events:", received.len());
    let keys = by_key(&received)?;
    for (key, received) in &keys {
        show(key, received);
    }
    check_order(&stored, &keys)?;
    println!("\nThe events of each key came on one partition, in the order of their transactions.");
    Ok(())
}

async fn create_outbox(path: &Path) -> Result<Sqlite, Box<dyn Error>> {
    let outbox = Sqlite::create(path).await?;
    outbox.migrate().await?;
    Ok(outbox)
}

/// Stores each valid invitation, and after all of them that the first one of each tenant was accepted.
fn store_events(service: &mut Service) -> Result<Vec<Envelope<InviteEvent>>, Box<dyn Error>> {
    let mut stored = Vec::new();
    for line in INVITATIONS.lines() {
        let invite = serde_json::from_str::<InviteCreated>(line);
        if let Some(event) = invite.ok().and_then(|invite| Envelope::new(invite).ok()) {
            stored.extend(service.invite(event)?);
        }
    }
    let mut tenants = BTreeSet::new();
    for invited in stored.clone() {
        if tenants.insert(invited.partition_key().into_owned()) {
            stored.extend(service.accept(&invited)?);
        }
    }
    Ok(stored)
}

/// Sorts the events by their keys. The events of a key must be on one partition.
fn by_key(received: &[Received]) -> Result<BTreeMap<String, Vec<&Received>>, String> {
    let mut keys = BTreeMap::<_, Vec<&Received>>::new();
    for one in received {
        let key = one.event.partition_key().into_owned();
        keys.entry(key).or_default().push(one);
    }
    let is_spread = |of_key: &&Vec<&Received>| {
        let mut partitions = of_key.iter().map(|one| one.partition);
        let first = partitions.next();
        partitions.any(|partition| Some(partition) != first)
    };
    match keys.iter().find(|(_, of_key)| is_spread(of_key)) {
        Some((key, _)) => Err(format!("the events of `{key}` came on two partitions")),
        None => Ok(keys),
    }
}

fn show(key: &str, received: &[&Received]) {
    let partition = received.first().map_or(0, |first| first.partition);
    println!("\n{key} (partition {partition})");
    for Received { event, offset, .. } in received {
        let what = match event.event() {
            InviteEvent::Created(invite) => {
                format!("{} was invited as {}", invite.email, invite.role)
            }
            InviteEvent::Accepted(accepted) => {
                format!("the invite {} was accepted", accepted.invite_id)
            }
        };
        println!("  offset {offset:>2}: {what}");
    }
}

/// Checks that the events of each key came as they were stored.
fn check_order(
    stored: &[Envelope<InviteEvent>],
    keys: &BTreeMap<String, Vec<&Received>>,
) -> Result<(), String> {
    for (key, received) in keys {
        let of_key = stored
            .iter()
            .filter(|event| event.partition_key() == key.as_str());
        let stored: Vec<Uuid> = of_key.map(Envelope::event_id).collect();
        let received: Vec<Uuid> = received.iter().map(|one| one.event.event_id()).collect();
        if stored != received {
            return Err(format!("the events of `{key}` came in another order"));
        }
    }
    Ok(())
}
