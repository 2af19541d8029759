//! The loop that carries rows from a store to a sink.

mod catch_up;
mod error;
mod histogram;
mod monitor;
mod pace;
mod recovery;
mod session;
mod settings;
mod start;
mod trace;
mod waker;

use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Fuse, FusedFuture};
use tokio::time::{Instant, sleep};

use crate::filter::Filter;
use crate::sink::Sink;
use crate::store::{Lease, SavedState, Store, StoreError};

use session::{Ended, Session};
use settings::Settings;

pub use error::RelayError;
pub use histogram::Histogram;
pub use monitor::Monitor;
pub use waker::Waker;

const SHORTEST_LEASE: Duration = Duration::from_millis(100);

/// The longest time to wait for anything. Longer ones could not be added to the time of now.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A relay: delivers the rows of a store to a sink.
///
/// Every committed event is delivered at least once. Events of one partition key are delivered in the order in which
/// their transactions saw each other. No transaction that did not write to the outbox can hold it up. An event that
/// cannot be delivered holds up its own key alone.
///
/// Any number of processes can run a relay of one name. One of them owns the name's lease and delivers; the others
/// stand by. Relays of different names each deliver every event, or those that [`only`](Self::only) chooses.
///
/// ```no_run
/// # #[cfg(feature = "sqlite")]
/// # async fn run() -> Result<(), outbox_relay::RelayError> {
/// use outbox_relay::Relay;
/// use outbox_relay::sink::JsonLines;
/// use outbox_relay::store::Sqlite;
///
/// let store = Sqlite::open("shop.db").await?;
/// let relay = Relay::new(store, JsonLines::stdout()).name("main");
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// // Send to `stop`, or drop it, to stop the relay.
/// relay.run(async { drop(stopped.await) }).await?;
/// # drop(stop);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Relay<S, K> {
    store: S,
    sink: K,
    settings: Settings,
    waker: Waker,
    monitor: Monitor,
}

impl<S: Store, K: Sink> Relay<S, K> {
    /// Makes a relay from a store to a sink, with the name `main`.
    pub fn new(store: S, sink: K) -> Self {
        Self {
            store,
            sink,
            settings: Settings::default(),
            waker: Waker::default(),
            monitor: Monitor::default(),
        }
    }

