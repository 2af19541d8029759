//! The settings of a user.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::filter::Filter;
use crate::keys::Policy;

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) filter: Filter,
    pub(super) batch: usize,
    pub(super) memory: usize,
    pub(super) lease: Duration,
    pub(super) policy: Policy,
    pub(super) retention: Duration,
    pub(super) grace: Duration,
    pub(super) seed: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "main".to_owned(),
            owner: uuid::Uuid::now_v7().to_string(),
            filter: Filter::default(),
            batch: 1_000,
            memory: 32 << 20,
            lease: Duration::from_secs(10),
            policy: Policy {
                attempts: 8,
                backoff: Backoff {
                    first: Duration::from_millis(100),
                    longest: Duration::from_secs(10),
                },
                in_flight_per_key: 1,
            },
            retention: Duration::from_secs(7 * 24 * 60 * 60),
            grace: Duration::from_secs(5),
            seed: None,
        }
    }
}

impl Settings {
    /// Returns the greatest number of rows in memory that can be sent, or are in flight.
    pub(super) fn rows(&self) -> usize {
        self.batch.saturating_mul(4)
    }

    /// Returns the greatest number of rows in memory that wait after a failure. Beyond that, nothing more is read, since
    /// the sink is probably away for all keys.
    pub(super) fn stuck_rows(&self) -> usize {
        self.batch.saturating_mul(16)
    }

    pub(super) fn random(&self) -> fastrand::Rng {
        self.seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)
    }
}
