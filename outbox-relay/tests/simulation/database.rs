//! A database in memory, with transactions, and with the relay's store on it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use outbox_core::OutboxRow;
use outbox_relay::store::{
    Change, How, Lease, Limit, Opened, ParkedKey, Progress, SavedState, Snapshot, Status, Store,
    Unanswered, Why, Writer, Writers,
};
use outbox_relay::{StoreError, StoredEvent};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::history::{History, Record, State};
use crate::run::{Broken, Plan, Sends};

/// A handle of the one database.
#[derive(Clone)]
pub struct Database(Arc<Mutex<Content>>);

pub struct Content {
    plan: Arc<Plan>,
    random: Rng,
    has_faults: bool,
    now: u64,
    last_seq: i64,
    last_transaction: u64,
    rows: BTreeMap<i64, Row>,
    transactions: BTreeMap<u64, Transaction>,
    relay: RelayRow,
    parked: BTreeMap<i64, outbox_relay::store::Park>,
    /// The keys that the operator has opened.
    opened: Vec<String>,
    history: History,
}

struct Row {
    content: OutboxRow,
    inserted: Instant,
    transaction: u64,
}

#[derive(Default)]
struct Transaction {
    /// The number of inserts that hold the lock on the table.
    locks: usize,
    has_id: bool,
    is_prepared: bool,
}

#[derive(Default)]
struct RelayRow {
    owner: Option<String>,
    epoch: i64,
    until: Option<Instant>,
    progress: Progress,
    unanswered: Unanswered,
}

/// A row that an INSERT is about to make.
pub struct Insert {
    pub key: String,
    pub payload: String,
    pub is_rejected: bool,
}

impl Database {
    pub fn new(plan: Arc<Plan>, random: Rng) -> Self {
        let is_once = plan.sends == Sends::Once;
        Self(Arc::new(Mutex::new(Content {
            plan,
            random,
            has_faults: true,
            now: 0,
            last_seq: 0,
            last_transaction: 0,
            rows: BTreeMap::new(),
            transactions: BTreeMap::new(),
            relay: RelayRow::default(),
            parked: BTreeMap::new(),
            opened: Vec::new(),
            history: History::new(is_once),
        })))
    }

    pub fn end_faults(&self) {
        let mut content = self.content();
        content.has_faults = false;
        content.history.is_writing = false;
    }

