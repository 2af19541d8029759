//! A broker with transactions: an event and the record of its delivery become visible together.

use std::collections::BTreeMap;
use std::sync::Arc;

use outbox_relay::sink::Delivered;
use outbox_relay::{Event, SendError};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::broker::{Broker, Connection};
use crate::run::{Broken, Sends};

/// The broker's side.
#[derive(Default)]
pub struct Record {
    /// The number of the last producer. Only that one can commit.
    epoch: u64,
    delivered: BTreeMap<i64, Uuid>,
}

/// The sink's side.
#[derive(Default)]
pub struct Transactions {
    /// The number of this producer, unless the sink has lost track.
    epoch: Option<u64>,
    unsaved: Arc<std::sync::Mutex<BTreeMap<i64, Uuid>>>,
}

impl Connection {
    /// Commits an event with the record. It goes on when the send is dropped, as another thread does.
    pub(crate) async fn transact(&self, event: &Event) -> Result<(), SendError> {
        let (epoch, unsaved) = {
            let transactions = self.transactions.lock().expect("no panic with the lock");
            (transactions.epoch, Arc::clone(&transactions.unsaved))
        };
        let epoch = epoch.ok_or_else(|| SendError::uncertain("there is no producer"))?;
        let (broker, kill) = (self.broker.clone(), Arc::clone(&self.kill));
        let (seq, id) = (event.seq(), event.row().id);
        let pause = broker.pause();
        let (answer, answered) = oneshot::channel();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = kill.notified() => kill.notify_one(),
                committed = commit(&broker, epoch, &unsaved, (seq, id), pause) => drop(answer.send(committed)),
            }
        });
        let committed = answered.await.unwrap_or(false);
        if committed {
            return Ok(());
        }
        Err(self.lose_track("another producer has taken over"))
    }

    /// Returns the failure of a send whose answer is lost.
    pub(crate) fn lost_answer(&self) -> SendError {
        if self.broker.content().plan.sends == Sends::Once {
            self.lose_track("the answer is lost")
        } else {
            SendError::unavailable("the answer is lost")
        }
    }

    fn lose_track(&self, reason: &str) -> SendError {
        let mut transactions = self.transactions.lock().expect("no panic with the lock");
        transactions.epoch = None;
        SendError::uncertain(reason)
    }

    /// Takes over from the producer before, and reads its record.
    pub(crate) async fn recover_record(&self) -> Result<Vec<Delivered>, SendError> {
        self.delay().await;
        if self.is_away() {
            return Err(SendError::unavailable("the broker is away"));
        }
        let epoch = {
            let record = &mut self.broker.content().record;
            record.epoch += 1;
            record.epoch
        };
        self.delay().await;
        if self.is_away() {
            return Err(SendError::unavailable("the broker is away"));
        }
        let delivered = match self.broker.content() {
            content if content.plan.broken == Broken::UnreadRecord => BTreeMap::new(),
            content => content.record.delivered.clone(),
        };
        *self.transactions.lock().expect("no panic with the lock") = Transactions {
            epoch: Some(epoch),
            ..Transactions::default()
        };
        let delivered = delivered.into_iter();
        Ok(delivered.map(|(seq, id)| Delivered { seq, id }).collect())
    }

    pub(crate) fn forget(&self, seqs: &[i64]) {
        let transactions = self.transactions.lock().expect("no panic with the lock");
        let mut unsaved = transactions.unsaved.lock().expect("no panic with the lock");
        for seq in seqs {
            unsaved.remove(seq);
        }
    }
}

/// Commits an event of a producer. Returns `false` if another producer has taken over.
async fn commit(
    broker: &Broker,
    epoch: u64,
    unsaved: &std::sync::Mutex<BTreeMap<i64, Uuid>>,
    (seq, id): (i64, Uuid),
    pause: std::time::Duration,
) -> bool {
    let is_current = |broker: &Broker| {
        let content = broker.content();
        content.record.epoch == epoch || content.plan.broken == Broken::NoFence
    };
    let write_record = |broker: &Broker| {
        let mut unsaved = unsaved.lock().expect("no panic with the lock");
        unsaved.insert(seq, id);
        broker.content().record.delivered = unsaved.clone();
    };
    if broker.content().plan.broken == Broken::RecordBefore && is_current(broker) {
        write_record(broker);
    }
    tokio::time::sleep(pause).await;
    if !is_current(broker) {
        return false;
    }
    write_record(broker);
    let database = broker.content().database.clone();
    database.deliver(seq);
    true
}
