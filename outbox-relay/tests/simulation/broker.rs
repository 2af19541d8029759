//! A broker, and the sink that a relay has to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use outbox_core::Data;
use outbox_relay::sink::Delivered;
use outbox_relay::{Event, SendError, Sink};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use crate::database::Database;
use crate::run::{Broken, Plan, Sends};
use crate::transactions::{Record, Transactions};

/// The payload of the event that ends each process that sends it.
pub const KILLER: &str = "killer";

/// A handle of the one broker.
#[derive(Clone)]
pub struct Broker(Arc<Mutex<Content>>);

pub(crate) struct Content {
    pub(crate) plan: Arc<Plan>,
    pub(crate) database: Database,
    random: Rng,
    away_until: Instant,
    /// The events that were rejected once.
    moods: BTreeSet<i64>,
    /// The events that are rejected no more.
    healed: BTreeSet<i64>,
    pub(crate) record: Record,
}

impl Broker {
    pub fn new(plan: Arc<Plan>, database: Database, random: Rng) -> Self {
        Self(Arc::new(Mutex::new(Content {
            plan,
            database,
            random,
            away_until: Instant::now(),
            moods: BTreeSet::new(),
            healed: BTreeSet::new(),
            record: Record::default(),
        })))
    }

    /// Connects a process, which the broker's client can kill.
    pub fn connect(
        &self,
        kill: Arc<Notify>,
        has_faults: Arc<std::sync::atomic::AtomicBool>,
    ) -> Connection {
        Connection {
            broker: self.clone(),
            kill,
            has_faults,
            queues: Mutex::default(),
            buffer: Mutex::default(),
            transactions: Mutex::default(),
        }
    }

    /// Makes the broker take an event that it has rejected.
    pub fn heal(&self, seq: i64) {
        self.content().healed.insert(seq);
    }

    /// Returns how long the next step takes.
    pub(crate) fn pause(&self) -> Duration {
        let random = &mut self.content().random;
        Duration::from_millis(if random.u8(..50) == 0 {
            random.u64(..2_000)
        } else {
            random.u64(..10)
        })
    }

    pub(crate) fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().expect("no panic with the lock")
    }
}

/// The sink of one process.
pub struct Connection {
    pub(crate) broker: Broker,
    pub(crate) kill: Arc<Notify>,
    has_faults: Arc<std::sync::atomic::AtomicBool>,
    /// The sends of each key that are in flight, in the order in which they began.
    queues: Mutex<BTreeMap<String, VecDeque<Arc<Flight>>>>,
    buffer: Mutex<Vec<i64>>,
    pub(crate) transactions: Mutex<Transactions>,
}

#[derive(Default)]
struct Flight {
    failed: std::sync::atomic::AtomicBool,
    changed: Notify,
}

/// A send in its key's queue. It leaves the queue when it is dropped.
struct Ticket<'a> {
    connection: &'a Connection,
    key: String,
    flight: Arc<Flight>,
}

impl Ticket<'_> {
    /// Waits until the sends before this one are over. Returns `true` if one of them has failed.
    async fn is_behind_a_failure(&self) -> bool {
        loop {
            if self
                .flight
                .failed
                .load(std::sync::atomic::Ordering::Relaxed)
            {
                return true;
            }
            let is_first = {
                let queues = self
                    .connection
                    .queues
                    .lock()
                    .expect("no panic with the lock");
                queues[&self.key]
                    .front()
                    .is_some_and(|first| Arc::ptr_eq(first, &self.flight))
            };
            if is_first {
                return false;
            }
            self.flight.changed.notified().await;
        }
    }

    /// Fails the sends behind this one.
    fn fail(&self) {
        let queues = self
            .connection
            .queues
            .lock()
            .expect("no panic with the lock");
        let behind = queues[&self.key]
            .iter()
            .skip_while(|other| !Arc::ptr_eq(other, &self.flight));
        for other in behind {
            other
                .failed
                .store(true, std::sync::atomic::Ordering::Relaxed);
            other.changed.notify_one();
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut queues = self
            .connection
            .queues
            .lock()
            .expect("no panic with the lock");
        if let Some(queue) = queues.get_mut(&self.key) {
            queue.retain(|other| !Arc::ptr_eq(other, &self.flight));
            for other in queue {
                other.changed.notify_one();
            }
        }
    }
}