    pub fn history(&self) -> HistoryGuard<'_> {
        HistoryGuard(self.content())
    }

    /// Notes that the broker has an event.
    pub fn deliver(&self, seq: i64) {
        let mut content = self.content();
        let now = content.tick();
        content.history.deliver(seq, now);
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().expect("no panic with the lock")
    }

    /// Waits for the network and the disk.
    async fn delay(&self) {
        let milliseconds = {
            let random = &mut self.content().random;
            if random.u8(..50) == 0 {
                random.u64(..800)
            } else {
                random.u64(..12)
            }
        };
        if milliseconds > 0 {
            sleep(Duration::from_millis(milliseconds)).await;
        }
    }

    fn fails(&self) -> bool {
        let mut content = self.content();
        let chance = content.plan.faults / 4.0;
        content.has_faults && content.random.f64() < chance
    }

    /// Runs a statement, which can fail before it has run, and after.
    async fn statement<T>(
        &self,
        run: impl FnOnce(&mut Content) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.delay().await;
        if self.fails() {
            return Err(StoreError::unavailable("the connection is broken"));
        }
        let result = run(&mut self.content());
        self.delay().await;
        if self.fails() {
            return Err(StoreError::unavailable("the answer is lost"));
        }
        result
    }

    /// Returns the rejected rows, as an operator sees them.
    pub async fn rejected(&self) -> Vec<i64> {
        let rejected = self.statement(|content| {
            let parked = content.parked.values();
            let rejected = parked.filter(|park| park.why == Why::Rejected);
            Ok(rejected.map(|park| park.seq).collect())
        });
        rejected.await.unwrap_or_default()
    }

    /// Opens the key of a row, if the row is still rejected. The operator may never know.
    pub async fn open(&self, seq: i64, how: How) {
        let opened = self.statement(|content| {
            let is_rejected = |park: &&mut outbox_relay::store::Park| park.why == Why::Rejected;
            let Some(park) = content.parked.get_mut(&seq).filter(is_rejected) else {
                return Ok(());
            };
            let key = park.key.clone();
            match how {
                How::Retry => park.why = Why::Behind,
                How::Skip => drop(content.parked.remove(&seq)),
            }
            if content.plan.broken == Broken::ForgetfulRetry {
                content.parked.retain(|_, park| park.key != key);
            }
            let now = content.tick();
            content.history.open(seq, how, now);
            content.opened.push(key);
            Ok(())
        });
        drop(opened.await);
    }

    pub fn begin(&self, has_id: bool) -> u64 {
        let mut content = self.content();
        content.last_transaction += 1;
        let transaction = Transaction {
            has_id,
            ..Transaction::default()
        };
        let name = content.last_transaction;
        content.transactions.insert(name, transaction);
        name
    }

    /// Begins an INSERT: takes the lock on the table, then a number.
    pub fn number(&self, transaction: u64, insert: &Insert) -> i64 {
        let mut content = self.content();
        let inserted = content.tick();
        content.last_seq += 1;
        let seq = content.last_seq;
        if let Some(transaction) = content.transactions.get_mut(&transaction) {
            transaction.locks += 1;
        }
        let record = Record {
            key: insert.key.clone(),
            inserted,
            state: State::Open,
            delivered: None,
            skipped: None,
            is_rejected: insert.is_rejected,
        };
        content.history.records.insert(seq, record);
        seq
    }

    /// Ends an INSERT: stores the row under its number.
    pub fn insert(&self, transaction: u64, seq: i64, insert: Insert) {
        let mut content = self.content();
        if let Some(transaction) = content.transactions.get_mut(&transaction) {
            transaction.has_id = true;
        }
        let id = Uuid::from_u128(content.random.u128(..));
        let row = Row {
            content: row(id, insert.key, insert.payload),
            inserted: Instant::now(),
            transaction,
        };
        content.rows.insert(seq, row);
    }

    /// Rolls an insert back to a savepoint before it. That gives back the lock, if the insert took it.
    pub fn roll_back_to_savepoint(&self, transaction: u64, seq: i64) {
        let mut content = self.content();
        content.rows.remove(&seq);
        if let Some(transaction) = content.transactions.get_mut(&transaction) {
            transaction.locks -= 1;
        }
        if let Some(record) = content.history.records.get_mut(&seq) {
            record.state = State::Gone;
        }
    }

    pub fn prepare(&self, transaction: u64) {
        if let Some(transaction) = self.content().transactions.get_mut(&transaction) {
            transaction.is_prepared = true;
        }
    }

    pub fn end(&self, transaction: u64, seqs: &[i64], is_committed: bool) {
        let mut content = self.content();
        let now = content.tick();
        content.transactions.remove(&transaction);
        for seq in seqs {
            if !is_committed {
                content.rows.remove(seq);
            }
            if let Some(record) = content.history.records.get_mut(seq) {
                record.state = if is_committed {
                    State::Committed(now)
                } else {
                    State::Gone
                };
            }
        }
    }
}

/// The history, while the database is locked.
pub struct HistoryGuard<'a>(MutexGuard<'a, Content>);

impl std::ops::Deref for HistoryGuard<'_> {
    type Target = History;

    fn deref(&self) -> &History {
        &self.0.history
    }
}

impl std::ops::DerefMut for HistoryGuard<'_> {
    fn deref_mut(&mut self) -> &mut History {
        &mut self.0.history
    }
}