    /// Sets the relay name. Each name has its own progress and its own lease. The default is `main`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    /// Sets the name of this process as the lease shows it. No two processes can have the same one. The default is
    /// a new UUID.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.settings.owner = owner.into();
        self
    }

    /// Sets which events this relay delivers. The default is all of them.
    ///
    /// The relay passes over the other rows: they count as delivered for its name, and are not sent. The guarantee
    /// holds for the events that the filter takes. A filter that changes later applies to the rows that are read from
    /// then on.
    #[must_use]
    pub fn only(mut self, filter: Filter) -> Self {
        self.settings.filter = filter;
        self
    }

    /// Sets how many rows are read at once, at least 1. Up to four batches are in memory, and up to 16 more that wait
    /// after a failure. The default is 1,000.
    #[must_use]
    pub fn batch(mut self, rows: usize) -> Self {
        self.settings.batch = rows.max(1);
        self
    }

    /// Sets about how many bytes of rows are in memory, however large the batch is. A larger row is taken alone. The
    /// default is 32 MiB.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.settings.memory = bytes.max(2);
        self
    }

    /// Sets how long the lease lasts, from 100 ms to a day. If a process is killed, another one takes over after this
    /// time. The default is 10 s.
    #[must_use]
    pub fn lease(mut self, duration: Duration) -> Self {
        self.settings.lease = duration.clamp(SHORTEST_LEASE, LONGEST);
        self
    }

    /// Sets how many times a rejected event is sent, at least once, before it is parked and its key is closed. The
    /// default is 8.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.settings.policy.attempts = attempts.max(1);
        self
    }

    /// Sets the wait after the first failure, and the longest wait. The wait doubles from one attempt to the next,
    /// up to a day at most. The default is 100 ms to 10 s.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.policy.backoff.first = first.min(LONGEST);
        self.settings.policy.backoff.longest = longest.max(first).min(LONGEST);
        self
    }

    /// Sets how long a delivered row stays in the table. Zero deletes it at once, [`Duration::MAX`] never. The
    /// default is seven days.
    #[must_use]
    pub fn retention(mut self, retention: Duration) -> Self {
        self.settings.retention = retention;
        self
    }

    /// Sets how long a stop waits for events that are in flight, a day at most. The default is 5 s.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace.min(LONGEST);
        self
    }

    /// Sets the seed of the random numbers in waits. A test that sets it gets the same waits each time.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Returns a handle that makes this relay look for new rows at once.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Returns a handle that shows what this relay does.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// Delivers until `shutdown` resolves. Then it stops reading, waits for what is in flight, saves its progress and
    /// gives up the lease.
    ///
    /// Dropping the future stops the relay at once, as a kill does: nothing is lost, some events are sent again, and
    /// another owner can take over when the lease has run out.
    ///
    /// # Errors
    ///
    /// [`RelayError::Store`] if the database refuses: at the check at the start, or later, such as for a missing right.
    /// A database that cannot be reached is an error at the start only; later the relay tries again.
    /// [`RelayError::Sink`] if the sink is closed, or its check at the start finds a fault that does not pass by itself,
    /// such as a stream that does not exist. A sink that is unavailable is not an error: the relay tries again.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<(), RelayError> {
        self.serve(shutdown, false).await
    }

    /// Delivers until everything visible is delivered or parked and no number is missing, or `shutdown` resolves.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`run`](Self::run).
    pub async fn until_empty(&self, shutdown: impl Future<Output = ()>) -> Result<(), RelayError> {
        self.serve(shutdown, true).await
    }

    async fn serve(
        &self,
        shutdown: impl Future<Output = ()>,
        until_empty: bool,
    ) -> Result<(), RelayError> {
        self.store.check().await?;
        let mut shutdown = pin!(shutdown.fuse());
        start::check(&self.sink, &self.monitor, shutdown.as_mut()).await?;
        let backoff = &self.settings.policy.backoff;
        let random = self.settings.random();
        tokio::select! {
            biased;
            // Boxed, since it is large.
            delivered = Box::pin(self.deliver(shutdown, until_empty)) => delivered,
            never = start::check_again(&self.sink, &self.monitor, backoff, random) => match never {},
        }
    }

    /// Delivers whenever the relay has the lease.
    async fn deliver(
        &self,
        mut shutdown: Pin<&mut Fuse<impl Future<Output = ()>>>,
        until_empty: bool,
    ) -> Result<(), RelayError> {
        let mut random = self.settings.random();
        let mut failures = 0;
        let mut survived = None;
        loop {
            let Some((mut lease, began, state)) =
                self.stand_by(shutdown.as_mut(), &mut random).await?
            else {
                self.monitor.set_owner(false);
                return Ok(());
            };
            tracing::info!(
                name = lease.name,
                epoch = lease.epoch,
                low = state.progress.low,
                "the relay delivers"
            );
            self.sink.discard();
            // Another owner may have counted attempts of its own meanwhile.
            let survived_attempt = survived
                .take()
                .filter(|(epoch, _)| lease.epoch == *epoch + 1)
                .and_then(|(_, attempt)| attempt);
            let caught_up = tokio::select! {
                biased;
                () = shutdown.as_mut() => Err(Ended::Done),
                // Boxed, since it is large and rare.
                caught_up = Box::pin(self.catch_up(lease.clone(), began, state)) => caught_up,
            };
            let ended = match caught_up {
                Ok((newest, began, state)) => {
                    lease = newest;
                    let session = Session::new(
                        self,
                        lease.clone(),
                        began,
                        state,
                        random.fork(),
                        until_empty,
                        survived_attempt,
                    );
                    session.run(shutdown.as_mut()).await
                }
                Err(ended) => ended,
            };
            // An interrupted owner still has the lease, and takes it again.
            self.monitor
                .set_owner(matches!(ended, Ended::Interrupted { .. }));
            match ended {
                Ended::Done => {
                    if until_empty {
                        self.clean().await;
                    }
                    return Ok(self.release(&lease).await?);
                }
                Ended::LeaseLost => {
                    tracing::warn!("another relay has taken over");
                }
                Ended::Failed(error) => {
                    drop(self.release(&lease).await);
                    return Err(error);
                }
                Ended::Interrupted {
                    reason,
                    has_saved,
                    survived: attempt,
                } => {
                    survived = Some((lease.epoch, attempt));
                    tracing::warn!(reason, "the relay starts again from the saved progress");
                    failures = if has_saved { 1 } else { failures + 1 };
                    let wait = self.settings.policy.backoff.after(failures, &mut random);
                    pause(wait, shutdown.as_mut()).await;
                }
            }
        }
    }

    /// Waits for the lease. Returns `None` at a shutdown.
    async fn stand_by(
        &self,
        mut shutdown: Pin<&mut Fuse<impl Future<Output = ()>>>,
        random: &mut fastrand::Rng,
    ) -> Result<Option<(Lease, Instant, SavedState)>, StoreError> {
        let Settings {
            name,
            owner,
            lease,
            policy,
            ..
        } = &self.settings;
        let mut failures = 0;
        let mut stands_by = false;
        while !shutdown.is_terminated() {
            let began = Instant::now();
            let acquired = tokio::select! {
                biased;
                () = shutdown.as_mut() => return Ok(None),
                acquired = self.store.acquire(name, owner, *lease) => acquired,
            };
            self.monitor.set_owner(matches!(acquired, Ok(Some(_))));
            let wait = match acquired {
                Ok(Some((lease, state))) => return Ok(Some((lease, began, state))),
                Ok(None) => {
                    if !std::mem::replace(&mut stands_by, true) {
                        tracing::info!(name, "another relay has the lease; this one stands by");
                    }
                    (*lease / 10).min(Duration::from_millis(500))
                }
                Err(StoreError::Unavailable(reason)) => {
                    tracing::warn!(%reason, "the database is unavailable");
                    failures += 1;
                    policy.backoff.after(failures, random)
                }
                Err(error) => return Err(error),
            };
            pause(wait, shutdown.as_mut()).await;
        }
        Ok(None)
    }

    /// Deletes what the retention does not keep. What is left after a failure is deleted the next time.
    async fn clean(&self) {
        if self.settings.retention < Duration::MAX {
            while let Ok(session::CLEAN_ROWS..) = self
                .store
                .clean(self.settings.retention, session::CLEAN_ROWS)
                .await
            {}
        }
    }

    /// Gives the lease up. If that fails, the next owner waits until the lease has run out.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        match self.store.release(lease).await {
            Err(error @ StoreError::Refused(_)) => Err(error),
            Err(error) => {
                tracing::warn!(%error, "the lease is not released");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

/// Waits, unless a shutdown comes first or has come.
async fn pause(wait: Duration, shutdown: Pin<&mut Fuse<impl Future<Output = ()>>>) {
    if !shutdown.is_terminated() {
        tokio::select! {
            biased;
            () = shutdown => {}
            () = sleep(wait) => {}
        }
    }
}