impl Connection {
    fn ticket(&self, key: &str) -> Ticket<'_> {
        let flight = Arc::<Flight>::default();
        let mut queues = self.queues.lock().expect("no panic with the lock");
        queues
            .entry(key.to_owned())
            .or_default()
            .push_back(Arc::clone(&flight));
        Ticket {
            connection: self,
            key: key.to_owned(),
            flight,
        }
    }

    pub(crate) async fn delay(&self) {
        let pause = self.broker.pause();
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }

    /// Sometimes the broker is away for a while, and sometimes one answer is lost.
    pub(crate) fn is_away(&self) -> bool {
        let mut content = self.broker.content();
        let faults = content.plan.faults;
        let (has_faults, now) = (
            self.has_faults.load(std::sync::atomic::Ordering::Relaxed),
            Instant::now(),
        );
        if has_faults && content.random.f64() < faults / 20.0 {
            content.away_until = now + Duration::from_millis(content.random.u64(..5_000));
        }
        has_faults && (now < content.away_until || content.random.f64() < faults)
    }

    /// Some events are rejected once.
    fn is_moody(&self, seq: i64) -> bool {
        let content = &mut *self.broker.content();
        // Two attempts are enough then.
        content.plan.attempts > 1 && content.random.u8(..100) == 0 && content.moods.insert(seq)
    }

    /// Hands an event to the broker.
    async fn hand_over(&self, event: &Event) -> Result<(), SendError> {
        self.delay().await;
        if self.is_away() {
            return Err(SendError::unavailable("the broker is away"));
        }
        if let Some(Data::Json(payload)) = event.cloud_event().data() {
            if payload.as_str().contains(KILLER) {
                self.kill.notify_one();
                std::future::pending::<()>().await;
            }
            let is_healed = self.broker.content().healed.contains(&event.seq());
            let is_refused = payload.as_str().contains("rejected") && !is_healed;
            if is_refused || self.is_moody(event.seq()) {
                return Err(SendError::rejected("the broker does not want it"));
            }
        }
        if self.broker.content().plan.sends == Sends::Once {
            self.transact(event).await?;
        } else if self.broker.content().plan.sends == Sends::Buffered {
            self.buffer
                .lock()
                .expect("no panic with the lock")
                .push(event.seq());
        } else {
            self.broker.content().database.deliver(event.seq());
        }
        self.delay().await;
        if self.is_away() {
            return Err(self.lost_answer());
        }
        Ok(())
    }
}

impl Sink for Connection {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let broken = self.broker.content().plan.broken;
        if broken == Broken::SavedBeforeAcknowledged {
            let (database, seq) = (self.broker.content().database.clone(), event.seq());
            let kill = Arc::clone(&self.kill);
            // It is lost if the process is killed meanwhile.
            tokio::spawn(async move {
                tokio::select! {
                    biased;
                    () = kill.notified() => kill.notify_one(),
                    () = sleep_until(Instant::now() + Duration::from_millis(500)) => database.deliver(seq),
                }
            });
            return Ok(());
        }
        let ticket = self.ticket(event.key());
        self.delay().await;
        if broken != Broken::OvertakingSink && ticket.is_behind_a_failure().await {
            return Err(SendError::Behind);
        }
        let result = self.hand_over(event).await;
        if result.is_err() {
            ticket.fail();
        }
        result
    }

    async fn flush(&self) -> Result<(), SendError> {
        if self.broker.content().plan.sends != Sends::Buffered {
            return Ok(());
        }
        let buffer = std::mem::take(&mut *self.buffer.lock().expect("no panic with the lock"));
        self.delay().await;
        for seq in buffer {
            if self.is_away() {
                return Err(SendError::unavailable("the disk is full"));
            }
            self.broker.content().database.deliver(seq);
        }
        Ok(())
    }

    fn discard(&self) {
        self.buffer.lock().expect("no panic with the lock").clear();
    }

    fn in_flight(&self) -> usize {
        self.broker.content().plan.in_flight
    }

    fn in_flight_per_key(&self) -> usize {
        self.broker.content().plan.in_flight_per_key
    }

    async fn recover(&self, _: &str) -> Result<Option<Vec<Delivered>>, SendError> {
        if self.broker.content().plan.sends != Sends::Once {
            return Ok(None);
        }
        self.recover_record().await.map(Some)
    }

    fn saved(&self, seqs: &[i64]) {
        self.forget(seqs);
    }
}