impl Content {
    /// Returns `true` if the database's clock jumps beyond the end of a lease that its owner believes to have. Then two
    /// owners deliver, and an event comes twice unless the sink prevents it.
    fn clock_jumps(&mut self) -> bool {
        self.has_faults && self.plan.sends == Sends::Once && self.random.u8(..40) == 0
    }

    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    fn is_committed(&self, row: &Row) -> bool {
        !self.transactions.contains_key(&row.transaction)
    }

    fn select(&self, ranges: &[RangeInclusive<i64>], limit: Limit) -> Snapshot {
        let mut events = Vec::new();
        for range in ranges {
            for (&seq, row) in self.rows.range(range.clone()) {
                if !self.is_committed(row) {
                    continue;
                }
                if events.len() == limit.rows {
                    return Snapshot {
                        events,
                        is_complete: false,
                    };
                }
                events.push(event(seq, row));
            }
        }
        Snapshot {
            events,
            is_complete: true,
        }
    }

    fn check(&self, lease: &Lease) -> Result<(), StoreError> {
        if lease.epoch == self.relay.epoch || self.plan.broken == Broken::NoEpoch {
            Ok(())
        } else {
            Err(StoreError::LeaseLost)
        }
    }
}

impl Store for Database {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn acquire(
        &self,
        _name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<(Lease, SavedState)>, StoreError> {
        self.statement(|content| {
            let now = Instant::now();
            let is_own = content.relay.owner.as_deref() == Some(owner);
            let is_free = content.relay.owner.is_none();
            let lasts = content.relay.until.is_some_and(|until| now < until);
            if !is_own && !is_free && lasts && !content.clock_jumps() {
                return Ok(None);
            }
            let relay = &mut content.relay;
            if is_free {
                relay.unanswered.takeovers = 0;
            } else if !is_own {
                relay.unanswered.takeovers += 1;
            }
            relay.epoch += 1;
            relay.owner = Some(owner.to_owned());
            relay.until = Some(now + duration);
            let lease = Lease {
                name: "main".to_owned(),
                owner: owner.to_owned(),
                epoch: relay.epoch,
                duration,
            };
            let mut keys: BTreeMap<&str, ParkedKey> = BTreeMap::new();
            for park in content.parked.values() {
                let key = keys.entry(&park.key).or_insert_with(|| ParkedKey {
                    key: park.key.clone(),
                    is_closed: false,
                });
                key.is_closed |= park.why == Why::Rejected;
            }
            let state = SavedState {
                progress: relay.progress.clone(),
                parked: keys.into_values().collect(),
                unanswered: relay.unanswered.clone(),
                opened: number(content.opened.len()),
            };
            Ok(Some((lease, state)))
        })
        .await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        self.statement(|content| {
            content.check(lease)?;
            content.relay.until = Some(Instant::now() + lease.duration);
            Ok(())
        })
        .await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.statement(|content| {
            content.check(lease)?;
            content.relay.owner = None;
            Ok(())
        })
        .await
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<i64>],
        limit: Limit,
    ) -> Result<Snapshot, StoreError> {
        let broken = self.content().plan.broken;
        if let (Broken::TwoSnapshots, [holes @ .., tail]) = (broken, ranges) {
            let earlier = self
                .statement(|content| Ok(content.select(holes, limit)))
                .await?;
            let later = self
                .statement(|content| Ok(content.select(std::slice::from_ref(tail), limit)))
                .await?;
            let mut events = earlier.events;
            events.extend(later.events);
            return Ok(Snapshot {
                events,
                is_complete: earlier.is_complete && later.is_complete,
            });
        }
        let ranges = if broken == Broken::NoHoles {
            &ranges[ranges.len() - 1..]
        } else {
            ranges
        };
        self.statement(|content| {
            let mut snapshot = content.select(ranges, limit);
            if broken == Broken::OrderById {
                snapshot
                    .events
                    .sort_by_key(|event| event.row.as_ref().map(|row| row.id).unwrap_or_default());
            }
            Ok(snapshot)
        })
        .await
    }

