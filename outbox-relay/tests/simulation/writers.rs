//! Services that write to the outbox.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::broker::KILLER;
use crate::database::{Database, Insert};
use crate::run::Plan;

/// Runs all writers to their end.
pub async fn write(plan: &Arc<Plan>, database: &Database, random: &mut Rng) {
    let aggregates: Arc<Vec<Mutex<()>>> =
        Arc::new((0..plan.keys).map(|_| Mutex::default()).collect());
    let mut writers = JoinSet::new();
    for number in 0..plan.writers {
        let mut writer = Writer {
            plan: Arc::clone(plan),
            database: database.clone(),
            aggregates: Arc::clone(&aggregates),
            random: random.fork(),
            kills: plan.has_killer && number == 0,
        };
        writers.spawn(async move {
            for _ in 0..writer.plan.transactions {
                writer.transact().await;
                writer.pause(200).await;
            }
        });
    }
    while writers.join_next().await.is_some() {}
}

struct Writer {
    plan: Arc<Plan>,
    database: Database,
    aggregates: Arc<Vec<Mutex<()>>>,
    random: Rng,
    /// Writes the event that ends the processes that send it.
    kills: bool,
}

impl Writer {
    async fn transact(&mut self) {
        let aggregates = Arc::clone(&self.aggregates);
        let transaction = self.database.begin(self.random.bool());
        self.pause(50).await;
        let mut locks: Vec<(usize, MutexGuard<'_, ()>)> = Vec::new();
        let mut seqs = Vec::new();
        for _ in 0..self.random.usize(1..5) {
            let key = self.random.usize(..self.plan.keys);
            // Keys are locked in ascending order, or two transactions wait for each other.
            if self.random.u8(..4) > 0 && locks.last().is_none_or(|(last, _)| *last < key) {
                locks.push((key, aggregates[key].lock().await));
            }
            let insert = self.insert(key);
            let seq = self.database.number(transaction, &insert);
            // A trigger that sleeps, before the transaction has an id.
            self.pause(100).await;
            self.database.insert(transaction, seq, insert);
            self.pause(50).await;
            if self.random.u8(..8) == 0 {
                self.database.roll_back_to_savepoint(transaction, seq);
            } else {
                seqs.push(seq);
            }
        }
        if self.random.u8(..10) == 0 {
            self.pause(5_000).await;
        }
        if self.random.u8(..8) == 0 {
            self.database.prepare(transaction);
            self.pause(1_000).await;
        }
        let is_committed = self.random.u8(..6) > 0;
        self.database.end(transaction, &seqs, is_committed);
    }

    fn insert(&mut self, key: usize) -> Insert {
        let chance = self.random.f64();
        let rejections = self.plan.rejections;
        let payload = if self.kills && self.random.u8(..10) == 0 {
            self.kills = false;
            format!("\"{KILLER}\"")
        } else if chance < rejections / 2.0 {
            "not JSON".to_owned()
        } else if chance < rejections {
            "\"rejected\"".to_owned()
        } else {
            "{}".to_owned()
        };
        Insert {
            key: format!("key-{key}"),
            is_rejected: payload != "{}",
            payload,
        }
    }

    async fn pause(&mut self, most: u64) {
        let milliseconds = if self.random.bool() {
            0
        } else {
            self.random.u64(..most)
        };
        if milliseconds > 0 {
            sleep(Duration::from_millis(milliseconds)).await;
        }
    }
}
