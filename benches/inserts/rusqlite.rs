//! The inserts of rusqlite, into a database in memory.

use std::time::Instant;

use chrono::SecondsFormat;
use outbox_core::row::sqlite;
use outbox_core::rusqlite::{insert, insert_all};
use rusqlite::{Connection, Transaction, params};

use crate::work::{BATCH, Event, Name, Stopwatch, Works, small, turns};

pub(crate) const INSERT: Name = "rusqlite: `insert`";
pub(crate) const INSERT_BY_HAND: Name = "rusqlite: its cached statement, bound by hand";
pub(crate) const INSERT_ALL: Name = "rusqlite: `insert_all` of 100";

pub(crate) fn add(works: &mut Works) {
    let mut connection = Connection::open_in_memory().expect("a database");
    let created = connection.execute_batch(sqlite::CREATE_TABLE);
    created.expect("the table is made");
    works.add([INSERT, INSERT_BY_HAND, INSERT_ALL], move || {
        let events = small(3 * BATCH);
        let transaction = connection.transaction().expect("it begins");
        let times = inserts(&transaction, &events);
        transaction.commit().expect("it is committed");
        times
    });
}

fn inserts(transaction: &Transaction<'_>, events: &[Event]) -> [f64; 3] {
    let mut watch = Stopwatch::new();
    for (turn, events) in turns::<3>(events, BATCH) {
        let start = Instant::now();
        match turn {
            0 => {
                for event in events {
                    insert(transaction, event).expect("it is inserted");
                }
            }
            1 => {
                for event in events {
                    by_hand(transaction, event).expect("it is inserted");
                }
            }
            _ => insert_all(transaction, events).expect("they are inserted"),
        }
        watch.add(turn, start, events);
    }
    watch.of_one()
}

fn by_hand(transaction: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    let invite = event.event();
    let invite_id = invite.invite_id.to_string();
    transaction
        .prepare_cached(sqlite::INSERT)?
        .execute(params![
            event.event_id().to_string(),
            "invite",
            invite_id,
            "com.gridflow.invite.created",
            serde_json::to_string(invite).expect("it is JSON"),
            invite.tenant_id,
            "outbox.event.invite",
            "/invite-service",
            "1.0",
            event
                .occurred_at()
                .to_rfc3339_opts(SecondsFormat::Micros, true),
            invite_id,
            "application/json",
            None::<&str>,
            "1.0",
            None::<&str>,
            None::<&str>,
            None::<&str>,
            None::<&str>,
            None::<&str>,
        ])?;
    Ok(())
}