    async fn writers(&self) -> Result<Writers, StoreError> {
        self.statement(|content| {
            let broken = content.plan.broken;
            let writers = content.transactions.iter().filter(|(_, transaction)| {
                transaction.locks > 0
                    && (transaction.has_id || broken != Broken::HolesByXmin)
                    && !(transaction.is_prepared && broken == Broken::NoPrepared)
            });
            let name = |(name, transaction): (&u64, &Transaction)| {
                if transaction.is_prepared {
                    Writer::Prepared(format!("-1/{name}"))
                } else {
                    Writer::Session(format!("3/{name}"))
                }
            };
            Ok(writers.map(name).collect::<BTreeSet<_>>())
        })
        .await
    }

    async fn save(&self, lease: &Lease, change: &Change) -> Result<(), StoreError> {
        self.statement(|content| {
            content.check(lease)?;
            content.history.save(change);
            for unpark in &change.unparked {
                content.parked.remove(&unpark.seq);
            }
            for park in &change.parked {
                content.parked.insert(park.seq, park.clone());
            }
            content.relay.progress = change.progress.clone();
            content.relay.unanswered = change.unanswered.clone();
            content.relay.until = Some(Instant::now() + lease.duration);
            Ok(())
        })
        .await
    }

    async fn parked(&self, _name: &str, key: &str, limit: Limit) -> Result<Snapshot, StoreError> {
        self.statement(|content| {
            let parked = content.parked.values().filter(|park| park.key == key);
            let mut events: Vec<_> = parked
                .filter_map(|park| Some(event(park.seq, content.rows.get(&park.seq)?)))
                .collect();
            let is_complete = events.len() <= limit.rows;
            events.truncate(limit.rows);
            Ok(Snapshot {
                events,
                is_complete,
            })
        })
        .await
    }

    async fn opened(
        &self,
        _name: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Opened>, StoreError> {
        self.statement(|content| {
            if content.plan.broken == Broken::Unheard {
                return Ok(Vec::new());
            }
            let opened = (1..).zip(&content.opened).map(|(number, key)| Opened {
                number,
                key: key.clone(),
            });
            let news = opened.filter(|opened| opened.number > after);
            Ok(news.take(limit).collect())
        })
        .await
    }

    async fn clean(&self, older_than: Duration, limit: usize) -> Result<usize, StoreError> {
        self.statement(|content| {
            let low = content.relay.progress.low;
            let old = |row: &Row| row.inserted.elapsed() >= older_than;
            let seqs: Vec<_> = content
                .rows
                .range(..=low)
                .filter(|(seq, row)| old(row) && !content.parked.contains_key(seq))
                .map(|(seq, _)| *seq)
                .take(limit)
                .collect();
            for seq in &seqs {
                content.history.clean(*seq);
                content.rows.remove(seq);
            }
            Ok(seqs.len())
        })
        .await
    }

    async fn status(&self, _name: &str) -> Result<Status, StoreError> {
        Err(StoreError::refused("nobody asks"))
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).expect("there are not so many")
}

fn event(seq: i64, row: &Row) -> StoredEvent {
    StoredEvent {
        seq,
        inserted_at: chrono::DateTime::UNIX_EPOCH,
        row: Ok(row.content.clone()),
    }
}

fn row(id: Uuid, key: String, payload: String) -> OutboxRow {
    OutboxRow {
        id,
        aggregate_type: "order".to_owned(),
        aggregate_id: key.clone(),
        event_type: "com.example.order.placed".to_owned(),
        payload,
        partition_key: key.clone(),
        topic: "orders".to_owned(),
        source: "/orders".to_owned(),
        spec_version: "1.0".to_owned(),
        time: chrono::DateTime::UNIX_EPOCH,
        subject: key,
        data_content_type: "application/json".to_owned(),
        data_schema: None,
        data_version: "1.0".to_owned(),
        correlation_id: None,
        causation_id: None,
        trace_parent: None,
        trace_state: None,
        extensions: None,
    }
}
