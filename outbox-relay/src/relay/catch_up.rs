//! The start of an owner whose sink remembers what it has delivered.
//!
//! An owner can end between the sink's acknowledgement and its own save. A sink that keeps a record of its deliveries
//! closes this gap: the next owner saves what the record has, and sends none of it again.
//!
//! The steps are in this order, and each needs the one before:
//!
//! 1. The lease. From now on no earlier owner can save, so what was read with the lease stays true.
//! 2. The sink's [`recover`](Sink::recover). From now on no earlier owner can deliver, and the record is complete.
//! 3. The save. It succeeds only if no later owner has the lease. So nobody has delivered, saved and forgotten anything
//!    between the first two steps, while this process was stopped.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Relay;
use super::error::RelayError;
use super::session::{Ended, within};
use crate::ranges::Ranges;
use crate::sink::{Delivered, SendError, Sink};
use crate::store::{Change, Lease, Limit, SavedState, Store, StoreError, Unpark};

impl<S: Store, K: Sink> Relay<S, K> {
    /// Saves what the sink has delivered and no owner has saved. Returns the lease and the state to begin with.
    pub(super) async fn catch_up(
        &self,
        lease: Lease,
        began: Instant,
        state: SavedState,
    ) -> Result<(Lease, Instant, SavedState), Ended> {
        let Some(delivered) = self.recover_sink(&lease).await? else {
            return Ok((lease, began, state));
        };
        let unparked = self.rows_of(&delivered).await?;
        let change = change(state, unparked);
        within(lease.duration, self.store.save(&lease, &change)).await?;

        let began = Instant::now();
        let acquired = self
            .store
            .acquire(&lease.name, &lease.owner, lease.duration);
        let (lease, state) = within(lease.duration, acquired)
            .await?
            .ok_or(Ended::LeaseLost)?;
        Ok((lease, began, state))
    }

    /// Asks the sink what it has delivered, and renews the lease meanwhile.
    async fn recover_sink(&self, lease: &Lease) -> Result<Option<Vec<Delivered>>, Ended> {
        let mut recovery = pin!(self.sink.recover(&lease.name));
        loop {
            tokio::select! {
                biased;
                recovered = recovery.as_mut() => {
                    return recovered.map_err(|error| self.not_recovered(error));
                }
                () = sleep(lease.duration / 3) => {
                    within(lease.duration, self.store.renew(lease)).await?;
                }
            }
        }
    }

    fn not_recovered(&self, error: SendError) -> Ended {
        match error {
            SendError::Closed { .. } => Ended::Failed(RelayError::Sink(error)),
            error => {
                self.monitor.set_available(false);
                Ended::Interrupted {
                    reason: error.to_string(),
                    has_saved: false,
                    survived: None,
                }
            }
        }
    }

    /// Returns the rows of deliveries. A database that was restored can have given a number to another event, so the
    /// id decides.
    async fn rows_of(&self, delivered: &[Delivered]) -> Result<Vec<Unpark>, Ended> {
        let ids: HashMap<i64, Uuid> = delivered.iter().map(|one| (one.seq, one.id)).collect();
        let mut wanted: Ranges = ids.keys().map(|&seq| seq..=seq).collect();
        let limit = Limit {
            rows: self.settings.batch,
            bytes: self.settings.memory / 2,
        };
        let mut rows = Vec::new();
        while !wanted.is_empty() {
            let ranges: Vec<_> = wanted.iter().collect();
            let snapshot = within(PATIENCE, self.store.read(&ranges, limit)).await?;
            let Some(last) = snapshot.events.last().map(|event| event.seq) else {
                break;
            };
            for event in snapshot.events {
                let (seq, key) = (event.seq, event.key().to_owned());
                if event.row.is_ok_and(|row| ids.get(&seq) == Some(&row.id)) {
                    rows.push(Unpark { seq, key });
                }
            }
            wanted.take_up_to(last);
        }
        Ok(rows)
    }
}

/// The time that a read waits for the database.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes the change that notes rows as delivered, whether they were parked or not.
fn change(state: SavedState, unparked: Vec<Unpark>) -> Change {
    let SavedState {
        mut progress,
        mut unanswered,
        ..
    } = state;
    progress.tidy();
    for Unpark { seq, .. } in &unparked {
        progress.finish(*seq..=*seq);
        unanswered.suspects.clear(*seq);
    }
    Change {
        progress,
        parked: Vec::new(),
        unparked,
        unanswered,
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost => Self::LeaseLost,
            StoreError::Unavailable(reason) => Self::Interrupted {
                reason: reason.to_string(),
                has_saved: false,
                survived: None,
            },
            error => Self::Failed(error.into()),
        }
    }
}
