//! The tasks that the session starts.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::timeout;

use super::ledger::{News, Unsaved};
use super::{Ended, Session, Unsent};
use crate::event::Event;
use crate::holes::Question;
use crate::keys::{Failure, Job, KeyId};
use crate::relay::trace;
use crate::sink::{SendError, Sink};
use crate::store::{Limit, Opened, Snapshot, Store, StoreError, Unanswered, Why, Writers};

/// The time that a read waits for the database. A connection can be lost without a sign.
const PATIENCE: Duration = Duration::from_secs(60);

/// The greatest number of rows that one step of cleaning deletes, so that it holds no lock for long.
pub(in crate::relay) const CLEAN_ROWS: usize = 5_000;

/// The number of openings that are heard at once.
pub(super) const OPENINGS: usize = 1_000;

pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A send that has an answer.
pub(super) struct Answer {
    pub(super) job: Job<Box<Event>>,
    pub(super) result: Result<(), SendError>,
}

/// A task that is done.
pub(super) enum Outcome {
    Read {
        began: Duration,
        question: Question,
        /// Everything was delivered when the read began, which matters only to a session until empty.
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
    Heard {
        began: Duration,
        result: Result<Vec<Opened>, StoreError>,
    },
    Cleaned {
        began: Duration,
        result: Result<usize, StoreError>,
    },
}

/// The kind of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Look,
    Page,
    Flush,
    Save,
    Renewal,
    Listen,
    Clean,
}

/// The subject of a look at the database. A read that has found new holes is followed by a look at the writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Rows,
    Writers,
}

impl Outcome {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Read { .. } | Self::Writers(_) => Kind::Look,
            Self::Page { .. } => Kind::Page,
            Self::Flushed { .. } => Kind::Flush,
            Self::Saved { .. } => Kind::Save,
            Self::Renewed { .. } => Kind::Renewal,
            Self::Heard { .. } => Kind::Listen,
            Self::Cleaned { .. } => Kind::Clean,
        }
    }
}

impl<'a, S: Store, K: Sink> Session<'a, S, K> {
    /// Sends what can be sent now. A sink that answers at once is done with it here.
    pub(super) fn start_sends(&mut self) {
        while self.can_send()
            && let Some(job) = self.keys.next(self.now())
        {
            if self.recovery.is_careful() {
                self.counted = Some(self.keys.suspect(&job));
                self.announced = Some(job);
            } else {
                self.send(job);
            }
        }
        self.relay.monitor.count_repeated(self.keys.take_repeated());
    }

