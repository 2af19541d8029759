//! One owner at work: from a lease to its end.
//!
//! The session is one task. It starts whatever can start: sends, reads, a flush, a save. Then it waits until one of
//! these is done, or until it is time for the next. Each decision is made by plain data: [`Holes`] and [`Keys`] say
//! what to read and what to send, [`Ledger`] what to save, [`Pace`] when to look.

mod ledger;

use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::{Fuse, FusedFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until};

use super::error::RelayError;
use super::monitor::Monitor;
use super::pace::Pace;
use super::recovery::Recovery;
use super::settings::Settings;
use super::waker::Waker;
use crate::event::{Event, StoredEvent};
use crate::holes::{Holes, Question};
use crate::keys::{Entry, Failure, Job, KeyId, Keys, Policy};
use crate::sink::{SendError, Sink};
use crate::store::{
    Lease, Limit, SavedState, Snapshot, Store, StoreError, Unanswered, Why, Writers,
};

use ledger::{Ledger, News, Unsaved};

/// How many rows one step of cleaning deletes at most, so that it holds no lock for long.
pub(super) const CLEAN_ROWS: usize = 5_000;

/// How long cleaning rests when nothing was left to delete.
const CLEAN_REST: Duration = Duration::from_secs(60);

/// How often cleaning runs where nothing is retained.
const CLEAN_AT_ONCE: Duration = Duration::from_secs(1);

/// Why a session has ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was stopped, or the outbox is empty. Everything is saved.
    Done,
    /// Another owner has taken over.
    LeaseLost,
    /// The sink did not keep what it had acknowledged.
    Unflushed { reason: String, has_saved: bool },
    /// The database refuses, or the sink is closed.
    Failed(RelayError),
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A send that has an answer.
struct Answer {
    job: Job<StoredEvent>,
    result: Result<(), SendError>,
}

/// A task that is done.
enum Outcome {
    Read {
        question: Question,
        /// Everything was delivered when the read began.
        was_settled: bool,
        result: Result<Snapshot, StoreError>,
    },
    Writers(Result<Writers, StoreError>),
    Page {
        key: KeyId,
        result: Result<Snapshot, StoreError>,
    },
    Flushed {
        news: News,
        result: Result<(), SendError>,
    },
    Saved {
        began: Duration,
        unsaved: Unsaved,
        /// The change counts the attempt that is about to be made.
        is_announced: bool,
        result: Result<(), StoreError>,
    },
    Renewed {
        began: Duration,
        result: Result<(), StoreError>,
    },
    Cleaned {
        began: Duration,
        result: Result<usize, StoreError>,
    },
}

/// The tasks that run. Of each kind there is one at a time.
#[derive(Debug, Default)]
struct Running {
    look: bool,
    page: bool,
    flush: bool,
    save: bool,
    renewal: bool,
    clean: bool,
}

pub(super) struct Session<'a, S, K> {
    store: &'a S,
    sink: &'a K,
    settings: &'a Settings,
    waker: &'a Waker,
    monitor: &'a Monitor,
    lease: Lease,
    until_empty: bool,
    random: fastrand::Rng,

    start: Instant,
    /// When the last renewal that succeeded was begun.
    renewed: Duration,
    /// When the stop began.
    stopped: Option<Duration>,
    pace: Pace,
    clean_at: Duration,
    /// The database was unavailable this many times in a row, and is left alone until then.
    store_failures: u32,
    store_rests: Duration,

    holes: Holes,
    keys: Keys<StoredEvent>,
    ledger: Ledger,
    recovery: Recovery,
    /// The number of takeovers that the database has.
    saved_takeovers: u32,
    /// An event that is sent when its attempt is saved.
    announced: Option<Job<StoredEvent>>,
    /// Why the sink takes no more events.
    closed: Option<SendError>,
    observe: bool,
    is_empty: bool,
    has_saved: bool,

    running: Running,
    sends: FuturesUnordered<Boxed<'a, Answer>>,
    tasks: FuturesUnordered<Boxed<'a, Outcome>>,
}

