//! One owner at work: from a lease to its end.
//!
//! The session is one task. It starts whatever can start: sends, reads, a flush, a save. Then it waits until one of
//! these is done, or until it is time for the next. Plain data decides: [`Holes`] what to read, [`Keys`] what to send,
//! [`Ledger`] what to save, [`Pace`] when to look.
//!
//! [`timing`] says when each task starts, [`tasks`] starts it, and [`outcomes`] takes in what comes back.

mod ledger;
mod outcomes;
mod tasks;
mod timing;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::{Fuse, FusedFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};

use super::Relay;
use super::error::RelayError;
use super::pace::Pace;
use super::recovery::Recovery;
use crate::event::StoredEvent;
use crate::holes::Holes;
use crate::keys::{Attempt, Job, Keys, Policy};
use crate::sink::{SendError, Sink};
use crate::store::{Lease, SavedState, Store, Unanswered};

use ledger::Ledger;
use tasks::{Answer, Boxed, Kind, Look, Outcome};
use timing::is_due;

pub(super) use tasks::{CLEAN_ROWS, within};

/// A row that is not delivered, or the reason why it is not an event. A row is checked when it is sent, so that the sends
/// of others need not wait for the check of a whole batch. In a box, since it passes several queues.
type Unsent = Result<Box<StoredEvent>, String>;

/// The number of answers that are taken in before others are sent. With more, the sink would run dry meanwhile.
const ANSWERS: usize = 16;

/// Why a session has ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was stopped, or the outbox is empty. Everything is saved.
    Done,
    /// Another owner has taken over.
    LeaseLost,
    /// The sink did not keep what it had acknowledged, or the database was away. A database can forget what it has
    /// shown (`synchronous_commit = off`, a fail-over to a standby that lags) and give the same numbers again. So the
    /// next session starts from what is saved.
    Interrupted {
        reason: String,
        has_saved: bool,
        /// An attempt that was counted and has no answer. This process has survived it.
        survived: Option<Attempt>,
    },
    /// The database refuses, or the sink is closed.
    Failed(RelayError),
}

pub(super) struct Session<'a, S, K> {
    relay: &'a Relay<S, K>,
    lease: Lease,
    until_empty: bool,

    start: Instant,
    /// When the last renewal that succeeded was begun.
    renewed: Duration,
    /// When the stop began.
    stopped: Option<Duration>,
    pace: Pace,
    next_look: Look,
    clean_at: Duration,
    /// The number of the last key that an operator has opened.
    opened: i64,
    /// When to ask for keys that an operator has opened.
    listen_at: Duration,

    holes: Holes,
    keys: Keys<Unsent>,
    ledger: Ledger,
    recovery: Recovery,
    /// The number of takeovers that the database has.
    saved_takeovers: u32,
    /// The attempt that is counted and has no answer yet.
    counted: Option<Attempt>,
    /// An event that is sent when its attempt is saved.
    announced: Option<Job<Unsent>>,
    /// Why the sink takes no more events from this session.
    closed: Option<SendError>,
    /// The last read has found that everything is delivered.
    is_empty: bool,
    has_saved: bool,

    /// The tasks that run. Of each kind there is one at a time.
    running: BTreeSet<Kind>,
    tasks: FuturesUnordered<Boxed<'a, Outcome>>,
    sends: FuturesUnordered<Boxed<'a, Answer>>,
}

impl<'a, S: Store, K: Sink> Session<'a, S, K> {
    pub(super) fn new(
        relay: &'a Relay<S, K>,
        lease: Lease,
        began: Instant,
        state: SavedState,
        random: fastrand::Rng,
        until_empty: bool,
        survived: Option<Attempt>,
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
            opened,
        } = state;
        progress.tidy();
        let policy = Policy {
            in_flight_per_key: relay.sink.in_flight_per_key(),
            ..settings.policy
        };
        let rows = settings.rows().saturating_add(settings.stuck_rows());
        let recovery = Recovery::new(takeovers, !suspects.is_empty(), rows);
        let mut session = Self {
            relay,
            lease,
            until_empty,
            start: began,
            renewed: Duration::ZERO,
            stopped: None,
            pace: Pace::default(),
            next_look: Look::Rows,
            clean_at: Duration::ZERO,
            opened,
            listen_at: Duration::ZERO,
            holes: Holes::resume(&progress),
            keys: Keys::new(policy, random, parked, suspects),
            ledger: Ledger::new(progress),
            recovery,
            saved_takeovers: takeovers,
            counted: survived,
            announced: None,
            closed: None,
            is_empty: false,
            has_saved: false,
            running: BTreeSet::new(),
            tasks: FuturesUnordered::new(),
            sends: FuturesUnordered::new(),
        };
        session.take_attempt_back();
        session
    }

    /// Delivers until the session ends.
    pub(super) async fn run(mut self, stop: Pin<&mut Fuse<impl Future<Output = ()>>>) -> Ended {
        let ended = self.deliver(stop).await;
        if let Ended::Failed(_) = ended {
            self.acquit().await;
        }
        ended
    }

    async fn deliver(&mut self, mut stop: Pin<&mut Fuse<impl Future<Output = ()>>>) -> Ended {
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
                    self.take_answers(answer);
                    ControlFlow::Continue(())
                }
                () = self.relay.waker.woken() => {
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

    /// Takes in an answer, and some of those that are there already.
    fn take_answers(&mut self, first: Answer) {
        self.answered(first);
        for _ in 1..ANSWERS {
            match self.sends.next().now_or_never() {
                Some(Some(answer)) => self.answered(answer),
                _ => break,
            }
        }
    }

    /// Starts whatever can start now.
    fn step(&mut self) -> ControlFlow<Ended> {
        self.start_sends();
        if let Some(error) = self.closed.take() {
            return ControlFlow::Break(self.ended_by(error));
        }
        if !self.has_room() || self.is_stuck() {
            self.keys.spill();
        }
        self.start_flush()?;
        let now = self.now();
        self.recovery.inherit(self.keys.has_inherited());
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
            self.start_look(now);
        }
        if is_due(self.page_at(), now) {
            self.start_page();
        }
        if is_due(self.listen_at(), now) {
            self.start_listening(now);
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

    fn stop(&mut self) {
        self.stopped = Some(self.now());
        self.announced = None;
        self.take_attempt_back();
    }

    /// Takes back the attempt that is counted, since this process ends or goes on for another reason.
    fn take_attempt_back(&mut self) {
        if let Some(attempt) = self.counted.take() {
            self.keys.take_back(attempt);
            self.ledger.touch(self.now());
        }
    }

    /// Saves for the next owner that no event has ended this process, as far as the database still answers.
    async fn acquit(&mut self) {
        self.take_attempt_back();
        if !self.recovery.is_careful() {
            return;
        }
        let patience = self.lease.duration;
        let save = async {
            // An earlier save must not come last.
            while self.running.contains(&Kind::Save)
                && let Some(outcome) = self.tasks.next().await
            {
                self.running.remove(&outcome.kind());
            }
            let unsaved = self.take_change();
            self.relay.store.save(&self.lease, &unsaved.change).await
        };
        drop(timeout(patience, save).await);
    }
}