    pub(super) fn send(&mut self, job: Job<Unsent>) {
        let (job, unsent) = job.take();
        let event = match unsent.and_then(|stored| Event::from_stored(*stored)) {
            Ok(event) => Box::new(event),
            Err(reason) => {
                let failure = Failure::NotAnEvent(reason.clone());
                let now = self.now();
                self.end_attempt(now);
                return self.keys.failed(job.with(Err(reason)), failure, now);
            }
        };
        self.relay.monitor.count_attempt();
        let (sink, relay) = (&self.relay.sink, &self.relay.settings.name);
        let mut send: Boxed<'a, Answer> = Box::pin(async move {
            let result = trace::send(sink, relay, &event).await;
            let job = job.with(event);
            Answer { job, result }
        });
        match (&mut send).now_or_never() {
            Some(answer) => self.answered(answer),
            None => self.sends.push(send),
        }
    }

    /// Notes what was parked since, and flushes what is acknowledged.
    pub(super) fn start_flush(&mut self) -> ControlFlow<Ended> {
        let parked = self.keys.take_parked();
        for park in parked.iter().filter(|park| park.why == Why::Rejected) {
            let (seq, key) = (park.seq, &park.key);
            let reason = park.error.as_deref().unwrap_or_default();
            tracing::warn!(seq, key, reason, "the event is parked and its key closed");
            self.relay.monitor.count_rejected();
        }
        self.ledger.fresh().parked.extend(parked);
        if !self.running.contains(&Kind::Flush)
            && let Some(news) = self.ledger.take_fresh()
        {
            let sink = &self.relay.sink;
            let mut flush: Boxed<'a, Outcome> = Box::pin(async move {
                let result = sink.flush().await;
                Outcome::Flushed { news, result }
            });
            match (&mut flush).now_or_never() {
                Some(outcome) => return self.take_in(outcome),
                None => self.run_task(Kind::Flush, flush),
            }
        }
        ControlFlow::Continue(())
    }

    pub(super) fn start_save(&mut self, began: Duration) {
        let (store, lease) = (&self.relay.store, self.lease.clone());
        let is_announced = self.announced.is_some();
        let unsaved = self.take_change();
        let save = async move {
            let result = within(lease.duration, store.save(&lease, &unsaved.change)).await;
            Outcome::Saved {
                began,
                unsaved,
                is_announced,
                result,
            }
        };
        self.run_task(Kind::Save, Box::pin(save));
    }

    pub(super) fn take_change(&mut self) -> Unsaved {
        self.ledger.take_change(Unanswered {
            takeovers: self.recovery.takeovers(),
            suspects: self.keys.suspects().clone(),
        })
    }

    pub(super) fn start_renewal(&mut self, began: Duration) {
        let (store, lease) = (&self.relay.store, self.lease.clone());
        let renewal = async move {
            let result = within(lease.duration, store.renew(&lease)).await;
            Outcome::Renewed { began, result }
        };
        self.run_task(Kind::Renewal, Box::pin(renewal));
    }

    pub(super) fn start_look(&mut self, began: Duration) {
        let store = &self.relay.store;
        match self.next_look {
            Look::Rows => {
                let (question, limit) = (self.holes.question(), self.limit());
                let was_settled = self.until_empty && self.keys.are_settled();
                let read = async move {
                    let result = within(PATIENCE, store.read(&question.ranges, limit)).await;
                    Outcome::Read {
                        began,
                        question,
                        was_settled,
                        result,
                    }
                };
                self.run_task(Kind::Look, Box::pin(read));
            }
            Look::Writers => {
                let writers =
                    async move { Outcome::Writers(within(PATIENCE, store.writers()).await) };
                self.run_task(Kind::Look, Box::pin(writers));
            }
        }
    }

    pub(super) fn start_page(&mut self) {
        let Some((key, name)) = self.keys.next_page() else {
            return;
        };
        let (store, relay, limit) = (&self.relay.store, self.lease.name.clone(), self.limit());
        let page = async move {
            let result = within(PATIENCE, store.parked(&relay, &name, limit)).await;
            Outcome::Page { key, result }
        };
        self.run_task(Kind::Page, Box::pin(page));
    }

    /// Asks which closed keys an operator has opened.
    pub(super) fn start_listening(&mut self, began: Duration) {
        let (store, relay, after) = (&self.relay.store, self.lease.name.clone(), self.opened);
        let listening = async move {
            let result = within(PATIENCE, store.opened(&relay, after, OPENINGS)).await;
            Outcome::Heard { began, result }
        };
        self.run_task(Kind::Listen, Box::pin(listening));
    }

    pub(super) fn start_clean(&mut self, began: Duration) {
        let (store, retention) = (&self.relay.store, self.relay.settings.retention);
        let clean = async move {
            let result = store.clean(retention, CLEAN_ROWS).await;
            Outcome::Cleaned { began, result }
        };
        self.run_task(Kind::Clean, Box::pin(clean));
    }

    fn run_task(&mut self, kind: Kind, task: Boxed<'a, Outcome>) {
        self.running.insert(kind);
        self.tasks.push(task);
    }

    fn limit(&self) -> Limit {
        Limit {
            rows: self.relay.settings.batch,
            bytes: self.relay.settings.memory / 2,
        }
    }
}

/// Waits for the database, but not longer than this.
pub(in crate::relay) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match timeout(patience, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(StoreError::unavailable(format!(
            "there is no answer within {patience:?}"
        ))),
    }
}
