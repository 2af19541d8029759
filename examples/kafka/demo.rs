mod broker;
mod consumer;
mod events;
mod producer;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;

use outbox_core::{ContentMode, Envelope, KafkaRecord};
use uuid::Uuid;

use broker::Broker;
use consumer::{Received, receive};
use events::{InviteAccepted, InviteCreated, InviteEvent};
use producer::Producer;

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
    let events = events()?;
    let records: Vec<KafkaRecord> = events
        .iter()
        .map(|event| event.to_kafka_record(ContentMode::Binary))
        .collect::<Result<_, _>>()?;
    let topics: BTreeSet<&str> = records.iter().map(KafkaRecord::topic).collect();

    let broker = Broker::of_environment(&topics)?;
    println!("the broker is {}", broker.address());
    let producer = Producer::new(&broker)?;
    for record in &records {
        producer.send(record)?;
    }
    producer.finish()?;
    println!("{} events are sent", records.len());

    let ids = events.iter().map(Envelope::event_id).collect();
    let received = receive(&broker, &topics, ids)?;
    for one in &received {
        show(one);
    }
    let keys = check_order(&events, &received)?;
    println!("{keys} keys: the events of each came on one partition, in the order they were sent");
    Ok(())
}

/// Each invitation that is valid, and after all of them that it was accepted, which the first one caused.
fn events() -> Result<Vec<Envelope<InviteEvent>>, Box<dyn Error>> {
    let invites = INVITATIONS
        .lines()
        .filter_map(|line| serde_json::from_str::<InviteCreated>(line).ok());
    let created: Vec<Envelope<InviteEvent>> = invites
        .filter_map(|invite| Envelope::new(InviteEvent::from(invite)).ok())
        .collect();
    let mut events = created.clone();
    for cause in &created {
        if let InviteEvent::Created(invite) = cause.event() {
            let accepted = InviteAccepted {
                invite_id: invite.invite_id,
                tenant_id: invite.tenant_id.clone(),
            };
            events.push(Envelope::new(InviteEvent::from(accepted))?.caused_by(cause));
        }
    }
    Ok(events)
}

fn show(received: &Received) {
    let Received {
        event,
        partition,
        offset,
    } = received;
    let what = match event.event() {
        InviteEvent::Created(invite) => format!("{} was invited as {}", invite.email, invite.role),
        InviteEvent::Accepted(_) => "the invitation was accepted".to_owned(),
    };
    let (key, id) = (event.partition_key(), event.aggregate_id());
    println!("partition {partition} offset {offset} key {key}: {what} ({id})");
}

/// Returns the number of keys, if the events of each came on one partition, as they were sent.
fn check_order(sent: &[Envelope<InviteEvent>], received: &[Received]) -> Result<usize, String> {
    let mut partitions = BTreeMap::new();
    for one in received {
        let key = one.event.partition_key().into_owned();
        if *partitions.entry(key.clone()).or_insert(one.partition) != one.partition {
            return Err(format!("the events of `{key}` came on two partitions"));
        }
    }
    for key in partitions.keys() {
        let of_key = |event: &&Envelope<InviteEvent>| event.partition_key() == key.as_str();
        let sent: Vec<Uuid> = sent.iter().filter(of_key).map(Envelope::event_id).collect();
        let received = received.iter().map(|one| &one.event);
        let received: Vec<Uuid> = received.filter(of_key).map(Envelope::event_id).collect();
        if sent != received {
            return Err(format!("the events of `{key}` came in another order"));
        }
    }
    Ok(partitions.len())
}
