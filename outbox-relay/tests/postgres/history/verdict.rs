//! Compares what was written with what was delivered.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use tokio_postgres::Client;
use uuid::Uuid;

/// A committed event.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) id: Uuid,
    pub(crate) key: String,
    /// The version of the aggregate that the transaction had, and the event's place in the transaction. A transaction
    /// with a greater version has seen the commit of the others of its key.
    pub(crate) version: (i64, i64),
}

/// Reads the committed events. The table is insert-only and is not cleaned, so it has all of them.
pub(crate) async fn written(client: &Client) -> Vec<Written> {
    let select = "SELECT id, partitionkey, (payload::json ->> 'version')::bigint, (payload::json ->> 'place')::bigint
                  FROM outbox";
    let rows = client.query(select, &[]).await.expect("the table is there");
    let written = rows.iter().map(|row| Written {
        id: row.get(0),
        key: row.get(1),
        version: (row.get(2), row.get(3)),
    });
    written.collect()
}

/// A fault in a history.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Events that were committed and not delivered.
    pub(crate) lost: usize,
    /// Events that were delivered for the first time after a later event of their key.
    pub(crate) disordered: usize,
    /// Events that were delivered and not committed.
    pub(crate) invented: usize,
    /// Events that their writer was told are committed, and that are not in the table: the test itself is wrong.
    pub(crate) vanished: usize,
    /// The first few of them.
    pub(crate) examples: Vec<String>,
}

impl Verdict {
    pub(crate) fn of(written: &[Written], acknowledged: &[Uuid], delivered: &[Uuid]) -> Self {
        let mut verdict = Self::default();
        let by_id: HashMap<Uuid, &Written> =
            written.iter().map(|event| (event.id, event)).collect();
        for id in acknowledged.iter().filter(|id| !by_id.contains_key(id)) {
            verdict.vanished += 1;
            verdict.add(format!("{id} vanished"));
        }
        let mut first_deliveries = HashSet::new();
        let mut latest: BTreeMap<&str, &Written> = BTreeMap::new();
        for id in delivered {
            if !first_deliveries.insert(*id) {
                continue;
            }
            let Some(event) = by_id.get(id) else {
                verdict.invented += 1;
                verdict.add(format!("{id} was never committed"));
                continue;
            };
            let latest = latest.entry(&event.key).or_insert(event);
            if event.version < latest.version {
                verdict.disordered += 1;
                verdict.add(format!(
                    "{} of {} came after {:?}",
                    event.id, event.key, latest.version
                ));
            } else {
                *latest = event;
            }
        }
        for event in written
            .iter()
            .filter(|event| !first_deliveries.contains(&event.id))
        {
            verdict.lost += 1;
            verdict.add(format!("{event:?} is lost"));
        }
        verdict
    }

    fn add(&mut self, example: String) {
        if self.examples.len() < 5 {
            self.examples.push(example);
        }
    }

    pub(crate) fn is_right(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} lost, {} out of order, {} invented, {} vanished: {:#?}",
            self.lost, self.disordered, self.invented, self.vanished, self.examples
        )
    }
}