impl<'a, S: Store, K: Sink> Session<'a, S, K> {
    pub(super) fn new(
        relay: &'a super::Relay<S, K>,
        lease: Lease,
        began: Instant,
        state: SavedState,
        mut random: fastrand::Rng,
        until_empty: bool,
    ) -> Self {
        let settings = &relay.settings;
        let SavedState {
            mut progress,
            parked,
            unanswered:
                Unanswered {
                    takeovers,
                    suspects,
                },
        } = state;
        progress.tidy();
        let policy = Policy {
            in_flight_per_key: relay.sink.in_flight_per_key(),
            ..settings.policy
        };
        let recovery = Recovery::new(takeovers, !suspects.is_empty(), settings.rows());
        Self {
            store: &relay.store,
            sink: &relay.sink,
            settings,
            waker: &relay.waker,
            monitor: &relay.monitor,
            lease,
            until_empty,
            start: began,
            renewed: Duration::ZERO,
            stopped: None,
            pace: Pace::default(),
            clean_at: Duration::ZERO,
            store_failures: 0,
            store_rests: Duration::ZERO,
            holes: Holes::resume(&progress),
            keys: Keys::new(policy, random.fork(), parked, suspects),
            random,
            ledger: Ledger::new(progress),
            recovery,
            saved_takeovers: takeovers,
            announced: None,
            closed: None,
            observe: false,
            is_empty: false,
            has_saved: false,
            running: Running::default(),
            sends: FuturesUnordered::new(),
            tasks: FuturesUnordered::new(),
        }
    }

    /// Delivers until the session ends.
    pub(super) async fn run(mut self, mut stop: Pin<&mut Fuse<impl Future<Output = ()>>>) -> Ended {
        loop {
            if let ControlFlow::Break(ended) = self.step() {
                return ended;
            }
            let wake_at = self.start + self.wake_at();
            let flow = tokio::select! {
                biased;
                () = stop.as_mut(), if !stop.is_terminated() => {
                    self.stop();
                    ControlFlow::Continue(())
                }
                Some(outcome) = self.tasks.next(), if !self.tasks.is_empty() => self.take_in(outcome),
                Some(answer) = self.sends.next(), if !self.sends.is_empty() => {
                    self.answered(answer);
                    while let Some(Some(answer)) = self.sends.next().now_or_never() {
                        self.answered(answer);
                    }
                    ControlFlow::Continue(())
                }
                () = self.waker.woken() => {
                    self.pace.hurry();
                    ControlFlow::Continue(())
                }
                () = sleep_until(wake_at) => ControlFlow::Continue(()),
            };
            if let ControlFlow::Break(ended) = flow {
                return ended;
            }
            // A store and a sink that never wait would keep other tasks from running.
            tokio::task::consume_budget().await;
        }
    }
}

/// When things start.
impl<'a, S: Store, K: Sink> Session<'a, S, K> {
    /// Starts whatever can start now.
    fn step(&mut self) -> ControlFlow<Ended> {
        self.start_sends();
        if let Some(error) = self.closed.take() {
            return ControlFlow::Break(Ended::Failed(RelayError::Sink(error)));
        }
        if !self.has_room() {
            self.keys.spill();
        }
        self.start_flush()?;
        let now = self.now();
        self.recovery.suspect(!self.keys.suspects().is_empty());
        if self.recovery.takeovers() != self.saved_takeovers {
            self.ledger.touch(now);
        }
        if is_due(self.save_at(), now) {
            self.start_save(now);
        }
        if is_due(self.renew_at(), now) {
            self.start_renewal(now);
        }
        if is_due(self.look_at(), now) {
            self.start_look();
        }
        if is_due(self.page_at(), now) {
            self.start_page();
        }
        if is_due(self.clean_at(), now) {
            self.start_clean(now);
        }
        if self.is_done(now) {
            ControlFlow::Break(Ended::Done)
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Returns when the next thing can start, if nothing is done before.
    fn wake_at(&self) -> Duration {
        let stop = self.stopped.map(|stopped| stopped + self.settings.grace);
        let times = [
            self.send_at(),
            self.save_at(),
            self.renew_at(),
            self.look_at(),
            self.page_at(),
            self.clean_at(),
            stop,
        ];
        let first = times.into_iter().flatten().min();
        first.unwrap_or_else(|| self.now() + self.lease.duration)
    }

    fn send_at(&self) -> Option<Duration> {
        let can_send = self.stopped.is_none()
            && self.announced.is_none()
            && self.has_lease()
            && (self.sends.is_empty() || !self.recovery.is_careful());
        self.keys.wake_at().filter(|_| can_send)
    }

    fn save_at(&self) -> Option<Duration> {
        let is_urgent = self.announced.is_some()
            || (self.sends.is_empty() && self.stopped.is_some())
            || (self.keys.held().events == 0 && self.until_empty);
        let due = self.ledger.save_at(self.settings.batch);
        let due = if self.announced.is_some() {
            Some(Duration::ZERO)
        } else {
            due
        };
        let due = due.map(|due| if is_urgent { Duration::ZERO } else { due });
        self.when_store_is_free(due, self.running.save)
    }

    fn renew_at(&self) -> Option<Duration> {
        let due = self.renewed + self.lease.duration / 3;
        self.when_store_is_free(Some(due), self.running.renewal || self.running.save)
    }

    fn look_at(&self) -> Option<Duration> {
        let due = if self.observe {
            Some(Duration::ZERO)
        } else {
            self.has_room().then(|| self.pace.due())
        };
        self.when_store_is_free(due, self.running.look || self.stopped.is_some())
    }

    fn page_at(&self) -> Option<Duration> {
        let due = (self.has_room() && self.keys.has_pages()).then_some(Duration::ZERO);
        self.when_store_is_free(due, self.running.page || self.stopped.is_some())
    }

    fn clean_at(&self) -> Option<Duration> {
        let due = (self.settings.retention < Duration::MAX).then_some(self.clean_at);
        self.when_store_is_free(due, self.running.clean || self.stopped.is_some())
    }

    fn when_store_is_free(&self, due: Option<Duration>, is_running: bool) -> Option<Duration> {
        due.filter(|_| !is_running)
            .map(|due| due.max(self.store_rests))
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Returns `true` while no other owner can have the lease.
    fn has_lease(&self) -> bool {
        self.now() < self.renewed + self.lease.duration
    }

    fn has_room(&self) -> bool {
        let held = self.keys.held();
        held.events <= self.settings.rows() - self.settings.batch
            && held.bytes <= self.settings.memory / 2
    }

    fn limit(&self) -> Limit {
        Limit {
            rows: self.settings.batch,
            bytes: self.settings.memory / 2,
        }
    }

    fn is_done(&mut self, now: Duration) -> bool {
        let is_quiet = self.sends.is_empty()
            && self.announced.is_none()
            && self.ledger.is_clean()
            && !self.running.flush
            && !self.running.save;
        match self.stopped {
            Some(stopped) => is_quiet || now >= stopped + self.settings.grace,
            None => self.until_empty && self.is_empty && is_quiet,
        }
    }

    fn stop(&mut self) {
        self.stopped = Some(self.now());
        self.announced = None;
    }
}

/// What is started.
impl<'a, S: Store, K: Sink> Session<'a, S, K> {
    fn start_sends(&mut self) {
        while self.stopped.is_none() && self.announced.is_none() && self.has_lease() {
            let is_careful = self.recovery.is_careful();
            if is_careful && !self.sends.is_empty() {
                break;
            }
            let Some(job) = self.keys.next(self.now()) else {
                break;
            };
            if is_careful {
                self.keys.suspect(&job);
                self.announced = Some(job);
            } else {
                self.send(job);
            }
        }
    }

    fn send(&mut self, job: Job<StoredEvent>) {
        let Job {
            key,
            entry: Entry { seq, bytes, event },
        } = job;
        let job = move |event| Job {
            key,
            entry: Entry { seq, bytes, event },
        };
        let event = match Event::from_stored(event) {
            Ok(event) => event,
            Err(refused) => {
                let (event, reason) = *refused;
                return self
                    .keys
                    .failed(job(event), Failure::NotAnEvent(reason), self.now());
            }
        };
        let sink = self.sink;
        let mut send: Boxed<'a, Answer> = Box::pin(async move {
            let result = sink.send(&event).await;
            let job = job(event.into_stored());
            Answer { job, result }
        });
        match (&mut send).now_or_never() {
            Some(answer) => self.answered(answer),
            None => self.sends.push(send),
        }
    }

    fn start_flush(&mut self) -> ControlFlow<Ended> {
        let parked = self.keys.take_parked();
        for park in parked.iter().filter(|park| park.why == Why::Rejected) {
            let reason = park.error.as_deref().unwrap_or_default();
            tracing::warn!(
                seq = park.seq,
                key = park.key,
                reason,
                "the event is parked and its key closed"
            );
            self.monitor.count_rejected();
        }
        self.ledger.fresh().parked.extend(parked);
        if self.running.flush {
            return ControlFlow::Continue(());
        }
        let Some(news) = self.ledger.take_fresh() else {
            return ControlFlow::Continue(());
        };
        let sink = self.sink;
        let mut flush: Boxed<'a, Outcome> = Box::pin(async move {
            let result = sink.flush().await;
            Outcome::Flushed { news, result }
        });
        self.running.flush = true;
        match (&mut flush).now_or_never() {
            Some(outcome) => self.take_in(outcome),
            None => {
                self.tasks.push(flush);
                ControlFlow::Continue(())
            }
        }
    }

    fn start_save(&mut self, began: Duration) {
        self.running.save = true;
        let (store, lease) = (self.store, self.lease.clone());
        let is_announced = self.announced.is_some();
        let unsaved = self.ledger.take_change(Unanswered {
            takeovers: self.recovery.takeovers(),
            suspects: self.keys.suspects().clone(),
        });
        self.tasks.push(Box::pin(async move {
            let result = store.save(&lease, &unsaved.change).await;
            Outcome::Saved {
                began,
                unsaved,
                is_announced,
                result,
            }
        }));
    }

    fn start_renewal(&mut self, began: Duration) {
        self.running.renewal = true;
        let (store, lease) = (self.store, self.lease.clone());
        self.tasks.push(Box::pin(async move {
            let result = store.renew(&lease).await;
            Outcome::Renewed { began, result }
        }));
    }

    /// Reads, or observes the writers after a read that has found new holes.
    fn start_look(&mut self) {
        self.running.look = true;
        let store = self.store;
        if std::mem::take(&mut self.observe) {
            self.tasks.push(Box::pin(
                async move { Outcome::Writers(store.writers().await) },
            ));
            return;
        }
        let (question, limit) = (self.holes.question(), self.limit());
        let was_settled = self.keys.are_settled();
        self.tasks.push(Box::pin(async move {
            let result = store.read(&question.ranges, limit).await;
            Outcome::Read {
                question,
                was_settled,
                result,
            }
        }));
    }

    fn start_page(&mut self) {
        let Some((key, name)) = self.keys.next_page() else {
            return;
        };
        self.running.page = true;
        let (store, relay, limit) = (self.store, self.lease.name.clone(), self.limit());
        self.tasks.push(Box::pin(async move {
            let result = store.parked(&relay, &name, limit).await;
            Outcome::Page { key, result }
        }));
    }

    fn start_clean(&mut self, began: Duration) {
        self.running.clean = true;
        let (store, retention) = (self.store, self.settings.retention);
        self.tasks.push(Box::pin(async move {
            let result = store.clean(retention, CLEAN_ROWS).await;
            Outcome::Cleaned { began, result }
        }));
    }
}

/// What comes back.
impl<S: Store, K: Sink> Session<'_, S, K> {
    fn answered(&mut self, answer: Answer) {
        let Answer { job, result } = answer;
        let now = self.now();
        self.note_availability(&result);
        match result {
            Ok(()) => {
                self.monitor.count_delivered();
                let fresh = self.ledger.fresh();
                match self.keys.delivered(&job, now) {
                    None => fresh.delivered.push(job.entry.seq),
                    Some(unpark) => fresh.unparked.push(unpark),
                }
            }
            Err(error) => {
                if let SendError::Closed { .. } = error {
                    self.closed.get_or_insert_with(|| error.clone());
                }
                self.keys.failed(job, Failure::Send(error), now);
            }
        }
    }

    fn note_availability(&self, result: &Result<(), SendError>) {
        match result {
            Err(SendError::Unavailable { reason }) => {
                if self.monitor.set_available(false) {
                    tracing::warn!(reason, "the sink is unavailable");
                }
            }
            _ => {
                self.monitor.set_available(true);
            }
        }
    }

    fn take_in(&mut self, outcome: Outcome) -> ControlFlow<Ended> {
        let now = self.now();
        match outcome {
            Outcome::Read {
                question,
                was_settled,
                result,
            } => {
                self.running.look = false;
                if let Some(snapshot) = self.heard(result)? {
                    self.take_rows(&question, was_settled, snapshot, now);
                }
            }
            Outcome::Writers(result) => {
                self.running.look = false;
                match self.heard(result)? {
                    Some(writers) => self.holes.observe(&writers),
                    None => self.observe = true,
                }
                if self.holes.are_ripe() {
                    self.pace.keep_up(now);
                }
            }
            Outcome::Page { key, result } => {
                self.running.page = false;
                let page = self.heard(result)?;
                let page = page.map(|page| page.events.into_iter().map(entry).collect());
                self.keys.push_page(key, page, now);
            }
            Outcome::Flushed { news, result } => {
                self.running.flush = false;
                if let Err(error @ SendError::Closed { .. }) = result {
                    return ControlFlow::Break(Ended::Failed(RelayError::Sink(error)));
                }
                if let Err(error) = result {
                    let reason = error.to_string();
                    return ControlFlow::Break(Ended::Unflushed {
                        reason,
                        has_saved: self.has_saved,
                    });
                }
                for seq in news.seqs() {
                    self.recovery.finish(seq);
                }
                self.ledger.flushed(news, now);
            }
            Outcome::Saved {
                began,
                unsaved,
                is_announced,
                result,
            } => {
                self.running.save = false;
                match self.heard(result)? {
                    Some(()) => self.saved(&unsaved, began, is_announced),
                    None => self.ledger.restore(unsaved, now),
                }
            }
            Outcome::Renewed { began, result } => {
                self.running.renewal = false;
                if self.heard(result)?.is_some() {
                    self.renewed = self.renewed.max(began);
                }
            }
            Outcome::Cleaned { began, result } => {
                self.running.clean = false;
                let rest = match self.heard(result)? {
                    // As long as the step took, so that cleaning takes at most half of the database's time.
                    Some(CLEAN_ROWS..) => now - began,
                    _ if self.settings.retention.is_zero() => CLEAN_AT_ONCE,
                    _ => CLEAN_REST,
                };
                self.clean_at = now + rest;
            }
        }
        ControlFlow::Continue(())
    }

    /// Sorts the answers of the store: a lost lease and a refusal end the session, and a database that is unavailable
    /// is left alone for a while.
    fn heard<T>(&mut self, result: Result<T, StoreError>) -> ControlFlow<Ended, Option<T>> {
        match result {
            Ok(answer) => {
                self.store_failures = 0;
                ControlFlow::Continue(Some(answer))
            }
            Err(StoreError::Unavailable(reason)) => {
                if self.store_failures == 0 {
                    tracing::warn!(%reason, "the database is unavailable");
                }
                self.store_failures = self.store_failures.saturating_add(1);
                let wait = self
                    .settings
                    .policy
                    .backoff
                    .after(self.store_failures, &mut self.random);
                self.store_rests = self.now() + wait;
                ControlFlow::Continue(None)
            }
            Err(StoreError::LeaseLost) => ControlFlow::Break(Ended::LeaseLost),
            Err(error) => ControlFlow::Break(Ended::Failed(error.into())),
        }
    }

    fn take_rows(
        &mut self,
        question: &Question,
        was_settled: bool,
        snapshot: Snapshot,
        now: Duration,
    ) {
        let Snapshot {
            mut events,
            is_complete,
        } = snapshot;
        events.retain(|event| self.holes.is_new(event.seq));
        let mut found: Vec<_> = events.iter().map(|event| event.seq).collect();
        found.sort_unstable();
        let closed = self.holes.answer(question, &found, is_complete);
        for range in closed.iter() {
            self.ledger.close(range, now);
        }
        self.observe = self.holes.needs_writers();
        self.is_empty = was_settled && is_complete && found.is_empty() && self.holes.are_closed();

        for event in events {
            self.recovery.read(event.seq);
            let key = event.key().to_owned();
            self.keys.push(&key, entry(event), now);
        }
        if !is_complete {
            self.pace.hurry();
        } else {
            self.recovery.read_all();
            if found.is_empty() && closed.is_empty() && !self.until_empty {
                self.pace.slow_down(now);
            } else {
                self.pace.keep_up(now);
            }
        }
    }

    fn saved(&mut self, unsaved: &Unsaved, began: Duration, is_announced: bool) {
        let Unsaved { change, outdated } = unsaved;
        self.has_saved = true;
        self.renewed = self.renewed.max(began);
        self.saved_takeovers = change.unanswered.takeovers;
        self.keys.saved(&change.parked, &change.unparked);
        self.keys.saved(outdated, &[]);
        if is_announced && let Some(job) = self.announced.take() {
            self.send(job);
        }
    }
}

fn entry(event: StoredEvent) -> Entry<StoredEvent> {
    Entry {
        seq: event.seq,
        bytes: event.size(),
        event,
    }
}

fn is_due(at: Option<Duration>, now: Duration) -> bool {
    at.is_some_and(|at| at <= now)
}
